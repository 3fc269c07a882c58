// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Governed} from "./Governed.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IShardRegistry} from "./interfaces/IShardRegistry.sol";
import {ISystemPause} from "./interfaces/ISystemPause.sol";
import {AccountSignature} from "./libraries/AccountSignature.sol";
import {AsciiName} from "./libraries/AsciiName.sol";
import {PublicKeys} from "./libraries/PublicKeys.sol";

/// @title NodeRegistry: who may work. {INodeRegistry} says what it does.
contract NodeRegistry is Governed, EIP712, Nonces, INodeRegistry {
    /// @dev {Node} in four slots: its name; operator to capacity; limit and skills; the key's body.
    struct PackedNode {
        bytes32 nodeId;
        address operator;
        uint16 shard;
        uint16 heartbeatSeconds;
        uint8 keyKind;
        uint8 keyPrefix;
        Status status;
        uint32 capacity;
        uint32 maxConcurrency;
        uint64 skills;
        bytes32 keyBody;
    }

    /// @dev One slot.
    struct State {
        address marketplace;
        uint64 version;
        uint32 count;
    }

    uint256 private constant MAX_CAPACITY = 1_000_000;
    uint256 private constant MAX_SKILLS = 64;
    uint256 private constant MAX_SHARDS = 32;

    bytes32 private constant REGISTRATION_TYPEHASH = keccak256(
        "Registration(bytes32 nodeId,address operator,uint16 shard,uint32 capacity,uint32 maxConcurrency,uint16 heartbeatSeconds,uint64 skills,uint8 keyKind,bytes key,uint256 nonce,uint48 deadline)"
    );

    /// @inheritdoc INodeRegistry
    IShardRegistry public immutable shards;

    /// @inheritdoc INodeRegistry
    ISystemPause public immutable systemPause;

    State private _state;
    mapping(uint32 index => PackedNode) private _nodes;
    bytes32[] private _skillNames;

    /// @dev Shard i is at i; place 0 stays empty. Eight to a slot.
    uint32[MAX_SHARDS + 1] private _nodesIn;

    /// @dev The node, not removed, that has the key of this identity.
    mapping(bytes32 keyIdentity => uint32 index) private _holderOf;

    /// @inheritdoc INodeRegistry
    mapping(bytes32 nodeId => uint32) public indexOf;

    modifier onlyOwnerOrMarketplace() {
        if (msg.sender != owner() && msg.sender != _state.marketplace) {
            revert NodeRegistry_NotOwnerOrMarketplace(msg.sender);
        }
        _;
    }

    constructor(address initialOwner, IShardRegistry shards_, ISystemPause systemPause_)
        Governed(initialOwner)
        EIP712("Planetary Fabric Nodes", "1")
    {
        shards = shards_;
        systemPause = systemPause_;
    }

    /* THE OWNER AND THE MARKETPLACE */

    /// @inheritdoc INodeRegistry
    function admit(Registration calldata registration, bytes calldata signature)
        external
        onlyOwnerOrMarketplace
        returns (uint32 index)
    {
        _checkRegistration(registration);
        (uint8 keyPrefix, bytes32 keyBody) = PublicKeys.split(registration.key);
        bytes32 keyIdentity = _checkKeyIsFree(registration.keyKind, keyPrefix, keyBody);
        uint256 nonce = _useNonce(registration.operator);
        if (registration.nonce != nonce) {
            revert NodeRegistry_WrongNonce(registration.operator, registration.nonce, nonce);
        }
        if (!AccountSignature.isValid(registration.operator, _hash(registration), signature)) {
            revert NodeRegistry_BadSignature(registration.operator);
        }

        index = ++_state.count;
        _nodes[index] = PackedNode({
            nodeId: registration.nodeId,
            operator: registration.operator,
            shard: registration.shard,
            heartbeatSeconds: registration.heartbeatSeconds,
            keyKind: registration.keyKind,
            keyPrefix: keyPrefix,
            status: Status.Admitted,
            capacity: registration.capacity,
            maxConcurrency: registration.maxConcurrency,
            skills: registration.skills,
            keyBody: keyBody
        });
        indexOf[registration.nodeId] = index;
        _holderOf[keyIdentity] = index;
        ++_nodesIn[registration.shard];

        emit NodeAdmitted(index, _nextVersion(), _unpack(_nodes[index]));
    }

    /// @inheritdoc INodeRegistry
    function limit(
        uint32 index,
        uint32 expectedCapacity,
        uint32 expectedMaxConcurrency,
        uint32 capacity,
        uint32 maxConcurrency
    ) external onlyOwnerOrMarketplace {
        PackedNode storage node = _live(index);
        (uint32 oldCapacity, uint32 oldMaxConcurrency) = (node.capacity, node.maxConcurrency);
        _checkFound("capacity", expectedCapacity, oldCapacity);
        _checkFound("maxConcurrency", expectedMaxConcurrency, oldMaxConcurrency);
        if (capacity == oldCapacity && maxConcurrency == oldMaxConcurrency) revert NodeRegistry_SameLimits(index);
        _checkLimits(capacity, maxConcurrency);
        if (msg.sender != owner()) {
            _checkLowered("capacity", oldCapacity, capacity);
            _checkLowered("maxConcurrency", oldMaxConcurrency, maxConcurrency);
        }

        node.capacity = capacity;
        node.maxConcurrency = maxConcurrency;

        emit NodeLimited(index, _nextVersion(), capacity, maxConcurrency);
    }

    /// @inheritdoc INodeRegistry
    function drain(uint32 index) external onlyOwnerOrMarketplace {
        PackedNode storage node = _live(index);
        if (node.status != Status.Admitted) revert NodeRegistry_WrongStatus(index, node.status);

        node.status = Status.Draining;

        emit NodeDrained(index, _nextVersion());
    }

    /* THE OWNER */

    /// @inheritdoc INodeRegistry
    function undrain(uint32 index) external onlyOwner {
        PackedNode storage node = _live(index);
        if (node.status != Status.Draining) revert NodeRegistry_WrongStatus(index, node.status);

        node.status = Status.Admitted;

        emit NodeUndrained(index, _nextVersion());
    }

    /// @inheritdoc INodeRegistry
    function remove(uint32 index) external onlyOwner {
        PackedNode storage node = _live(index);

        node.status = Status.Removed;
        delete _holderOf[PublicKeys.identify(node.keyKind, node.keyPrefix, node.keyBody)];
        --_nodesIn[node.shard];

        emit NodeRemoved(index, _nextVersion());
    }

    /// @inheritdoc INodeRegistry
    function addSkill(bytes32 name) external onlyOwner returns (uint8 bit) {
        uint256 count = _skillNames.length;
        if (count == MAX_SKILLS) revert NodeRegistry_TooManySkills(MAX_SKILLS);
        if (!AsciiName.isValid(name)) revert NodeRegistry_BadName(name);
        bit = uint8(count);
        for (uint8 i; i < bit; ++i) {
            if (_skillNames[i] == name) revert NodeRegistry_SkillTaken(name, i);
        }

        _skillNames.push(name);

        emit SkillAdded(bit, _nextVersion(), name);
    }

    /// @inheritdoc INodeRegistry
    function setMarketplace(address expected, address value) external onlyOwner {
        _checkMove("marketplace", uint160(expected), uint160(_state.marketplace), uint160(value));
        if (value != address(0) && systemPause.isGuardian(value)) {
            revert NodeRegistry_GuardianCannotBeMarketplace(value);
        }

        _state.marketplace = value;

        emit MarketplaceSet(value);
    }

    /* A GUARDIAN, BY SYSTEM PAUSE */

    /// @inheritdoc INodeRegistry
    function revokeMarketplace() external {
        if (msg.sender != address(systemPause)) revert NodeRegistry_NotSystemPause(msg.sender, address(systemPause));
        if (_state.marketplace == address(0)) revert Unchanged("marketplace", 0);

        _state.marketplace = address(0);

        emit MarketplaceSet(address(0));
    }

    /* A NODE'S OPERATOR */

    /// @inheritdoc INodeRegistry
    function rotateKey(uint32 index, uint8 keyKind, bytes calldata key) external {
        PackedNode storage node = _live(index);
        if (msg.sender != node.operator) revert NodeRegistry_NotOperator(index, msg.sender, node.operator);
        if (!PublicKeys.isWellFormed(keyKind, key)) revert NodeRegistry_BadKey(keyKind, key);
        (uint8 keyPrefix, bytes32 keyBody) = PublicKeys.split(key);
        bytes32 keyIdentity = _checkKeyIsFree(keyKind, keyPrefix, keyBody);

        delete _holderOf[PublicKeys.identify(node.keyKind, node.keyPrefix, node.keyBody)];
        _holderOf[keyIdentity] = index;
        (node.keyKind, node.keyPrefix, node.keyBody) = (keyKind, keyPrefix, keyBody);

        emit NodeKeyRotated(index, _nextVersion(), keyKind, key);
    }

    /* READING */

    /// @inheritdoc INodeRegistry
    function skillNames() external view returns (bytes32[] memory) {
        return _skillNames;
    }

    /// @inheritdoc INodeRegistry
    function snapshot() external view returns (uint64 version, uint32 count) {
        return (_state.version, _state.count);
    }

    /// @inheritdoc INodeRegistry
    function page(uint32 from, uint32 count) external view returns (Node[] memory nodes) {
        if (from == 0) revert NodeRegistry_NoSuchNode(from);
        uint256 available = _state.count >= from ? _state.count - from + 1 : 0;
        nodes = new Node[](count < available ? count : available);
        for (uint32 i; i < nodes.length; ++i) {
            nodes[i] = _unpack(_nodes[from + i]);
        }
    }

    /// @inheritdoc INodeRegistry
    function nodesIn(uint16 shard) external view returns (uint32) {
        return shard > MAX_SHARDS ? 0 : _nodesIn[shard];
    }

    /// @inheritdoc INodeRegistry
    function nonces(address operator) public view override(Nonces, INodeRegistry) returns (uint256) {
        return super.nonces(operator);
    }

    /// @inheritdoc INodeRegistry
    function marketplace() external view returns (address) {
        return _state.marketplace;
    }

    /* WITHIN */

    function _nextVersion() private returns (uint64) {
        return ++_state.version;
    }

    /// @dev The node, if it is there and not removed.
    function _live(uint32 index) private view returns (PackedNode storage node) {
        node = _nodes[index];
        if (node.status == Status.None) revert NodeRegistry_NoSuchNode(index);
        if (node.status == Status.Removed) revert NodeRegistry_WrongStatus(index, Status.Removed);
    }

    /// @dev Everything but the key's holder, the nonce and the signature.
    function _checkRegistration(Registration calldata r) private view {
        if (block.timestamp > r.deadline) revert NodeRegistry_RegistrationExpired(r.deadline, block.timestamp);
        if (!AsciiName.isValid(r.nodeId)) revert NodeRegistry_BadName(r.nodeId);
        if (indexOf[r.nodeId] != 0) revert NodeRegistry_NodeIdTaken(r.nodeId, indexOf[r.nodeId]);
        if (r.shard == 0 || r.shard > MAX_SHARDS || (shards.activeShards() >> (r.shard - 1)) & 1 == 0) {
            revert NodeRegistry_NoActiveShard(r.shard);
        }
        _checkLimits(r.capacity, r.maxConcurrency);
        _checkBounds("heartbeatSeconds", r.heartbeatSeconds, 1, type(uint16).max);
        uint256 unknown = uint256(r.skills) >> _skillNames.length << _skillNames.length;
        if (unknown != 0) revert NodeRegistry_UnknownSkills(uint64(unknown));
        if (!PublicKeys.isWellFormed(r.keyKind, r.key)) revert NodeRegistry_BadKey(r.keyKind, r.key);
    }

    function _checkKeyIsFree(uint8 keyKind, uint8 keyPrefix, bytes32 keyBody) private view returns (bytes32 identity) {
        identity = PublicKeys.identify(keyKind, keyPrefix, keyBody);
        uint32 holder = _holderOf[identity];
        if (holder != 0) revert NodeRegistry_KeyTaken(holder);
    }

    function _hash(Registration calldata r) private view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REGISTRATION_TYPEHASH,
                    r.nodeId,
                    r.operator,
                    r.shard,
                    r.capacity,
                    r.maxConcurrency,
                    r.heartbeatSeconds,
                    r.skills,
                    r.keyKind,
                    keccak256(r.key),
                    r.nonce,
                    r.deadline
                )
            )
        );
    }

    function _unpack(PackedNode storage node) private view returns (Node memory) {
        return Node({
            nodeId: node.nodeId,
            operator: node.operator,
            shard: node.shard,
            capacity: node.capacity,
            maxConcurrency: node.maxConcurrency,
            heartbeatSeconds: node.heartbeatSeconds,
            skills: node.skills,
            keyKind: node.keyKind,
            status: node.status,
            key: PublicKeys.join(node.keyPrefix, node.keyBody)
        });
    }

    function _checkLimits(uint32 capacity, uint32 maxConcurrency) private pure {
        _checkBounds("capacity", capacity, 1, MAX_CAPACITY);
        _checkBounds("maxConcurrency", maxConcurrency, 1, capacity);
    }

    function _checkLowered(string memory field, uint256 current, uint256 value) private pure {
        if (value > current) revert NodeRegistry_OnlyOwnerRaises(field, current, value);
    }

    function _checkBounds(string memory field, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert NodeRegistry_OutOfBounds(field, value, minimum, maximum);
    }
}
