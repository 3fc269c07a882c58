// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {IShardRegistry} from "./interfaces/IShardRegistry.sol";
import {ISystemPause} from "./interfaces/ISystemPause.sol";
import {AsciiName} from "./libraries/AsciiName.sol";
import {Routes} from "./libraries/Routes.sol";

/// @title ShardRegistry: the shards, their parameters and routes, and the owner's orders. {IShardRegistry} says what it
/// does.
contract ShardRegistry is Governed, IShardRegistry {
    using Routes for uint128;

    /// @dev {Shard} in one slot: an array would take one of its own.
    struct PackedShard {
        uint24 queueBudget;
        uint24 latencyBudgetMs;
        uint24 spillThreshold;
        uint16 spillBatch;
        uint16 weight;
        Status status;
        uint128 routes;
    }

    /// @dev {Fabric}, the order count and the set of active shards (bit i - 1 is shard i), in one slot.
    struct Common {
        uint32 tickMs;
        uint32 checkpointIntervalTicks;
        uint8 heartbeatGrace;
        uint8 maxAttempts;
        uint64 version;
        uint64 orderCount;
        uint32 activeShards;
    }

    uint256 private constant MAX_SHARDS = 32;
    uint256 private constant MAX_WEIGHT = 10_000;
    uint256 private constant MIN_TICK_MS = 100;

    uint8 private constant CHECKPOINT_NOW = 1;
    uint8 private constant CANCEL_JOB = 2;
    uint8 private constant MOVE_BACKLOG = 3;

    /// @inheritdoc IShardRegistry
    ISystemPause public immutable systemPause;

    Common private _common;
    bytes32 private _orderHash;

    /// @dev Shard i is at i; place 0 stays empty.
    PackedShard[MAX_SHARDS + 1] private _shards;
    bytes32[] private _names;

    /// @inheritdoc IShardRegistry
    mapping(bytes32 name => uint16) public indexOf;

    constructor(address initialOwner, ISystemPause systemPause_) Governed(initialOwner) {
        systemPause = systemPause_;
    }

    /* SHARDS */

    /// @inheritdoc IShardRegistry
    function register(bytes32 name, Shard calldata shard) external onlyOwner returns (uint16 index) {
        if (_names.length == MAX_SHARDS) revert ShardRegistry_TooManyShards(MAX_SHARDS);
        if (!AsciiName.isValid(name)) revert ShardRegistry_BadName(name);
        if (indexOf[name] != 0) revert ShardRegistry_NameTaken(name, indexOf[name]);
        if (shard.status != Status.Active) revert ShardRegistry_NotRegisteredActive(shard.status);
        _checkBounds("queueBudget", shard.queueBudget, 1, type(uint24).max);
        _checkBounds("latencyBudgetMs", shard.latencyBudgetMs, 1, type(uint24).max);
        _checkBounds("spillThreshold", shard.spillThreshold, 0, shard.queueBudget);
        _checkBounds("spillBatch", shard.spillBatch, 1, type(uint16).max);
        _checkBounds("weight", shard.weight, 1, MAX_WEIGHT);
        index = uint16(_names.length + 1);
        uint128 routes = _packRoutes(index, shard.routes);

        _names.push(name);
        indexOf[name] = index;
        _shards[index] = PackedShard(
            shard.queueBudget,
            shard.latencyBudgetMs,
            shard.spillThreshold,
            shard.spillBatch,
            shard.weight,
            Status.Active,
            routes
        );
        _common.activeShards |= _bit(index);

        emit ShardRegistered(index, _nextVersion(), name, shard);
    }

    /// @inheritdoc IShardRegistry
    function setQueueBudget(uint16 shard, uint24 expected, uint24 value) external onlyOwner {
        PackedShard storage s = _active(shard);
        _checkMove("queueBudget", expected, s.queueBudget, value);
        _checkBounds("queueBudget", value, s.spillThreshold > 1 ? s.spillThreshold : 1, type(uint24).max);

        s.queueBudget = value;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function setLatencyBudget(uint16 shard, uint24 expected, uint24 value) external onlyOwner {
        PackedShard storage s = _active(shard);
        _checkMove("latencyBudgetMs", expected, s.latencyBudgetMs, value);
        _checkBounds("latencyBudgetMs", value, 1, type(uint24).max);

        s.latencyBudgetMs = value;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function setSpillThreshold(uint16 shard, uint24 expected, uint24 value) external onlyOwner {
        PackedShard storage s = _active(shard);
        _checkMove("spillThreshold", expected, s.spillThreshold, value);
        _checkBounds("spillThreshold", value, 0, s.queueBudget);

        s.spillThreshold = value;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function setSpillBatch(uint16 shard, uint16 expected, uint16 value) external onlyOwner {
        PackedShard storage s = _active(shard);
        _checkMove("spillBatch", expected, s.spillBatch, value);
        _checkBounds("spillBatch", value, 1, type(uint16).max);

        s.spillBatch = value;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function setWeight(uint16 shard, uint16 expected, uint16 value) external onlyOwner {
        PackedShard storage s = _active(shard);
        _checkMove("weight", expected, s.weight, value);
        _checkBounds("weight", value, 1, MAX_WEIGHT);

        s.weight = value;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function setRoutes(uint16 shard, uint16[8] calldata expected, uint16[8] calldata value) external onlyOwner {
        PackedShard storage s = _active(shard);
        uint128 routes = _packRoutes(shard, value);
        _checkMove("routes", Routes.pack(expected), s.routes, routes);

        s.routes = routes;

        _emitShard(shard, s);
    }

    /// @inheritdoc IShardRegistry
    function retire(uint16 shard) external onlyOwner {
        PackedShard storage s = _active(shard);
        for (uint16 i = 1; i <= _names.length; ++i) {
            if (_shards[i].routes.contain(shard)) revert ShardRegistry_ShardIsRouted(shard, i);
        }
        uint256 nodes = systemPause.nodes().nodesIn(shard);
        if (nodes != 0) revert ShardRegistry_ShardHasNodes(shard, nodes);

        (s.status, s.routes) = (Status.Retired, 0);
        _common.activeShards &= ~_bit(shard);

        emit ShardRetired(shard, _nextVersion());
    }

    /* THE FABRIC */

    /// @inheritdoc IShardRegistry
    function setTickLength(uint32 expected, uint32 value) external onlyOwner {
        Common storage c = _common;
        _checkMove("tickMs", expected, c.tickMs, value);
        _checkBounds("tickMs", value, MIN_TICK_MS, type(uint32).max);

        c.tickMs = value;

        emit FabricSet(_nextVersion(), _fabric(c));
    }

    /// @inheritdoc IShardRegistry
    function setCheckpointInterval(uint32 expected, uint32 value) external onlyOwner {
        Common storage c = _common;
        _checkMove("checkpointIntervalTicks", expected, c.checkpointIntervalTicks, value);
        _checkBounds("checkpointIntervalTicks", value, 1, type(uint32).max);

        c.checkpointIntervalTicks = value;

        emit FabricSet(_nextVersion(), _fabric(c));
    }

    /// @inheritdoc IShardRegistry
    function setHeartbeatGrace(uint8 expected, uint8 value) external onlyOwner {
        Common storage c = _common;
        _checkMove("heartbeatGrace", expected, c.heartbeatGrace, value);
        _checkBounds("heartbeatGrace", value, 1, type(uint8).max);

        c.heartbeatGrace = value;

        emit FabricSet(_nextVersion(), _fabric(c));
    }

    /// @inheritdoc IShardRegistry
    function setMaxAttempts(uint8 expected, uint8 value) external onlyOwner {
        Common storage c = _common;
        _checkMove("maxAttempts", expected, c.maxAttempts, value);
        _checkBounds("maxAttempts", value, 1, type(uint8).max);

        c.maxAttempts = value;

        emit FabricSet(_nextVersion(), _fabric(c));
    }

    /// @inheritdoc IShardRegistry
    function order(uint8 kind, bytes calldata payload) external onlyOwner {
        _checkOrder(kind, payload);

        uint64 index = ++_common.orderCount;
        bytes32 rollingHash = keccak256(abi.encode(_orderHash, index, kind, keccak256(payload)));
        _orderHash = rollingHash;

        emit Ordered(index, kind, payload, rollingHash);
    }

    /* READING */

    /// @inheritdoc IShardRegistry
    function snapshot()
        external
        view
        returns (
            Fabric memory fabric,
            bytes32[] memory names,
            Shard[] memory shards,
            uint64 orderCount,
            bytes32 orderHash
        )
    {
        Common memory c = _common;
        fabric = _fabric(c);
        names = _names;
        shards = new Shard[](names.length);
        for (uint16 i = 1; i <= shards.length; ++i) {
            shards[i - 1] = _unpack(_shards[i]);
        }
        return (fabric, names, shards, c.orderCount, _orderHash);
    }

    /// @inheritdoc IShardRegistry
    function activeShards() external view returns (uint32) {
        return _common.activeShards;
    }

    /* WITHIN */

    function _emitShard(uint16 shard, PackedShard storage s) private {
        emit ShardSet(shard, _nextVersion(), _unpack(s));
    }

    function _nextVersion() private returns (uint64) {
        return ++_common.version;
    }

    function _active(uint16 shard) private view returns (PackedShard storage s) {
        s = _registered(shard);
        if (s.status == Status.Retired) revert ShardRegistry_ShardIsRetired(shard);
    }

    function _registered(uint16 shard) private view returns (PackedShard storage s) {
        if (shard > MAX_SHARDS) revert ShardRegistry_NoSuchShard(shard);
        s = _shards[shard];
        if (s.status == Status.None) revert ShardRegistry_NoSuchShard(shard);
    }

    /// @dev Refuses routes that `shard` may not have.
    function _packRoutes(uint16 shard, uint16[8] calldata routes) private view returns (uint128 packed) {
        uint256 active = _common.activeShards;
        bool ended;
        for (uint256 i; i < routes.length; ++i) {
            uint16 to = routes[i];
            if (to == 0) {
                ended = true;
                continue;
            }
            if (ended) revert ShardRegistry_RouteAfterGap(i);
            if (to == shard) revert ShardRegistry_RouteToItself(to);
            if (to > MAX_SHARDS || active & _bit(to) == 0) revert ShardRegistry_RouteToNoActiveShard(to);
            if (packed.contain(to)) revert ShardRegistry_RouteTwice(to);
            packed |= Routes.inPlace(i, to);
        }
    }

    function _checkOrder(uint8 kind, bytes calldata payload) private view {
        if (kind == CHECKPOINT_NOW) {
            if (payload.length != 0) revert ShardRegistry_BadPayload(kind, payload);
        } else if (kind == CANCEL_JOB) {
            if (payload.length != 64) revert ShardRegistry_BadPayload(kind, payload);
            (uint256 submitter, uint256 number) = abi.decode(payload, (uint256, uint256));
            if (submitter == 0 || submitter > type(uint32).max || number > type(uint64).max) {
                revert ShardRegistry_BadPayload(kind, payload);
            }
        } else if (kind == MOVE_BACKLOG) {
            if (payload.length != 96) revert ShardRegistry_BadPayload(kind, payload);
            (uint256 from, uint256 to, uint256 count) = abi.decode(payload, (uint256, uint256, uint256));
            bool areIndices = from <= type(uint16).max && to <= type(uint16).max;
            if (from == to || !areIndices || count == 0 || count > type(uint32).max) {
                revert ShardRegistry_BadPayload(kind, payload);
            }
            _registered(uint16(from));
            _active(uint16(to));
        } else {
            revert ShardRegistry_UnknownOrder(kind);
        }
    }

    function _checkBounds(string memory field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ShardRegistry_OutOfBounds(field, value, minimum, maximum);
    }

    function _unpack(PackedShard memory s) private pure returns (Shard memory) {
        return Shard(
            s.queueBudget, s.latencyBudgetMs, s.spillThreshold, s.spillBatch, s.weight, s.status, s.routes.unpack()
        );
    }

    function _fabric(Common memory c) private pure returns (Fabric memory) {
        return Fabric(c.tickMs, c.checkpointIntervalTicks, c.heartbeatGrace, c.maxAttempts, c.version);
    }

    function _bit(uint16 shard) private pure returns (uint32) {
        return uint32(1) << (shard - 1);
    }
}
