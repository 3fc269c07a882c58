// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Public keys of nodes and submitters: checked for their shape, and stored in a word and a byte.
///
/// NOTE: the shape is all that is checked. A key that is no point of its curve signs nothing, and harms its holder
/// only.
library PublicKeys {
    uint8 private constant ED25519 = 1;
    uint8 private constant P256 = 2;
    uint8 private constant SECP256K1 = 3;

    /// @notice Whether `key` has the shape of its kind: 32 bytes for ed25519, 33 bytes of compressed SEC 1 for P-256
    /// and secp256k1.
    function isWellFormed(uint8 kind, bytes calldata key) internal pure returns (bool) {
        if (kind == ED25519) return key.length == 32 && bytes32(key) != 0;
        if (kind != P256 && kind != SECP256K1) return false;
        return key.length == 33 && (key[0] == 0x02 || key[0] == 0x03) && bytes32(key[1:]) != 0;
    }

    /// @notice Splits a well formed key. The prefix of an ed25519 key, which has none, is 0.
    function split(bytes calldata key) internal pure returns (uint8 prefix, bytes32 body) {
        return key.length == 32 ? (0, bytes32(key)) : (uint8(key[0]), bytes32(key[1:]));
    }

    /// @notice Puts together again what {split} took apart.
    function join(uint8 prefix, bytes32 body) internal pure returns (bytes memory) {
        return prefix == 0 ? abi.encodePacked(body) : abi.encodePacked(prefix, body);
    }

    /// @notice What two keys have in common only if they are the same key of the same kind.
    function identify(uint8 kind, uint8 prefix, bytes32 body) internal pure returns (bytes32) {
        return keccak256(abi.encode(kind, prefix, body));
    }
}
