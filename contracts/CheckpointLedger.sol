// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {ICheckpointLedger} from "./interfaces/ICheckpointLedger.sol";
import {ISystemPause} from "./interfaces/ISystemPause.sol";
import {HeadRing} from "./libraries/HeadRing.sol";
import {ReceiptTree} from "./libraries/ReceiptTree.sol";
import {LedgerState} from "./types/LedgerState.sol";

/// @title CheckpointLedger: the proof. {ICheckpointLedger} says what it does.
contract CheckpointLedger is Governed, ICheckpointLedger {
    using HeadRing for HeadRing.Ring;

    uint256 private constant MAX_GROWTH = 2 ** 20;

    /// @dev Epochs above this one are the owner's and the guardians': an anchorer that claims all it can cannot use up
    /// those that revoking it takes.
    uint16 private constant LAST_CLAIMED_EPOCH = 0xff00;

    bytes32 private constant DOMAIN = keccak256("Planetary Fabric checkpoint head v1");

    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint256 chainId,address ledger,uint32 submitter,uint64 number,uint8 outcome,uint8 reason,uint16 shard,uint32 node,uint8 attempts,uint64 submittedTick,uint64 endedTick,uint64 value,bytes32 resultDigest)"
    );

    /// @inheritdoc ICheckpointLedger
    ISystemPause public immutable systemPause;

    /// @inheritdoc ICheckpointLedger
    uint64 public immutable createdAt;

    LedgerState private _state;

    /// @dev The head with the number seq is at seq % 64. After a rebase, a void head may stand in a place until the
    /// head with its number is written again; till then that number is above the current one, by which it is known.
    HeadRing.Ring private _ring;

    /// @dev Zero while nobody has claimed the epoch.
    bytes32 private _sessionKey;

    /// @param previous the ledger this one goes on from; zero for none.
    /// @param previousHead the head of that ledger; zero for none.
    constructor(address initialOwner, ISystemPause systemPause_, ICheckpointLedger previous, bytes32 previousHead)
        Governed(initialOwner)
    {
        bytes32 found;
        if (address(previous) != address(0)) (,,,,, found,) = previous.snapshot();
        if (previousHead != found) revert CheckpointLedger_NotPreviousHead(previousHead, found);

        systemPause = systemPause_;
        createdAt = uint64(block.timestamp);
        bytes32 digest = bytes32(uint256(uint160(address(previous))));
        bytes32 head = _hash(0, 0, previousHead, 0, ReceiptTree.EMPTY_ROOT, digest);
        _ring.put(0, head);

        emit Anchored(0, 0, previousHead, head, 0, ReceiptTree.EMPTY_ROOT, digest);
    }

    /* THE ANCHORER */

    /// @inheritdoc ICheckpointLedger
    function anchor(uint16 epoch, bytes32 parent, uint32 size, bytes32 root, bytes32 digest) external {
        LedgerState state = _anchorersState();
        if (epoch != state.epoch()) revert CheckpointLedger_WrongEpoch(epoch, state.epoch());
        uint24 seq = state.seq();
        bytes32 last = _ring.inPlaceOf(seq);
        if (parent != last) revert CheckpointLedger_WrongParent(parent, last);
        uint256 growth;
        // Meant to underflow where the size fell: to more than any growth allowed.
        unchecked {
            growth = uint256(size) - state.size();
        }
        if (growth > MAX_GROWTH) {
            revert CheckpointLedger_SizeOutOfBounds(size, state.size(), uint256(state.size()) + MAX_GROWTH);
        }
        if (seq == type(uint24).max) revert CheckpointLedger_Exhausted();
        // Cannot overflow: the line above.
        unchecked {
            ++seq;
        }

        bytes32 head = _hash(epoch, seq, parent, size, root, digest);
        _state = state.grownBy(growth, _minutes());
        _ring.put(seq, head);

        emit Anchored(epoch, seq, parent, head, size, root, digest);
    }

    /// @inheritdoc ICheckpointLedger
    function claim(bytes calldata sessionKey) external returns (uint16 epoch) {
        LedgerState state = _anchorersState();
        if (sessionKey.length != 32 || bytes32(sessionKey) == 0) revert CheckpointLedger_BadSessionKey(sessionKey);
        if (state.epoch() >= LAST_CLAIMED_EPOCH) revert CheckpointLedger_Exhausted();

        epoch = state.epoch() + 1;
        _state = state.withEpoch(epoch);
        _sessionKey = bytes32(sessionKey);

        emit Claimed(epoch, sessionKey);
    }

    /* THE OWNER AND THE GUARDIANS */

    /// @inheritdoc ICheckpointLedger
    function setAnchorer(address expected, address value) external onlyOwner {
        _checkMove("anchorer", uint160(expected), uint160(_state.anchorer()), uint160(value));
        if (value != address(0) && systemPause.isGuardian(value)) revert CheckpointLedger_GuardianCannotAnchor(value);

        _setAnchorer(value);
    }

    /// @inheritdoc ICheckpointLedger
    function revokeAnchorer() external {
        if (msg.sender != address(systemPause)) {
            revert CheckpointLedger_NotSystemPause(msg.sender, address(systemPause));
        }
        if (_state.anchorer() == address(0)) revert Unchanged("anchorer", 0);

        _setAnchorer(address(0));
    }

    /// @inheritdoc ICheckpointLedger
    function rebase(Head calldata target) external onlyOwner {
        LedgerState state = _state;
        bytes32 head = _hash(target);
        if (!_isKept(head, target.seq, state.seq())) revert CheckpointLedger_NotKept(head, target.seq);
        if (target.seq == state.seq()) revert Unchanged("head", uint256(head));

        bytes32 voided = _ring.inPlaceOf(state.seq());
        state = _endSession(state).movedTo(target.seq, target.size);
        _state = state;

        emit Rebased(state.epoch(), target.seq, head, voided, target.size);
    }

    function _setAnchorer(address value) private {
        LedgerState state = _endSession(_state).withAnchorer(value);
        _state = state;

        emit AnchorerSet(value, state.epoch());
    }

    /// @dev Clears the session key and gives the state in the next epoch: the orchestrator that runs is fenced off.
    function _endSession(LedgerState state) private returns (LedgerState) {
        if (state.epoch() == type(uint16).max) revert CheckpointLedger_Exhausted();

        _sessionKey = 0;
        return state.withEpoch(state.epoch() + 1);
    }

    /* READING */

    /// @inheritdoc ICheckpointLedger
    function verifyReceipt(Receipt calldata receipt, uint256 index, Head calldata head, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        if (!isKept(head)) return false;
        bytes memory leaf = abi.encode(RECEIPT_TYPEHASH, block.chainid, address(this), receipt);
        return ReceiptTree.includes(head.root, head.size, index, leaf, proof);
    }

    /// @inheritdoc ICheckpointLedger
    function isKept(Head calldata head) public view returns (bool) {
        return _isKept(_hash(head), head.seq, _state.seq());
    }

    /// @inheritdoc ICheckpointLedger
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
        )
    {
        LedgerState state = _state;
        (anchorer, epoch, seq) = (state.anchorer(), state.epoch(), state.seq());
        (size, minutes_, head) = (state.size(), state.minutesOf(), _ring.inPlaceOf(seq));
        if (_sessionKey != 0) sessionKey = abi.encodePacked(_sessionKey);
    }

    /* WITHIN */

    /// @dev The state, if the caller is the anchorer.
    function _anchorersState() private view returns (LedgerState state) {
        state = _state;
        if (msg.sender != state.anchorer()) revert CheckpointLedger_NotAnchorer(msg.sender, state.anchorer());
    }

    function _hash(Head calldata head) private view returns (bytes32) {
        return _hash(head.epoch, head.seq, head.parent, head.size, head.root, head.digest);
    }

    /// @dev keccak256(abi.encode(DOMAIN, chain id, this, the arguments)), of which abi.encode would take 1 % of an
    /// anchor.
    function _hash(uint256 epoch, uint256 seq, bytes32 parent, uint256 size, bytes32 root, bytes32 digest)
        private
        view
        returns (bytes32 head)
    {
        bytes32 domain = DOMAIN;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, domain)
            mstore(add(words, 0x20), chainid())
            mstore(add(words, 0x40), address())
            mstore(add(words, 0x60), epoch)
            mstore(add(words, 0x80), seq)
            mstore(add(words, 0xa0), parent)
            mstore(add(words, 0xc0), size)
            mstore(add(words, 0xe0), root)
            mstore(add(words, 0x100), digest)
            head := keccak256(words, 0x120)
        }
    }

    function _isKept(bytes32 head, uint24 seq, uint24 lastSeq) private view returns (bool) {
        // An older head is no longer in its place, and a void one is above the last.
        return seq <= lastSeq && _ring.inPlaceOf(seq) == head;
    }

    /// @dev Whole minutes since the ledger was created. It stands still at the highest number after 31 years.
    function _minutes() private view returns (uint256) {
        // Cannot underflow: no block is older than one before it.
        unchecked {
            uint256 passed = (block.timestamp - createdAt) / 1 minutes;
            return passed < type(uint24).max ? passed : type(uint24).max;
        }
    }
}
