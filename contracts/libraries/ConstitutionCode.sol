// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP7702Utils} from "@openzeppelin/contracts/account/utils/EIP7702Utils.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IOwnerMultisig} from "../interfaces/IOwnerMultisig.sol";

/// @notice A valid constitution, in the bytes in which it is kept: one byte STOP, then words of 32 bytes.
///
/// | word | from the low bits up |
/// | --- | --- |
/// | header | `epoch (64) \| threshold (32) \| defaultDelay (32) \| members (8) \| rules (8) \| longest delay (32)` |
/// | each member | `address (160) \| weight (16) \| kind (8) \| number of the word with its key (8)` |
/// | each rule | `delay (32) \| selector (32) \| target (160)`, rising |
/// | two for each ERC-7913 member | its key: `x` and `y` of a point of P-256 |
///
/// @dev It lives as the code of an account that nobody can call to any effect. One cold read brings all of it, members,
/// epoch and rules alike, which no layout in storage does.
library ConstitutionCode {
    uint256 internal constant MOST_MEMBERS = 16;
    uint256 internal constant MOST_RULES = 32;

    /// @dev No longer delay can be set: a slip of the keyboard must not bind the owners for a lifetime.
    uint32 internal constant LONGEST_DELAY = 30 days;

    /// @dev The kinds of members: checked by ECDSA, by the member's own contract, by a verifier of keys.
    uint8 internal constant EOA = 1;
    uint8 internal constant ERC1271 = 2;
    uint8 internal constant ERC7913 = 3;

    /// @dev Addresses up to this one are kept for precompiles (EIP-1352); P256VERIFY is at 0x100.
    uint160 private constant LAST_PRECOMPILE = 0xffff;

    /// @dev `transferOwnership(address)` and `renounceOwnership()`, of any contract.
    bytes4 private constant TRANSFER_OWNERSHIP = 0xf2fde38b;
    bytes4 private constant RENOUNCE_OWNERSHIP = 0x715018a6;

    /// @dev What a constitution orders its members by. `x` and `y` are 0 for a member that is an address.
    struct Key {
        address account;
        uint256 x;
        uint256 y;
    }

    /// @dev Checks a constitution and packs it.
    /// @param verifiers Those that ERC-7913 members may name.
    /// @return code What {keep} keeps and the readers below read.
    function pack(IOwnerMultisig.Constitution memory constitution, uint64 epoch, address[] memory verifiers)
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

        uint256[] memory words = new uint256[](1 + members + rules + 2 * members);
        uint256 used = 1 + members + rules;
        uint256 totalWeight;
        Key[] memory keys = new Key[](members);
        for (uint256 i = 0; i < members; i++) {
            IOwnerMultisig.Member memory member = constitution.members[i];
            if (member.weight == 0) revert IOwnerMultisig.OwnerMultisig_NoWeight(i + 1);
            totalWeight += member.weight;
            Key memory key = _keyOf(member, i + 1, verifiers);
            _requireNew(keys, i, key, member.key);
            keys[i] = key;
            words[1 + i] = uint160(key.account) | uint256(member.weight) << 160 | uint256(member.kind) << 176;
            if (member.kind == ERC7913) {
                words[1 + i] |= used << 184;
                (words[used], words[used + 1]) = (key.x, key.y);
                used += 2;
            }
        }
        if (threshold == 0 || threshold > totalWeight) {
            revert IOwnerMultisig.OwnerMultisig_ThresholdOutOfReach(threshold, totalWeight);
        }

        uint256 longest = _delay(constitution.defaultDelay);
        for (uint256 i = 0; i < rules; i++) {
            IOwnerMultisig.Rule memory rule = constitution.rules[i];
            if (_delay(rule.delay) > longest) longest = rule.delay;
            uint256 function_ = _function(rule.target, rule.selector);
            if (i > 0 && function_ <= words[members + i] >> 32) revert IOwnerMultisig.OwnerMultisig_RuleNotRising(i);
            words[1 + members + i] = function_ << 32 | rule.delay;
        }
        words[0] = epoch | threshold << 64 | uint256(constitution.defaultDelay) << 96 | members << 128 | rules << 136
            | longest << 144;

        assembly ("memory-safe") {
            // No longer than it was: only the words in use.
            mstore(words, used)
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

    /// @dev The inverse of {keep}. Equal to `pointer.code`, for less gas.
    function read(address pointer) internal view returns (bytes memory code) {
        assembly ("memory-safe") {
            let length := extcodesize(pointer)
            code := mload(0x40)
            mstore(0x40, and(add(add(code, length), 0x3f), not(0x1f)))
            mstore(code, length)
            extcodecopy(pointer, add(code, 0x20), 0, length)
        }
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
    /// @return kind One of the three above.
    /// @return account The member's address, of an ERC-7913 member its verifier's.
    /// @return weight What the member's signature counts.
    function memberOf(bytes memory code, uint256 index)
        internal
        pure
        returns (uint8 kind, address account, uint256 weight)
    {
        uint256 word = _word(code, index);
        return (uint8(word >> 176), address(uint160(word)), uint16(word >> 160));
    }

    /// @param index Of an ERC-7913 member; the caller has checked it.
    /// @return key What its verifier knows it by.
    function keyOf(bytes memory code, uint256 index) internal pure returns (bytes memory key) {
        uint256 place = uint8(_word(code, index) >> 184);
        return abi.encodePacked(_word(code, place), _word(code, place + 1));
    }

    /// @return delay The longest that any call waits, in seconds.
    function longestDelayOf(bytes memory code) internal pure returns (uint256 delay) {
        return uint32(_word(code, 0) >> 144);
    }

    /// @dev Seconds that a call waits: what a rule says about the function, or else the default. The longest delay there is
    /// for a call to this contract, and for a change of any contract's owner.
    /// @param length Of the call's data, in bytes. With less than four there is no selector, so no rule can mean it.
    function delayOf(bytes memory code, address target, bytes4 selector, uint256 length)
        internal
        view
        returns (uint256 delay)
    {
        if (target == address(this)) return longestDelayOf(code);
        uint256 header = _word(code, 0);
        uint256 defaultDelay = uint32(header >> 96);
        if (length < 4) return defaultDelay;
        if (selector == TRANSFER_OWNERSHIP || selector == RENOUNCE_OWNERSHIP) return longestDelayOf(code);

        uint256 function_ = _function(target, selector);
        // Cannot overflow: all are numbers of words.
        unchecked {
            uint256 low = 1 + uint8(header >> 128);
            uint256 high = low + uint8(header >> 136);
            while (low < high) {
                uint256 middle = (low + high) >> 1;
                uint256 word = _word(code, middle);
                if (word >> 32 == function_) return uint32(word);
                if (word >> 32 < function_) low = middle + 1;
                else high = middle;
            }
        }
        return defaultDelay;
    }

    /// @dev The inverse of {pack}.
    function unpack(bytes memory code) internal pure returns (IOwnerMultisig.Constitution memory constitution) {
        uint256 header = _word(code, 0);
        uint256 members = uint8(header >> 128);
        constitution.threshold = uint32(header >> 64);
        constitution.defaultDelay = uint32(header >> 96);
        constitution.members = new IOwnerMultisig.Member[](members);
        constitution.rules = new IOwnerMultisig.Rule[](uint8(header >> 136));
        for (uint256 index = 1; index <= members; index++) {
            (uint8 kind, address account, uint256 weight) = memberOf(code, index);
            bytes memory key = abi.encodePacked(account);
            if (kind == ERC7913) key = bytes.concat(key, keyOf(code, index));
            constitution.members[index - 1] = IOwnerMultisig.Member(kind, uint16(weight), key);
        }
        for (uint256 i = 0; i < constitution.rules.length; i++) {
            uint256 word = _word(code, 1 + members + i);
            constitution.rules[i] = IOwnerMultisig.Rule({
                target: address(uint160(word >> 64)),
                selector: bytes4(uint32(word >> 32)),
                delay: uint32(word)
            });
        }
    }

    /// @return own Whether the account has code of its own, which no key can change: none of EIP-7702.
    function hasOwnCode(address account) internal view returns (bool own) {
        return account.code.length != 0 && EIP7702Utils.fetchDelegate(account) == address(0);
    }

    /// @dev Checks a member by itself, and reads its key.
    function _keyOf(IOwnerMultisig.Member memory member, uint256 index, address[] memory verifiers)
        private
        view
        returns (Key memory key)
    {
        if (member.kind < EOA || member.kind > ERC7913) {
            revert IOwnerMultisig.OwnerMultisig_KindNotSupported(index, member.kind);
        }
        uint256 length = member.kind == ERC7913 ? 84 : 20;
        if (member.key.length != length) {
            revert IOwnerMultisig.OwnerMultisig_KeyLength(index, length, member.key.length);
        }
        address account = address(bytes20(member.key));
        key.account = account;
        bool verifier = _contains(verifiers, account);
        if (member.kind == ERC7913) {
            bytes memory bytes_ = member.key;
            assembly ("memory-safe") {
                mstore(add(key, 0x20), mload(add(bytes_, 52)))
                mstore(add(key, 0x40), mload(add(bytes_, 84)))
            }
            if (!verifier) revert IOwnerMultisig.OwnerMultisig_UnknownVerifier(index, account);
            if (!P256.isValidPublicKey(bytes32(key.x), bytes32(key.y))) {
                revert IOwnerMultisig.OwnerMultisig_NotOnCurve(index, key.x, key.y);
            }
            return key;
        }
        if (uint160(account) <= LAST_PRECOMPILE || account == address(this) || verifier) {
            revert IOwnerMultisig.OwnerMultisig_ReservedAddress(index, account);
        }
        bool ownCode = hasOwnCode(account);
        if (member.kind == EOA && ownCode) revert IOwnerMultisig.OwnerMultisig_NotEoa(index, account);
        if (member.kind == ERC1271 && !ownCode) revert IOwnerMultisig.OwnerMultisig_NotContract(index, account);
    }

    /// @dev The key follows the `count` before it, and whoever has it has none of those.
    function _requireNew(Key[] memory keys, uint256 count, Key memory key, bytes memory raw) private pure {
        if (count > 0 && !_isBelow(keys[count - 1], key)) {
            revert IOwnerMultisig.OwnerMultisig_KeyNotRising(count + 1, raw);
        }
        if (key.x == 0) return;
        for (uint256 i = 0; i < count; i++) {
            if (keys[i].x == key.x) revert IOwnerMultisig.OwnerMultisig_SameKey(count + 1, i + 1);
        }
    }

    /// @dev In the order of their bytes.
    function _isBelow(Key memory a, Key memory b) private pure returns (bool below) {
        if (a.account != b.account) return a.account < b.account;
        return a.x != b.x ? a.x < b.x : a.y < b.y;
    }

    function _contains(address[] memory verifiers, address account) private pure returns (bool found) {
        for (uint256 i = 0; i < verifiers.length; i++) {
            if (verifiers[i] == account) return true;
        }
        return false;
    }

    function _delay(uint32 delay) private pure returns (uint256 checked) {
        if (delay > LONGEST_DELAY) revert IOwnerMultisig.OwnerMultisig_DelayTooLong(delay, LONGEST_DELAY);
        return delay;
    }

    /// @dev One function of one contract. Sorted by it is sorted by target, then selector.
    function _function(address target, bytes4 selector) private pure returns (uint256 function_) {
        return uint256(uint160(target)) << 32 | uint32(selector);
    }

    /// @dev Warning: reads past the end if `i` exceeds the words there are; callers stay within the header's counts.
    function _word(bytes memory code, uint256 i) private pure returns (uint256 word) {
        // 32 bytes of length and the STOP byte come first.
        assembly ("memory-safe") {
            word := mload(add(add(code, 33), shl(5, i)))
        }
    }
}
