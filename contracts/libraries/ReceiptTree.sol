// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Inclusion proofs in the tree of receipts: RFC 9162, section 2.1.3.2, with SHA-256.
library ReceiptTree {
    /// @notice The root of the tree without leaves: SHA-256 of nothing.
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    /// @notice More steps than a tree of 2^32 leaves needs.
    uint256 internal constant MAX_STEPS = 40;

    /// @notice Whether `leaf` is at `index` in the tree of `size` leaves with that root.
    /// @param leaf the entry itself; what stands in the tree is SHA-256(0x00 || leaf).
    function includes(bytes32 root, uint256 size, uint256 index, bytes memory leaf, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        if (index >= size || proof.length > MAX_STEPS) return false;

        bytes32 hash = sha256(bytes.concat(bytes1(0x00), leaf));
        uint256 place = index;
        // Cannot underflow: size is above index.
        uint256 last;
        unchecked {
            last = size - 1;
        }
        for (uint256 i; i < proof.length; ++i) {
            if (last == 0) return false;
            if (place & 1 == 1 || place == last) {
                hash = _node(proof[i], hash);
                // The last node of a level without a sibling moves up unchanged.
                while (place & 1 == 0 && place != 0) {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = _node(hash, proof[i]);
            }
            place >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(bytes.concat(bytes1(0x01), left, right));
    }
}
