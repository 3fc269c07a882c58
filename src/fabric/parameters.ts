/** A pause scope as `SystemPause` holds it: paused while the owners say so, or until a guardian's pause runs out. */
export type PauseScope = {
  readonly ownerPaused: boolean;
  /** Unix seconds of block time; the scope is paused while the block in force is earlier. 0 = no guardian's pause. */
  readonly guardianUntil: number;
};

/** Whether a scope is paused at a block of that time, in Unix seconds. */
export function isPausedAt(scope: PauseScope, time: number): boolean {
  return scope.ownerPaused || time < scope.guardianUntil;
}

export type ShardParameters = {
  readonly name: string;
  /** Most jobs its queue may hold. */
  readonly queueBudget: number;
  /** A node that reports more is given nothing. */
  readonly latencyBudgetMs: number;
  /** In jobs per unit of weight. */
  readonly spillThreshold: number;
  /** Most jobs that may leave in one tick. */
  readonly spillBatch: number;
  /** Share of the common load this shard should carry, 1 … 10,000. */
  readonly weight: number;
  readonly retired: boolean;
  /** Shards (1-based) that jobs may spill to, in the owners' order. */
  readonly routes: readonly number[];
  readonly pause: PauseScope;
};

export type NodeStatus = "admitted" | "draining" | "removed";
export type KeyKind = "ed25519" | "p256" | "secp256k1";

export type NodeParameters = {
  readonly name: string;
  /** 1-based. */
  readonly shard: number;
  /** Units of work that its share of free capacity is measured against. */
  readonly capacity: number;
  /** Most jobs it may run at once. */
  readonly maxConcurrency: number;
  readonly heartbeatSeconds: number;
  /** Bit set; bit i is the i-th name of `Parameters.skills`. */
  readonly skills: bigint;
  readonly status: NodeStatus;
  readonly keyKind: KeyKind;
  /** ed25519: 32 bytes; P-256 and secp256k1: 33 bytes, compressed. */
  readonly key: Uint8Array;
};

export type SubmitterParameters = {
  readonly name: string;
  /** Bit set of shards it may submit to; bit i-1 is shard i. */
  readonly shards: number;
  readonly jobsPerTick: number;
  /** Unix seconds of block time from which it may submit no more; 0 = never. */
  readonly expiry: number;
  readonly revoked: boolean;
  readonly keyKind: KeyKind;
  readonly key: Uint8Array;
};

/**
 * Everything the owners govern, as read from the chain at one block. Shards, nodes and submitters are numbered from 1
 * in the order of their registration, as on the chain: entry 0 of each list is number 1. Numbers are never used again.
 */
export type Parameters = {
  readonly tickMs: number;
  readonly checkpointIntervalTicks: number;
  /** Heartbeat intervals that a node may be silent. */
  readonly heartbeatGrace: number;
  readonly maxAttempts: number;
  /** `SystemPause.retire` was called: nothing is dispatched any more. */
  readonly retired: boolean;
  readonly pause: PauseScope;
  readonly skills: readonly string[];
  readonly shards: readonly ShardParameters[];
  readonly nodes: readonly NodeParameters[];
  readonly submitters: readonly SubmitterParameters[];
};

/** Shards fit a 32-bit set, here and in `ShardRegistry`. */
export const maxShards = 32;
export const maxSkills = 64;
