// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A threshold is above zero, and all members together reach it. The rules of {ConstitutionCode-pack}, by which
/// every constitution comes into force: the first by the constructor, the others by {OwnerMultisig-constitute}.
contract Threshold {
    uint256 private _threshold;
    uint256 private _totalWeight;

    /// @param totalWeight whatever the weights of its members are together
    constructor(uint256 totalWeight, uint256 threshold) {
        _enact(totalWeight, threshold);
    }

    function constitute(uint256 totalWeight, uint256 threshold) external {
        _enact(totalWeight, threshold);
    }

    function execute(uint256 weight) external view {
        if (weight < _threshold) revert();
        assert(weight > 0);
    }

    function inForce() external view {
        assert(_threshold > 0);
        assert(_threshold <= _totalWeight);
    }

    function _enact(uint256 totalWeight, uint256 threshold) private {
        if (threshold == 0 || threshold > totalWeight) revert();
        (_threshold, _totalWeight) = (threshold, totalWeight);
    }
}
