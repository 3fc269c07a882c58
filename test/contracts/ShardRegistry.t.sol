// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IShardRegistry} from "../../contracts/interfaces/IShardRegistry.sol";
import {AsciiName} from "../../contracts/libraries/AsciiName.sol";
import {Routes} from "../../contracts/libraries/Routes.sol";
import {GovernedFamily} from "./GovernedFamily.sol";

/// @notice Any shard, any name, any routes.
contract ShardRegistryFuzzTest is GovernedFamily {
    /// @dev What is registered is what is read, bit for bit, or nothing is.
    function testFuzz_RegistersWhatItIsGiven(
        uint24 queueBudget,
        uint24 latencyBudgetMs,
        uint24 spillThreshold,
        uint16 spillBatch,
        uint16 weight
    ) public {
        IShardRegistry.Shard memory shard = _shard();
        (shard.queueBudget, shard.latencyBudgetMs) = (queueBudget, latencyBudgetMs);
        (shard.spillThreshold, shard.spillBatch, shard.weight) = (spillThreshold, spillBatch, weight);
        bool allowed = queueBudget != 0 && latencyBudgetMs != 0 && spillThreshold <= queueBudget && spillBatch != 0
            && weight != 0 && weight <= 10_000;

        (bool registered,) = address(shards).call(abi.encodeCall(shards.register, ("earth", shard)));
        require(registered == allowed, "the bounds are others");
        (,, IShardRegistry.Shard[] memory all,,) = shards.snapshot();
        if (registered) require(keccak256(abi.encode(all[0])) == keccak256(abi.encode(shard)), "another shard");
    }

    /// @dev A name is visible ASCII, then nothing.
    function testFuzz_NamesAreVisibleAscii(bytes32 name, uint8 length, bool visible) public pure {
        length = length % 33;
        bytes memory text = new bytes(32);
        bool valid = length != 0;
        for (uint256 i; i < length; ++i) {
            // Nearly always visible, or a name would hardly ever be valid.
            uint8 character = visible ? 0x21 + uint8(name[i]) % 95 : uint8(name[i]);
            if (character < 0x21 || character > 0x7e) valid = false;
            text[i] = bytes1(character);
        }
        bytes32 padded = bytes32(text);
        // A zero byte at the end shortens the name instead of spoiling it.
        if (length != 0 && text[length - 1] == 0) return;
        require(AsciiName.isValid(padded) == valid, "judged by something else");
    }

    /// @dev Routes come out as they went in.
    function testFuzz_RoutesComeOutAsTheyWentIn(uint16[8] calldata routes, uint16 to) public pure {
        uint128 packed = Routes.pack(routes);
        require(keccak256(abi.encode(Routes.unpack(packed))) == keccak256(abi.encode(routes)), "other routes");
        bool contained;
        for (uint256 i; i < 8; ++i) {
            contained = contained || routes[i] == to;
        }
        if (to != 0) require(Routes.contain(packed, to) == contained, "a route that is not there");
    }
}
