// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {CheckpointLedger} from "../../contracts/CheckpointLedger.sol";
import {NodeRegistry} from "../../contracts/NodeRegistry.sol";
import {ShardRegistry} from "../../contracts/ShardRegistry.sol";
import {SystemPause} from "../../contracts/SystemPause.sol";
import {ICheckpointLedger} from "../../contracts/interfaces/ICheckpointLedger.sol";
import {IShardRegistry} from "../../contracts/interfaces/IShardRegistry.sol";

/// @notice An account that signs whatever is laid before it.
contract WillingAccount is IERC1271 {
    function isValidSignature(bytes32, bytes memory) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

/// @notice Deploys the governed contracts and owns them.
abstract contract GovernedFamily {
    ShardRegistry public immutable shards;
    NodeRegistry public immutable nodes;
    CheckpointLedger public immutable ledger;
    SystemPause public immutable pause;

    constructor() {
        // The first contract that a contract creates has the nonce 1; the pause is the fourth.
        SystemPause foreseen = SystemPause(_created(4));
        shards = new ShardRegistry(address(this), foreseen);
        nodes = new NodeRegistry(address(this), shards, foreseen);
        ledger = new CheckpointLedger(address(this), foreseen, ICheckpointLedger(address(0)), 0);
        pause = new SystemPause(address(this), nodes, ledger);
    }

    function _shard() internal pure returns (IShardRegistry.Shard memory shard) {
        shard.queueBudget = 6000;
        shard.latencyBudgetMs = 120;
        shard.spillThreshold = 400;
        shard.spillBatch = 64;
        shard.weight = 100;
        shard.status = IShardRegistry.Status.Active;
    }

    function _created(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}
