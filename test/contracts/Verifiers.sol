// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";
import {ERC7913WebAuthnVerifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

/// @notice OpenZeppelin's verifiers as they are, so that the compiler makes artifacts of them.
contract P256Verifier is ERC7913P256Verifier {}

contract WebAuthnVerifier is ERC7913WebAuthnVerifier {}
