// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IOwnerMultisig} from "./interfaces/IOwnerMultisig.sol";
import {Announcement, AnnouncementLibrary} from "./libraries/Announcement.sol";
import {ConstitutionCode} from "./libraries/ConstitutionCode.sol";
import {LaneState, LaneStateLibrary} from "./libraries/LaneState.sol";
import {MemberSignatures} from "./libraries/MemberSignatures.sol";
import {OwnerTypedData} from "./libraries/OwnerTypedData.sol";

/// @title OwnerMultisig
/// @notice {IOwnerMultisig} says who may do what, and how it is signed.
contract OwnerMultisig is IOwnerMultisig, EIP712, ReentrancyGuardTransient {
    using ConstitutionCode for address;
    using ConstitutionCode for bytes;
    using ConstitutionCode for Constitution;
    using MemberSignatures for bytes;
    using OwnerTypedData for Batch;

    /// @notice The longest time between a batch's `validAfter` and `validUntil`.
    uint256 public constant LONGEST_WINDOW = 14 days;

    /// @notice The longest delay that a rule, or the default, may have.
    uint256 public constant LONGEST_DELAY = ConstitutionCode.LONGEST_DELAY;

    LaneState private _state;

    /// @dev What waits in each lane.
    Announcement[3] private _announcements;

    address[] private _verifiers;

    /// @param constitution The first one, of epoch 1.
    /// @param verifiers_ The ERC-7913 verifiers that members may name, now and ever: stateless contracts that take the 64
    /// bytes `x` and `y` of a P-256 key, such as OpenZeppelin's `ERC7913P256Verifier` and `ERC7913WebAuthnVerifier`.
    ///
    /// WARNING: The first members have not accepted it by signature. Have them execute a batch, an empty one will do,
    /// before anything is put under this contract's ownership. What a verifier says is taken for its members' word.
    constructor(Constitution memory constitution, address[] memory verifiers_) EIP712("Planetary Fabric Owners", "1") {
        for (uint256 i = 0; i < verifiers_.length; i++) {
            if (!ConstitutionCode.hasOwnCode(verifiers_[i])) revert OwnerMultisig_NotVerifier(verifiers_[i]);
        }
        _verifiers = verifiers_;
        _enact(constitution, 1, constitution.pack(1, verifiers_));
    }

    /*//////////////////////////////////////////////////////////////
                                 BATCHES
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function execute(Batch calldata batch, bytes calldata signatures) external nonReentrant {
        (bytes32 digest, uint16 signers, uint256 lane, uint256 delay) = _decide(batch, signatures);
        if (delay != 0) revert OwnerMultisig_MustWait(delay);
        _requireOpen(batch);

        emit Executed(digest, batch.nonce, signers, batch.memo);

        _make(batch.calls, lane);
    }

    /// @inheritdoc IOwnerMultisig
    function announce(Batch calldata batch, bytes calldata signatures) external nonReentrant {
        (bytes32 digest, uint16 signers, uint256 lane, uint256 delay) = _decide(batch, signatures);
        if (delay == 0) revert OwnerMultisig_NothingToWaitFor();
        for (uint256 i = 0; i < batch.calls.length; i++) {
            _requireLane(i, batch.calls[i].to, lane);
        }
        uint256 readyAt = block.timestamp + delay;
        if (readyAt < batch.validAfter) readyAt = batch.validAfter;
        if (readyAt > batch.validUntil) revert OwnerMultisig_OverBeforeReady(readyAt, batch.validUntil);
        uint40 since = _announcements[lane].since();
        if (since != 0) revert OwnerMultisig_LaneTaken(lane, since);

        _announcements[lane] = AnnouncementLibrary.announce(digest, signers);

        emit Announced(digest, batch.nonce, signers, batch.memo, readyAt);
    }

    /// @inheritdoc IOwnerMultisig
    function run(Batch calldata batch) external nonReentrant {
        (bytes32 structHash, uint256 lane, Announcement announcement) = _announced(batch);
        _requireOpen(batch);
        _requireNotOver(batch);
        uint256 readyAt = announcement.since() + _delayOf(batch.calls, _state.pointer().read());
        if (block.timestamp < readyAt) revert OwnerMultisig_NotReady(readyAt, block.timestamp);

        _announcements[lane] = announcement.done();

        emit Executed(_hashTypedDataV4(structHash), batch.nonce, announcement.signers(), batch.memo);

        _make(batch.calls, lane);
    }

    /// @inheritdoc IOwnerMultisig
    function cancel(Batch calldata batch, bytes calldata signatures) external nonReentrant {
        (bytes32 structHash, uint256 lane, Announcement announcement) = _announced(batch);
        bytes memory constitution = _state.pointer().read();
        uint256 needed = lane == LaneStateLibrary.MEMBERSHIP ? constitution.thresholdOf() : 1;
        if (block.timestamp > batch.validUntil) needed = 0;
        bytes32 digest = _hashTypedDataV4(OwnerTypedData.hashCancellation(structHash));
        uint16 signers = signatures.check(digest, constitution, needed);

        _announcements[lane] = announcement.done();

        emit Cancelled(_hashTypedDataV4(structHash), batch.nonce, signers);
    }

    /// @dev Spends the nonce of what the threshold signed and whose time is not over. `delay` is what the batch has to wait,
    /// in seconds.
    function _decide(Batch calldata batch, bytes calldata signatures)
        private
        returns (bytes32 digest, uint16 signers, uint256 lane, uint256 delay)
    {
        LaneState spent;
        (lane, spent) = _state.spend(batch.nonce);
        bytes memory constitution = spent.pointer().read();
        uint64 epoch = constitution.epochOf();
        if (batch.epoch != epoch) revert OwnerMultisig_WrongEpoch(epoch, batch.epoch);
        _requireNotOver(batch);
        if (lane == LaneStateLibrary.MEMBERSHIP && batch.calls.length > 1) {
            revert OwnerMultisig_MembershipNotAlone(batch.calls.length);
        }
        digest = _hashTypedDataV4(batch.hash());
        signers = signatures.check(digest, constitution, constitution.thresholdOf());
        delay = _delayOf(batch.calls, constitution);

        _state = spent;
    }

    /// @dev Exactly what was announced in its lane, and still waits there.
    function _announced(Batch calldata batch)
        private
        view
        returns (bytes32 structHash, uint256 lane, Announcement announcement)
    {
        lane = batch.nonce >> 64;
        if (lane >= LaneStateLibrary.LANES) revert OwnerMultisig_UnknownLane(lane);
        announcement = _announcements[lane];
        structHash = batch.hash();
        bytes32 digest = _hashTypedDataV4(structHash);
        if (announcement.since() == 0 || announcement.digest() != bytes25(digest)) {
            revert OwnerMultisig_NotAnnounced(digest);
        }
    }

    /// @dev The batch's time has come.
    function _requireOpen(Batch calldata batch) private view {
        uint48 validAfter = batch.validAfter;
        if (block.timestamp < validAfter) revert OwnerMultisig_NotYetValid(validAfter, block.timestamp);
    }

    /// @dev The batch's time has not passed, and is no longer than it may be.
    function _requireNotOver(Batch calldata batch) private view {
        uint48 validUntil = batch.validUntil;
        if (block.timestamp > validUntil) revert OwnerMultisig_Expired(validUntil, block.timestamp);
        uint256 validAfter = batch.validAfter;
        if (validUntil > validAfter + LONGEST_WINDOW) {
            revert OwnerMultisig_WindowTooLong(validUntil - validAfter, LONGEST_WINDOW);
        }
    }

    /// @dev The longest delay among the calls, in seconds.
    function _delayOf(Call[] calldata calls, bytes memory constitution) private view returns (uint256 delay) {
        if (constitution.longestDelayOf() == 0) return 0;
        // Cannot overflow: nobody can pay for so many calls.
        unchecked {
            for (uint256 i = 0; i < calls.length; i++) {
                (address to, bytes calldata data) = _peek(calls, i);
                uint256 one = constitution.delayOf(to, bytes4(data), data.length);
                if (one > delay) delay = one;
            }
        }
    }

    /// @dev `calls[i]`, at a third of its gas.
    /// Warning: whether the calldata is well formed is for others to look at. Whoever hashes the batch does.
    function _peek(Call[] calldata calls, uint256 i) private pure returns (address to, bytes calldata data) {
        assembly ("memory-safe") {
            let call_ := add(calls.offset, calldataload(add(calls.offset, shl(5, i))))
            to := shr(96, shl(96, calldataload(call_)))
            let data_ := add(call_, calldataload(add(call_, 0x20)))
            data.length := calldataload(data_)
            data.offset := add(data_, 0x20)
        }
    }

    /// @dev Calls to this contract stand in the membership lane, and nothing else does.
    function _requireLane(uint256 i, address to, uint256 lane) private view {
        bool membership = lane == LaneStateLibrary.MEMBERSHIP;
        if ((to == address(this)) == membership) return;
        if (membership) revert OwnerMultisig_NotMembership(to);
        revert OwnerMultisig_MembershipLaneOnly(i);
    }

    function _make(Call[] calldata calls, uint256 lane) private {
        for (uint256 i = 0; i < calls.length; i++) {
            (address to, bytes calldata data) = _peek(calls, i);
            _requireLane(i, to, lane);
            if (to.code.length == 0) revert OwnerMultisig_NoCode(i, to);
            if (!LowLevelCall.callNoReturn(to, data)) {
                revert OwnerMultisig_CallFailed(i, to, LowLevelCall.returnData());
            }
        }
    }

    /*//////////////////////////////////////////////////////////////
                               CONSTITUTION
    //////////////////////////////////////////////////////////////*/

    /// @inheritdoc IOwnerMultisig
    function constitute(Constitution calldata constitution, bytes calldata acceptances) external {
        if (msg.sender != address(this)) revert OwnerMultisig_OnlySelf(msg.sender);
        uint64 epoch = _state.pointer().read().epochOf() + 1;
        Constitution memory next = constitution;
        bytes memory code = next.pack(epoch, _verifiers);
        acceptances.check(_acceptanceDigest(epoch, next), code, code.thresholdOf());
        for (uint256 lane = 0; lane < LaneStateLibrary.LANES; lane++) {
            Announcement announcement = _announcements[lane];
            if (announcement.since() != 0) _announcements[lane] = announcement.done();
        }
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
        bytes memory code = state.pointer().read();
        for (uint256 lane = 0; lane < LaneStateLibrary.LANES; lane++) {
            nonces[lane] = state.next(lane);
        }
        return (code.epochOf(), nonces, code.unpack());
    }

    /// @inheritdoc IOwnerMultisig
    function waiting() external view returns (Waiting[3] memory lanes) {
        for (uint256 lane = 0; lane < LaneStateLibrary.LANES; lane++) {
            Announcement announcement = _announcements[lane];
            if (announcement.since() == 0) continue;
            lanes[lane] = Waiting(announcement.digest(), announcement.signers(), announcement.since());
        }
    }

    /// @inheritdoc IOwnerMultisig
    function verifiers() external view returns (address[] memory list) {
        return _verifiers;
    }

    /// @inheritdoc IOwnerMultisig
    function delayOf(Batch calldata batch) external view returns (uint256 delay) {
        return _delayOf(batch.calls, _state.pointer().read());
    }

    /// @inheritdoc IOwnerMultisig
    function digestOf(Batch calldata batch) external view returns (bytes32 digest) {
        return _hashTypedDataV4(batch.hash());
    }

    /// @inheritdoc IOwnerMultisig
    function cancellationDigestOf(Batch calldata batch) external view returns (bytes32 digest) {
        return _hashTypedDataV4(OwnerTypedData.hashCancellation(batch.hash()));
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
