import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asciiWord, ByteWriter } from "../../src/fabric/index.ts";

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(1);
  write(writer);
  return new TextDecoder().decode(writer.view());
}

describe("what is written as text", () => {
  it("has every digit of a number: a wrong one would be another job's", () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat(2000)), (number) => {
        assert.equal(
          written((writer) => writer.decimal(number)),
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
        const text = written((writer) => {
          for (const word of words) writer.word(asciiWord(word));
          writer.hex(bytes);
        });
        assert.equal(text, words.join("") + Buffer.from(bytes).toString("hex"));
      }),
    );
  });

  it("begins anew in the same room", () => {
    const writer = new ByteWriter().word(asciiWord("something longer")).clear().decimal(7);
    assert.deepEqual([...writer.view()], [0x37]);
  });
});
