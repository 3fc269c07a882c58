// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Whether an account signed a digest, whatever kind of account it is.
library AccountSignature {
    /// @dev What the code of an account with an EIP-7702 delegation begins with, and how long it is.
    bytes3 private constant DELEGATION = 0xef0100;
    uint256 private constant DELEGATION_LENGTH = 23;

    /// @notice ECDSA for an account without code or with an EIP-7702 delegation, ERC-1271 for any other.
    /// @dev OpenZeppelin's checker asks a delegated account's code. But its key stays in charge of it, may change the
    /// code at any time, and the code need not know ERC-1271.
    function isValid(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (_answersByKey(account)) {
            (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
            // A failed recovery gives the zero address.
            return signer == account && signer != address(0);
        }
        return SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
    }

    function _answersByKey(address account) private view returns (bool) {
        if (account.code.length == 0) return true;
        return account.code.length == DELEGATION_LENGTH && bytes3(account.code) == DELEGATION;
    }
}
