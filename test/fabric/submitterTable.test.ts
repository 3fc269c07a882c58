import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteReader, ByteWriter, numberWindow } from "../../src/fabric/index.ts";
import { SubmitterState } from "../../src/fabric/submitterTable.ts";
import { submitter } from "./world.ts";

/** To the next number: often the one beside it: entries stand side by side. */
const step = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: -numberWindow, max: numberWindow }));

describe("a submitter's numbers", () => {
  it("are in the state as long as they are in the window, rising, whatever gaps are between them", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const state = new SubmitterState(submitter("first"));
        const used = new Map<number, number>();
        for (const [index, step] of steps.entries()) {
          const number = state.highest + step;
          if (number < 1 || state.look(number, index, 0) !== "free") continue;
          state.use(number, index, 0);
          used.set(number, index);
        }
        const expected = [...used]
          .filter(([number]) => number > state.highest - numberWindow)
          .sort(([a], [b]) => a - b);
        assert.deepEqual(numbersOf(state), expected);
        for (const [number, hash] of used) {
          const isIn = number > state.highest - numberWindow;
          assert.equal(state.isUsed(number), isIn);
          assert.equal(state.look(number, hash, 0), isIn ? "same" : "below");
        }
        assert.equal(state.isUsed(state.highest + 1), false);
      }),
      { examples: [[[numberWindow - 2, 1, 1, 1]]] },
    );
  });
});

/** Each number in the state with the first word of its content hash. */
function numbersOf(state: SubmitterState): [number: number, hash: number][] {
  const writer = new ByteWriter();
  state.writeUsed(writer);
  const reader = new ByteReader(writer.view());
  const numbers = Array.from({ length: reader.u16() }, (): [number, number] => {
    const number = reader.u64();
    const hash = reader.u32();
    assert.equal(reader.u32(), 1);
    return [number, hash];
  });
  reader.end();
  return numbers;
}
