// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {AbstractSigner} from "@openzeppelin/contracts/utils/cryptography/signers/AbstractSigner.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {MultiSignerERC7913Weighted} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913Weighted.sol";

/// @notice The least that an account around one of OpenZeppelin's signers needs: one nonce, EIP-712, and calls made for
/// whoever brings signatures. It has no lanes, no expiry, no delays and no events.
abstract contract RelayedAccount is AbstractSigner, EIP712 {
    struct Call {
        address to;
        bytes data;
    }

    error RelayedAccount_BadSignature();

    bytes32 private constant CALL_TYPEHASH = keccak256("Call(address to,bytes data)");
    bytes32 private constant BATCH_TYPEHASH =
        keccak256("Batch(Call[] calls,uint256 nonce)Call(address to,bytes data)");

    uint256 public nonce;

    function execute(Call[] calldata calls, bytes calldata signature) external {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            hashes[i] = keccak256(abi.encode(CALL_TYPEHASH, calls[i].to, keccak256(calls[i].data)));
        }
        bytes32 structHash = keccak256(abi.encode(BATCH_TYPEHASH, keccak256(abi.encodePacked(hashes)), nonce++));
        if (!_rawSignatureValidation(_hashTypedDataV4(structHash), signature)) revert RelayedAccount_BadSignature();
        for (uint256 i = 0; i < calls.length; i++) {
            Address.functionCall(calls[i].to, calls[i].data);
        }
    }
}

contract MultiSignerAccount is RelayedAccount, MultiSignerERC7913 {
    constructor(bytes[] memory signers, uint64 threshold)
        EIP712("Relayed Account", "1")
        MultiSignerERC7913(signers, threshold)
    {}
}

contract WeightedMultiSignerAccount is RelayedAccount, MultiSignerERC7913Weighted {
    constructor(bytes[] memory signers, uint64[] memory weights, uint64 threshold)
        EIP712("Relayed Account", "1")
        MultiSignerERC7913Weighted(signers, weights, threshold)
    {}
}
