// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OwnerMultisig} from "../../contracts/OwnerMultisig.sol";
import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";
import {Owners, Tally} from "./OwnerMultisigOwners.sol";

/// @notice What the world may do to a multisig: hand in good and bad batches, old ones again, and change its owners.
contract OwnerMultisigHandler is Owners {
    OwnerMultisig public immutable multisig;
    Tally public immutable tally = new Tally();

    /// @dev What the multisig should have come to.
    uint64 public epoch = 1;
    uint256[3] public seqs;
    bool public executedBelowThreshold;

    uint256[] private _owners;
    uint32 private _threshold;

    /// @dev What was handed in so far, as it was, and its nonce.
    bytes[] private _past;
    uint256[] private _pastNonces;

    constructor() {
        _owners = _keys(3, 0);
        _threshold = 3;
        multisig = new OwnerMultisig(_constitution(_owners, _threshold));
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

    /// @dev Has the owners of `who` put others in office, 1 to 16 of them, by any threshold, reachable or not.
    function constitute(uint256 who, uint256 family, uint256 members, uint32 threshold, uint256 accepting) external {
        uint256[] memory keys = _keys(1 + members % 16, family);
        threshold %= uint32(_weight(keys, type(uint256).max) + 2);
        IOwnerMultisig.Constitution memory next = _constitution(keys, threshold);
        bytes memory acceptances = _sign(keys, accepting, multisig.acceptanceDigestOf(epoch + 1, next));
        IOwnerMultisig.Batch memory batch = _batch((1 << 64) + seqs[1], 1);
        batch.calls[0] =
            IOwnerMultisig.Call(address(multisig), abi.encodeCall(IOwnerMultisig.constitute, (next, acceptances)));
        if (!_execute(batch, who)) return;
        if (_weight(keys, accepting) < threshold) executedBelowThreshold = true;
        epoch++;
        _owners = keys;
        _threshold = threshold;
    }

    function _batch(uint256 nonce, uint256 calls) private view returns (IOwnerMultisig.Batch memory) {
        return IOwnerMultisig.Batch({
            calls: new IOwnerMultisig.Call[](calls),
            nonce: nonce,
            validAfter: uint48(block.timestamp),
            validUntil: uint48(block.timestamp + 1 days),
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
}
