// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Governed} from "./Governed.sol";
import {ICheckpointLedger} from "./interfaces/ICheckpointLedger.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {ISystemPause} from "./interfaces/ISystemPause.sol";
import {AccountSignature} from "./libraries/AccountSignature.sol";

/// @title SystemPause: stop and go, for the whole fabric or one shard. {ISystemPause} says what it does.
contract SystemPause is Governed, EIP712, Nonces, ISystemPause {
    /// @dev One slot.
    struct State {
        address successor;
        bool retired;
        uint64 guardianPauseLimit;
    }

    uint16 private constant FABRIC = 0;
    uint16 private constant MAX_SHARDS = 32;
    uint256 private constant MAX_GUARDIANS = 5;
    uint64 private constant MIN_PAUSE_LIMIT = 1 minutes;
    uint64 private constant MAX_PAUSE_LIMIT = 30 days;

    bytes32 private constant ACCEPTANCE_TYPEHASH =
        keccak256("GuardianAcceptance(address guardian,uint256 nonce,uint48 deadline)");

    /// @inheritdoc ISystemPause
    INodeRegistry public immutable nodes;

    /// @inheritdoc ISystemPause
    ICheckpointLedger public immutable ledger;

    State private _state;
    Scope[MAX_SHARDS + 1] private _scopes;
    Guardian[] private _guardians;

    constructor(address initialOwner, INodeRegistry nodes_, ICheckpointLedger ledger_)
        Governed(initialOwner)
        EIP712("Planetary Fabric Guardians", "1")
    {
        _checkTold(address(nodes_), nodes_.systemPause());
        _checkTold(address(nodes_.shards()), nodes_.shards().systemPause());
        _checkTold(address(ledger_), ledger_.systemPause());

        nodes = nodes_;
        ledger = ledger_;
        _state.guardianPauseLimit = 7 days;

        emit GuardianPauseLimitSet(7 days);
    }

    /* THE OWNER */

    /// @inheritdoc ISystemPause
    function pause(uint16 scope) external onlyOwner {
        Scope storage s = _scope(scope);
        if (s.ownerPaused) revert SystemPause_AlreadyPaused(scope);

        s.ownerPaused = true;

        emit Paused(scope);
    }

    /// @inheritdoc ISystemPause
    function resume(uint16 scope) external onlyOwner {
        Scope storage s = _scope(scope);
        if (!_isOn(s)) revert SystemPause_NotPaused(scope);

        (s.ownerPaused, s.guardianUntil) = (false, 0);

        emit Resumed(scope);
    }

    /// @inheritdoc ISystemPause
    function appointGuardian(address guardian, uint48 deadline, bytes calldata acceptance) external onlyOwner {
        (address anchorer,,,,,,) = ledger.snapshot();
        if (
            guardian == address(0) || guardian == address(this) || guardian == owner() || guardian == pendingOwner()
                || guardian == anchorer || guardian == nodes.marketplace()
        ) revert SystemPause_CannotBeGuardian(guardian);
        if (isGuardian(guardian)) revert SystemPause_AlreadyGuardian(guardian);
        if (_guardians.length == MAX_GUARDIANS) revert SystemPause_TooManyGuardians(MAX_GUARDIANS);
        if (block.timestamp > deadline) revert SystemPause_AcceptanceExpired(deadline, block.timestamp);
        uint256 nonce = _useNonce(guardian);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE_TYPEHASH, guardian, nonce, deadline)));
        if (!AccountSignature.isValid(guardian, digest, acceptance)) revert SystemPause_BadAcceptance(guardian, nonce);

        _guardians.push(Guardian(guardian, true));

        emit GuardianAppointed(guardian);
    }

    /// @inheritdoc ISystemPause
    function dismissGuardian(address guardian) external onlyOwner {
        uint256 place = _placeOf(guardian);

        _guardians[place] = _guardians[_guardians.length - 1];
        _guardians.pop();

        emit GuardianDismissed(guardian);
    }

    /// @inheritdoc ISystemPause
    function armGuardian(address guardian) external onlyOwner {
        Guardian storage g = _guardians[_placeOf(guardian)];
        if (g.armed) revert SystemPause_GuardianIsArmed(guardian);

        g.armed = true;

        emit GuardianArmed(guardian);
    }

    /// @inheritdoc ISystemPause
    function setGuardianPauseLimit(uint64 expected, uint64 value) external onlyOwner {
        _checkMove("guardianPauseLimit", expected, _state.guardianPauseLimit, value);
        if (value < MIN_PAUSE_LIMIT || value > MAX_PAUSE_LIMIT) {
            revert SystemPause_LimitOutOfBounds(value, MIN_PAUSE_LIMIT, MAX_PAUSE_LIMIT);
        }

        _state.guardianPauseLimit = value;

        emit GuardianPauseLimitSet(value);
    }

    /// @inheritdoc ISystemPause
    function retire(address successor) external onlyOwner {
        _checkNotRetired();
        if (successor == address(this)) revert SystemPause_SuccessorIsItself();
        if (successor != address(0) && successor.code.length == 0) {
            revert SystemPause_SuccessorWithoutCode(successor);
        }

        (_state.retired, _state.successor) = (true, successor);

        emit Retired(successor);
    }

    /// @notice Proposes a new owner, as {Ownable2Step} does, but no guardian.
    function transferOwnership(address newOwner) public override(Ownable2Step) onlyOwner {
        if (isGuardian(newOwner)) revert SystemPause_GuardianCannotOwn(newOwner);
        super.transferOwnership(newOwner);
    }

    /* A GUARDIAN */

    /// @inheritdoc ISystemPause
    function guardianPause(uint16 scope, uint64 durationSeconds) external {
        _spend(msg.sender);
        Scope storage s = _scope(scope);
        if (s.ownerPaused) revert SystemPause_AlreadyPaused(scope);
        if (durationSeconds == 0 || durationSeconds > _state.guardianPauseLimit) {
            revert SystemPause_DurationOutOfBounds(durationSeconds, _state.guardianPauseLimit);
        }
        uint64 until = uint64(block.timestamp) + durationSeconds;
        if (until <= s.guardianUntil) revert SystemPause_NotLonger(scope, until, s.guardianUntil);

        s.guardianUntil = until;

        emit GuardianPaused(scope, msg.sender, until);
    }

    /// @inheritdoc ISystemPause
    function revokeAnchorer() external {
        _spend(msg.sender);
        ledger.revokeAnchorer();
    }

    /// @inheritdoc ISystemPause
    function revokeMarketplace() external {
        _spend(msg.sender);
        nodes.revokeMarketplace();
    }

    /* READING */

    /// @inheritdoc ISystemPause
    function isPaused(uint16 scope) external view returns (bool) {
        if (scope > MAX_SHARDS) revert SystemPause_NoSuchScope(scope, MAX_SHARDS);
        return _state.retired || _isOn(_scopes[FABRIC]) || _isOn(_scopes[scope]);
    }

    /// @inheritdoc ISystemPause
    function snapshot() external view returns (bool retired, address successor, Scope[] memory scopes) {
        scopes = new Scope[](_scopes.length);
        for (uint256 i; i < scopes.length; ++i) {
            scopes[i] = _scopes[i];
        }
        return (_state.retired, _state.successor, scopes);
    }

    /// @inheritdoc ISystemPause
    function guardians() external view returns (Guardian[] memory) {
        return _guardians;
    }

    /// @inheritdoc ISystemPause
    function isGuardian(address account) public view returns (bool) {
        (bool found,) = _find(account);
        return found;
    }

    /// @inheritdoc ISystemPause
    function guardianPauseLimit() external view returns (uint64) {
        return _state.guardianPauseLimit;
    }

    /// @inheritdoc ISystemPause
    function nonces(address account) public view override(Nonces, ISystemPause) returns (uint256) {
        return super.nonces(account);
    }

    /* WITHIN */

    function _spend(address account) private {
        Guardian storage g = _guardians[_placeOf(account)];
        if (!g.armed) revert SystemPause_GuardianIsSpent(account);

        g.armed = false;

        emit GuardianSpent(account);
    }

    /// @dev The scope, if there is one and it can still change.
    function _scope(uint16 scope) private view returns (Scope storage) {
        if (scope > MAX_SHARDS) revert SystemPause_NoSuchScope(scope, MAX_SHARDS);
        _checkNotRetired();
        return _scopes[scope];
    }

    function _isOn(Scope storage s) private view returns (bool) {
        return s.ownerPaused || block.timestamp < s.guardianUntil;
    }

    function _checkNotRetired() private view {
        if (_state.retired) revert SystemPause_IsRetired(_state.successor);
    }

    function _placeOf(address guardian) private view returns (uint256) {
        (bool found, uint256 place) = _find(guardian);
        if (!found) revert SystemPause_NotGuardian(guardian);
        return place;
    }

    function _find(address account) private view returns (bool found, uint256 place) {
        for (; place < _guardians.length; ++place) {
            if (_guardians[place].account == account) return (true, place);
        }
    }

    function _checkTold(address referrer, ISystemPause told) private view {
        if (address(told) != address(this)) revert SystemPause_WrongAddress(referrer, address(told));
    }
}
