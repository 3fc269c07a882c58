// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7821} from "@openzeppelin/contracts/account/extensions/draft-ERC7821.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";

/// @notice A governor in which whatever was proposed has succeeded once its voting period is over.
contract WillingGovernor is Governor {
    constructor() Governor("Willing") {}

    function clock() public view override returns (uint48) {
        return uint48(block.number);
    }

    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=blocknumber&from=default";
    }

    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for";
    }

    function votingDelay() public pure override returns (uint256) {
        return 0;
    }

    function votingPeriod() public pure override returns (uint256) {
        return 1;
    }

    function quorum(uint256) public pure override returns (uint256) {
        return 0;
    }

    function hasVoted(uint256, address) public pure override returns (bool) {
        return false;
    }

    function _quorumReached(uint256) internal pure override returns (bool) {
        return true;
    }

    function _voteSucceeded(uint256) internal pure override returns (bool) {
        return true;
    }

    function _getVotes(address, uint256, bytes memory) internal pure override returns (uint256) {
        return 0;
    }

    function _countVote(uint256, address, uint8, uint256 weight, bytes memory)
        internal
        pure
        override
        returns (uint256)
    {
        return weight;
    }
}

/// @notice An account that runs the batches of whoever calls it.
contract WillingAccount is ERC7821 {
    function _erc7821AuthorizedExecutor(address, bytes32, bytes calldata) internal pure override returns (bool) {
        return true;
    }
}
