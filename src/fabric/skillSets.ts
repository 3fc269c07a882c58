const two32 = 2 ** 32;

/**
 * Small numbers for the sets of skills that jobs ask for, so that a job's set is one comparison. The numbers follow
 * the order of first appearance and mean nothing outside: no digest and no order may depend on them.
 */
export class SkillSets {
  readonly high: number[] = [];
  readonly low: number[] = [];
  readonly sizes: number[] = [];
  readonly #bits: bigint[] = [];
  readonly #byHigh = new Map<number, Map<number, number>>();

  get length(): number {
    return this.low.length;
  }

  /** Number of the set with these two halves, which it gets now if it is new. */
  intern(high: number, low: number): number {
    let byLow = this.#byHigh.get(high);
    if (byLow === undefined) {
      byLow = new Map();
      this.#byHigh.set(high, byLow);
    }
    let id = byLow.get(low);
    if (id === undefined) {
      id = this.low.length;
      byLow.set(low, id);
      this.high.push(high);
      this.low.push(low);
      this.sizes.push(bitCount(high) + bitCount(low));
      this.#bits.push((BigInt(high) << 32n) | BigInt(low));
    }
    return id;
  }

  bits(set: number): bigint {
    return this.#bits[set];
  }

  /** Orders sets by their bits, whatever their numbers are. */
  compare(a: number, b: number): number {
    return this.high[a] - this.high[b] || this.low[a] - this.low[b];
  }
}

export function highHalf(skills: bigint): number {
  return Number(skills >> 32n);
}

export function lowHalf(skills: bigint): number {
  return Number(skills % BigInt(two32));
}

export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
