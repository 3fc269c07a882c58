// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A contract that, asked for its signature, behaves as a test has it.
contract StrangeSigner {
    enum Manner {
        Answer,
        AnswerAtLength,
        Fail,
        EatGas
    }

    Manner private _manner;
    bytes private _words;
    bytes private _callBack;

    /// @param words What it answers, or fails with.
    /// @param callBack What it calls the asker with before, whether that succeeds or not; nothing if empty.
    function behave(Manner manner, bytes calldata words, bytes calldata callBack) external {
        (_manner, _words, _callBack) = (manner, words, callBack);
    }

    fallback() external {
        if (_callBack.length > 0) {
            (bool ignored,) = msg.sender.call(_callBack);
            ignored;
        }
        bytes memory words = _words;
        Manner manner = _manner;
        uint256 length = manner == Manner.AnswerAtLength ? 100_000 : words.length;
        while (manner == Manner.EatGas) {}
        assembly ("memory-safe") {
            if eq(manner, 2) { revert(add(words, 32), length) }
            return(add(words, 32), length)
        }
    }
}
