// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {ICheckpointLedger} from "./interfaces/ICheckpointLedger.sol";
import {ISystemPause} from "./interfaces/ISystemPause.sol";
import {ReceiptTree} from "./libraries/ReceiptTree.sol";

/// @title CheckpointLedger: the proof. {ICheckpointLedger} says what it does.
contract CheckpointLedger is Governed, ICheckpointLedger {
    /// @dev One slot, so that an anchor reads and writes one slot and one place of the ring.
    struct State {
        address anchorer;
        uint16 epoch;
        uint24 seq;
        uint32 size;
        uint24 minutes_;
    }

    uint256 private constant KEPT_HEADS = 64;
    uint32 private constant MAX_GROWTH = 2 ** 20;

    /// @dev Epochs above this one are the owner's and the guardians': an anchorer that claims all it can cannot use up
    /// those that revoking it takes.
    uint16 private constant LAST_CLAIMED_EPOCH = 0xff00;

    /// @inheritdoc ICheckpointLedger
    bytes32 public constant DOMAIN = keccak256("Planetary Fabric checkpoint head v1");

    /// @inheritdoc ICheckpointLedger
    bytes32 public constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint256 chainId,address ledger,uint32 submitter,uint64 number,uint8 outcome,uint8 reason,uint16 shard,uint32 node,uint8 attempts,uint64 submittedTick,uint64 endedTick,uint64 value,bytes32 resultDigest)"
    );

    /// @inheritdoc ICheckpointLedger
    ISystemPause public immutable systemPause;

    /// @inheritdoc ICheckpointLedger
    ICheckpointLedger public immutable previous;

    /// @inheritdoc ICheckpointLedger
    uint64 public immutable createdAt;

    State private _state;

    /// @dev The head with the number seq is at seq % 64. After a rebase, a void head may stand in a place until the head
    /// with its number is written again; till then that number is above the current one, by which it is known.
    bytes32[KEPT_HEADS] private _heads;

    /// @dev Zero while nobody has claimed the epoch.
    bytes32 private _sessionKey;

    /// @param previous_ the ledger this one goes on from; zero for none.
    /// @param previousHead the head of that ledger; zero for none.
    constructor(address initialOwner, ISystemPause systemPause_, ICheckpointLedger previous_, bytes32 previousHead)
        Governed(initialOwner)
    {
        bytes32 found;
        if (address(previous_) != address(0)) (,,,,, found,) = previous_.snapshot();
        if (previousHead != found) revert CheckpointLedger_NotPreviousHead(previousHead, found);

        systemPause = systemPause_;
        previous = previous_;
        createdAt = uint64(block.timestamp);
        bytes32 digest = bytes32(uint256(uint160(address(previous_))));
        bytes32 head = hashHead(Head(0, 0, previousHead, 0, ReceiptTree.EMPTY_ROOT, digest));
        _heads[0] = head;

        emit Anchored(0, 0, previousHead, head, 0, ReceiptTree.EMPTY_ROOT, digest);
    }

    /* THE ANCHORER */

    /// @inheritdoc ICheckpointLedger
    function anchor(uint16 epoch, bytes32 parent, uint32 size, bytes32 root, bytes32 digest) external {
        State memory state = _state;
        if (msg.sender != state.anchorer) revert CheckpointLedger_NotAnchorer(msg.sender, state.anchorer);
        if (epoch != state.epoch) revert CheckpointLedger_WrongEpoch(epoch, state.epoch);
        bytes32 last = _heads[state.seq % KEPT_HEADS];
        if (parent != last) revert CheckpointLedger_WrongParent(parent, last);
        if (size < state.size) revert CheckpointLedger_SizeFell(state.size, size);
        // Cannot underflow: the line above.
        unchecked {
            if (size - state.size > MAX_GROWTH) revert CheckpointLedger_SizeLeapt(state.size, size, MAX_GROWTH);
        }
        if (state.seq == type(uint24).max) revert CheckpointLedger_Exhausted();

        // Cannot overflow: the line above.
        unchecked {
            ++state.seq;
        }
        bytes32 head = hashHead(Head(epoch, state.seq, parent, size, root, digest));
        state.size = size;
        state.minutes_ = _minutes();
        _state = state;
        _heads[state.seq % KEPT_HEADS] = head;

        emit Anchored(epoch, state.seq, parent, head, size, root, digest);
    }

    /// @inheritdoc ICheckpointLedger
    function claim(bytes calldata sessionKey) external returns (uint16 epoch) {
        State memory state = _state;
        if (msg.sender != state.anchorer) revert CheckpointLedger_NotAnchorer(msg.sender, state.anchorer);
        if (sessionKey.length != 32 || bytes32(sessionKey) == 0) revert CheckpointLedger_BadSessionKey(sessionKey);
        if (state.epoch >= LAST_CLAIMED_EPOCH) revert CheckpointLedger_Exhausted();

        epoch = state.epoch + 1;
        _state.epoch = epoch;
        _sessionKey = bytes32(sessionKey);

        emit Claimed(epoch, sessionKey);
    }

    /* THE OWNER AND THE GUARDIANS */

    /// @inheritdoc ICheckpointLedger
    function setAnchorer(address expected, address value) external onlyOwner {
        _checkMove("anchorer", uint160(expected), uint160(_state.anchorer), uint160(value));
        if (value != address(0) && systemPause.isGuardian(value)) revert CheckpointLedger_GuardianCannotAnchor(value);

        _setAnchorer(value);
    }

    /// @inheritdoc ICheckpointLedger
    function revokeAnchorer() external {
        if (msg.sender != address(systemPause)) {
            revert CheckpointLedger_NotSystemPause(msg.sender, address(systemPause));
        }
        if (_state.anchorer == address(0)) revert Unchanged("anchorer", 0);

        _setAnchorer(address(0));
    }

    /// @inheritdoc ICheckpointLedger
    function rebase(Head calldata target) external onlyOwner {
        State memory state = _state;
        bytes32 head = hashHead(target);
        if (!_isKept(head, target.seq, state.seq)) revert CheckpointLedger_NotKept(head, target.seq);
        if (target.seq == state.seq) revert Unchanged("head", uint256(head));

        bytes32 voided = _heads[state.seq % KEPT_HEADS];
        state.epoch = _endEpoch(state.epoch);
        state.seq = target.seq;
        state.size = target.size;
        _state = state;

        emit Rebased(state.epoch, target.seq, head, voided, target.size);
    }

    function _setAnchorer(address value) private {
        uint16 epoch = _endEpoch(_state.epoch);
        _state.anchorer = value;
        _state.epoch = epoch;

        emit AnchorerSet(value, epoch);
    }

    /// @dev Ends the session of the orchestrator that runs.
    function _endEpoch(uint16 epoch) private returns (uint16) {
        if (epoch == type(uint16).max) revert CheckpointLedger_Exhausted();

        _sessionKey = 0;
        return epoch + 1;
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
        return _isKept(hashHead(head), head.seq, _state.seq);
    }

    /// @inheritdoc ICheckpointLedger
    function hashHead(Head memory head) public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, block.chainid, address(this), head));
    }

    /// @inheritdoc ICheckpointLedger
    function snapshot()
        external
        view
        returns (address, uint16, uint24, uint32, uint24, bytes32, bytes memory sessionKey)
    {
        State memory state = _state;
        if (_sessionKey != 0) sessionKey = abi.encodePacked(_sessionKey);
        bytes32 head = _heads[state.seq % KEPT_HEADS];
        return (state.anchorer, state.epoch, state.seq, state.size, state.minutes_, head, sessionKey);
    }

    /// @inheritdoc ICheckpointLedger
    function anchorer() external view returns (address) {
        return _state.anchorer;
    }

    function _isKept(bytes32 head, uint256 seq, uint256 lastSeq) private view returns (bool) {
        return seq <= lastSeq && lastSeq - seq < KEPT_HEADS && _heads[seq % KEPT_HEADS] == head;
    }

    /// @dev Whole minutes since the ledger was created. It stands still at the highest number after 31 years.
    function _minutes() private view returns (uint24) {
        uint256 passed = (block.timestamp - createdAt) / 1 minutes;
        return passed < type(uint24).max ? uint24(passed) : type(uint24).max;
    }
}
