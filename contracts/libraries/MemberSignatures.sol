// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";
import {ConstitutionCode} from "./ConstitutionCode.sol";

/// @notice Whether enough members of a constitution signed a digest. {IOwnerMultisig} describes the bytes.
library MemberSignatures {
    using ConstitutionCode for bytes;

    /// @dev The gas that a contract may use to judge one signature.
    uint256 private constant GAS_TO_JUDGE = 400_000;

    /// @dev One byte of index, `r`, `yParityAndS`.
    uint256 private constant ECDSA_LENGTH = 65;

    /// @dev One byte of index, two of the payload's length.
    uint256 private constant HEAD_LENGTH = 3;

    /// @dev Reverts unless every signature is good and their weights reach what is needed.
    /// @param code The constitution, packed.
    /// @return signers Bit `i - 1` is set for the member with index `i`.
    function check(bytes calldata signatures, bytes32 digest, bytes memory code, uint256 needed)
        internal
        view
        returns (uint16 signers)
    {
        uint256 members = code.memberCountOf();
        uint256 weight;
        uint256 previous;
        uint256 offset;
        // Cannot overflow: `offset` stays within the calldata, and 16 members weigh at most 16 bits each.
        unchecked {
            while (offset < signatures.length) {
                (uint256 index, bytes32 r, bytes32 vs) = _read(signatures, offset);
                if (index <= previous) revert IOwnerMultisig.OwnerMultisig_IndexNotRising(previous, index);
                if (index > members) revert IOwnerMultisig.OwnerMultisig_UnknownMember(index, members);
                (uint8 kind, address member, uint256 memberWeight) = code.memberOf(index);

                if (kind == ConstitutionCode.EOA) {
                    offset += ECDSA_LENGTH;
                    if (offset > signatures.length) _revertCutOff(signatures, offset - ECDSA_LENGTH);
                    // A failed recovery gives the zero address, which is no member.
                    (address signer,,) = ECDSA.tryRecover(digest, r, vs);
                    if (signer != member) revert IOwnerMultisig.OwnerMultisig_BadSignature(index);
                } else {
                    offset = _requireJudged(signatures, offset, digest, code, index);
                }

                weight += memberWeight;
                signers |= uint16(1 << (index - 1));
                previous = index;
            }
        }
        if (weight < needed) revert IOwnerMultisig.OwnerMultisig_BelowThreshold(weight, needed);
    }

    /// @dev Reads what an ECDSA signature at an offset would be.
    /// Warning: reads past the end if it is not all there; the caller looks, once it knows the member's kind.
    function _read(bytes calldata signatures, uint256 offset)
        private
        pure
        returns (uint256 index, bytes32 r, bytes32 vs)
    {
        assembly ("memory-safe") {
            let start := add(signatures.offset, offset)
            index := byte(0, calldataload(start))
            r := calldataload(add(start, 1))
            vs := calldataload(add(start, 33))
        }
    }

    /// @dev Reverts unless the member's own contract (ERC-1271), or the verifier of its key (ERC-7913), says that it signed.
    /// @return next Where the next signature begins.
    function _requireJudged(
        bytes calldata signatures,
        uint256 offset,
        bytes32 digest,
        bytes memory code,
        uint256 index
    ) private view returns (uint256 next) {
        uint256 start = offset + HEAD_LENGTH;
        if (start > signatures.length) _revertCutOff(signatures, offset);
        next = start + uint16(bytes2(signatures[offset + 1:start]));
        if (next > signatures.length) _revertCutOff(signatures, offset);
        bytes calldata payload = signatures[start:next];

        (uint8 kind, address judge,) = code.memberOf(index);
        bool good;
        if (kind == ConstitutionCode.ERC1271) {
            bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, payload));
            good = _answers(judge, question, IERC1271.isValidSignature.selector);
        } else {
            bytes memory question =
                abi.encodeCall(IERC7913SignatureVerifier.verify, (code.keyOf(index), digest, payload));
            good = _answers(judge, question, IERC7913SignatureVerifier.verify.selector);
        }
        if (!good) revert IOwnerMultisig.OwnerMultisig_BadSignature(index);
    }

    /// @dev The signature at an offset is not all there.
    function _revertCutOff(bytes calldata signatures, uint256 offset) private pure {
        revert IOwnerMultisig.OwnerMultisig_BytesLeftOver(signatures.length - offset);
    }

    /// @dev Whether a contract answers with a word that is the selector and zeros, within its gas. However long the answer
    /// is, one word of it is read; a static call can neither change anything nor come back to do so.
    function _answers(address judge, bytes memory question, bytes4 selector) private view returns (bool good) {
        assembly ("memory-safe") {
            good := staticcall(GAS_TO_JUDGE, judge, add(question, 0x20), mload(question), 0, 0x20)
            good := and(good, and(gt(returndatasize(), 0x1f), eq(mload(0), selector)))
        }
    }
}
