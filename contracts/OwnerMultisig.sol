// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IOwnerMultisig} from "./interfaces/IOwnerMultisig.sol";
import {ConstitutionCode} from "./libraries/ConstitutionCode.sol";
import {LaneState, LaneStateLibrary} from "./libraries/LaneState.sol";
import {MemberSignatures} from "./libraries/MemberSignatures.sol";
import {OwnerTypedData} from "./libraries/OwnerTypedData.sol";

/// @title OwnerMultisig
/// @notice {IOwnerMultisig} says who may do what, and how it is signed.
contract OwnerMultisig is IOwnerMultisig, EIP712, ReentrancyGuardTransient {
    using ConstitutionCode for bytes;
    using ConstitutionCode for Constitution;
    using MemberSignatures for bytes;
    using OwnerTypedData for Batch;

    /// @notice The longest time between a batch's `validAfter` and `validUntil`.
    uint256 public constant LONGEST_WINDOW = 14 days;

    LaneState private _state;

    /// @param constitution The first one, of epoch 1.
    ///
    /// WARNING: The first members have not accepted it by signature. Have them execute a batch, an empty one will do,
    /// before anything is put under this contract's ownership.
    constructor(Constitution memory constitution) EIP712("Planetary Fabric Owners", "1") {
        _enact(constitution, 1, constitution.pack(1));
    }

    /*//////////////////////////////////////////////////////////////
                                 BATCHES
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function execute(Batch calldata batch, bytes calldata signatures) external nonReentrant {
        (uint256 lane, LaneState spent) = _state.spend(batch.nonce);
        bytes memory constitution = spent.pointer().code;
        uint64 epoch = constitution.epochOf();
        if (batch.epoch != epoch) revert OwnerMultisig_WrongEpoch(epoch, batch.epoch);
        _requireTimely(batch.validAfter, batch.validUntil);
        bytes32 digest = _hashTypedDataV4(batch.hash());
        uint16 signers = signatures.check(digest, constitution);

        _state = spent;

        emit Executed(digest, batch.nonce, signers, batch.memo);

        Call[] calldata calls = batch.calls;
        bool membership = lane == LaneStateLibrary.MEMBERSHIP;
        if (membership && calls.length > 1) revert OwnerMultisig_MembershipNotAlone(calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            _call(i, calls[i], membership);
        }
    }

    /// @dev The batch's time has come and has not passed.
    function _requireTimely(uint48 validAfter, uint48 validUntil) private view {
        if (block.timestamp < validAfter) revert OwnerMultisig_NotYetValid(validAfter, block.timestamp);
        if (block.timestamp > validUntil) revert OwnerMultisig_Expired(validUntil, block.timestamp);
        uint256 window = validUntil - validAfter;
        if (window > LONGEST_WINDOW) revert OwnerMultisig_WindowTooLong(window, LONGEST_WINDOW);
    }

    /// @dev Calls to this contract stand in the membership lane, and nothing else does.
    function _call(uint256 i, Call calldata call, bool membership) private {
        address to = call.to;
        if ((to == address(this)) != membership) {
            if (membership) revert OwnerMultisig_NotMembership(to);
            revert OwnerMultisig_MembershipLaneOnly(i);
        }
        if (to.code.length == 0) revert OwnerMultisig_NoCode(i, to);
        if (!LowLevelCall.callNoReturn(to, call.data)) {
            revert OwnerMultisig_CallFailed(i, to, LowLevelCall.returnData());
        }
    }

    /*//////////////////////////////////////////////////////////////
                               CONSTITUTION
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function constitute(Constitution calldata constitution, bytes calldata acceptances) external {
        if (msg.sender != address(this)) revert OwnerMultisig_OnlySelf(msg.sender);
        uint64 epoch = _state.pointer().code.epochOf() + 1;
        Constitution memory next = constitution;
        bytes memory code = next.pack(epoch);
        acceptances.check(_acceptanceDigest(epoch, next), code);
        _enact(next, epoch, code);
    }

    /// @param code The constitution, packed.
    function _enact(Constitution memory constitution, uint64 epoch, bytes memory code) private {
        _state = _state.withPointer(code.keep());

        emit Constituted(epoch, constitution);
    }

    function _acceptanceDigest(uint64 epoch, Constitution memory constitution) private view returns (bytes32) {
        return _hashTypedDataV4(OwnerTypedData.hashAcceptance(epoch, constitution));
    }

    /*//////////////////////////////////////////////////////////////
                                 READING
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function snapshot()
        external
        view
        returns (uint64 epoch, uint256[3] memory nonces, Constitution memory constitution)
    {
        LaneState state = _state;
        bytes memory code = state.pointer().code;
        for (uint256 lane = 0; lane < LaneStateLibrary.LANES; lane++) {
            nonces[lane] = state.next(lane);
        }
        return (code.epochOf(), nonces, code.unpack());
    }

    /// @inheritdoc IOwnerMultisig
    function digestOf(Batch calldata batch) external view returns (bytes32 digest) {
        return _hashTypedDataV4(batch.hash());
    }

    /// @inheritdoc IOwnerMultisig
    function acceptanceDigestOf(uint64 epoch, Constitution calldata constitution)
        external
        view
        returns (bytes32 digest)
    {
        return _acceptanceDigest(epoch, constitution);
    }
}
