// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICheckpointLedger} from "../../contracts/interfaces/ICheckpointLedger.sol";

/// @notice Asks a ledger for every receipt of a tree in one call.
contract CheckpointLedgerReader {
    /// @return there whether each receipt is found at its place
    /// @return elsewhere whether any is found at the place after its own, the last one beyond the tree
    function verifyTree(
        ICheckpointLedger ledger,
        ICheckpointLedger.Head calldata head,
        ICheckpointLedger.Receipt[] calldata receipts,
        bytes32[][] calldata proofs
    ) external view returns (bool there, bool elsewhere) {
        there = true;
        for (uint256 i; i < receipts.length; ++i) {
            there = there && ledger.verifyReceipt(receipts[i], i, head, proofs[i]);
            elsewhere = elsewhere || ledger.verifyReceipt(receipts[i], i + 1, head, proofs[i]);
        }
    }
}
