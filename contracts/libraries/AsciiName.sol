// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Names of shards, nodes, skills and submitters.
library AsciiName {
    /// @notice Whether `name` is 1 to 32 visible ASCII characters (0x21 to 0x7e), then zero bytes.
    function isValid(bytes32 name) internal pure returns (bool) {
        uint256 length;
        // Cannot overflow: at most 32 characters.
        unchecked {
            for (; length < 32 && name[length] != 0; ++length) {
                if (name[length] < 0x21 || name[length] > 0x7e) return false;
            }
            return length != 0 && name << (8 * length) == 0;
        }
    }
}
