// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Eight routes in half a word: route i in the bits 16 i to 16 i + 15, zero for none.
library Routes {
    uint256 private constant PLACES = 8;

    /// @notice The routes that have `to` in place `i`, and nothing else.
    function inPlace(uint256 i, uint16 to) internal pure returns (uint128) {
        return uint128(to) << uint128(16 * i);
    }

    function pack(uint16[8] calldata routes) internal pure returns (uint128 packed) {
        for (uint256 i; i < PLACES; ++i) {
            packed |= inPlace(i, routes[i]);
        }
    }

    function unpack(uint128 packed) internal pure returns (uint16[8] memory routes) {
        // Cannot overflow: `i` counts to eight.
        unchecked {
            for (uint256 i; i < PLACES; ++i) {
                routes[i] = uint16(packed >> (16 * i));
            }
        }
    }

    /// @notice Whether one of the routes leads to `to`, which is not zero.
    function contain(uint128 packed, uint16 to) internal pure returns (bool) {
        for (; packed != 0; packed >>= 16) {
            if (uint16(packed) == to) return true;
        }
        return false;
    }
}
