/** One step of Mulberry32: a full-period generator over u32 state, small enough to live in the state. */
export function nextRandom(state: number): number {
  return (state + 0x6d2b79f5) >>> 0;
}

/** The u32 that a generator state stands for. */
export function randomOf(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
