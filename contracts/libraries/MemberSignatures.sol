// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";
import {ConstitutionCode} from "./ConstitutionCode.sol";

/// @notice Whether enough members of a constitution signed a digest. {IOwnerMultisig} describes the bytes.
library MemberSignatures {
    using ConstitutionCode for bytes;

    /// @dev One byte of index, `r`, `yParityAndS`.
    uint256 private constant LENGTH = 65;

    /// @dev Reverts unless every signature is good and their weights reach the threshold.
    /// @param code The constitution, packed.
    /// @return signers Bit `i - 1` is set for the member with index `i`.
    function check(bytes calldata signatures, bytes32 digest, bytes memory code)
        internal
        pure
        returns (uint16 signers)
    {
        uint256 members = code.memberCountOf();
        uint256 weight;
        uint256 previous;
        uint256 offset;
        // Cannot overflow: `offset` stays within the calldata, and 16 members weigh at most 16 bits each.
        unchecked {
            for (; offset + LENGTH <= signatures.length; offset += LENGTH) {
                (uint256 index, bytes32 r, bytes32 vs) = _read(signatures, offset);
                if (index <= previous) revert IOwnerMultisig.OwnerMultisig_IndexNotRising(previous, index);
                if (index > members) revert IOwnerMultisig.OwnerMultisig_UnknownMember(index, members);
                (address member, uint256 memberWeight) = code.memberOf(index);

                // A failed recovery gives the zero address, which is no member.
                (address signer,,) = ECDSA.tryRecover(digest, r, vs);
                if (signer != member) revert IOwnerMultisig.OwnerMultisig_BadSignature(index);

                weight += memberWeight;
                signers |= uint16(1 << (index - 1));
                previous = index;
            }
        }
        if (offset != signatures.length) revert IOwnerMultisig.OwnerMultisig_BytesLeftOver(signatures.length - offset);

        uint256 threshold = code.thresholdOf();
        if (weight < threshold) revert IOwnerMultisig.OwnerMultisig_BelowThreshold(weight, threshold);
    }

    /// @dev Reads the signature at an offset. Warning: the caller has checked that all of it is there.
    function _read(bytes calldata signatures, uint256 offset) private pure returns (uint256 index, bytes32 r, bytes32 vs) {
        assembly ("memory-safe") {
            let start := add(signatures.offset, offset)
            index := byte(0, calldataload(start))
            r := calldataload(add(start, 1))
            vs := calldataload(add(start, 33))
        }
    }
}
