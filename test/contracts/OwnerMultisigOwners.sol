// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnerMultisig} from "../../contracts/interfaces/IOwnerMultisig.sol";
import {vm} from "./Vm.sol";

/// @notice Counts, for every nonce, how often a batch with it was executed.
contract Tally {
    mapping(uint256 nonce => uint256) public executions;
    mapping(uint256 lane => uint256) public total;

    function record(uint256 nonce) external {
        executions[nonce]++;
        total[nonce >> 64]++;
    }

    /// @dev The same under another name, so that a rule can tell them apart.
    function recordLate(uint256 nonce) external {
        executions[nonce]++;
        total[nonce >> 64]++;
    }
}

/// @notice Owners with known keys, who sign whatever a test wants.
abstract contract Owners {
    /// @return keys `count` private keys, in the order of their addresses.
    function _keys(uint256 count, uint256 family) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        address[] memory addresses = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 key = uint256(keccak256(abi.encode("owner", family, i))) >> 1;
            address account = vm.addr(key);
            uint256 place = i;
            for (; place > 0 && addresses[place - 1] > account; place--) {
                (keys[place], addresses[place]) = (keys[place - 1], addresses[place - 1]);
            }
            (keys[place], addresses[place]) = (key, account);
        }
    }

    function _constitution(uint256[] memory keys, uint32 threshold)
        internal
        pure
        returns (IOwnerMultisig.Constitution memory constitution)
    {
        constitution.threshold = threshold;
        constitution.members = new IOwnerMultisig.Member[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            constitution.members[i] = IOwnerMultisig.Member(1, uint16(1 + i % 3), abi.encodePacked(vm.addr(keys[i])));
        }
    }

    /// @param who Bit `i` is set for the owner at `i`.
    function _sign(uint256[] memory keys, uint256 who, bytes32 digest) internal pure returns (bytes memory signatures) {
        for (uint256 i = 0; i < keys.length; i++) {
            if (who >> i & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = vm.signCompact(keys[i], digest);
            signatures = abi.encodePacked(signatures, uint8(i + 1), r, vs);
        }
    }

    /// @return weight What the owners of `who` weigh by {_constitution}.
    function _weight(uint256[] memory keys, uint256 who) internal pure returns (uint256 weight) {
        for (uint256 i = 0; i < keys.length; i++) {
            if (who >> i & 1 == 1) weight += 1 + i % 3;
        }
    }
}
