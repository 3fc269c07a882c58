import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Copy } from "./quietBundle.ts";

/** How many; thousands are for a run by hand. */
const count = Number(process.env.FLIPS ?? 100);

/** Tests that a bit flipped anywhere is found, though manifest.json is rewritten to match. */
export function flips(bundle: () => string): void {
  describe("with one bit flipped anywhere and manifest.json rewritten to match", () => {
    let copy: Copy;
    before(() => {
      copy = new Copy(bundle());
    });
    after(() => copy.remove());

    it(`is refused, ${count} times of ${count}`, async () => {
      const random = generator(Number(process.env.FLIPS_SEED ?? 5));
      const files = [...copy.files].filter(([path]) => path !== "manifest.json" && path !== "timing.json");
      for (let flip = 0; flip < count; flip++) {
        // Most of them anywhere in the bundle, some in a file drawn by lot, so that small files have their share.
        const [path, bytes] = flip % 5 > 0 ? byWeight(files, random) : files[Math.floor(random() * files.length)];
        const at = Math.floor(random() * bytes.length);
        const bit = Math.floor(random() * 8);
        const flipped = Buffer.from(bytes);
        flipped[at] ^= 1 << bit;
        const where = `bit ${bit} of byte ${at} of ${path}`;
        const refusal = await copy.refusal(path, flipped).catch((error: unknown) => {
          throw new Error(`${where}: ${String(error)}`, { cause: error });
        });
        assert.equal(refusal.exitCode, 6, `${where}: ${refusal.message}`);
      }
    });
  });
}

function byWeight(files: [string, Buffer][], random: () => number): [string, Buffer] {
  let left = random() * files.reduce((sum, [, { length }]) => sum + length, 0);
  for (const file of files) {
    left -= file[1].length;
    if (left < 0) return file;
  }
  return files[0];
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
