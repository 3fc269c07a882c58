// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IGoverned} from "./interfaces/IGoverned.sol";

/// @title Governed: an owner that may be replaced in two steps, but never lost.
abstract contract Governed is Ownable2Step, IGoverned {
    constructor(address initialOwner) Ownable(initialOwner) {}

    /// @notice Refused, whoever calls.
    function renounceOwnership() public pure override {
        revert Governed_OwnershipIsKept();
    }

    /// @dev Refuses a change that was ordered for another value, and one that changes nothing.
    function _checkMove(string memory field, uint256 expected, uint256 found, uint256 value) internal pure {
        _checkFound(field, expected, found);
        if (value == found) revert Unchanged(field, found);
    }

    function _checkFound(string memory field, uint256 expected, uint256 found) internal pure {
        if (expected != found) revert Moved(field, expected, found);
    }
}
