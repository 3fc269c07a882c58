// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICheckpointLedger} from "../../contracts/interfaces/ICheckpointLedger.sol";
import {GovernedFamily, WillingAccount} from "./GovernedFamily.sol";
import {vm} from "./Vm.sol";

/// @notice What owners, anchorers, guardians and strangers may do to a ledger, and what it should have come to.
contract CheckpointLedgerHandler is GovernedFamily {
    address[2] private _anchorers = [address(0xa1), address(0xa2)];
    address private immutable _guardian;

    /// @dev Every head that is in force, from seq 0 on, and those that were voided.
    ICheckpointLedger.Head[] private _chain;
    ICheckpointLedger.Head[] private _voided;

    /// @dev The highest seq ever: a void head stands in its place of the ring until it is written over.
    uint256 private _top;

    uint16 private _lastEpoch;
    uint24 private _lastSeq;
    uint32 private _lastSize;

    /// @dev Whether seq or size ever fell within an epoch, or an epoch fell.
    bool public fell;

    /// @dev Whether a caller without the power, or with a stale epoch or parent, ever got through.
    bool public intruded;

    constructor() {
        _chain.push(ICheckpointLedger.Head(0, 0, 0, 0, sha256(""), 0));
        _guardian = address(new WillingAccount());
        pause.appointGuardian(_guardian, type(uint48).max, "");
        ledger.setAnchorer(address(0), _anchorers[0]);
    }

    modifier watched() {
        _;
        (, uint16 epoch, uint24 seq, uint32 size,,,) = ledger.snapshot();
        if (epoch < _lastEpoch || (epoch == _lastEpoch && (seq < _lastSeq || size < _lastSize))) fell = true;
        (_lastEpoch, _lastSeq, _lastSize) = (epoch, seq, size);
        if (seq > _top) _top = seq;
    }

    /// @dev Anchors, as one of the two or a stranger, perhaps with a stale epoch or parent or a size out of bounds.
    function anchor(uint256 who, uint256 growth, uint8 fault) external watched {
        (address anchorer, uint16 epoch, uint24 seq, uint32 size,, bytes32 parent,) = ledger.snapshot();
        address caller = fault % 16 == 0 ? _anchorers[who % 2] : anchorer;
        if (fault % 16 == 1) epoch--;
        if (fault % 16 == 2) parent = keccak256(abi.encode(parent));
        growth %= 2 ** 20 + (fault % 16 == 3 ? 2 ** 19 : 1);
        ICheckpointLedger.Head memory head =
            ICheckpointLedger.Head(epoch, seq + 1, parent, uint32(size + growth), bytes32(who), bytes32(growth));
        vm.prank(caller);
        try ledger.anchor(epoch, parent, head.size, head.root, head.digest) {
            _chain.push(head);
            if (caller != anchorer || fault % 16 == 1 || fault % 16 == 2 || growth > 2 ** 20) intruded = true;
        } catch {}
    }

    /// @dev Anchors many times over, so that the ring wraps around.
    function anchorMany(uint8 times) external watched {
        (address anchorer, uint16 epoch, uint24 seq, uint32 size,, bytes32 parent,) = ledger.snapshot();
        if (anchorer == address(0)) return;
        for (uint256 i; i < times % 40; ++i) {
            ICheckpointLedger.Head memory head = ICheckpointLedger.Head(epoch, ++seq, parent, ++size, 0, bytes32(i));
            vm.prank(anchorer);
            ledger.anchor(epoch, parent, size, 0, head.digest);
            (,,,,, parent,) = ledger.snapshot();
            _chain.push(head);
        }
    }

    function claim(uint256 who, bytes32 sessionKey) external watched {
        (address anchorer,,,,,,) = ledger.snapshot();
        address caller = _anchorers[who % 2];
        vm.prank(caller);
        try ledger.claim(abi.encode(sessionKey)) {
            if (caller != anchorer) intruded = true;
        } catch {}
    }

    function setAnchorer(uint256 who) external watched {
        (address anchorer,,,,,,) = ledger.snapshot();
        address next = _anchorers[who % 2];
        if (anchorer != next) ledger.setAnchorer(anchorer, next);
    }

    function revokeAnchorer() external watched {
        vm.prank(_guardian);
        try pause.revokeAnchorer() {
            pause.armGuardian(_guardian);
        } catch {}
    }

    /// @dev Rebases to a head of the chain, kept or not.
    function rebase(uint256 back) external watched {
        ICheckpointLedger.Head memory target = _chain[_chain.length - 1 - back % _chain.length % 70];
        try ledger.rebase(target) {
            while (_chain.length > uint256(target.seq) + 1) {
                _voided.push(_chain[_chain.length - 1]);
                _chain.pop();
            }
        } catch {}
    }

    /// @dev Rebases to a head that was voided, which must not work.
    function rebaseToVoid(uint256 which) external watched {
        if (_voided.length == 0) return;
        try ledger.rebase(_voided[which % _voided.length]) {
            intruded = true;
        } catch {}
    }

    /// @notice The head that the ledger should have.
    function lastHead() external view returns (ICheckpointLedger.Head memory) {
        return _chain[_chain.length - 1];
    }

    /// @notice Whether the ledger keeps the heads in force among the last 64 written, and none besides.
    function keepsWhatItShould() external view returns (bool) {
        for (uint256 seq = _top > 80 ? _top - 80 : 0; seq < _chain.length; ++seq) {
            if (ledger.isKept(_chain[seq]) != (seq + 64 > _top)) return false;
        }
        for (uint256 i; i < _voided.length && i < 80; ++i) {
            if (ledger.isKept(_voided[_voided.length - 1 - i])) return false;
        }
        return true;
    }
}

/// @notice Whatever is done to the ledger, in whatever order.
contract CheckpointLedgerInvariantTest {
    CheckpointLedgerHandler private _handler;

    function setUp() public {
        _handler = new CheckpointLedgerHandler();
    }

    /// @dev Tells the runner whom to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev A proof once anchored is not taken back but in the open, by a new epoch.
    /// hardhat-config: invariant.runs = 8
    /// hardhat-config: invariant.depth = 40
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_SizeAndSeqNeverFallWithinAnEpoch() public view {
        require(!_handler.fell(), "seq or size fell within an epoch");
        require(!_handler.intruded(), "somebody got through who should not");
    }

    /// @dev The ledger is what was anchored and not voided, no more and no less.
    /// hardhat-config: invariant.runs = 8
    /// hardhat-config: invariant.depth = 40
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_KeepsTheLastHeadsInForce() public view {
        ICheckpointLedger.Head memory last = _handler.lastHead();
        (,, uint24 seq, uint32 size,,,) = _handler.ledger().snapshot();
        require(seq == last.seq && size == last.size, "seq or size are not those of the head");
        require(_handler.keepsWhatItShould(), "the ring is not the heads in force");
    }
}
