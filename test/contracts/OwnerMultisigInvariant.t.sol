// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OwnerMultisig} from "../../contracts/OwnerMultisig.sol";
import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";
import {Owners, Tally} from "./OwnerMultisigOwners.sol";
import {vm} from "./Vm.sol";

/// @notice What the world may do to a multisig: hand in good and bad batches, old ones again, announce, run and cancel,
/// let time pass, and change its owners. {Tally.record} takes effect at once; {Tally.recordLate} and constitutions wait.
contract OwnerMultisigHandler is Owners {
    OwnerMultisig public immutable multisig;
    Tally public immutable tally = new Tally();

    /// @dev What the multisig should have come to.
    uint64 public epoch = 1;
    uint256[3] public seqs;
    bool public executedBelowThreshold;

    /// @dev Something was run too early, twice, or after it was cancelled or voided.
    bool public ranOutOfTurn;

    uint256 public constant LATE = 1 days;
    uint256 public constant LONGEST = 2 days;

    uint256[] private _owners;
    uint32 private _threshold;

    /// @dev What was announced so far, encoded, and for each whether it waits, since when, how long it has to, and under whom.
    bytes[] private _announced;
    bool[] private _waits;
    uint256[] private _since;

    /// @dev What was handed in so far, as it was, and its nonce.
    bytes[] private _past;
    uint256[] private _pastNonces;

    constructor() {
        _owners = _keys(3, 0);
        _threshold = 3;
        multisig = new OwnerMultisig(_delayed(_owners, _threshold), new address[](0));
    }

    /// @dev With one function that takes effect at once; the longest delay is a rule that nothing else uses.
    function _delayed(uint256[] memory keys, uint32 threshold)
        private
        view
        returns (IOwnerMultisig.Constitution memory constitution)
    {
        constitution = _constitution(keys, threshold);
        constitution.defaultDelay = uint32(LATE);
        constitution.rules = new IOwnerMultisig.Rule[](2);
        constitution.rules[0] = IOwnerMultisig.Rule(address(1), 0, uint32(LONGEST));
        constitution.rules[1] = IOwnerMultisig.Rule(address(tally), Tally.record.selector, 0);
    }

    /// @dev Hands in a batch with or without a call, signed by some owners, for a lane's next nonce or the one after.
    function submit(uint256 lane, uint256 ahead, uint256 who, bool empty) external {
        lane = lane % 3;
        uint256 nonce = (lane << 64) + seqs[lane] + (ahead % 8 == 7 ? 1 : 0);
        IOwnerMultisig.Batch memory batch = _batch(nonce, empty || lane == 1 ? 0 : 1);
        if (batch.calls.length == 1) {
            batch.calls[0] = IOwnerMultisig.Call(address(tally), abi.encodeCall(Tally.record, (nonce)));
        }
        _execute(batch, who);
    }

    /// @dev Hands in something handed in before, good or bad, once more.
    function again(uint256 which) external {
        if (_past.length == 0) return;
        which %= _past.length;
        (bool executed,) = address(multisig).call(_past[which]);
        if (executed) _count(_pastNonces[which]);
    }

    /// @dev Announces a batch that waits, signed by some owners.
    function announce(uint256 lane, uint256 who) external {
        lane = lane % 2 * 2;
        IOwnerMultisig.Batch memory batch = _batch((lane << 64) + seqs[lane], 1);
        batch.calls[0] = IOwnerMultisig.Call(address(tally), abi.encodeCall(Tally.recordLate, (batch.nonce)));
        _announce(batch, who);
    }

    /// @dev Has the owners of `who` announce that others enter office, 1 to 16 of them, by any threshold, reachable or not.
    function announceConstitution(uint256 who, uint256 family, uint256 members, uint32 threshold, uint256 accepting)
        external
    {
        uint256[] memory keys = _keys(1 + members % 16, family);
        threshold %= uint32(_weight(keys, type(uint256).max) + 2);
        IOwnerMultisig.Constitution memory next = _delayed(keys, threshold);
        bytes memory acceptances = _sign(keys, accepting, multisig.acceptanceDigestOf(epoch + 1, next));
        IOwnerMultisig.Batch memory batch = _batch((1 << 64) + seqs[1], 1);
        batch.calls[0] =
            IOwnerMultisig.Call(address(multisig), abi.encodeCall(IOwnerMultisig.constitute, (next, acceptances)));
        if (!_announce(batch, who)) return;
        _next = Next(keys, threshold, accepting);
    }

    /// @dev Runs something that was announced, whatever became of it.
    function run(uint256 which) external {
        if (_announced.length == 0) return;
        which %= _announced.length;
        IOwnerMultisig.Batch memory batch = abi.decode(_announced[which], (IOwnerMultisig.Batch));
        (bool success,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.run, (batch)));
        if (!success) return;
        bool membership = batch.nonce >> 64 == 1;
        uint256 delay = membership ? LONGEST : LATE;
        if (!_waits[which] || batch.epoch != epoch || block.timestamp < _since[which] + delay) ranOutOfTurn = true;
        _waits[which] = false;
        if (membership) _enterOffice();
    }

    /// @dev Has some owners cancel something that was announced, whatever became of it.
    function cancel(uint256 which, uint256 who) external {
        if (_announced.length == 0) return;
        which %= _announced.length;
        IOwnerMultisig.Batch memory batch = abi.decode(_announced[which], (IOwnerMultisig.Batch));
        bytes memory signatures = _sign(_owners, who, multisig.cancellationDigestOf(batch));
        (bool success,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.cancel, (batch, signatures)));
        if (!success) return;
        if (!_waits[which]) ranOutOfTurn = true;
        uint256 needed = batch.nonce >> 64 == 1 ? _threshold : 1;
        if (block.timestamp <= batch.validUntil && _weight(_owners, who) < needed) executedBelowThreshold = true;
        _waits[which] = false;
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    /// @dev The constitution that was announced last, the only one that can wait.
    struct Next {
        uint256[] keys;
        uint32 threshold;
        uint256 accepting;
    }

    Next private _next;

    function _enterOffice() private {
        if (_weight(_next.keys, _next.accepting) < _next.threshold) executedBelowThreshold = true;
        epoch++;
        _owners = _next.keys;
        _threshold = _next.threshold;
        for (uint256 i = 0; i < _waits.length; i++) {
            _waits[i] = false;
        }
    }

    function _announce(IOwnerMultisig.Batch memory batch, uint256 who) private returns (bool announced) {
        bytes memory signatures = _sign(_owners, who, multisig.digestOf(batch));
        (announced,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.announce, (batch, signatures)));
        if (!announced) return false;
        if (_weight(_owners, who) < _threshold) executedBelowThreshold = true;
        _count(batch.nonce);
        _announced.push(abi.encode(batch));
        _waits.push(true);
        _since.push(block.timestamp);
    }

    function _batch(uint256 nonce, uint256 calls) private view returns (IOwnerMultisig.Batch memory) {
        return IOwnerMultisig.Batch({
            calls: new IOwnerMultisig.Call[](calls),
            nonce: nonce,
            validAfter: uint48(block.timestamp),
            validUntil: uint48(block.timestamp + 4 days),
            epoch: epoch,
            memo: 0
        });
    }

    function _execute(IOwnerMultisig.Batch memory batch, uint256 who) private returns (bool executed) {
        bytes memory signatures = _sign(_owners, who, multisig.digestOf(batch));
        bytes memory submission = abi.encodeCall(IOwnerMultisig.execute, (batch, signatures));
        _past.push(submission);
        _pastNonces.push(batch.nonce);
        (executed,) = address(multisig).call(submission);
        if (!executed) return false;
        if (_weight(_owners, who) < _threshold) executedBelowThreshold = true;
        _count(batch.nonce);
    }

    function _count(uint256 nonce) private {
        uint256 lane = nonce >> 64;
        if (uint64(nonce) == seqs[lane]) seqs[lane]++;
        else seqs[lane] = type(uint256).max; // Out of order: no invariant holds any more.
    }
}

/// @notice Whatever is handed in, in whatever order.
contract OwnerMultisigInvariantTest {
    OwnerMultisigHandler private _handler;

    function setUp() public {
        _handler = new OwnerMultisigHandler();
    }

    /// @dev Tells the runner whom to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Each nonce of each lane is executed at most once, in order, and no other.
    /// hardhat-config: invariant.runs = 24
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_EachNonceOnce() public view {
        (, uint256[3] memory nonces,) = _handler.multisig().snapshot();
        Tally tally = _handler.tally();
        for (uint256 lane = 0; lane < 3; lane++) {
            uint256 seqs = _handler.seqs(lane);
            require(nonces[lane] == (lane << 64) + seqs, "the lane's counter is not the number of its batches");
            uint256 recorded;
            for (uint256 seq = 0; seq < seqs; seq++) {
                uint256 executions = tally.executions((lane << 64) + seq);
                require(executions <= 1, "a nonce was executed twice");
                recorded += executions;
            }
            require(recorded == tally.total(lane), "a nonce was executed out of its turn");
        }
    }

    /// @dev There is always somebody who can decide, and never nobody who decides.
    /// hardhat-config: invariant.runs = 24
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_ThresholdInReach() public view {
        (uint64 epoch,, IOwnerMultisig.Constitution memory constitution) = _handler.multisig().snapshot();
        uint256 total;
        for (uint256 i = 0; i < constitution.members.length; i++) {
            total += constitution.members[i].weight;
        }
        require(constitution.threshold > 0 && constitution.threshold <= total, "the threshold is out of reach");
        require(epoch == _handler.epoch(), "the epoch is not the number of constitutions");
    }

    /// @dev Nothing happens that the threshold did not sign, and nobody enters office who did not accept.
    /// hardhat-config: invariant.runs = 24
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_NothingBelowThreshold() public view {
        require(!_handler.executedBelowThreshold(), "executed below the threshold");
    }

    /// @dev What waits is run at most once, never before its delay is over, never once it is cancelled or void.
    /// hardhat-config: invariant.runs = 24
    /// hardhat-config: invariant.depth = 96
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_RunsInTurn() public view {
        require(!_handler.ranOutOfTurn(), "run out of turn");
    }
}
