// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGoverned} from "./IGoverned.sol";
import {IShardRegistry} from "./IShardRegistry.sol";

/// @title SubmitterRegistry: who may bring work.
///
/// Powers:
/// - The owner may admit submitters, set their limits, and revoke them.
/// - Nobody else may do anything. The owner may not rename a submitter, change its key, nor take a revocation back.
///
/// A submitter's index starts at 1; neither it nor its name is ever used again. A key belongs to one submitter that is
/// not revoked. Each change raises the version by one.
interface ISubmitterRegistry is IGoverned {
    /// @param submitterId 1 to 32 visible ASCII characters, padded with zero bytes on the right.
    /// @param keyKind of its key: 1 ed25519, 2 P-256, 3 secp256k1.
    /// @param shards it may bring jobs to: bit i - 1 is shard i; at least one.
    /// @param jobsPerTick the most jobs taken from it in a tick; at least 1.
    /// @param expiry unix seconds from which on nothing is taken; 0 = never.
    /// @param revoked whether the owner revoked it.
    /// @param key 32 raw bytes for ed25519; 33 bytes, compressed as in SEC 1, for the others.
    struct Submitter {
        bytes32 submitterId;
        uint8 keyKind;
        uint32 shards;
        uint32 jobsPerTick;
        uint64 expiry;
        bool revoked;
        bytes key;
    }

    /// @dev The three fields of {Submitter} that {limit} sets.
    struct Limits {
        uint32 shards;
        uint32 jobsPerTick;
        uint64 expiry;
    }

    event SubmitterAdmitted(uint32 indexed index, uint64 indexed version, Submitter value);
    event SubmitterLimited(uint32 indexed index, uint64 indexed version, Limits value);
    event SubmitterRevoked(uint32 indexed index, uint64 indexed version);

    /// @notice Names are 1 to 32 visible ASCII characters without spaces, padded with zero bytes on the right.
    error SubmitterRegistry_BadName(bytes32 name);
    error SubmitterRegistry_SubmitterIdTaken(bytes32 submitterId, uint32 index);
    /// @notice Key kinds are 1, ed25519, 32 bytes; 2, P-256, and 3, secp256k1, 33 bytes that begin with 0x02 or 0x03;
    /// the rest is not all zero.
    error SubmitterRegistry_BadKey(uint8 keyKind, bytes key);
    /// @notice The key is that of the submitter `index`.
    error SubmitterRegistry_KeyTaken(uint32 index);
    /// @notice A submitter needs at least one shard.
    error SubmitterRegistry_NoShards();
    /// @notice `inactive` are the bits that stand for no active shard.
    error SubmitterRegistry_InactiveShards(uint32 inactive);
    /// @notice `field` may be from `minimum` to `maximum`.
    error SubmitterRegistry_OutOfBounds(string field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice An expiry lies after the block's time, `time`, or is 0 for never.
    error SubmitterRegistry_AlreadyExpired(uint64 expiry, uint256 time);
    error SubmitterRegistry_NoSuchSubmitter(uint32 index);
    error SubmitterRegistry_IsRevoked(uint32 index);
    /// @notice A submitter is admitted with `revoked` false.
    error SubmitterRegistry_AdmittedRevoked();
    /// @notice The limits are these already.
    error SubmitterRegistry_SameLimits(uint32 index);

    /// @notice Admits a submitter. Owner.
    /// @param submitter as it will stand, `revoked` false.
    /// @return index of the submitter, from 1
    function admit(Submitter calldata submitter) external returns (uint32 index);

    /// @notice Sets a submitter's limits, all at once. Owner. {Moved} fields: "shards", "jobsPerTick", "expiry".
    function limit(uint32 index, Limits calldata expected, Limits calldata value) external;

    /// @notice Takes no more jobs from the submitter, for good, and frees its key. Owner.
    ///
    /// NOTE: its accepted jobs go on; {IShardRegistry-order} can cancel them.
    function revoke(uint32 index) external;

    /// @return version rises by one with each change
    /// @return count submitters ever admitted, which is the highest index
    function snapshot() external view returns (uint64 version, uint32 count);

    /// @notice At most `count` submitters from the index `from` on, which is at least 1; fewer where there are fewer.
    function page(uint32 from, uint32 count) external view returns (Submitter[] memory);

    /// @notice The index of the submitter of that name; 0 if there never was one.
    function indexOf(bytes32 submitterId) external view returns (uint32);

    function shards() external view returns (IShardRegistry);
}
