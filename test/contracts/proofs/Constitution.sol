// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface Anyone {
    function call() external;
}

/// @notice Only a call to itself changes a multisig's constitution, whatever the contracts that it calls call back. The rules
/// of {OwnerMultisig-execute} and {OwnerMultisig-constitute}.
contract Constitution {
    uint256 private constant MEMBERSHIP = 1;

    address private _pointer;
    bool private _entered;

    /// @dev Calls of {constitute} that came from this contract.
    uint256 private _ownCalls;

    /// @dev Holds that the constitution is the one before, unless this contract called itself.
    modifier held() {
        (address pointer, uint256 ownCalls) = (_pointer, _ownCalls);
        _;
        assert(_pointer == pointer || _ownCalls > ownCalls);
    }

    function execute(uint256 lane, Anyone to) external held {
        if (_entered) revert();
        _entered = true;
        if ((address(to) == address(this)) != (lane == MEMBERSHIP)) revert();
        to.call();
        _entered = false;
    }

    function constitute(address pointer) external held {
        if (msg.sender != address(this)) revert();
        _pointer = pointer;
        if (msg.sender == address(this)) _ownCalls++;
    }
}
