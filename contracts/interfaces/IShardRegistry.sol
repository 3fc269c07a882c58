// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGoverned} from "./IGoverned.sol";
import {ISystemPause} from "./ISystemPause.sol";

/// @title ShardRegistry: the shards, their parameters and routes, and the owner's orders.
///
/// Powers:
/// - The owner may register shards, set every parameter within the bounds below, and retire a shard that nothing refers
///   to.
/// - The owner may give orders, which are events and change no parameter.
/// - Nobody else may do anything. The owner may not rename, delete or revive a shard.
///
/// A shard's index starts at 1 and is never used again. Each change of a parameter raises {Fabric}`.version` by one and
/// emits the new value whole; an order raises the order count instead.
///
/// The fabric-wide parameters are 0, which means "not set yet", until the owner sets them: what is in force was ordered
/// by the owner, never by a deployer.
interface IShardRegistry is IGoverned {
    enum Status {
        None,
        Active,
        Retired
    }

    /// @dev One storage slot.
    /// @param queueBudget the most jobs the shard's queue may hold; at least 1.
    /// @param latencyBudgetMs the highest latency a node serving the shard's jobs may report, in milliseconds; at least
    /// 1.
    /// @param spillThreshold the difference of weighted queues above which jobs spill; at most `queueBudget`.
    /// @param spillBatch the most jobs that spill in one tick; at least 1.
    /// @param weight how much of the common load the shard should carry; 1 to 10,000.
    /// @param status Active or Retired; None only where there is no shard.
    /// @param routes the shards that may be spilled to, in the owner's order: indices of active shards, none twice, not
    /// itself, then zeros.
    struct Shard {
        uint24 queueBudget;
        uint24 latencyBudgetMs;
        uint24 spillThreshold;
        uint16 spillBatch;
        uint16 weight;
        Status status;
        uint16[8] routes;
    }

    /// @dev One storage slot, with the order count and the set of active shards.
    /// @param tickMs length of a tick in milliseconds; at least 100, 0 = not set yet.
    /// @param checkpointIntervalTicks ticks between checkpoints; at least 1, 0 = not set yet.
    /// @param heartbeatGrace intervals a node may miss before it is offline; at least 1, 0 = not set yet.
    /// @param maxAttempts leases a job may have before it fails; at least 1, 0 = not set yet.
    /// @param version rises by one with each change of a parameter, here or of a shard.
    struct Fabric {
        uint32 tickMs;
        uint32 checkpointIntervalTicks;
        uint8 heartbeatGrace;
        uint8 maxAttempts;
        uint64 version;
    }

    event ShardRegistered(uint16 indexed shard, uint64 indexed version, bytes32 name, Shard value);
    event ShardSet(uint16 indexed shard, uint64 indexed version, Shard value);
    event ShardRetired(uint16 indexed shard, uint64 indexed version);
    event FabricSet(uint64 indexed version, Fabric value);

    /// @param index the order's number; the first is 1.
    /// @param rollingHash keccak256(abi.encode(rolling hash before, index, kind, keccak256(payload))); 0 before the
    /// first.
    event Ordered(uint64 indexed index, uint8 indexed kind, bytes payload, bytes32 rollingHash);

    /// @notice Names are 1 to 32 visible ASCII characters without spaces, padded with zero bytes on the right.
    error ShardRegistry_BadName(bytes32 name);
    error ShardRegistry_NameTaken(bytes32 name, uint16 shard);
    error ShardRegistry_TooManyShards(uint256 maximum);
    error ShardRegistry_NoSuchShard(uint16 shard);
    error ShardRegistry_ShardIsRetired(uint16 shard);
    /// @notice A shard is registered with the status Active.
    error ShardRegistry_NotRegisteredActive(Status status);
    /// @notice `field` may be from `minimum` to `maximum`.
    error ShardRegistry_OutOfBounds(string field, uint256 value, uint256 minimum, uint256 maximum);
    error ShardRegistry_RouteToItself(uint16 shard);
    error ShardRegistry_RouteTwice(uint16 shard);
    /// @notice A route may not follow an empty place: move the later ones up.
    error ShardRegistry_RouteAfterGap(uint256 position);
    /// @notice `to` is no registered shard, or is retired.
    error ShardRegistry_RouteToNoActiveShard(uint16 to);
    /// @notice `by` has a route to the shard: take it away first.
    error ShardRegistry_ShardIsRouted(uint16 shard, uint16 by);
    /// @notice Nodes are admitted to the shard: remove them first.
    error ShardRegistry_ShardHasNodes(uint16 shard, uint256 nodes);
    /// @notice Order kinds are 1, checkpoint; 2, cancel a job; 3, move backlog.
    error ShardRegistry_UnknownOrder(uint8 kind);
    /// @notice The payload is not what {order} says for this kind.
    error ShardRegistry_BadPayload(uint8 kind, bytes payload);

    /// @notice Registers a shard. Owner.
    /// @param name 1 to 32 visible ASCII characters, unused so far, never used again.
    /// @param shard the shard as it will stand, with the status Active. Routes may be set later, by {setRoutes}, where
    /// their targets are not registered yet.
    /// @return index of the shard, from 1 to 32
    function register(bytes32 name, Shard calldata shard) external returns (uint16 index);

    /// @notice Sets the most jobs the shard's queue may hold. Owner. {Moved} field: "queueBudget".
    function setQueueBudget(uint16 shard, uint24 expected, uint24 value) external;

    /// @notice Sets the latency budget in milliseconds. Owner. {Moved} field: "latencyBudgetMs".
    function setLatencyBudget(uint16 shard, uint24 expected, uint24 value) external;

    /// @notice Sets the spill threshold. Owner. {Moved} field: "spillThreshold".
    function setSpillThreshold(uint16 shard, uint24 expected, uint24 value) external;

    /// @notice Sets the most jobs that spill in a tick. Owner. {Moved} field: "spillBatch".
    function setSpillBatch(uint16 shard, uint16 expected, uint16 value) external;

    /// @notice Sets the shard's share of the common load. Owner. {Moved} field: "weight".
    function setWeight(uint16 shard, uint16 expected, uint16 value) external;

    /// @notice Sets where the shard may spill to, whole. Owner. {Moved} field: "routes", as the number that has route i
    /// in its bits 16 i to 16 i + 15.
    function setRoutes(uint16 shard, uint16[8] calldata expected, uint16[8] calldata value) external;

    /// @notice Sets the length of a tick in milliseconds, at least 100. Owner. {Moved} field: "tickMs".
    function setTickLength(uint32 expected, uint32 value) external;

    /// @notice Sets the ticks between checkpoints, at least 1. Owner. {Moved} field: "checkpointIntervalTicks".
    function setCheckpointInterval(uint32 expected, uint32 value) external;

    /// @notice Sets how many heartbeats a node may miss, at least 1. Owner. {Moved} field: "heartbeatGrace".
    function setHeartbeatGrace(uint8 expected, uint8 value) external;

    /// @notice Sets how many leases a job may have, at least 1. Owner. {Moved} field: "maxAttempts".
    function setMaxAttempts(uint8 expected, uint8 value) external;

    /// @notice Retires a shard for good and clears its own routes. Refused while an active shard routes to it or a node
    /// is admitted to it. Owner.
    ///
    /// WARNING: irreversible, and its backlog stays where it is: order it moved, before or after.
    function retire(uint16 shard) external;

    /// @notice Gives an order to the orchestrator. Owner.
    /// @param kind 1: checkpoint now; 2: cancel a job; 3: move backlog.
    /// @param payload 1: empty. 2: abi.encode(uint32 submitter, uint64 number), submitter at least 1. 3:
    /// abi.encode(uint16 from, uint16 to, uint32 count), at most `count` jobs, at least 1, from a shard (retired or
    /// not) to another, active one.
    function order(uint8 kind, bytes calldata payload) external;

    /// @notice Everything a follower needs, in one call.
    /// @return fabric the fabric-wide parameters and the version
    /// @return names of the shards: shard i is `names[i - 1]`
    /// @return shards shard i is `shards[i - 1]`
    /// @return orderCount orders given so far
    /// @return orderHash rolling hash of the last order; 0 if there is none
    function snapshot()
        external
        view
        returns (
            Fabric memory fabric,
            bytes32[] memory names,
            Shard[] memory shards,
            uint64 orderCount,
            bytes32 orderHash
        );

    /// @notice The active shards: bit i - 1 is set if shard i is registered and not retired.
    function activeShards() external view returns (uint32);

    /// @notice The index of the shard of that name; 0 if there is none.
    function indexOf(bytes32 name) external view returns (uint16);

    /// @notice The contract that knows the node registry a retirement asks.
    function systemPause() external view returns (ISystemPause);
}
