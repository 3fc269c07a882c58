// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OwnerMultisig} from "../../contracts/OwnerMultisig.sol";
import {ICheckpointLedger} from "../../contracts/interfaces/ICheckpointLedger.sol";
import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";
import {ISystemPause} from "../../contracts/interfaces/ISystemPause.sol";
import {GovernedFamily, WillingAccount} from "./GovernedFamily.sol";
import {vm} from "./Vm.sol";
import {Constitution} from "./proofs/Constitution.sol";
import {Guardian} from "./proofs/Guardian.sol";
import {Lanes} from "./proofs/Lanes.sol";
import {Ledger} from "./proofs/Ledger.sol";
import {Threshold} from "./proofs/Threshold.sol";

// What is proved is proved of models. Here each model and its contract are given the same calls, drawn by lot: they have
// to take and refuse the same ones, and to come to the same state.

/// @notice Draws lots.
abstract contract Lots {
    uint256 private _seed;

    function _draw(uint256 below) internal returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }

    function _begin(uint256 seed) internal {
        _seed = seed;
    }
}

/// @notice Calls its target when it is called, and does not mind if that fails.
contract Restless {
    address private _target;
    bytes private _data;

    function aim(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function call() external {
        (bool done,) = _target.call(_data);
        done;
    }
}

/// @notice Members that sign whatever there is: what decides is who of them is named.
abstract contract WillingMembers is Lots {
    address[4] private _accounts;

    constructor() {
        for (uint256 i; i < _accounts.length; ++i) {
            address account = address(new WillingAccount());
            uint256 place = i;
            for (; place > 0 && _accounts[place - 1] > account; --place) {
                _accounts[place] = _accounts[place - 1];
            }
            _accounts[place] = account;
        }
    }

    function _constitution(uint16[4] memory weights, uint32 threshold)
        internal
        view
        returns (IOwnerMultisig.Constitution memory constitution)
    {
        constitution.threshold = threshold;
        constitution.members = new IOwnerMultisig.Member[](weights.length);
        for (uint256 i; i < weights.length; ++i) {
            constitution.members[i] = IOwnerMultisig.Member(2, weights[i], abi.encodePacked(_accounts[i]));
        }
    }

    /// @param who Bit `i` is set for the member at `i`.
    function _sign(uint256 who) internal pure returns (bytes memory signatures) {
        for (uint8 i; i < 4; ++i) {
            if (who >> i & 1 == 1) signatures = abi.encodePacked(signatures, i + 1, uint16(0));
        }
    }

    function _execute(OwnerMultisig multisig, uint256 nonce, IOwnerMultisig.Call[] memory calls, uint256 who)
        internal
        returns (bool done)
    {
        (uint64 epoch,,) = multisig.snapshot();
        IOwnerMultisig.Batch memory batch = IOwnerMultisig.Batch({
            calls: calls,
            nonce: nonce,
            validAfter: 0,
            validUntil: uint48(block.timestamp),
            epoch: epoch,
            memo: 0
        });
        if (batch.validUntil > 1 days) batch.validAfter = batch.validUntil - 1 days;
        (done,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.execute, (batch, _sign(who))));
    }

    function _calling(address to, bytes memory data) internal pure returns (IOwnerMultisig.Call[] memory calls) {
        calls = new IOwnerMultisig.Call[](1);
        calls[0] = IOwnerMultisig.Call(to, data);
    }

    function _constituting(IOwnerMultisig.Constitution memory constitution) internal pure returns (bytes memory) {
        return abi.encodeCall(IOwnerMultisig.constitute, (constitution, _sign(15)));
    }
}

contract OwnerMultisigProofsTest is WillingMembers {
    uint16[4] private _weights = [1, 1, 1, 1];

    /// @dev The proofs of Lanes are about what the multisig does with nonces.
    /// hardhat-config: fuzz.runs = 48
    function testFuzz_LanesAreModelled(uint256 seed) public {
        _begin(seed);
        OwnerMultisig multisig = new OwnerMultisig(_constitution(_weights, 1), new address[](0));
        uint32[3] memory first;
        uint256 word = uint160(uint256(vm.load(address(multisig), bytes32(uint256(2)))));
        for (uint256 lane; lane < 3; ++lane) {
            first[lane] = [0, type(uint32).max - uint32(_draw(3)), uint32(_draw(2 ** 32))][_draw(3)];
            word |= uint256(first[lane]) << 160 + 32 * lane;
        }
        // Where layout.json says that its state is.
        vm.store(address(multisig), bytes32(uint256(2)), bytes32(word));
        Lanes model = new Lanes(first);

        for (uint256 i; i < 12; ++i) {
            uint256 lane = _draw(10) % 4;
            uint64 seq = uint64(model.next(lane % 3));
            uint256 fault = _draw(12);
            // Meant to underflow.
            unchecked {
                if (fault == 0) seq -= 1;
                if (fault == 1) seq += 1;
                if (fault == 2) seq += 2 ** 32;
                if (fault == 3) seq = uint64(_draw(2 ** 64));
            }
            IOwnerMultisig.Call[] memory calls;
            if (lane == 1) calls = _calling(address(multisig), _constituting(_constitution(_weights, 1)));
            bool taken = _execute(multisig, lane << 64 | seq, calls, 1);
            (bool modelled,) = address(model).call(abi.encodeCall(Lanes.spend, (lane, seq)));
            require(taken == modelled, "the model of lanes takes other nonces");
            (, uint256[3] memory nonces,) = multisig.snapshot();
            for (uint256 each; each < 3; ++each) {
                require(nonces[each] == (each << 64) + model.next(each), "the model of lanes counts otherwise");
            }
        }
    }

    /// @dev The proofs of Threshold are about the constitutions that the multisig takes, and who decides by them.
    /// hardhat-config: fuzz.runs = 96
    function testFuzz_ThresholdsAreModelled(uint256 seed) public {
        _begin(seed);
        uint256 total;
        for (uint256 i; i < 4; ++i) {
            _weights[i] = uint16(1 + _draw(i == 0 ? type(uint16).max : 5));
            total += _weights[i];
        }
        uint32 threshold = _threshold(total);
        OwnerMultisig multisig;
        Threshold model;
        try new OwnerMultisig(_constitution(_weights, threshold), new address[](0)) returns (OwnerMultisig made) {
            multisig = made;
        } catch {}
        try new Threshold(total, threshold) returns (Threshold made) {
            model = made;
        } catch {}
        bool exists = address(multisig) != address(0);
        require(exists == (address(model) != address(0)), "the model of thresholds begins with others");
        if (!exists) return;

        for (uint256 seq; seq < 3; ++seq) {
            uint256 who = _draw(16);
            (, uint256[3] memory nonces,) = multisig.snapshot();
            bool decided = _execute(multisig, nonces[0], new IOwnerMultisig.Call[](0), who);
            (bool modelled,) = address(model).call(abi.encodeCall(Threshold.execute, (_weightOf(who))));
            require(decided == modelled, "the model of thresholds decides otherwise");

            threshold = _threshold(total);
            bytes memory constitute = _constituting(_constitution(_weights, threshold));
            bool enacted = _execute(multisig, nonces[1], _calling(address(multisig), constitute), 15);
            (modelled,) = address(model).call(abi.encodeCall(Threshold.constitute, (total, threshold)));
            require(enacted == modelled, "the model of thresholds takes others");
            (,, IOwnerMultisig.Constitution memory found) = multisig.snapshot();
            require(found.threshold == model.threshold(), "the model of thresholds has another");
        }
    }

    /// @dev The proof of Constitution is about who changes the constitution of the multisig.
    /// hardhat-config: fuzz.runs = 24
    function testFuzz_ConstitutionsAreModelled(uint256 seed) public {
        _begin(seed);
        OwnerMultisig multisig = new OwnerMultisig(_constitution(_weights, 1), new address[](0));
        Constitution model = new Constitution();
        Restless[2] memory restless = [new Restless(), new Restless()];
        for (uint160 i = 1; i < 12; ++i) {
            (uint64 epoch,,) = multisig.snapshot();
            address pointer = model.pointer();
            if (_draw(4) == 0) _intrude(multisig, model, address(i));
            else _decide(multisig, model, restless, address(i));
            (uint64 epochNow,,) = multisig.snapshot();
            require((epochNow != epoch) == (model.pointer() != pointer), "the model of constitutions changes otherwise");
        }
    }

    /// @dev Somebody else calls for another constitution.
    function _intrude(OwnerMultisig multisig, Constitution model, address next) private {
        (bool done,) = address(multisig).call(_constituting(_constitution(_weights, 1)));
        (bool modelled,) = address(model).call(abi.encodeCall(Constitution.constitute, (next)));
        require(done == modelled, "the model of constitutions takes other calls");
    }

    /// @dev The owners do, or have somebody called who does.
    function _decide(OwnerMultisig multisig, Constitution model, Restless[2] memory restless, address next) private {
        (uint256 lane, bool itself) = (_draw(3), _draw(2) == 0);
        bytes memory data = _constituting(_constitution(_weights, 1));
        restless[0].aim(address(multisig), data);
        address to = itself ? address(multisig) : address(restless[0]);
        if (!itself) data = abi.encodeCall(Restless.call, ());
        (, uint256[3] memory nonces,) = multisig.snapshot();
        bool done = _execute(multisig, nonces[lane], _calling(to, data), 1);

        restless[1].aim(address(model), abi.encodeCall(Constitution.constitute, (next)));
        to = itself ? address(model) : address(restless[1]);
        (bool modelled,) = address(model).call(abi.encodeCall(Constitution.execute, (lane, to, next)));
        require(done == modelled, "the model of constitutions takes other calls");
    }

    function _threshold(uint256 total) private returns (uint32) {
        return uint32([0, 1, total, total + 1, _draw(total)][_draw(5)]);
    }

    function _weightOf(uint256 who) private view returns (uint256 weight) {
        for (uint256 i; i < 4; ++i) {
            if (who >> i & 1 == 1) weight += _weights[i];
        }
    }
}

/// @notice Itself an account that may be a guardian.
contract GovernedProofsTest is GovernedFamily, WillingAccount, Lots {
    ICheckpointLedger.Head[] private _heads;
    address[10] private _accounts;

    constructor() {
        _accounts[0] = address(this);
        for (uint256 i = 1; i < _accounts.length; ++i) {
            _accounts[i] = address(new WillingAccount());
        }
    }

    /// @dev The proof of Ledger is about what the ledger does with epochs, heads and sizes.
    /// hardhat-config: fuzz.runs = 64
    function testFuzz_LedgersAreModelled(uint256 seed) public {
        _begin(seed);
        uint16 epoch = uint16([0, 0xff00 - _draw(3), type(uint16).max - _draw(6), _draw(2 ** 16)][_draw(4)]);
        uint24 seq = uint24([0, type(uint24).max - _draw(6), _draw(2 ** 24)][_draw(3)]);
        uint32 size = uint32([0, type(uint32).max - _draw(2 ** 21), _draw(2 ** 32)][_draw(3)]);
        uint256 word = 0xa1 | uint256(epoch) << 160 | uint256(seq) << 176 | uint256(size) << 200;
        // Where layout.json says that its state is.
        vm.store(address(ledger), bytes32(uint256(2)), bytes32(word));
        Ledger model = new Ledger(epoch, seq, size);

        for (uint256 i; i < 24; ++i) {
            _stepLedger(model);
            (, epoch, seq, size,,,) = ledger.snapshot();
            bool same = epoch == model.epoch() && seq == model.seq() && size == model.size();
            require(same, "the model of the ledger goes elsewhere");
        }
    }

    function _stepLedger(Ledger model) private {
        (address anchorer, uint16 epoch, uint24 seq, uint32 size,, bytes32 parent,) = ledger.snapshot();
        uint256 what = _draw(10);
        bool done;
        bool modelled;
        if (what == 0) {
            vm.prank(anchorer);
            (done,) = address(ledger).call(abi.encodeCall(ledger.claim, (abi.encode(uint256(1)))));
            (modelled,) = address(model).call(abi.encodeCall(Ledger.claim, ()));
        } else if (what == 1) {
            address next = anchorer == address(0xa1) ? address(0xa2) : address(0xa1);
            (done,) = address(ledger).call(abi.encodeCall(ledger.setAnchorer, (anchorer, next)));
            (modelled,) = address(model).call(abi.encodeCall(Ledger.setAnchorer, ()));
        } else if (what == 2 && anchorer != address(0)) {
            vm.prank(address(pause));
            (done,) = address(ledger).call(abi.encodeCall(ledger.revokeAnchorer, ()));
            (modelled,) = address(model).call(abi.encodeCall(Ledger.setAnchorer, ()));
        } else if (what == 3 && _heads.length > 0) {
            ICheckpointLedger.Head memory target = _heads[_heads.length - 1 - _draw(_heads.length)];
            (done,) = address(ledger).call(abi.encodeCall(ledger.rebase, (target)));
            // The model takes any head.
            if (done) (modelled,) = address(model).call(abi.encodeCall(Ledger.rebase, (target.seq, target.size)));
        } else {
            uint256 fault = _draw(8);
            // Meant to wrap around.
            unchecked {
                if (fault == 0) epoch += 1;
                if (fault == 1) epoch -= 1;
                size += uint32([0, _draw(1000), 2 ** 20 - _draw(2), 2 ** 20 + 1, 2 ** 32 - 1][_draw(5)]);
            }
            vm.prank(anchorer);
            (done,) = address(ledger).call(abi.encodeCall(ledger.anchor, (epoch, parent, size, 0, 0)));
            (modelled,) = address(model).call(abi.encodeCall(Ledger.anchor, (epoch, size)));
            if (done) _heads.push(ICheckpointLedger.Head(epoch, seq + 1, parent, size, 0, 0));
        }
        require(done == modelled, "the model of the ledger takes other calls");
    }

    /// @dev The proofs of Guardian are about what owners and guardians do to the pause, and by it.
    /// hardhat-config: fuzz.runs = 24
    function testFuzz_GuardiansAreModelled(uint256 seed) public {
        _begin(seed);
        Guardian model = new Guardian(address(this));
        for (uint256 i; i < 80; ++i) {
            if (_draw(4) == 0) vm.warp(block.timestamp + _draw(9 days));
            _stepPause(model);
            _compare(model);
        }
    }

    /// @dev One call, mostly by whom it may succeed for.
    function _stepPause(Guardian model) private {
        uint256 what = _draw(28);
        address caller = _draw(4) == 0 || what > 11 ? _accounts[_draw(10)] : pause.owner();
        address subject = _draw(10) == 0 ? address(0) : _accounts[_draw(10)];
        uint16 scope = uint16(_draw(8) == 0 ? 33 : _draw(3));
        uint64 limit = pause.guardianPauseLimit();
        if (what == 0) {
            bytes memory data = abi.encodeCall(Guardian.pause, (scope));
            _both(model, caller, address(pause), data, data);
        } else if (what == 1) {
            bytes memory data = abi.encodeCall(Guardian.resume, (scope));
            _both(model, caller, address(pause), data, data);
        } else if (what < 6) {
            bool itself = _draw(20) == 0;
            _both(
                model,
                caller,
                address(pause),
                abi.encodeCall(pause.appointGuardian, (itself ? address(pause) : subject, type(uint48).max, "")),
                abi.encodeCall(Guardian.appointGuardian, (itself ? address(model) : subject))
            );
        } else if (what == 6) {
            _both(
                model,
                caller,
                address(pause),
                abi.encodeCall(pause.dismissGuardian, (subject)),
                abi.encodeCall(Guardian.dismissGuardian, (subject))
            );
        } else if (what == 7) {
            uint64 value = uint64([0, 1 minutes - _draw(2), 7 days, 30 days + _draw(2), _draw(30 days)][_draw(5)]);
            _both(
                model,
                caller,
                address(pause),
                abi.encodeCall(pause.setGuardianPauseLimit, (limit, value)),
                abi.encodeCall(Guardian.setGuardianPauseLimit, (value))
            );
        } else if (what == 8) {
            address old = model.anchorer();
            _both(
                model,
                caller,
                address(ledger),
                abi.encodeCall(ledger.setAnchorer, (old, subject)),
                abi.encodeCall(Guardian.setAnchorer, (subject))
            );
        } else if (what == 9) {
            address old = model.marketplace();
            _both(
                model,
                caller,
                address(nodes),
                abi.encodeCall(nodes.setMarketplace, (old, subject)),
                abi.encodeCall(Guardian.setMarketplace, (subject))
            );
        } else if (what == 10) {
            bytes memory transfer = abi.encodeCall(Guardian.transferOwnership, (subject));
            if (_both(model, caller, address(pause), transfer, transfer)) _others(caller, transfer);
        } else if (what == 11) {
            if (_draw(4) != 0) return;
            bool itself = _draw(4) == 0;
            _both(
                model,
                caller,
                address(pause),
                abi.encodeCall(pause.retire, (itself ? address(pause) : subject)),
                abi.encodeCall(Guardian.retire, (itself ? address(model) : subject))
            );
        } else if (what == 12) {
            bytes memory accept = abi.encodeCall(Guardian.acceptOwnership, ());
            if (_both(model, caller, address(pause), accept, accept)) _others(caller, accept);
        } else if (what < 18) {
            caller = _draw(3) == 0 ? caller : pause.owner();
            _both(
                model,
                caller,
                address(pause),
                abi.encodeCall(pause.armGuardian, (subject)),
                abi.encodeCall(Guardian.armGuardian, (subject))
            );
        } else if (what < 22) {
            bytes memory revoke = abi.encodeCall(Guardian.revokeAnchorer, ());
            _both(model, caller, address(pause), revoke, revoke);
        } else if (what < 24) {
            bytes memory revoke = abi.encodeCall(Guardian.revokeMarketplace, ());
            _both(model, caller, address(pause), revoke, revoke);
        } else {
            uint64 duration = uint64([0, 1, limit, limit + 1, _draw(limit)][_draw(5)]);
            bytes memory data = abi.encodeCall(Guardian.guardianPause, (scope, duration));
            _both(model, caller, address(pause), data, data);
        }
    }

    function _both(Guardian model, address caller, address target, bytes memory data, bytes memory modelData)
        private
        returns (bool done)
    {
        vm.prank(caller);
        (done,) = target.call(data);
        vm.prank(caller);
        (bool modelled,) = address(model).call(modelData);
        require(done == modelled, "the model of guardians takes other calls");
    }

    /// @dev The ledger and the registry of nodes have the same owner.
    function _others(address caller, bytes memory data) private {
        vm.prank(caller);
        (bool done,) = address(ledger).call(data);
        vm.prank(caller);
        (bool doneToo,) = address(nodes).call(data);
        require(done && doneToo, "the others have another owner");
    }

    function _compare(Guardian model) private view {
        (bool retired, address successor, ISystemPause.Scope[] memory scopes) = pause.snapshot();
        require(retired == model.retired() && successor == model.successor(), "another retirement");
        require(pause.owner() == model.owner() && pause.pendingOwner() == model.pendingOwner(), "another owner");
        require(pause.guardianPauseLimit() == model.limit(), "another limit");
        (address anchorer,,,,,,) = ledger.snapshot();
        require(anchorer == model.anchorer() && nodes.marketplace() == model.marketplace(), "another role");
        for (uint16 scope; scope < 3; ++scope) {
            require(scopes[scope].ownerPaused == model.ownerPaused(scope), "another pause of the owner");
            require(scopes[scope].guardianUntil == model.guardianUntil(scope), "another pause of a guardian");
        }
        ISystemPause.Guardian[] memory guardians = pause.guardians();
        for (uint256 i; i < _accounts.length; ++i) {
            bool appointed;
            bool armed;
            for (uint256 j; j < guardians.length; ++j) {
                if (guardians[j].account == _accounts[i]) (appointed, armed) = (true, guardians[j].armed);
            }
            require(appointed == model.appointed(_accounts[i]), "another guardian");
            require(armed == model.armed(_accounts[i]), "another guardian is armed");
        }
    }
}
