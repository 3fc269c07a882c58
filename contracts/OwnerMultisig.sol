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
        _requireTimely(batch);
        _requireFits(batch.calls, lane);
        bytes32 digest = _hashTypedDataV4(batch.hash());
        uint16 signers = signatures.check(digest, constitution);

        _state = spent;

        emit Executed(digest, batch.nonce, epoch, signers, batch.memo);

        for (uint256 i = 0; i < batch.calls.length; i++) {
            _call(i, batch.calls[i]);
        }
    }

    /// @dev The batch's hour has come and has not passed.
    function _requireTimely(Batch calldata batch) private view {
        if (block.timestamp < batch.validAfter) revert OwnerMultisig_NotYetValid(batch.validAfter, block.timestamp);
        if (block.timestamp > batch.validUntil) revert OwnerMultisig_Expired(batch.validUntil, block.timestamp);
        uint256 window = batch.validUntil - batch.validAfter;
        if (window > LONGEST_WINDOW) revert OwnerMultisig_WindowTooLong(window, LONGEST_WINDOW);
    }

    /// @dev Calls to this contract stand in the membership lane, alone, and nothing else does.
    function _requireFits(Call[] calldata calls, uint256 lane) private view {
        if (lane == LaneStateLibrary.MEMBERSHIP) {
            if (calls.length > 1) revert OwnerMultisig_MembershipNotAlone(calls.length);
            if (calls.length == 1 && calls[0].to != address(this)) revert OwnerMultisig_NotMembership(calls[0].to);
        } else {
            for (uint256 i = 0; i < calls.length; i++) {
                if (calls[i].to == address(this)) revert OwnerMultisig_MembershipLaneOnly(i);
            }
        }
    }

    function _call(uint256 i, Call calldata call) private {
        if (call.to.code.length == 0) revert OwnerMultisig_NoCode(i, call.to);
        if (!LowLevelCall.callNoReturn(call.to, call.data)) {
            revert OwnerMultisig_CallFailed(i, call.to, LowLevelCall.returnData());
        }
    }

    /*//////////////////////////////////////////////////////////////
                               CONSTITUTION
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function constitute(Constitution calldata constitution, bytes calldata acceptances) external {
        if (msg.sender != address(this)) revert OwnerMultisig_OnlySelf(msg.sender);
        uint64 epoch = _state.pointer().code.epochOf() + 1;
        Constitution memory new_ = constitution;
        bytes memory code = new_.pack(epoch);
        acceptances.check(_acceptanceDigest(epoch, new_), code);
        _enact(new_, epoch, code);
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
