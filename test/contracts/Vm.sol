// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the Solidity suites use of the test runner.
interface Vm {
    /// @return The address of a private key.
    function addr(uint256 privateKey) external pure returns (address);

    /// @return r Of the signature of `digest`, deterministic.
    /// @return vs `s` in the lower half, and the parity of `y` above it (EIP-2098).
    function signCompact(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 vs);

    /// @dev Sets the block's time, in Unix seconds.
    function warp(uint256 timestamp) external;

    /// @dev Has the next call come from `sender`.
    function prank(address sender) external;

    /// @return word What a contract has in a slot of its storage.
    function load(address account, bytes32 slot) external view returns (bytes32 word);

    function store(address account, bytes32 slot, bytes32 word) external;

    /// @dev The fuzzer drops these inputs.
    function assume(bool condition) external pure;
}

/// @dev Where the test runner listens: the last 20 bytes of `keccak256("hevm cheat code")`.
Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
