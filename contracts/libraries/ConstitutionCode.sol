// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP7702Utils} from "@openzeppelin/contracts/account/utils/EIP7702Utils.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";

/// @notice A valid constitution, in the bytes in which it is kept: one byte STOP, then words of 32 bytes.
///
/// | word | from the low bits up |
/// | --- | --- |
/// | header | `epoch (64) \| threshold (32) \| defaultDelay (32) \| members (8) \| rules (8)` |
/// | each member | `address (160) \| weight (16) \| kind (8)` |
/// | each rule | `target (160) \| selector (32) \| delay (32)` |
///
/// @dev It lives as the code of an account that nobody can call to any effect. One cold read brings all of it, members,
/// epoch and rules alike, which no layout in storage does.
library ConstitutionCode {
    uint256 internal constant MOST_MEMBERS = 16;
    uint256 internal constant MOST_RULES = 32;

    /// @dev The kind of member that is checked by ECDSA.
    uint8 internal constant EOA = 1;

    /// @dev Addresses up to this one are kept for precompiles (EIP-1352); P256VERIFY is at 0x100.
    uint160 private constant LAST_PRECOMPILE = 0xffff;

    /// @dev Checks a constitution and packs it.
    /// @return code What {keep} keeps and the readers below read.
    function pack(IOwnerMultisig.Constitution memory constitution, uint64 epoch)
        internal
        view
        returns (bytes memory code)
    {
        uint256 members = constitution.members.length;
        uint256 rules = constitution.rules.length;
        uint256 threshold = constitution.threshold;
        if (members == 0 || members > MOST_MEMBERS) {
            revert IOwnerMultisig.OwnerMultisig_MemberCount(members, MOST_MEMBERS);
        }
        if (rules > MOST_RULES) revert IOwnerMultisig.OwnerMultisig_RuleCount(rules, MOST_RULES);
        _requireNoDelay(constitution.defaultDelay);

        uint256[] memory words = new uint256[](1 + members + rules);
        words[0] = epoch | threshold << 64 | members << 128 | rules << 136;
        uint256 totalWeight;
        uint256 previous;
        for (uint256 index = 1; index <= members; index++) {
            IOwnerMultisig.Member memory member = constitution.members[index - 1];
            address account = _account(member, index, previous);
            previous = uint160(account);
            totalWeight += member.weight;
            words[index] = previous | uint256(member.weight) << 160 | uint256(member.kind) << 176;
        }
        if (threshold == 0 || threshold > totalWeight) {
            revert IOwnerMultisig.OwnerMultisig_ThresholdOutOfReach(threshold, totalWeight);
        }

        uint256 previousRule;
        for (uint256 i = 0; i < rules; i++) {
            IOwnerMultisig.Rule memory rule = constitution.rules[i];
            _requireNoDelay(rule.delay);
            // Target first, then selector; plus one, so that no rule is equal to "none before it".
            uint256 order = (uint256(uint160(rule.target)) << 32 | uint32(rule.selector)) + 1;
            if (order <= previousRule) revert IOwnerMultisig.OwnerMultisig_RuleNotRising(i);
            previousRule = order;
            words[1 + members + i] = uint160(rule.target) | uint256(uint32(rule.selector)) << 160;
        }
        return abi.encodePacked(bytes1(0), words);
    }

    /// @dev Keeps a packed constitution for good.
    /// @return pointer The new account whose code it is.
    function keep(bytes memory code) internal returns (address pointer) {
        // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns all that follows it.
        // The epoch is part of the code, so no two constitutions of a multisig meet at one address.
        return Create2.deploy(0, 0, abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code));
    }

    function epochOf(bytes memory code) internal pure returns (uint64 epoch) {
        return uint64(_word(code, 0));
    }

    function thresholdOf(bytes memory code) internal pure returns (uint256 threshold) {
        return uint32(_word(code, 0) >> 64);
    }

    function memberCountOf(bytes memory code) internal pure returns (uint256 members) {
        return uint8(_word(code, 0) >> 128);
    }

    /// @param index 1 to the number of members; the caller has checked it.
    function memberOf(bytes memory code, uint256 index) internal pure returns (address account, uint256 weight) {
        uint256 word = _word(code, index);
        return (address(uint160(word)), uint16(word >> 160));
    }

    /// @dev The inverse of {pack}.
    function unpack(bytes memory code) internal pure returns (IOwnerMultisig.Constitution memory constitution) {
        uint256 header = _word(code, 0);
        uint256 members = uint8(header >> 128);
        constitution.threshold = uint32(header >> 64);
        constitution.defaultDelay = uint32(header >> 96);
        constitution.members = new IOwnerMultisig.Member[](members);
        constitution.rules = new IOwnerMultisig.Rule[](uint8(header >> 136));
        for (uint256 i = 0; i < members; i++) {
            uint256 word = _word(code, 1 + i);
            constitution.members[i] = IOwnerMultisig.Member({
                kind: uint8(word >> 176),
                weight: uint16(word >> 160),
                key: abi.encodePacked(address(uint160(word)))
            });
        }
        for (uint256 i = 0; i < constitution.rules.length; i++) {
            uint256 word = _word(code, 1 + members + i);
            constitution.rules[i] = IOwnerMultisig.Rule({
                target: address(uint160(word)),
                selector: bytes4(uint32(word >> 160)),
                delay: uint32(word >> 192)
            });
        }
    }

    /// @dev Checks a member.
    /// @param previous The address of the member before it, 0 for none.
    /// @return account The member's address.
    function _account(IOwnerMultisig.Member memory member, uint256 index, uint256 previous)
        private
        view
        returns (address account)
    {
        if (member.kind != EOA) revert IOwnerMultisig.OwnerMultisig_KindNotSupported(index, member.kind);
        if (member.weight == 0) revert IOwnerMultisig.OwnerMultisig_NoWeight(index);
        if (member.key.length != 20) revert IOwnerMultisig.OwnerMultisig_KeyLength(index, 20, member.key.length);
        account = address(bytes20(member.key));
        if (uint160(account) <= LAST_PRECOMPILE || account == address(this)) {
            revert IOwnerMultisig.OwnerMultisig_ReservedAddress(index, account);
        }
        if (uint160(account) <= previous) revert IOwnerMultisig.OwnerMultisig_KeyNotRising(index, member.key);
        if (account.code.length != 0 && EIP7702Utils.fetchDelegate(account) == address(0)) {
            revert IOwnerMultisig.OwnerMultisig_NotEoa(index, account);
        }
    }

    function _requireNoDelay(uint32 delay) private pure {
        if (delay != 0) revert IOwnerMultisig.OwnerMultisig_DelayNotSupported(delay);
    }

    /// @dev Warning: reads past the end if `i` exceeds the words there are; callers stay within the header's counts.
    function _word(bytes memory code, uint256 i) private pure returns (uint256 word) {
        // 32 bytes of length and the STOP byte come first.
        assembly ("memory-safe") {
            word := mload(add(add(code, 33), shl(5, i)))
        }
    }
}
