// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";

/// @notice The EIP-712 struct hashes of what owners sign. {IOwnerMultisig} has the types in words.
library OwnerTypedData {
    bytes32 private constant CALL_TYPEHASH = keccak256("Call(address to,bytes data)");
    bytes32 private constant BATCH_TYPEHASH = keccak256(
        "Batch(Call[] calls,uint256 nonce,uint48 validAfter,uint48 validUntil,uint64 epoch,bytes32 memo)"
        "Call(address to,bytes data)"
    );

    bytes32 private constant CANCELLATION_TYPEHASH = keccak256(
        "Cancellation(Batch batch)"
        "Batch(Call[] calls,uint256 nonce,uint48 validAfter,uint48 validUntil,uint64 epoch,bytes32 memo)"
        "Call(address to,bytes data)"
    );

    bytes32 private constant MEMBER_TYPEHASH = keccak256("Member(uint8 kind,uint16 weight,bytes key)");
    bytes32 private constant RULE_TYPEHASH = keccak256("Rule(address target,bytes4 selector,uint32 delay)");
    bytes32 private constant CONSTITUTION_TYPEHASH = keccak256(
        "Constitution(Member[] members,uint32 threshold,uint32 defaultDelay,Rule[] rules)"
        "Member(uint8 kind,uint16 weight,bytes key)"
        "Rule(address target,bytes4 selector,uint32 delay)"
    );
    bytes32 private constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(uint64 epoch,Constitution constitution)"
        "Constitution(Member[] members,uint32 threshold,uint32 defaultDelay,Rule[] rules)"
        "Member(uint8 kind,uint16 weight,bytes key)"
        "Rule(address target,bytes4 selector,uint32 delay)"
    );

    /// @dev Equal to `keccak256(abi.encode(BATCH_TYPEHASH, _hash(batch.calls), batch.nonce, ...))`. The fields are taken as
    /// they lie in the calldata: if one had bits above its type, whoever reads it would revert.
    function hash(IOwnerMultisig.Batch calldata batch) internal pure returns (bytes32 result) {
        bytes32 typeHash = BATCH_TYPEHASH;
        bytes32 calls = _hash(batch.calls);
        assembly ("memory-safe") {
            // Memory past the free pointer, which is not needed again.
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), calls)
            calldatacopy(add(words, 0x40), add(batch, 0x20), 0xa0)
            result := keccak256(words, 0xe0)
        }
    }

    /// @param batchHash The struct hash of the batch.
    /// @return The struct hash of `Cancellation{batch}`.
    function hashCancellation(bytes32 batchHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(CANCELLATION_TYPEHASH, batchHash));
    }

    /// @dev Equal to `keccak256(abi.encodePacked(hashes))`, where `hashes` has for each call
    /// `keccak256(abi.encode(CALL_TYPEHASH, call.to, keccak256(call.data)))`, at half its gas.
    function _hash(IOwnerMultisig.Call[] calldata calls) private pure returns (bytes32 result) {
        bytes32 typeHash = CALL_TYPEHASH;
        uint256 hashes;
        assembly ("memory-safe") {
            hashes := mload(0x40)
            mstore(0x40, add(hashes, shl(5, calls.length)))
        }
        for (uint256 i = 0; i < calls.length; i++) {
            IOwnerMultisig.Call calldata call = calls[i];
            address to = call.to;
            bytes calldata data = call.data;
            assembly ("memory-safe") {
                // Memory past the free pointer, first for the data, then for the struct; neither is needed again.
                let words := mload(0x40)
                calldatacopy(words, data.offset, data.length)
                let dataHash := keccak256(words, data.length)
                mstore(words, typeHash)
                mstore(add(words, 0x20), to)
                mstore(add(words, 0x40), dataHash)
                mstore(add(hashes, shl(5, i)), keccak256(words, 0x60))
            }
        }
        assembly ("memory-safe") {
            result := keccak256(hashes, shl(5, calls.length))
        }
    }

    /// @return The struct hash of `Acceptance{epoch, constitution}`.
    function hashAcceptance(uint64 epoch, IOwnerMultisig.Constitution memory constitution)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(ACCEPTANCE_TYPEHASH, epoch, _hash(constitution)));
    }

    function _hash(IOwnerMultisig.Constitution memory constitution) private pure returns (bytes32) {
        bytes32[] memory members = new bytes32[](constitution.members.length);
        for (uint256 i = 0; i < members.length; i++) {
            IOwnerMultisig.Member memory member = constitution.members[i];
            members[i] = keccak256(abi.encode(MEMBER_TYPEHASH, member.kind, member.weight, keccak256(member.key)));
        }
        bytes32[] memory rules = new bytes32[](constitution.rules.length);
        for (uint256 i = 0; i < rules.length; i++) {
            IOwnerMultisig.Rule memory rule = constitution.rules[i];
            rules[i] = keccak256(abi.encode(RULE_TYPEHASH, rule.target, rule.selector, rule.delay));
        }
        return keccak256(
            abi.encode(
                CONSTITUTION_TYPEHASH,
                keccak256(abi.encodePacked(members)),
                constitution.threshold,
                constitution.defaultDelay,
                keccak256(abi.encodePacked(rules))
            )
        );
    }
}
