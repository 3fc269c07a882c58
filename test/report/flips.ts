import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Flip, flipped, flipsOf, placeOf } from "../journal/flips.ts";
import { Copy, type Opinions } from "./quietBundle.ts";

/** What no digest covers, and no check reads. */
export const uncovered: ReadonlySet<string> = new Set(["timing.json"]);

/** Tests that a bit flipped anywhere is found, though manifest.json is rewritten to match. */
export function flips(bundle: () => string): void {
  describe("with one bit flipped anywhere and manifest.json rewritten to match", () => {
    let copy: Copy;
    before(() => {
      copy = new Copy(bundle());
    });
    after(() => copy.remove());

    it("is refused each time: `npm run flips` does it ten thousand times", async () => {
      for (const flip of flipsOf(coveredFiles(copy), 100, 5)) await flippedCode(copy, flip);
    });
  });
}

export function coveredFiles({ files }: Copy): ReadonlyMap<string, Uint8Array> {
  return new Map([...files].filter(([path]) => !uncovered.has(path)));
}

/** What a bundle with that bit turned over is refused with. @throws when it is not, or otherwise than it should be */
export async function flippedCode(copy: Copy, flip: Flip, opinions?: Opinions): Promise<string> {
  const where = placeOf(flip);
  const refusal = await copy.refusal(flip.file, flipped(copy.bytes(flip.file), flip), opinions).catch((error) => {
    throw new Error(`${where}: ${error}`, { cause: error });
  });
  assert.equal(refusal.exitCode, 6, `${where}: ${refusal.message}`);
  return refusal.code;
}
