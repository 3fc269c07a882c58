import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asciiWord, LineWriter, lineBytesMax, textOf } from "../../src/fabric/index.ts";

describe("what is written as lines", () => {
  it("has every digit of a number: a wrong one would be another job's", () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat(2000)), (number) => {
        assert.equal(
          textOf((lines) => lines.line().decimal(number)),
          String(number),
        );
      }),
      {
        numRuns: 1000,
        examples: [[0], [9], [10], [999_999_999], [1_000_000_000], [2 ** 31], [Number.MAX_SAFE_INTEGER]],
      },
    );
  });

  it("has words of any length, and digests, side by side", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary-ascii" })), fc.uint8Array(), (words, bytes) => {
        const text = textOf((lines) => {
          for (const word of words) lines.line().word(asciiWord(word));
          lines.hex(bytes);
        });
        assert.equal(text, words.join("") + Buffer.from(bytes).toString("hex"));
      }),
    );
  });

  it("is handed on in order, nothing twice and nothing left out, whatever the lengths of the lines", () => {
    const pieces: string[] = [];
    const lines = new LineWriter((bytes) => pieces.push(new TextDecoder().decode(bytes)));
    let expected = "";
    for (let number = 0; expected.length < 1_000_000; number++) {
      const line = String(number).padStart(1 + ((number * 37) % lineBytesMax), "-");
      lines.line().raw(new TextEncoder().encode(line));
      expected += line;
      assert.equal(lines.length + pieces.reduce((sum, { length }) => sum + length, 0), expected.length);
    }
    lines.flush();
    lines.flush();
    assert.equal(pieces.join(""), expected);
    assert.ok(pieces.length < 10 && !pieces.includes(""), `${pieces.length} pieces`);
  });
});
