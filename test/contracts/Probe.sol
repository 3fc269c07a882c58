// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A target for batches: one slot that is set, a call that fails, and a call back to whoever calls.
contract Probe {
    error Probe_Refused(uint256 value);

    uint256 public value;
    uint256 public calls;

    function set(uint256 value_) external {
        value = value_;
    }

    /// @dev Counts how often it is called.
    function count() external {
        calls++;
    }

    function refuse(uint256 value_) external pure {
        revert Probe_Refused(value_);
    }

    /// @dev Calls the caller, and fails as that fails.
    function callBack(bytes calldata data) external {
        (bool success, bytes memory reason) = msg.sender.call(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
