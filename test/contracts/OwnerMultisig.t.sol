// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OwnerMultisig} from "../../contracts/OwnerMultisig.sol";
import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";
import {Owners, Tally} from "./OwnerMultisigOwners.sol";
import {vm} from "./Vm.sol";

/// @notice Any batch, any signers, any bytes.
contract OwnerMultisigFuzzTest is Owners {
    Tally private _tally;
    OwnerMultisig private _multisig;
    uint256[] private _owners;
    uint32 private constant THRESHOLD = 5;

    function setUp() public {
        _tally = new Tally();
        _owners = _keys(5, 0);
        _multisig = new OwnerMultisig(_constitution(_owners, THRESHOLD), new address[](0));
    }

    /// @dev A batch is executed exactly when those who signed weigh enough.
    function testFuzz_ExecutesByWeight(uint256 who) public {
        IOwnerMultisig.Batch memory batch = _recording();
        bytes memory signatures = _sign(_owners, who, _multisig.digestOf(batch));
        (bool executed,) = address(_multisig).call(abi.encodeCall(IOwnerMultisig.execute, (batch, signatures)));
        require(executed == (_weight(_owners, who) >= THRESHOLD), "decided by something else than weight");
        require(_tally.executions(0) == (executed ? 1 : 0), "the call does not go with the decision");
    }

    /// @dev Nobody can alter a field of what was signed.
    function testFuzz_RevertWhen_Altered(IOwnerMultisig.Batch memory altered) public {
        IOwnerMultisig.Batch memory batch = _recording();
        bytes memory signatures = _sign(_owners, type(uint256).max, _multisig.digestOf(batch));
        vm.assume(keccak256(abi.encode(altered)) != keccak256(abi.encode(batch)));

        _expectRefused(altered, signatures);
        (altered.nonce, altered.epoch, altered.validAfter, altered.validUntil) = (0, 1, batch.validAfter, batch.validUntil);
        if (keccak256(abi.encode(altered)) != keccak256(abi.encode(batch))) _expectRefused(altered, signatures);
        altered.calls = batch.calls;
        if (altered.memo != batch.memo) _expectRefused(altered, signatures);
        altered.memo = batch.memo;
        altered.validUntil -= 1;
        _expectRefused(altered, signatures);
    }

    /// @dev Nobody can make a second set of signatures out of the first.
    function testFuzz_RevertWhen_SignaturesAltered(uint256 position, uint8 bits) public {
        vm.assume(bits != 0);
        IOwnerMultisig.Batch memory batch = _recording();
        bytes memory signatures = _sign(_owners, type(uint256).max, _multisig.digestOf(batch));
        position %= signatures.length;
        signatures[position] ^= bytes1(bits);
        _expectRefused(batch, signatures);
    }

    /// @dev No bytes but signatures decide anything.
    function testFuzz_RevertWhen_NotSigned(bytes memory signatures) public {
        _expectRefused(_recording(), signatures);
    }

    /// @dev A batch is executed exactly within its window.
    function testFuzz_ExecutesWithinWindow(uint48 validAfter, uint48 validUntil, uint48 time) public {
        IOwnerMultisig.Batch memory batch = _recording();
        validAfter = uint48(bound(validAfter, 1, type(uint48).max));
        time = uint48(bound(time, validAfter < 20 days ? 1 : validAfter - 20 days, uint256(validAfter) + 20 days));
        batch.validAfter = validAfter;
        batch.validUntil = uint48(bound(validUntil, 0, uint256(validAfter) + 20 days));
        bytes memory signatures = _sign(_owners, type(uint256).max, _multisig.digestOf(batch));
        vm.warp(time);
        (bool executed,) = address(_multisig).call(abi.encodeCall(IOwnerMultisig.execute, (batch, signatures)));
        bool within = time >= batch.validAfter && time <= batch.validUntil;
        require(executed == (within && batch.validUntil - batch.validAfter <= 14 days), "executed at another time");
    }

    /// @dev The digest is EIP-712's, as its text has it.
    function testFuzz_DigestIsEip712(IOwnerMultisig.Batch memory batch) public view {
        bytes32 callType = keccak256("Call(address to,bytes data)");
        bytes memory calls;
        for (uint256 i = 0; i < batch.calls.length; i++) {
            bytes32 data = keccak256(batch.calls[i].data);
            calls = abi.encodePacked(calls, keccak256(abi.encode(callType, batch.calls[i].to, data)));
        }
        bytes32 batchType = keccak256(
            "Batch(Call[] calls,uint256 nonce,uint48 validAfter,uint48 validUntil,uint64 epoch,bytes32 memo)Call(address to,bytes data)"
        );
        bytes memory fields = abi.encode(batch.nonce, batch.validAfter, batch.validUntil, batch.epoch, batch.memo);
        bytes32 structHash = keccak256(abi.encodePacked(batchType, keccak256(calls), fields));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Planetary Fabric Owners"),
                keccak256("1"),
                block.chainid,
                address(_multisig)
            )
        );
        require(_multisig.digestOf(batch) == keccak256(abi.encodePacked(hex"1901", domain, structHash)), "digest");
    }

    /// @dev A constitution is read back as it was given: any number of members, any weights, rules for any functions.
    function testFuzz_KeepsConstitution(uint256 members, uint256 seed, uint8 rules, uint256 threshold) public {
        uint256[] memory keys = _keys(1 + members % 16, seed);
        IOwnerMultisig.Constitution memory given = _constitution(keys, 0);
        uint256 total;
        for (uint256 i = 0; i < keys.length; i++) {
            given.members[i].weight = uint16(1 + uint256(keccak256(abi.encode(seed, i))) % type(uint16).max);
            total += given.members[i].weight;
        }
        given.threshold = uint32(1 + threshold % total);
        given.rules = new IOwnerMultisig.Rule[](rules % 33);
        for (uint256 i = 0; i < given.rules.length; i++) {
            given.rules[i].target = address(uint160(seed) / 2 + uint160(i / 2));
            given.rules[i].selector = bytes4(uint32(i * type(uint32).max / 32));
            given.rules[i].delay = uint32(uint256(keccak256(abi.encode(seed, "delay", i))) % (30 days + 1));
        }
        given.defaultDelay = uint32(seed % (30 days + 1));
        (uint64 epoch,, IOwnerMultisig.Constitution memory kept) = new OwnerMultisig(given, new address[](0)).snapshot();
        require(epoch == 1, "the first epoch is 1");
        require(keccak256(abi.encode(kept)) == keccak256(abi.encode(given)), "another constitution");
    }

    /// @dev A batch waits for the longest of its calls, each of which waits as its rule says, or else the default.
    function testFuzz_WaitsForTheLongest(uint256 seed, uint8 rules, uint8 calls) public {
        IOwnerMultisig.Constitution memory given = _constitution(_owners, THRESHOLD);
        given.defaultDelay = uint32(uint256(keccak256(abi.encode(seed))) % 30 days);
        given.rules = new IOwnerMultisig.Rule[](rules % 33);
        for (uint256 i = 0; i < given.rules.length; i++) {
            uint32 delay = uint32(uint256(keccak256(abi.encode(seed, i))) % 30 days);
            given.rules[i] = IOwnerMultisig.Rule(address(uint160(1 + i / 5)), bytes4(uint32(1 + 2 * (i % 5))), delay);
        }
        IOwnerMultisig.Batch memory batch = _recording();
        batch.calls = new IOwnerMultisig.Call[](calls % 6);
        uint256 expected;
        for (uint256 i = 0; i < batch.calls.length; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, "call", i)));
            address to = address(uint160(random % 9));
            bytes4 selector = bytes4(uint32((random >> 64) % 12));
            batch.calls[i] = IOwnerMultisig.Call(to, abi.encodePacked(selector, random));
            uint256 delay = given.defaultDelay;
            for (uint256 j = 0; j < given.rules.length; j++) {
                if (given.rules[j].target == to && given.rules[j].selector == selector) delay = given.rules[j].delay;
            }
            if (delay > expected) expected = delay;
        }
        OwnerMultisig multisig = new OwnerMultisig(given, new address[](0));
        require(multisig.delayOf(batch) == expected, "another delay");
    }

    /// @dev What is announced is run exactly from the end of its delay to the end of its window.
    function testFuzz_RunsWithinWindow(uint32 delay, uint48 validAfter, uint48 validUntil, uint48 time) public {
        IOwnerMultisig.Constitution memory given = _constitution(_owners, THRESHOLD);
        given.defaultDelay = uint32(bound(delay, 1, 30 days));
        OwnerMultisig multisig = new OwnerMultisig(given, new address[](0));
        // A constant: the optimizer takes the block's time for one, too, and would read it again after the time has moved.
        uint256 start = 1_893_456_000;
        vm.warp(start);
        IOwnerMultisig.Batch memory batch = _recording();
        batch.validAfter = uint48(bound(validAfter, start, start + 40 days));
        batch.validUntil = uint48(bound(validUntil, batch.validAfter, uint256(batch.validAfter) + 14 days));
        bytes memory signatures = _sign(_owners, type(uint256).max, multisig.digestOf(batch));
        (bool announced,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.announce, (batch, signatures)));
        require(announced == (start + given.defaultDelay <= batch.validUntil), "announced what can never be run");
        time = uint48(bound(time, start, start + 60 days));
        vm.warp(time);
        (bool ran,) = address(multisig).call(abi.encodeCall(IOwnerMultisig.run, (batch)));
        bool ready = announced && time >= start + given.defaultDelay;
        require(ran == (ready && time >= batch.validAfter && time <= batch.validUntil), "run at another time");
        require(_tally.executions(0) == (ran ? 1 : 0), "the call does not go with the run");
    }

    function _expectRefused(IOwnerMultisig.Batch memory batch, bytes memory signatures) private {
        (bool executed,) = address(_multisig).call(abi.encodeCall(IOwnerMultisig.execute, (batch, signatures)));
        require(!executed, "executed what nobody signed");
    }

    function _recording() private view returns (IOwnerMultisig.Batch memory batch) {
        batch.calls = new IOwnerMultisig.Call[](1);
        batch.calls[0] = IOwnerMultisig.Call(address(_tally), abi.encodeCall(Tally.record, (0)));
        batch.validAfter = uint48(block.timestamp);
        batch.validUntil = uint48(block.timestamp + 1 days);
        batch.epoch = 1;
    }

    function bound(uint256 value, uint256 least, uint256 most) private pure returns (uint256) {
        if (most > type(uint48).max) most = type(uint48).max;
        return least + value % (most - least + 1);
    }
}
