// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Within an epoch neither the number of heads nor the number of receipts falls, and epochs only rise. The rules of
/// {CheckpointLedger}, with a variable for each field of its state.
contract Ledger {
    uint256 private _epoch;
    uint256 private _seq;
    uint256 private _size;

    function anchor(uint256 epoch, uint256 size) external {
        (uint256 lastSeq, uint256 lastSize) = (_seq, _size);
        if (epoch != _epoch) revert();
        // In the contract one comparison does, since what is below zero becomes more than any growth.
        if (size < _size || size - _size > 1_048_576) revert();
        if (_seq == type(uint24).max) revert();

        _seq = _seq + 1;
        _size = size;

        assert(_epoch == epoch);
        assert(_seq > lastSeq);
        assert(_size >= lastSize);
    }

    function claim() external {
        uint256 epoch = _epoch;
        if (_epoch >= 0xff00) revert();
        _epoch = _epoch + 1;
        assert(_epoch > epoch);
    }

    /// @dev What {setAnchorer} and {revokeAnchorer} do to these fields.
    function setAnchorer() external {
        uint256 epoch = _epoch;
        _endSession();
        assert(_epoch > epoch);
    }

    /// @dev To any head, one that was never there too.
    function rebase(uint256 seq, uint256 size) external {
        uint256 epoch = _epoch;
        _endSession();
        (_seq, _size) = (seq, size);
        assert(_epoch > epoch);
    }

    function _endSession() private {
        if (_epoch == type(uint16).max) revert();
        _epoch = _epoch + 1;
    }
}
