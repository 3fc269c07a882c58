// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGoverned} from "./IGoverned.sol";
import {IShardRegistry} from "./IShardRegistry.sol";
import {ISystemPause} from "./ISystemPause.sol";

/// @title NodeRegistry: who may work.
///
/// Powers:
/// - The owner may admit nodes that their operator registered, set their limits, drain and undrain them, and remove
///   them.
/// - The owner may name skills, and appoint the marketplace.
/// - The marketplace may admit registered nodes, lower limits, and drain. It may not raise a limit, undrain, remove,
///   nor name a skill.
/// - A node's operator, and nobody else, may rotate its key. It may change nothing else.
/// - A guardian of {ISystemPause} may revoke the marketplace. It may not appoint one.
///
/// A registration is an operator's signature off-chain; nothing waits on chain. A node's index starts at 1; neither it
/// nor its name is ever used again. A key belongs to one node that is not removed. Each change of a node or a skill
/// raises the version by one.
///
/// NOTE: admission says that a node may work. That it does is shown by its heartbeats, which are not on chain.
interface INodeRegistry is IGoverned {
    enum Status {
        None,
        Admitted,
        Draining,
        Removed
    }

    /// @notice What an operator signs (EIP-712, domain "Planetary Fabric Nodes", version "1", chain, this).
    /// @param nodeId 1 to 32 visible ASCII characters, padded with zero bytes on the right.
    /// @param operator who answers for the node, and may rotate its key.
    /// @param shard index of the active shard it works in.
    /// @param capacity of the node, 1 to 1,000,000.
    /// @param maxConcurrency the most jobs it works on at a time, 1 to `capacity`.
    /// @param heartbeatSeconds the interval of its heartbeats, at least 1.
    /// @param skills bit i is set if it has the skill `skillNames()[i]`.
    /// @param keyKind of its session key: 1 ed25519, 2 P-256, 3 secp256k1.
    /// @param key 32 raw bytes for ed25519; 33 bytes, compressed as in SEC 1, for the others.
    /// @param nonce of the operator, see {nonces}.
    /// @param deadline unix seconds up to which it may be admitted.
    struct Registration {
        bytes32 nodeId;
        address operator;
        uint16 shard;
        uint32 capacity;
        uint32 maxConcurrency;
        uint16 heartbeatSeconds;
        uint64 skills;
        uint8 keyKind;
        bytes key;
        uint256 nonce;
        uint48 deadline;
    }

    /// @dev The fields of {Registration}, as they stand now.
    struct Node {
        bytes32 nodeId;
        address operator;
        uint16 shard;
        uint32 capacity;
        uint32 maxConcurrency;
        uint16 heartbeatSeconds;
        uint64 skills;
        uint8 keyKind;
        Status status;
        bytes key;
    }

    event NodeAdmitted(uint32 indexed index, uint64 indexed version, Node value);
    event NodeLimited(uint32 indexed index, uint64 indexed version, uint32 capacity, uint32 maxConcurrency);
    event NodeDrained(uint32 indexed index, uint64 indexed version);
    event NodeUndrained(uint32 indexed index, uint64 indexed version);
    event NodeRemoved(uint32 indexed index, uint64 indexed version);
    event NodeKeyRotated(uint32 indexed index, uint64 indexed version, uint8 keyKind, bytes key);
    event SkillAdded(uint8 indexed bit, uint64 indexed version, bytes32 name);
    event MarketplaceSet(address indexed marketplace);

    error NodeRegistry_NotOwnerOrMarketplace(address caller);
    error NodeRegistry_NotOperator(uint32 index, address caller, address operator);
    error NodeRegistry_NotSystemPause(address caller, address systemPause);
    /// @notice The marketplace may only lower `field`, which is `current`.
    error NodeRegistry_OnlyOwnerRaises(string field, uint256 current, uint256 value);
    /// @notice Names are 1 to 32 visible ASCII characters without spaces, padded with zero bytes on the right.
    error NodeRegistry_BadName(bytes32 name);
    error NodeRegistry_NodeIdTaken(bytes32 nodeId, uint32 index);
    error NodeRegistry_SkillTaken(bytes32 name, uint8 bit);
    error NodeRegistry_TooManySkills(uint256 maximum);
    /// @notice The registration sets bits of skills that have no name yet.
    error NodeRegistry_UnknownSkills(uint64 unknown);
    /// @notice `shard` is not registered, or is retired.
    error NodeRegistry_NoActiveShard(uint16 shard);
    /// @notice `field` may be from `minimum` to `maximum`.
    error NodeRegistry_OutOfBounds(string field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice Key kinds are 1, ed25519, 32 bytes; 2, P-256, and 3, secp256k1, 33 bytes that begin with 0x02 or 0x03;
    /// the rest is not all zero.
    error NodeRegistry_BadKey(uint8 keyKind, bytes key);
    /// @notice The key is that of the node `index`.
    error NodeRegistry_KeyTaken(uint32 index);
    /// @notice The registration was good until `deadline`; the block's time is `time`.
    error NodeRegistry_RegistrationExpired(uint48 deadline, uint256 time);
    /// @notice The registration's nonce is `given`; the operator's next is `next`.
    error NodeRegistry_WrongNonce(address operator, uint256 given, uint256 next);
    /// @notice The signature is not `operator`'s over this registration.
    error NodeRegistry_BadSignature(address operator);
    error NodeRegistry_NoSuchNode(uint32 index);
    /// @notice The node's status is `found`, which does not allow this.
    error NodeRegistry_WrongStatus(uint32 index, Status found);
    /// @notice The limits are these already.
    error NodeRegistry_SameLimits(uint32 index);
    /// @notice A guardian watches over the marketplace and cannot be it.
    error NodeRegistry_GuardianCannotBeMarketplace(address account);

    /// @notice Names the next skill. Owner.
    /// @param name 1 to 32 visible ASCII characters, not named yet.
    /// @return bit of the skill, 0 to 63
    function addSkill(bytes32 name) external returns (uint8 bit);

    /// @notice Admits a node that its operator registered. Owner or marketplace.
    /// @param signature of the operator over `registration`: ECDSA (65 bytes) for an account without code or with an
    /// EIP-7702 delegation, ERC-1271 for any other.
    /// @return index of the node, from 1
    function admit(Registration calldata registration, bytes calldata signature) external returns (uint32 index);

    /// @notice Sets a node's limits, both at once. The owner may set them anywhere within the bounds, also above what
    /// was registered; the marketplace may only lower them. {Moved} fields: "capacity", "maxConcurrency".
    function limit(
        uint32 index,
        uint32 expectedCapacity,
        uint32 expectedMaxConcurrency,
        uint32 capacity,
        uint32 maxConcurrency
    ) external;

    /// @notice Lets an admitted node finish what it has and gives it nothing new. Owner or marketplace.
    function drain(uint32 index) external;

    /// @notice Lets a draining node take work again. Owner.
    function undrain(uint32 index) external;

    /// @notice Removes an admitted or draining node for good, and frees its key. Owner.
    function remove(uint32 index) external;

    /// @notice Replaces the node's session key. The node's operator.
    function rotateKey(uint32 index, uint8 keyKind, bytes calldata key) external;

    /// @notice Appoints the marketplace; zero for none. Owner. {Moved} field: "marketplace".
    function setMarketplace(address expected, address value) external;

    /// @notice Takes the role from the marketplace. {ISystemPause}, for a guardian.
    function revokeMarketplace() external;

    /// @notice The skills' names: bit i of a node's skills means `skillNames()[i]`.
    function skillNames() external view returns (bytes32[] memory);

    /// @return version rises by one with each change of a node or a skill
    /// @return count nodes ever admitted, which is the highest index
    function snapshot() external view returns (uint64 version, uint32 count);

    /// @notice At most `count` nodes from the index `from` on, which is at least 1; fewer where there are fewer.
    function page(uint32 from, uint32 count) external view returns (Node[] memory);

    /// @notice The index of the node of that name; 0 if there never was one.
    function indexOf(bytes32 nodeId) external view returns (uint32);

    /// @notice The nodes of `shard` that are not removed.
    function nodesIn(uint16 shard) external view returns (uint32);

    /// @notice The nonce that the operator's next registration has to carry.
    function nonces(address operator) external view returns (uint256);

    function marketplace() external view returns (address);

    function shards() external view returns (IShardRegistry);

    function systemPause() external view returns (ISystemPause);
}
