// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What waits in a lane of {IOwnerMultisig}, in one slot, which the next one overwrites.
/// From the low bits up: `since (40) | signers (16) | first 25 bytes of the digest (200)`; nothing waits if `since` is 0.
///
/// @dev 200 bits of a digest: whoever wants one announcement to pass for another has to find two batches that agree in
/// them, some 2^100 hashes.
type Announcement is uint256;

using AnnouncementLibrary for Announcement global;

/// @dev The slot keeps its digest when nothing waits any more: one that is never empty again costs less to fill.
library AnnouncementLibrary {
    uint256 private constant SINCE_BITS = 40;
    uint256 private constant DIGEST_SHIFT = 56;

    /// @param signers_ Who signed it: bit `i - 1` is set for the member with index `i`.
    /// @return announcement That the decision with this digest waits from this block on.
    function announce(bytes32 digest_, uint16 signers_) internal view returns (Announcement announcement) {
        uint256 high = uint256(digest_) >> DIGEST_SHIFT << DIGEST_SHIFT;
        return Announcement.wrap(high | uint256(signers_) << SINCE_BITS | uint40(block.timestamp));
    }

    /// @return time Of the block in which it was announced, in Unix seconds; 0 if nothing waits.
    function since(Announcement announcement) internal pure returns (uint40 time) {
        return uint40(Announcement.unwrap(announcement));
    }

    function signers(Announcement announcement) internal pure returns (uint16 members) {
        return uint16(Announcement.unwrap(announcement) >> SINCE_BITS);
    }

    function digest(Announcement announcement) internal pure returns (bytes25 first25Bytes) {
        return bytes25(bytes32(Announcement.unwrap(announcement)));
    }

    /// @return after_ The slot in which it waits no longer.
    function done(Announcement announcement) internal pure returns (Announcement after_) {
        return Announcement.wrap(Announcement.unwrap(announcement) >> SINCE_BITS << SINCE_BITS);
    }
}
