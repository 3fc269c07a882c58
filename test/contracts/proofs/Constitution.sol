// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface Anyone {
    function call() external;
}

/// @notice Only a call to itself changes a multisig's constitution, whatever the contracts that it calls call back. The rules
/// of {OwnerMultisig-execute} and {OwnerMultisig-constitute}.
contract Constitution {
    uint256 private constant MEMBERSHIP = 1;

    address public pointer;
    bool private _entered;

    /// @dev Calls of {constitute} that came from this contract.
    uint256 private _ownCalls;

    /// @dev Holds that the constitution is the one before, unless this contract called itself.
    modifier held() {
        (address oldPointer, uint256 ownCalls) = (pointer, _ownCalls);
        _;
        assert(pointer == oldPointer || _ownCalls > ownCalls);
    }

    /// @param next The constitution that a call to itself enacts.
    function execute(uint256 lane, address to, address next) external held {
        if (_entered) revert();
        _entered = true;
        if ((to == address(this)) != (lane == MEMBERSHIP)) revert();
        if (to == address(this)) this.constitute(next);
        else Anyone(to).call();
        _entered = false;
    }

    function constitute(address next) external held {
        if (msg.sender != address(this)) revert();
        pointer = next;
        if (msg.sender == address(this)) _ownCalls++;
    }
}
