// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGoverned} from "./IGoverned.sol";
import {ICheckpointLedger} from "./ICheckpointLedger.sol";
import {INodeRegistry} from "./INodeRegistry.sol";

/// @title SystemPause: stop and go, for the whole fabric or one shard.
///
/// Powers:
/// - The owner may pause and resume any scope, for as long as it likes.
/// - The owner may appoint, dismiss and re-arm guardians, and say how long a guardian's pause may last.
/// - The owner may retire the fabric, once and for all.
/// - A guardian may pause a scope for a limited time. It may not resume, nor change a parameter.
/// - A guardian may revoke the ledger's anchorer and the nodes' marketplace role. It may not appoint either.
/// - A guardian that has done one of these is spent: it may do nothing more until the owner re-arms it.
/// - A guardian never touches the owner's pause, and the owner never needs a guardian.
///
/// Scope 0 is the fabric; scope i, from 1 to 32, is shard i of the {IShardRegistry}. A scope may be paused before its
/// shard is registered.
///
/// This contract is deployed last of its family and knows the others, which were told its address beforehand; its
/// constructor refuses to be deployed at any other address.
interface ISystemPause is IGoverned {
    /// @param ownerPaused whether the owner's pause is on. It ends only by the owner's {resume}.
    /// @param guardianUntil the unix time, in seconds, at which a guardian's pause ends: in force while the block's
    /// time is lower. 0 if there was none since the last {resume}.
    struct Scope {
        bool ownerPaused;
        uint64 guardianUntil;
    }

    /// @param account the guardian's address.
    /// @param armed whether it may act; false once it has, until the owner re-arms it.
    struct Guardian {
        address account;
        bool armed;
    }

    event Paused(uint16 indexed scope);
    event GuardianPaused(uint16 indexed scope, address indexed guardian, uint64 until);
    event Resumed(uint16 indexed scope);
    event GuardianAppointed(address indexed guardian);
    event GuardianDismissed(address indexed guardian);
    event GuardianArmed(address indexed guardian);
    event GuardianSpent(address indexed guardian);
    event GuardianPauseLimitSet(uint64 seconds_);
    event Retired(address indexed successor);

    /// @notice A scope is 0 for the fabric, or the index of a shard, at most `maximum`.
    error SystemPause_NoSuchScope(uint16 scope, uint16 maximum);
    /// @notice The owner's pause of `scope` is on already.
    error SystemPause_AlreadyPaused(uint16 scope);
    /// @notice Nothing pauses `scope`: there is nothing to resume.
    error SystemPause_NotPaused(uint16 scope);
    /// @notice A guardian's pause lasts from 1 to `limit` seconds.
    error SystemPause_DurationOutOfBounds(uint64 durationSeconds, uint64 limit);
    /// @notice The pause asked for would end at `until`; one is in force that ends no earlier, at `inForceUntil`.
    error SystemPause_NotLonger(uint16 scope, uint64 until, uint64 inForceUntil);
    /// @notice The limit of a guardian's pause is from `minimum` to `maximum` seconds.
    error SystemPause_LimitOutOfBounds(uint64 value, uint64 minimum, uint64 maximum);
    error SystemPause_NotGuardian(address account);
    /// @notice The guardian has acted; the owner can re-arm it.
    error SystemPause_GuardianIsSpent(address guardian);
    error SystemPause_GuardianIsArmed(address guardian);
    error SystemPause_AlreadyGuardian(address account);
    /// @notice At most `maximum` guardians: dismiss one first.
    error SystemPause_TooManyGuardians(uint256 maximum);
    /// @notice `account` is the owner, the owner-to-be, the anchorer, the marketplace, this contract or zero.
    error SystemPause_CannotBeGuardian(address account);
    /// @notice A guardian cannot own the contract that binds it.
    error SystemPause_GuardianCannotOwn(address guardian);
    /// @notice The acceptance was good until `deadline`; the block's time is `time`.
    error SystemPause_AcceptanceExpired(uint48 deadline, uint256 time);
    /// @notice The signature is not `guardian`'s over its acceptance with the nonce `nonce`.
    error SystemPause_BadAcceptance(address guardian, uint256 nonce);
    /// @notice Retired for good; the fabric went on, if at all, under `successor`.
    error SystemPause_IsRetired(address successor);
    error SystemPause_SuccessorIsItself();
    error SystemPause_SuccessorWithoutCode(address successor);
    /// @notice `referrer` was deployed for a pause at `told`, and this is another address. Deploy the family again.
    error SystemPause_WrongAddress(address referrer, address told);

    /// @notice Pauses `scope` until the owner resumes it; makes a guardian's pause the owner's own. Owner.
    /// @dev Reverts: {SystemPause_AlreadyPaused}, {SystemPause_NoSuchScope}, {SystemPause_IsRetired}.
    function pause(uint16 scope) external;

    /// @notice Ends every pause of `scope`, the owner's and a guardian's. Resuming the fabric leaves each shard's own
    /// pause as it was. Owner.
    /// @dev Reverts: {SystemPause_NotPaused}, {SystemPause_NoSuchScope}, {SystemPause_IsRetired}.
    function resume(uint16 scope) external;

    /// @notice Pauses `scope` for `durationSeconds` from now, at most {guardianPauseLimit}; spends the guardian.
    /// An armed guardian.
    /// @dev Refused where it would change nothing: under the owner's pause, or a guardian's that ends no earlier.
    function guardianPause(uint16 scope, uint64 durationSeconds) external;

    /// @notice Revokes the ledger's anchorer; spends the guardian. An armed guardian. It works on a retired fabric.
    function revokeAnchorer() external;

    /// @notice Revokes the nodes' marketplace role; spends the guardian. An armed guardian.
    function revokeMarketplace() external;

    /// @notice Makes `guardian` a guardian, armed. Owner.
    /// @param deadline unix seconds up to which the acceptance is good.
    /// @param acceptance the guardian's signature over the EIP-712 struct
    /// `GuardianAcceptance(address guardian,uint256 nonce,uint48 deadline)` in the domain ("Planetary Fabric
    /// Guardians", "1", chain, this), with `nonce` = {nonces}: ECDSA (65 bytes) for an account without code or with an
    /// EIP-7702 delegation, ERC-1271 for any other.
    function appointGuardian(address guardian, uint48 deadline, bytes calldata acceptance) external;

    /// @notice Dismisses `guardian`. A pause it set stays until it ends or is resumed. Owner.
    function dismissGuardian(address guardian) external;

    /// @notice Lets a spent guardian act once more. Owner.
    function armGuardian(address guardian) external;

    /// @notice Sets how long a guardian's pause may last, in seconds: from 1 minute to 30 days. Owner.
    /// @param expected the limit the caller believes to be in force. {Moved} field: "guardianPauseLimit".
    function setGuardianPauseLimit(uint64 expected, uint64 value) external;

    /// @notice Stops the fabric for good and names what follows it: a contract, or zero for none. Owner.
    ///
    /// WARNING: irreversible. Every scope is paused from now on, and no call here can resume it. No program follows the
    /// successor by itself; nodes and operators have to be told.
    function retire(address successor) external;

    /// @notice Whether `scope` is stopped at the block's time: it is paused, the whole fabric is, or it is retired.
    function isPaused(uint16 scope) external view returns (bool);

    /// @notice Everything a follower needs, in one call.
    ///
    /// NOTE: `scopes` holds each scope's own state. A shard also stands still while `scopes[0]` is paused or `retired`.
    /// @return retired whether {retire} was called
    /// @return successor what follows; zero for none
    /// @return scopes the 33 scopes: `scopes[0]` is the fabric, `scopes[i]` shard i
    function snapshot() external view returns (bool retired, address successor, Scope[] memory scopes);

    /// @notice The guardians, in no order that means anything; at most 5.
    function guardians() external view returns (Guardian[] memory);

    function isGuardian(address account) external view returns (bool);

    /// @notice The longest pause a guardian may set, in seconds; 7 days at first.
    function guardianPauseLimit() external view returns (uint64);

    /// @notice The nonce that the next acceptance of `account` has to carry.
    function nonces(address account) external view returns (uint256);

    /// @notice The node registry whose marketplace a guardian can revoke, and which a shard's retirement asks.
    function nodes() external view returns (INodeRegistry);

    /// @notice The ledger whose anchorer a guardian can revoke.
    function ledger() external view returns (ICheckpointLedger);
}
