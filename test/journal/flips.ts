import { Random } from "../simulation/random.ts";

/** One bit of one file. */
export type Flip = { readonly file: string; readonly offset: number; readonly bit: number };

/**
 * Flips drawn from a seed: four of five anywhere among the bytes of all files, one in a file drawn by lot, so that small
 * files have their share.
 */
export function* flipsOf(files: ReadonlyMap<string, Uint8Array>, count: number, seed: number): Generator<Flip> {
  const random = new Random(seed);
  const all = [...files].filter(([, { length }]) => length > 0);
  const total = all.reduce((sum, [, { length }]) => sum + length, 0);
  for (let drawn = 0; drawn < count; drawn++) {
    const [file, { length }] = random.once(5) ? random.pick(all) : byWeight(all, random.below(total));
    yield { file, offset: random.below(length), bit: random.below(8) };
  }
}

/** A copy with that bit turned over. */
export function flipped(bytes: Uint8Array, { offset, bit }: Flip): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset] ^= 1 << bit;
  return copy;
}

export const placeOf = ({ file, offset, bit }: Flip) => `bit ${bit} of byte ${offset} of ${file}`;

/** How often each thing came of it, the most frequent first, in words. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(outcome: string): void {
    this.#counts.set(outcome, 1 + (this.#counts.get(outcome) ?? 0));
  }

  get rows(): readonly (readonly [string, string])[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).map(([outcome, count]) => [outcome, String(count)]);
  }
}

function byWeight<File extends readonly [string, Uint8Array]>(files: readonly File[], at: number): File {
  let left = at;
  for (const file of files) {
    left -= file[1].length;
    if (left < 0) return file;
  }
  return files[0];
}
