// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Every number that a lane takes is above all that it took before, so none is taken twice, whatever came between.
/// The rules of {LaneStateLibrary-spend}, with a variable for each counter.
contract Lanes {
    uint256 private _next0;
    uint256 private _next1;
    uint256 private _next2;

    /// @dev Of each lane one more than the highest number taken.
    uint256 private _above0;
    uint256 private _above1;
    uint256 private _above2;

    function spend(uint256 lane, uint256 seq) external {
        if (lane >= 3) revert();
        if (lane == 0) {
            _next0 = _spend(_next0, seq);
            assert(seq >= _above0);
            _above0 = seq + 1;
        } else if (lane == 1) {
            _next1 = _spend(_next1, seq);
            assert(seq >= _above1);
            _above1 = seq + 1;
        } else {
            _next2 = _spend(_next2, seq);
            assert(seq >= _above2);
            _above2 = seq + 1;
        }
    }

    function _spend(uint256 next, uint256 seq) private pure returns (uint256 after_) {
        if (seq != next) revert();
        if (seq == type(uint32).max) revert();
        return next + 1;
    }
}
