/** What a fabric is born with; fixed for its whole life and the first thing in its journal. */
export type Genesis = {
  /** Chain that governs this fabric (EIP-155). */
  readonly chainId: number;
  /** Address of the `CheckpointLedger`, lower-case hex with 0x. */
  readonly ledger: string;
  /** Seed of the generator held in the state, u32. */
  readonly seed: number;
  /** Routing stops when the block in force is this many blocks behind the newest one seen. */
  readonly maxLagBlocks: number;
  /** Routing stops when the chain has given no answer for this many ticks. */
  readonly maxSilentTicks: number;
};
