// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A guardian reaches nothing but pausing and revoking, once: all else that changes was done by the owner, or by
/// whom the owner proposed as the next. The rules of {SystemPause}, and of what a guardian may become or revoke elsewhere
/// ({CheckpointLedger}, {NodeRegistry}, all of one owner); with tables for its lists, and all signatures good.
contract Guardian {
    address public owner;
    address public pendingOwner;
    address public anchorer;
    address public marketplace;
    bool public retired;
    address public successor;
    uint64 public limit = 7 days;
    mapping(uint16 scope => bool) public ownerPaused;
    mapping(uint16 scope => uint64) public guardianUntil;
    mapping(address account => bool) public appointed;
    mapping(address account => bool) public armed;

    /// @dev How many guardians there are.
    uint256 private _count;

    /// @dev What a guardian did since it was last armed.
    mapping(address account => uint256) private _acts;

    /// @dev Any.
    uint16 private _anyScope;
    address private _anyAccount;

    constructor(address owner_) {
        owner = owner_;
        assert(_isLawful(_anyAccount));
    }

    /// @dev The law holds before, as before every call, and has to hold afterwards.
    modifier lawful() {
        require(_isLawful(_anyAccount));
        (address oldOwner, address oldPendingOwner) = (owner, pendingOwner);
        (address oldAnchorer, address oldMarketplace) = (anchorer, marketplace);
        (bool oldRetired, address oldSuccessor, uint64 oldLimit) = (retired, successor, limit);
        (bool oldPaused, uint64 oldUntil) = (ownerPaused[_anyScope], guardianUntil[_anyScope]);
        (bool wasAppointed, bool wasArmed) = (appointed[_anyAccount], armed[_anyAccount]);
        bool callerWasArmed = armed[msg.sender];
        _;
        assert(_isLawful(_anyAccount));
        if (msg.sender != oldOwner) {
            bool acted = guardianUntil[_anyScope] != oldUntil || anchorer != oldAnchorer || marketplace != oldMarketplace;
            assert(!acted || (callerWasArmed && !armed[msg.sender]));
            assert(
                guardianUntil[_anyScope] >= oldUntil && (anchorer == oldAnchorer || anchorer == address(0))
                    && (marketplace == oldMarketplace || marketplace == address(0))
            );
            assert(
                ownerPaused[_anyScope] == oldPaused && retired == oldRetired && successor == oldSuccessor
                    && limit == oldLimit && appointed[_anyAccount] == wasAppointed
                    && (armed[_anyAccount] == wasArmed || (wasArmed && _anyAccount == msg.sender))
            );
            assert((owner == oldOwner && pendingOwner == oldPendingOwner) || msg.sender == oldPendingOwner);
        }
    }

    /// @dev Who is armed is a guardian that did nothing yet; none did more than one thing, nor has another power.
    function _isLawful(address account) private view returns (bool) {
        if (!appointed[account]) return !armed[account];
        return _acts[account] <= (armed[account] ? 0 : 1) && !_hasAnotherPower(account);
    }

    function _hasAnotherPower(address account) private view returns (bool) {
        return account == address(0) || account == owner || account == pendingOwner || account == anchorer
            || account == marketplace;
    }

    /* THE OWNER */

    modifier onlyOwner() {
        if (msg.sender != owner) revert();
        _;
    }

    function pause(uint16 scope) external lawful onlyOwner {
        _checkScope(scope);
        if (ownerPaused[scope]) revert();

        ownerPaused[scope] = true;
    }

    function resume(uint16 scope) external lawful onlyOwner {
        _checkScope(scope);
        if (!ownerPaused[scope] && block.timestamp >= guardianUntil[scope]) revert();

        ownerPaused[scope] = false;
        guardianUntil[scope] = 0;
    }

    function appointGuardian(address guardian) external lawful onlyOwner {
        if (_hasAnotherPower(guardian) || guardian == address(this)) revert();
        if (appointed[guardian]) revert();
        if (_count == 5) revert();

        (appointed[guardian], armed[guardian]) = (true, true);
        _count = _count + 1;
        _acts[guardian] = 0;
    }

    function dismissGuardian(address guardian) external lawful onlyOwner {
        if (!appointed[guardian]) revert();

        (appointed[guardian], armed[guardian]) = (false, false);
        _count = _count - 1;
    }

    function armGuardian(address guardian) external lawful onlyOwner {
        if (!appointed[guardian]) revert();
        if (armed[guardian]) revert();

        armed[guardian] = true;
        _acts[guardian] = 0;
    }

    function setGuardianPauseLimit(uint64 value) external lawful onlyOwner {
        if (value == limit) revert();
        if (value < 1 minutes || value > 30 days) revert();

        limit = value;
    }

    /// @param successor_ None, or a contract.
    function retire(address successor_) external lawful onlyOwner {
        if (retired) revert();
        if (successor_ == address(this)) revert();

        (retired, successor) = (true, successor_);
    }

    function transferOwnership(address newOwner) external lawful onlyOwner {
        if (appointed[newOwner]) revert();

        pendingOwner = newOwner;
    }

    function acceptOwnership() external lawful {
        if (msg.sender != pendingOwner) revert();

        (owner, pendingOwner) = (msg.sender, address(0));
    }

    function setAnchorer(address value) external lawful onlyOwner {
        if (value == anchorer) revert();
        if (value != address(0) && appointed[value]) revert();

        anchorer = value;
    }

    function setMarketplace(address value) external lawful onlyOwner {
        if (value == marketplace) revert();
        if (value != address(0) && appointed[value]) revert();

        marketplace = value;
    }

    /* A GUARDIAN */

    function guardianPause(uint16 scope, uint64 duration) external lawful {
        _spend();
        _checkScope(scope);
        if (ownerPaused[scope]) revert();
        if (duration == 0 || duration > limit) revert();
        uint64 until = uint64(block.timestamp) + duration;
        if (until <= guardianUntil[scope]) revert();

        guardianUntil[scope] = until;
    }

    function revokeAnchorer() external lawful {
        _spend();
        if (anchorer == address(0)) revert();

        anchorer = address(0);
    }

    function revokeMarketplace() external lawful {
        _spend();
        if (marketplace == address(0)) revert();

        marketplace = address(0);
    }

    function _spend() private {
        if (!appointed[msg.sender]) revert();
        if (!armed[msg.sender]) revert();

        armed[msg.sender] = false;
        _acts[msg.sender] = _acts[msg.sender] + 1;
    }

    function _checkScope(uint16 scope) private view {
        if (scope > 32) revert();
        if (retired) revert();
    }
}
