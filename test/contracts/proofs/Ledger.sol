// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Within an epoch neither the number of heads nor the number of receipts falls, and epochs only rise. The rules of
/// {CheckpointLedger}, with a variable for each field of its state, and without who may call: anybody may.
contract Ledger {
    uint16 public epoch;
    uint24 public seq;
    uint32 public size;

    /// @dev From whatever state there is.
    modifier lawful() {
        (uint16 oldEpoch, uint24 oldSeq, uint32 oldSize) = (epoch, seq, size);
        _;
        assert(epoch > oldEpoch || (epoch == oldEpoch && seq >= oldSeq && size >= oldSize));
    }

    constructor(uint16 epoch_, uint24 seq_, uint32 size_) {
        (epoch, seq, size) = (epoch_, seq_, size_);
    }

    function anchor(uint16 epoch_, uint32 size_) external lawful {
        if (epoch_ != epoch) revert();
        // In the contract one comparison does, since what is below zero becomes more than any growth.
        if (size_ < size || size_ - size > 1_048_576) revert();
        if (seq == type(uint24).max) revert();

        seq = seq + 1;
        size = size_;
    }

    function claim() external lawful {
        if (epoch >= 0xff00) revert();
        epoch = epoch + 1;
    }

    /// @dev What {setAnchorer} and {revokeAnchorer} do to these fields.
    function setAnchorer() external lawful {
        _endSession();
    }

    /// @dev To any head, one that was never there too.
    function rebase(uint24 seq_, uint32 size_) external lawful {
        _endSession();
        (seq, size) = (seq_, size_);
    }

    function _endSession() private {
        if (epoch == type(uint16).max) revert();
        epoch = epoch + 1;
    }
}
