// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    MultiSignerERC7913Weighted
} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913Weighted.sol";
import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";

/// @notice OpenZeppelin's weighted signers as they are, who say of any bytes whether these decide a digest.
contract WeightedSigners is MultiSignerERC7913Weighted {
    constructor(bytes[] memory signers, uint64[] memory weights, uint64 threshold)
        MultiSignerERC7913Weighted(signers, weights, threshold)
    {}

    function decides(bytes32 digest, bytes calldata signature) external view returns (bool) {
        return _rawSignatureValidation(digest, signature);
    }
}

/// @notice Shows many sets of signatures to two multisigs in one call. What the sets decide is undone, one after the other.
contract SignatureSets {
    error Decided();

    /// @return ours Of each set what {IOwnerMultisig} refuses it with, or {Decided}.
    /// @return theirs Of each set whether OpenZeppelin's signers take it.
    function judge(
        IOwnerMultisig multisig,
        IOwnerMultisig.Batch calldata batch,
        bytes[] calldata packed,
        WeightedSigners signers,
        bytes[] calldata encoded
    ) external returns (bytes[] memory ours, bool[] memory theirs) {
        bytes32 digest = multisig.digestOf(batch);
        ours = new bytes[](packed.length);
        for (uint256 i = 0; i < packed.length; i++) {
            (, ours[i]) = address(this).call(abi.encodeCall(this.execute, (multisig, batch, packed[i])));
        }
        theirs = new bool[](encoded.length);
        for (uint256 i = 0; i < encoded.length; i++) {
            theirs[i] = signers.decides(digest, encoded[i]);
        }
    }

    /// @dev Executes the batch and undoes it.
    function execute(IOwnerMultisig multisig, IOwnerMultisig.Batch calldata batch, bytes calldata signatures) external {
        multisig.execute(batch, signatures);
        revert Decided();
    }
}
