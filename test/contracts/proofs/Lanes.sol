// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Every number that a lane takes is above all that it took before, so none is taken twice, whatever came between.
/// The rules of {LaneStateLibrary-spend}, with a variable for each counter.
contract Lanes {
    uint256[3] public next;

    /// @dev Of each lane one more than the highest number taken.
    uint256[3] private _above;

    /// @dev The law holds before, as before every call, and has to hold afterwards.
    modifier lawful() {
        require(_isLawful());
        _;
        assert(_isLawful());
    }

    /// @param first What each lane takes next at the beginning: anything.
    constructor(uint32[3] memory first) {
        (next[0], next[1], next[2]) = (first[0], first[1], first[2]);
        assert(_isLawful());
    }

    function spend(uint256 lane, uint256 seq) external lawful {
        if (lane >= 3) revert();
        if (seq != next[lane]) revert();
        if (seq == type(uint32).max) revert();

        next[lane] = next[lane] + 1;

        assert(seq >= _above[lane]);
        _above[lane] = seq + 1;
    }

    function _isLawful() private view returns (bool) {
        return _above[0] <= next[0] && _above[1] <= next[1] && _above[2] <= next[2];
    }
}
