// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICheckpointLedger} from "../../contracts/interfaces/ICheckpointLedger.sol";
import {LedgerState} from "../../contracts/types/LedgerState.sol";
import {GovernedFamily} from "./GovernedFamily.sol";
import {vm} from "./Vm.sol";

/// @notice Any anchor, any receipt, any proof.
contract CheckpointLedgerFuzzTest is GovernedFamily {
    address private constant ANCHORER = address(0xa1);

    function setUp() public {
        ledger.setAnchorer(address(0), ANCHORER);
        vm.prank(ANCHORER);
        ledger.claim(abi.encode(uint256(1)));
    }

    /// @dev Nobody makes a receipt up, and nothing that is asked makes the ledger fail.
    function testFuzz_FindsNoReceiptThatIsNotThere(
        ICheckpointLedger.Receipt calldata receipt,
        uint256 index,
        uint32 size,
        bytes32 root,
        bytes32[] calldata proof
    ) public {
        (, uint16 epoch, uint24 seq,,, bytes32 parent,) = ledger.snapshot();
        size %= 2 ** 20;
        vm.prank(ANCHORER);
        ledger.anchor(epoch, parent, size, root, 0);
        ICheckpointLedger.Head memory head = ICheckpointLedger.Head(epoch, seq + 1, parent, size, root, 0);
        require(ledger.isKept(head), "the head is not there");
        require(!ledger.verifyReceipt(receipt, index, head, proof), "a receipt out of nothing");
        if (size != 0) require(!ledger.verifyReceipt(receipt, index % size, head, proof), "a receipt out of nothing");
    }

    /// @dev The size moves from the last one to 2^20 more, whatever is given.
    function testFuzz_AnchorsSizesWithinBounds(uint32 first, uint32 second) public {
        first %= 2 ** 20 + 1;
        (, uint16 epoch,,,, bytes32 parent,) = ledger.snapshot();
        vm.prank(ANCHORER);
        ledger.anchor(epoch, parent, first, 0, 0);
        (,,,,, parent,) = ledger.snapshot();
        vm.prank(ANCHORER);
        (bool anchored,) = address(ledger).call(abi.encodeCall(ledger.anchor, (epoch, parent, second, 0, 0)));
        require(anchored == (second >= first && second - first <= 2 ** 20), "other bounds");
        (,, uint24 seq, uint32 size,,,) = ledger.snapshot();
        require(seq == (anchored ? 2 : 1) && size == (anchored ? second : first), "another state");
    }

    /// @dev A field of the packed state never reaches into another.
    function testFuzz_FieldsOfTheStateAreApart(uint256 word, address anchorer, uint16 epoch, uint24 seq, uint32 size)
        public
        pure
    {
        LedgerState state = LedgerState.wrap(word).withAnchorer(anchorer).withEpoch(epoch).movedTo(seq, size);
        require(state.anchorer() == anchorer && state.epoch() == epoch, "anchorer or epoch");
        require(state.seq() == seq && state.size() == size, "seq or size");
        require(state.minutesOf() == uint24(word >> 232), "minutes");
    }

    /// @dev An anchor moves seq, size and minutes, and nothing else.
    function testFuzz_AnchorsMoveThreeFields(address anchorer, uint16 epoch, uint24 seq, uint32 size, uint24 minutes_)
        public
        pure
    {
        vm.assume(seq < type(uint24).max - 1);
        uint256 growth = size / 2;
        LedgerState state = LedgerState.wrap(0).withAnchorer(anchorer).withEpoch(epoch);
        state = state.movedTo(seq, size - uint32(growth));
        state = state.grownBy(growth, minutes_ / 2).grownBy(0, minutes_);
        require(state.anchorer() == anchorer && state.epoch() == epoch, "anchorer or epoch");
        require(state.seq() == seq + 2 && state.size() == size && state.minutesOf() == minutes_, "another head");
    }
}
