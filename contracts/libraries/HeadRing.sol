// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The last 64 heads of a ledger, each in the place that its number gives it, so that none costs a new slot.
library HeadRing {
    uint256 private constant PLACES = 64;

    struct Ring {
        bytes32[PLACES] heads;
    }

    /// @notice The head in the place of number `seq`.
    function inPlaceOf(Ring storage self, uint24 seq) internal view returns (bytes32 head) {
        // A place is a number modulo 64, so Solidity's own check of the index would be gas for nothing.
        assembly ("memory-safe") {
            head := sload(add(self.slot, and(seq, 63)))
        }
    }

    /// @notice Writes the head of number `seq` over the one in its place.
    function put(Ring storage self, uint24 seq, bytes32 head) internal {
        assembly ("memory-safe") {
            sstore(add(self.slot, and(seq, 63)), head)
        }
    }
}
