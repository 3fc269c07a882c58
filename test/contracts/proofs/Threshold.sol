// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A threshold is above zero, and all members together reach it. The rules of {ConstitutionCode-pack}, by which
/// every constitution comes into force: the first by the constructor, the others by {OwnerMultisig-constitute}.
contract Threshold {
    uint256 public threshold;
    uint256 public totalWeight;

    /// @dev The law holds before, as before every call, and has to hold afterwards.
    modifier lawful() {
        require(_isLawful());
        _;
        assert(_isLawful());
    }

    /// @param totalWeight_ whatever the weights of its members are together
    constructor(uint256 totalWeight_, uint256 threshold_) {
        _enact(totalWeight_, threshold_);
        assert(_isLawful());
    }

    function constitute(uint256 totalWeight_, uint256 threshold_) external lawful {
        _enact(totalWeight_, threshold_);
    }

    /// @param weight what those who signed weigh together
    function execute(uint256 weight) external view lawful {
        if (weight < threshold) revert();
        assert(weight > 0);
    }

    function _enact(uint256 totalWeight_, uint256 threshold_) private {
        if (threshold_ == 0 || threshold_ > totalWeight_) revert();
        (threshold, totalWeight) = (threshold_, totalWeight_);
    }

    function _isLawful() private view returns (bool) {
        return threshold > 0 && threshold <= totalWeight;
    }
}
