// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";

/// @notice The one storage slot of {IOwnerMultisig}: where the constitution is kept, and what each lane takes next.
/// From the low bits up: `constitution (160) | seq of lane 0 (32) | seq of lane 1 (32) | seq of lane 2 (32)`.
type LaneState is uint256;

using LaneStateLibrary for LaneState global;

/// @dev A lane has a counter and, for whoever signs, a number: `nonce = lane << 64 | seq`.
library LaneStateLibrary {
    /// @dev How many lanes there are: 0 for parameters, 1 for membership, 2 for emergencies.
    uint256 internal constant LANES = 3;

    /// @dev The lane of calls to the multisig itself.
    uint256 internal constant MEMBERSHIP = 1;

    uint256 private constant ADDRESS_BITS = 160;
    uint256 private constant SEQ_BITS = 32;

    /// @return where The address whose code is the constitution.
    function pointer(LaneState state) internal pure returns (address where) {
        return address(uint160(LaneState.unwrap(state)));
    }

    /// @return after_ The state with another constitution, the counters going on.
    function withPointer(LaneState state, address where) internal pure returns (LaneState after_) {
        uint256 counters = LaneState.unwrap(state) >> ADDRESS_BITS << ADDRESS_BITS;
        return LaneState.wrap(counters | uint160(where));
    }

    /// @param lane 0 to 2; the caller has checked it.
    /// @return nonce The only nonce that the lane takes next.
    function next(LaneState state, uint256 lane) internal pure returns (uint256 nonce) {
        return lane << 64 | uint32(LaneState.unwrap(state) >> ADDRESS_BITS + SEQ_BITS * lane);
    }

    /// @dev Holds the nonce against the one that its lane takes next, whole, and counts it.
    /// @return lane The lane of the nonce.
    /// @return after_ The state in which the nonce is spent.
    function spend(LaneState state, uint256 nonce) internal pure returns (uint256 lane, LaneState after_) {
        lane = nonce >> 64;
        if (lane >= LANES) revert IOwnerMultisig.OwnerMultisig_UnknownLane(lane);
        uint256 expected = next(state, lane);
        if (nonce != expected) revert IOwnerMultisig.OwnerMultisig_WrongNonce(expected, nonce);
        if (uint32(nonce) == type(uint32).max) revert IOwnerMultisig.OwnerMultisig_LaneExhausted(lane);

        // Cannot overflow, nor carry into the next lane: the counter is below its largest value.
        unchecked {
            after_ = LaneState.wrap(LaneState.unwrap(state) + (1 << ADDRESS_BITS + SEQ_BITS * lane));
        }
    }
}
