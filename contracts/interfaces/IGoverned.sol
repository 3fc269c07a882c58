// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the five governed contracts have in common.
///
/// The owner is appointed in the constructor, may hand ownership over in two steps (propose, accept), and may never
/// let it go: a contract that nobody owns could not be stopped.
///
/// A setter takes the value that its caller believes to be in force. An order that was signed for another state of the
/// world, or is executed a second time, therefore reverts and changes nothing. Setting what is already set is refused.
interface IGoverned {
    /// @notice `field` is `found`, and the caller expected `expected`: look at the contract again before you order.
    /// @dev Addresses and routes are given as the number that their bits are.
    error Moved(string field, uint256 expected, uint256 found);

    /// @notice `field` is `value` already.
    error Unchanged(string field, uint256 value);

    /// @notice Ownership can be handed over, never given up.
    error Governed_OwnershipIsKept();
}
