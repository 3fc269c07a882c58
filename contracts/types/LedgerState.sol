// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the ledger keeps besides its ring, in one word that an anchor reads and writes once. From its low end:
/// anchorer (160 bits), epoch (16), seq (24), size (32), minutes (24).
type LedgerState is uint256;

using LedgerStateLibrary for LedgerState global;

library LedgerStateLibrary {
    uint256 private constant EPOCH = 160;
    uint256 private constant SEQ = 176;
    uint256 private constant SIZE = 200;
    uint256 private constant MINUTES = 232;

    function anchorer(LedgerState self) internal pure returns (address) {
        return address(uint160(LedgerState.unwrap(self)));
    }

    function epoch(LedgerState self) internal pure returns (uint16) {
        return uint16(LedgerState.unwrap(self) >> EPOCH);
    }

    function seq(LedgerState self) internal pure returns (uint24) {
        return uint24(LedgerState.unwrap(self) >> SEQ);
    }

    function size(LedgerState self) internal pure returns (uint32) {
        return uint32(LedgerState.unwrap(self) >> SIZE);
    }

    function minutesOf(LedgerState self) internal pure returns (uint24) {
        return uint24(LedgerState.unwrap(self) >> MINUTES);
    }

    function withAnchorer(LedgerState self, address value) internal pure returns (LedgerState) {
        uint256 rest = LedgerState.unwrap(self) >> EPOCH << EPOCH;
        return LedgerState.wrap(rest | uint160(value));
    }

    function withEpoch(LedgerState self, uint16 value) internal pure returns (LedgerState) {
        uint256 rest = LedgerState.unwrap(self) & ~(uint256(type(uint16).max) << EPOCH);
        return LedgerState.wrap(rest | uint256(value) << EPOCH);
    }

    /// @notice The state one anchor later.
    /// @dev The caller sees to it that seq + 1, size + growth and minutes fit.
    function grownBy(LedgerState self, uint256 growth, uint256 minutes_) internal pure returns (LedgerState) {
        uint256 rest = LedgerState.unwrap(self) & ((1 << MINUTES) - 1);
        // Cannot overflow: what fits does not reach into the next field.
        unchecked {
            return LedgerState.wrap(rest + (1 << SEQ) + (growth << SIZE) + (minutes_ << MINUTES));
        }
    }

    /// @notice The state back at an earlier head.
    function movedTo(LedgerState self, uint24 seq_, uint32 size_) internal pure returns (LedgerState) {
        uint256 headOnly = ((1 << MINUTES) - 1) ^ ((1 << SEQ) - 1);
        uint256 rest = LedgerState.unwrap(self) & ~headOnly;
        return LedgerState.wrap(rest | uint256(seq_) << SEQ | uint256(size_) << SIZE);
    }
}
