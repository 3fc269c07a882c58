// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {IShardRegistry} from "../../contracts/interfaces/IShardRegistry.sol";
import {GovernedFamily, WillingAccount} from "./GovernedFamily.sol";

/// @notice What an owner may order of shards and their nodes.
contract ShardRegistryHandler is GovernedFamily {
    address private immutable _operator;
    uint16 private _count;
    uint32 private _nodeCount;

    constructor() {
        _operator = address(new WillingAccount());
        for (; _count < 4; ++_count) {
            shards.register(_name(), _shard());
        }
    }

    function register(uint16[8] calldata routes) external {
        IShardRegistry.Shard memory shard = _shard();
        shard.routes = _narrow(routes);
        try shards.register(_name(), shard) {
            _count++;
        } catch {}
    }

    /// @dev Sets routes that may or may not be allowed.
    function setRoutes(uint16 shard, uint16[8] calldata routes) external {
        shard = shard % 6;
        try shards.setRoutes(shard, _routesOf(shard), _narrow(routes)) {} catch {}
    }

    /// @dev Sets a single route, which is often allowed.
    function setRoute(uint16 shard, uint16 to) external {
        shard = shard % 6;
        uint16[8] memory routes;
        routes[0] = to % 6;
        try shards.setRoutes(shard, _routesOf(shard), routes) {} catch {}
    }

    function setQueueBudget(uint16 shard, uint24 value) external {
        shard = shard % 6;
        (,, IShardRegistry.Shard[] memory all,,) = shards.snapshot();
        if (shard == 0 || shard > all.length) return;
        try shards.setQueueBudget(shard, all[shard - 1].queueBudget, value % 8000) {} catch {}
    }

    function setSpillThreshold(uint16 shard, uint24 value) external {
        shard = shard % 6;
        (,, IShardRegistry.Shard[] memory all,,) = shards.snapshot();
        if (shard == 0 || shard > all.length) return;
        try shards.setSpillThreshold(shard, all[shard - 1].spillThreshold, value % 8000) {} catch {}
    }

    function retire(uint16 shard) external {
        try shards.retire(shard % 6) {} catch {}
    }

    function admit(uint16 shard) external {
        INodeRegistry.Registration memory registration = INodeRegistry.Registration({
            nodeId: bytes32(uint256(0x6e) << 248 | uint256(0x21 + _nodeCount % 94) << 240),
            operator: _operator,
            shard: shard % 6,
            capacity: 16,
            maxConcurrency: 12,
            heartbeatSeconds: 18,
            skills: 0,
            keyKind: 1,
            key: abi.encode(keccak256(abi.encode(_nodeCount))),
            nonce: nodes.nonces(_operator),
            deadline: type(uint48).max
        });
        try nodes.admit(registration, "") {
            _nodeCount++;
        } catch {}
    }

    function remove(uint32 index) external {
        try nodes.remove(index % (_nodeCount + 1)) {} catch {}
    }

    function _name() private view returns (bytes32) {
        return bytes32(uint256(0x61 + _count) << 248);
    }

    function _routesOf(uint16 shard) private view returns (uint16[8] memory routes) {
        (,, IShardRegistry.Shard[] memory all,,) = shards.snapshot();
        if (shard != 0 && shard <= all.length) routes = all[shard - 1].routes;
    }

    /// @dev Shards 0 to 5, so that routes meet shards.
    function _narrow(uint16[8] calldata routes) private pure returns (uint16[8] memory narrowed) {
        for (uint256 i; i < 8; ++i) {
            narrowed[i] = routes[i] % 6;
        }
    }
}

/// @notice Whatever an owner orders, in whatever order.
contract ShardRegistryInvariantTest {
    ShardRegistryHandler private _handler;

    function setUp() public {
        _handler = new ShardRegistryHandler();
    }

    /// @dev Tells the runner whom to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev A job never spills to a shard that is not there, is retired, or is its own.
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_RoutesLeadToActiveShards() public view {
        (,, IShardRegistry.Shard[] memory all,,) = _handler.shards().snapshot();
        for (uint256 i; i < all.length; ++i) {
            uint256 seen;
            bool ended;
            for (uint256 place; place < 8; ++place) {
                uint16 to = all[i].routes[place];
                if (to == 0) {
                    ended = true;
                    continue;
                }
                require(!ended, "a route after a gap");
                require(to != i + 1, "a route to itself");
                require(to <= all.length, "a route to no shard");
                require(all[to - 1].status == IShardRegistry.Status.Active, "a route to a retired shard");
                require(seen & (1 << to) == 0, "a route twice");
                seen |= 1 << to;
            }
        }
    }

    /// @dev No node is left in a shard that was retired, and no parameter leaves its bounds.
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_ShardsAreWhole() public view {
        (,, IShardRegistry.Shard[] memory all,,) = _handler.shards().snapshot();
        uint256 active;
        uint256[] memory nodes = new uint256[](all.length + 1);
        (, uint32 count) = _handler.nodes().snapshot();
        INodeRegistry.Node[] memory page = _handler.nodes().page(1, count);
        for (uint256 i; i < page.length; ++i) {
            if (page[i].status != INodeRegistry.Status.Removed) nodes[page[i].shard]++;
        }
        for (uint16 shard = 1; shard <= all.length; ++shard) {
            bool isActive = all[shard - 1].status == IShardRegistry.Status.Active;
            if (isActive) active |= 1 << (shard - 1);
            require(isActive || nodes[shard] == 0, "a node in a retired shard");
            require(_handler.nodes().nodesIn(shard) == nodes[shard], "nodes are counted wrongly");
            require(all[shard - 1].queueBudget != 0, "a queue without room");
            require(all[shard - 1].spillThreshold <= all[shard - 1].queueBudget, "a threshold above the queue");
        }
        require(_handler.shards().activeShards() == active, "the set of active shards is wrong");
    }
}
