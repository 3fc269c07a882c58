// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGoverned} from "./IGoverned.sol";
import {ISystemPause} from "./ISystemPause.sol";

/// @title CheckpointLedger: the proof.
///
/// Powers:
/// - The owner may appoint the anchorer, and may take the ledger back to one of its last 64 heads when an anchorer went
///   bad. It may not write a head.
/// - The anchorer may claim an epoch and anchor checkpoints in it. It may not take an anchor back.
/// - A guardian of {ISystemPause} may revoke the anchorer. It may not appoint one.
/// - Anybody may have a receipt verified.
///
/// A head binds everything before it: head = keccak256(abi.encode(DOMAIN, chain id, this, epoch, seq, parent head,
/// size, root, digest)), where DOMAIN = keccak256("Planetary Fabric checkpoint head v1"). The slot and a ring of the
/// last 64 heads are all that is stored; the rest is events. It works while the fabric is paused.
///
/// An epoch is one start of one orchestrator. Whoever appoints, revokes or rebases raises it too, and clears the
/// session key, so that the orchestrator that was running is fenced off at once. Within an epoch neither seq nor size
/// ever falls.
///
/// Storage, for proofs by eth_getProof: slot 2 holds, from its low end, anchorer (160 bits), epoch (16), seq (24), size
/// (32), minutes (24); slot 3 + seq mod 64 holds the head.
///
/// The head at seq 0 is there from the beginning, emitted as any other. Its epoch and size are 0, its root is that of
/// the empty tree, its digest the address of the ledger that this one goes on from and its parent that ledger's last
/// head; both are zero if there is none.
///
/// WARNING: the ledger knows what the anchorer said, not whether it is true. It does not check that the receipts tree
/// of one head contains that of the head before, nor that two heads of the same size have the same root: consistency
/// proofs (RFC 9162) show that off-chain, as `fabric verify` does.
interface ICheckpointLedger is IGoverned {
    /// @notice What a head is the hash of, besides domain, chain and ledger.
    /// @param epoch in which it was anchored.
    /// @param seq its number; each anchor adds 1.
    /// @param parent the head before.
    /// @param size leaves in the tree of receipts.
    /// @param root of that tree, RFC 9162 with SHA-256.
    /// @param digest SHA-256 of the checkpoint document.
    struct Head {
        uint16 epoch;
        uint24 seq;
        bytes32 parent;
        uint32 size;
        bytes32 root;
        bytes32 digest;
    }

    /// @notice The last word on one job. Its leaf is abi.encode(RECEIPT_TYPEHASH, chain id, this, the fields in order),
    /// 14 words, where RECEIPT_TYPEHASH is the keccak256 of
    /// "Receipt(uint256 chainId,address ledger,uint32 submitter,uint64 number,uint8 outcome,uint8 reason,uint16 shard,uint32 node,uint8 attempts,uint64 submittedTick,uint64 endedTick,uint64 value,bytes32 resultDigest)".
    /// @param submitter index of who brought the job.
    /// @param number of the job, unique for its submitter.
    /// @param outcome 1 completed, 2 failed, 3 expired, 4 cancelled.
    /// @param reason why it did not complete; 0 if it did.
    /// @param shard it ended in.
    /// @param node that held the last lease; 0 if there was none.
    /// @param attempts leases it had.
    /// @param submittedTick at which it was taken in.
    /// @param endedTick at which it ended.
    /// @param value the submitter put on it.
    /// @param resultDigest SHA-256 of its result; 0 if there is none.
    struct Receipt {
        uint32 submitter;
        uint64 number;
        uint8 outcome;
        uint8 reason;
        uint16 shard;
        uint32 node;
        uint8 attempts;
        uint64 submittedTick;
        uint64 endedTick;
        uint64 value;
        bytes32 resultDigest;
    }

    event Anchored(
        uint16 indexed epoch,
        uint24 indexed seq,
        bytes32 parent,
        bytes32 head,
        uint32 size,
        bytes32 root,
        bytes32 digest
    );
    event Claimed(uint16 indexed epoch, bytes sessionKey);
    event AnchorerSet(address indexed anchorer, uint16 indexed epoch);
    /// @param voided the head that was taken back, with every one between it and `head`.
    event Rebased(uint16 indexed epoch, uint24 indexed seq, bytes32 head, bytes32 voided, uint32 size);

    error CheckpointLedger_NotAnchorer(address caller, address anchorer);
    /// @notice The epoch is `current`. Another orchestrator was started, or the owners stepped in.
    error CheckpointLedger_WrongEpoch(uint16 given, uint16 current);
    /// @notice The head is `head`. Somebody anchored in between, or the anchor is in already.
    error CheckpointLedger_WrongParent(bytes32 given, bytes32 head);
    /// @notice `size` may be from `minimum`, the last one, to `maximum`, 2^20 more: anchor more often.
    error CheckpointLedger_SizeOutOfBounds(uint32 size, uint256 minimum, uint256 maximum);
    /// @notice A session key is a raw ed25519 public key of 32 bytes, not all zero.
    error CheckpointLedger_BadSessionKey(bytes sessionKey);
    /// @notice No epoch, or no seq, is left: migrate to a new ledger.
    error CheckpointLedger_Exhausted();
    /// @notice This is no head that the ring still holds, or it was voided.
    error CheckpointLedger_NotKept(bytes32 head, uint24 seq);
    error CheckpointLedger_NotSystemPause(address caller, address systemPause);
    /// @notice A guardian watches over the anchorer and cannot be it.
    error CheckpointLedger_GuardianCannotAnchor(address account);
    /// @notice The previous ledger's head is `found`; or there is no previous ledger, and `given` is not zero.
    error CheckpointLedger_NotPreviousHead(bytes32 given, bytes32 found);

    /// @notice Writes a checkpoint. The anchorer.
    /// @param epoch the current one.
    /// @param parent the current head. A second inclusion of the same anchor therefore reverts.
    /// @param size leaves in the tree of receipts: as before, or up to 2^20 more.
    /// @param root of the tree.
    /// @param digest SHA-256 of the checkpoint document.
    function anchor(uint16 epoch, bytes32 parent, uint32 size, bytes32 root, bytes32 digest) external;

    /// @notice Begins an epoch: from now on a process that anchors in an older one is refused. The anchorer.
    /// @param sessionKey the raw ed25519 public key, 32 bytes, that signs the leases of this epoch.
    /// @return epoch the new one
    function claim(bytes calldata sessionKey) external returns (uint16 epoch);

    /// @notice Appoints the anchorer, zero for none; raises the epoch and clears the session key. Owner. {Moved} field:
    /// "anchorer".
    function setAnchorer(address expected, address value) external;

    /// @notice Takes the role from the anchorer; raises the epoch and clears the session key. {ISystemPause}, for a
    /// guardian.
    function revokeAnchorer() external;

    /// @notice Takes the ledger back to `target`, a head that {isKept}; the later ones are void. Raises the epoch and
    /// clears the session key. Owner.
    ///
    /// NOTE: it takes no expected head, or a bad anchorer could dodge it by anchoring once more. Replace the anchorer
    /// in the same batch, before this.
    function rebase(Head calldata target) external;

    /// @notice Whether `receipt` is leaf `index` of the tree of receipts of `head`, one of the last 64 heads. Anything
    /// that is not so gives false; nothing reverts.
    ///
    /// WARNING: true means that the anchorer said so, and no more.
    /// @param index of the leaf, from 0, below `head.size`.
    /// @param head what the head is the hash of; it names its own place in the ring.
    /// @param proof the inclusion proof, RFC 9162, from the leaf up; at most 40 steps.
    function verifyReceipt(Receipt calldata receipt, uint256 index, Head calldata head, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice Whether `head` is among the last 64 heads and was not voided. A void head counts among the 64 until the
    /// head with its number is written again.
    function isKept(Head calldata head) external view returns (bool);

    /// @notice Everything a follower needs, in one call.
    /// @return anchorer zero for none
    /// @return epoch the current one
    /// @return seq anchors so far
    /// @return size leaves in the tree of receipts of the head
    /// @return minutes_ from {createdAt} to the last anchor; 0 if there is none
    /// @return head the current one
    /// @return sessionKey of the epoch; empty if nobody claimed it
    function snapshot()
        external
        view
        returns (
            address anchorer,
            uint16 epoch,
            uint24 seq,
            uint32 size,
            uint24 minutes_,
            bytes32 head,
            bytes memory sessionKey
        );

    /// @notice The unix time, in seconds, from which `minutes_` counts.
    function createdAt() external view returns (uint64);

    function systemPause() external view returns (ISystemPause);
}
