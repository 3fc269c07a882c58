// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governed} from "./Governed.sol";
import {IShardRegistry} from "./interfaces/IShardRegistry.sol";
import {ISubmitterRegistry} from "./interfaces/ISubmitterRegistry.sol";
import {AsciiName} from "./libraries/AsciiName.sol";
import {PublicKeys} from "./libraries/PublicKeys.sol";

/// @title SubmitterRegistry: who may bring work. {ISubmitterRegistry} says what it does.
contract SubmitterRegistry is Governed, ISubmitterRegistry {
    /// @dev {Submitter} in three slots: its name; key kind to expiry; the key's body.
    struct PackedSubmitter {
        bytes32 submitterId;
        uint8 keyKind;
        uint8 keyPrefix;
        bool revoked;
        uint32 shards;
        uint32 jobsPerTick;
        uint64 expiry;
        bytes32 keyBody;
    }

    /// @inheritdoc ISubmitterRegistry
    IShardRegistry public immutable shards;

    uint64 private _version;
    uint32 private _count;
    mapping(uint32 index => PackedSubmitter) private _submitters;

    /// @dev The submitter, not revoked, that has the key of this identity.
    mapping(bytes32 keyIdentity => uint32 index) private _holderOf;

    /// @inheritdoc ISubmitterRegistry
    mapping(bytes32 submitterId => uint32) public indexOf;

    constructor(address initialOwner, IShardRegistry shards_) Governed(initialOwner) {
        shards = shards_;
    }

    /// @inheritdoc ISubmitterRegistry
    function admit(Submitter calldata submitter) external onlyOwner returns (uint32 index) {
        bytes32 id = submitter.submitterId;
        if (!AsciiName.isValid(id)) revert SubmitterRegistry_BadName(id);
        if (indexOf[id] != 0) revert SubmitterRegistry_SubmitterIdTaken(id, indexOf[id]);
        if (submitter.revoked) revert SubmitterRegistry_AdmittedRevoked();
        _checkShards(submitter.shards);
        _checkJobsPerTick(submitter.jobsPerTick);
        _checkExpiry(submitter.expiry);
        if (!PublicKeys.isWellFormed(submitter.keyKind, submitter.key)) {
            revert SubmitterRegistry_BadKey(submitter.keyKind, submitter.key);
        }
        (uint8 keyPrefix, bytes32 keyBody) = PublicKeys.split(submitter.key);
        bytes32 keyIdentity = PublicKeys.identify(submitter.keyKind, keyPrefix, keyBody);
        if (_holderOf[keyIdentity] != 0) revert SubmitterRegistry_KeyTaken(_holderOf[keyIdentity]);

        index = ++_count;
        _submitters[index] = PackedSubmitter({
            submitterId: id,
            keyKind: submitter.keyKind,
            keyPrefix: keyPrefix,
            revoked: false,
            shards: submitter.shards,
            jobsPerTick: submitter.jobsPerTick,
            expiry: submitter.expiry,
            keyBody: keyBody
        });
        indexOf[id] = index;
        _holderOf[keyIdentity] = index;

        emit SubmitterAdmitted(index, ++_version, submitter);
    }

    /// @inheritdoc ISubmitterRegistry
    function limit(uint32 index, Limits calldata expected, Limits calldata value) external onlyOwner {
        PackedSubmitter storage s = _live(index);
        Limits memory found = Limits(s.shards, s.jobsPerTick, s.expiry);
        _checkFound("shards", expected.shards, found.shards);
        _checkFound("jobsPerTick", expected.jobsPerTick, found.jobsPerTick);
        _checkFound("expiry", expected.expiry, found.expiry);
        if (value.shards == found.shards && value.jobsPerTick == found.jobsPerTick && value.expiry == found.expiry) {
            revert SubmitterRegistry_SameLimits(index);
        }
        // What stays as it is needs no excuse: a shard may have been retired, or the expiry may have passed, since.
        if (value.shards != found.shards) _checkShards(value.shards);
        if (value.jobsPerTick != found.jobsPerTick) _checkJobsPerTick(value.jobsPerTick);
        if (value.expiry != found.expiry) _checkExpiry(value.expiry);

        (s.shards, s.jobsPerTick, s.expiry) = (value.shards, value.jobsPerTick, value.expiry);

        emit SubmitterLimited(index, ++_version, value);
    }

    /// @inheritdoc ISubmitterRegistry
    function revoke(uint32 index) external onlyOwner {
        PackedSubmitter storage s = _live(index);

        s.revoked = true;
        delete _holderOf[PublicKeys.identify(s.keyKind, s.keyPrefix, s.keyBody)];

        emit SubmitterRevoked(index, ++_version);
    }

    /* READING */

    /// @inheritdoc ISubmitterRegistry
    function snapshot() external view returns (uint64 version, uint32 count) {
        return (_version, _count);
    }

    /// @inheritdoc ISubmitterRegistry
    function page(uint32 from, uint32 count) external view returns (Submitter[] memory submitters) {
        if (from == 0) revert SubmitterRegistry_NoSuchSubmitter(from);
        uint256 available = _count >= from ? _count - from + 1 : 0;
        submitters = new Submitter[](count < available ? count : available);
        for (uint32 i; i < submitters.length; ++i) {
            submitters[i] = _unpack(_submitters[from + i]);
        }
    }

    /* WITHIN */

    /// @dev The submitter, if it is there and not revoked.
    function _live(uint32 index) private view returns (PackedSubmitter storage s) {
        s = _submitters[index];
        if (s.submitterId == 0) revert SubmitterRegistry_NoSuchSubmitter(index);
        if (s.revoked) revert SubmitterRegistry_IsRevoked(index);
    }

    function _checkShards(uint32 shards_) private view {
        if (shards_ == 0) revert SubmitterRegistry_NoShards();
        uint32 inactive = shards_ & ~shards.activeShards();
        if (inactive != 0) revert SubmitterRegistry_InactiveShards(inactive);
    }

    function _checkExpiry(uint64 expiry) private view {
        if (expiry != 0 && expiry <= block.timestamp) revert SubmitterRegistry_AlreadyExpired(expiry, block.timestamp);
    }

    function _checkJobsPerTick(uint32 jobsPerTick) private pure {
        if (jobsPerTick == 0) {
            revert SubmitterRegistry_OutOfBounds("jobsPerTick", jobsPerTick, 1, type(uint32).max);
        }
    }

    function _unpack(PackedSubmitter storage s) private view returns (Submitter memory) {
        return Submitter({
            submitterId: s.submitterId,
            keyKind: s.keyKind,
            shards: s.shards,
            jobsPerTick: s.jobsPerTick,
            expiry: s.expiry,
            revoked: s.revoked,
            key: PublicKeys.join(s.keyPrefix, s.keyBody)
        });
    }
}
