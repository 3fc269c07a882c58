// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISystemPause} from "../../contracts/interfaces/ISystemPause.sol";
import {GovernedFamily, WillingAccount} from "./GovernedFamily.sol";
import {vm} from "./Vm.sol";

/// @notice What the owner and three guardians may do to a pause, and what the owner's pauses should have come to. In
/// the fabric and two shards, so that they meet.
contract SystemPauseHandler is GovernedFamily {
    address[3] private _guardians;
    bool[33] public ownerPaused;

    /// @dev What each guardian has done since it was last armed.
    mapping(address guardian => uint256) public acts;

    /// @dev Whether a guardian's pause was ever set further off than the limit.
    bool public tooLong;

    constructor() {
        for (uint256 i; i < _guardians.length; ++i) {
            _guardians[i] = address(new WillingAccount());
            pause.appointGuardian(_guardians[i], type(uint48).max, "");
        }
    }

    function ownerPause(uint16 scope) external {
        scope %= 3;
        try pause.pause(scope) {
            ownerPaused[scope] = true;
        } catch {}
    }

    function ownerResume(uint16 scope) external {
        scope %= 3;
        try pause.resume(scope) {
            ownerPaused[scope] = false;
        } catch {}
    }

    /// @dev A guardian tries everything that there is.
    function guardianTries(uint256 who, uint8 what, uint16 scope, uint64 duration) external {
        address guardian = _guardians[who % 3];
        scope %= 3;
        duration %= 10 days;
        bytes[9] memory attempts = [
            abi.encodeCall(pause.guardianPause, (scope, duration)),
            abi.encodeCall(pause.guardianPause, (scope, 1 + duration % 7 days)),
            abi.encodeCall(pause.revokeAnchorer, ()),
            abi.encodeCall(pause.revokeMarketplace, ()),
            abi.encodeCall(pause.pause, (scope)),
            abi.encodeCall(pause.resume, (scope)),
            abi.encodeCall(pause.armGuardian, (guardian)),
            abi.encodeCall(pause.setGuardianPauseLimit, (7 days, 30 days)),
            abi.encodeCall(pause.retire, (address(0)))
        ];
        vm.prank(guardian);
        (bool done,) = address(pause).call(attempts[what % 9]);
        if (!done) return;
        acts[guardian]++;
        (,, ISystemPause.Scope[] memory scopes) = pause.snapshot();
        if (scopes[scope].guardianUntil > block.timestamp + 7 days) tooLong = true;
    }

    function arm(uint256 who) external {
        address guardian = _guardians[who % 3];
        try pause.armGuardian(guardian) {
            acts[guardian] = 0;
        } catch {}
    }

    /// @dev Dismisses a guardian and appoints it again, which arms it.
    function reappoint(uint256 who) external {
        address guardian = _guardians[who % 3];
        pause.dismissGuardian(guardian);
        pause.appointGuardian(guardian, type(uint48).max, "");
        acts[guardian] = 0;
    }

    function setRoles(bool appointed) external {
        (address anchorer,,,,,,) = ledger.snapshot();
        address next = appointed ? address(0xa1) : address(0);
        if (anchorer != next) ledger.setAnchorer(anchorer, next);
        if (nodes.marketplace() != next) nodes.setMarketplace(nodes.marketplace(), next);
    }

    function wait_(uint32 duration) external {
        vm.warp(block.timestamp + duration % 9 days);
    }

    function guardians() external view returns (address[3] memory) {
        return _guardians;
    }
}

/// @notice Whatever owners and guardians do, in whatever order.
contract SystemPauseInvariantTest {
    SystemPauseHandler private _handler;

    function setUp() public {
        _handler = new SystemPauseHandler();
    }

    /// @dev Tells the runner whom to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev No guardian sets or ends the owner's pause, or retires the fabric.
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_GuardiansNeverTouchTheOwnersPause() public view {
        (bool retired,, ISystemPause.Scope[] memory scopes) = _handler.pause().snapshot();
        require(!retired, "a guardian retired the fabric");
        for (uint256 scope; scope < scopes.length; ++scope) {
            require(scopes[scope].ownerPaused == _handler.ownerPaused(scope), "the owner's pause is not the owner's");
        }
    }

    /// @dev One act a guardian, for at most the time that the owner allows.
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 48
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_GuardiansActOnceUntilArmed() public view {
        require(!_handler.tooLong(), "a guardian paused for longer than it may");
        address[3] memory guardians = _handler.guardians();
        for (uint256 i; i < guardians.length; ++i) {
            require(_handler.acts(guardians[i]) <= 1, "a guardian acted twice");
        }
    }
}
