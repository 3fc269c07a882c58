import type { Parameters } from "./parameters.ts";

/** The chain as it stood at one block. */
export type GovernanceInput = {
  readonly kind: "governance";
  /** `ShardRegistry.version` at that block. */
  readonly version: number;
  /** Block in force, and the newest one seen when it was adopted. */
  readonly block: number;
  readonly latest: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Unix seconds of that block. */
  readonly time: number;
  /** Absent when nothing but the block has changed since the last adoption. */
  readonly values: Parameters | null;
};

/** Jobs of one submitter, signed as one message over `rows` (see `job.ts` for the layout, `nodes/` for the signature). */
export type JobsInput = {
  readonly kind: "jobs";
  readonly submitter: number;
  readonly rows: Uint8Array;
  readonly signature: Uint8Array;
};

export type ResultOutcome = "completed" | "failed";
export type Result = {
  readonly lease: number;
  readonly outcome: ResultOutcome;
  /** 32 bytes. */
  readonly digest: Uint8Array;
};

/** What one node has to say in one tick, signed by its session key. */
export type NodeMessageInput = {
  readonly kind: "nodeMessage";
  readonly node: number;
  /** Rises with each message of that node. */
  readonly seq: number;
  /** True when this message is also the node's sign of life. */
  readonly heartbeat: boolean;
  readonly latencyMs: number;
  readonly results: readonly Result[];
  readonly signature: Uint8Array;
};

/** An owners' order: an event of `ShardRegistry`, not a parameter. `index` counts them from 1. */
export type OrderInput = {
  readonly kind: "order";
  readonly index: number;
  readonly order:
    | { readonly type: "checkpoint" }
    | { readonly type: "cancel"; readonly submitter: number; readonly number: number }
    | { readonly type: "move"; readonly from: number; readonly to: number; readonly count: number };
};

/** The orchestrator is back after `downTicks` ticks in which it did not exist. Absent when none was lost. */
export type ResumedInput = { readonly kind: "resumed"; readonly downTicks: number };

/**
 * The orchestrator has claimed this epoch of the ledger: the numbers of its leases are those of no other epoch. In the
 * first tick of every orchestrator in real time.
 */
export type ClaimedInput = { readonly kind: "claimed"; readonly epoch: number };

/** The chain gave no answer in this tick. */
export type ChainSilentInput = { readonly kind: "chainSilent" };

export const refusals = ["signature", "replay", "unknownSender", "malformed", "tooMany"] as const;
export type Refusal = (typeof refusals)[number];

/**
 * Messages refused at the edge in this tick, before they could become inputs: counted, not kept, so that a flood costs
 * the journal one small record. `from` is a node's number, 0 when the sender is not known.
 */
export type RefusedInput = {
  readonly kind: "refused";
  readonly from: number;
  readonly reason: Refusal;
  readonly count: number;
};

/** The orchestrator stops in good order: this tick ends with a checkpoint. */
export type StoppedInput = { readonly kind: "stopped" };

/**
 * So much is on record since the last snapshot that going on after a crash would take long: this tick ends with a
 * checkpoint, of which one can be taken.
 */
export type CheckpointDueInput = { readonly kind: "checkpointDue" };

/** Closes the inputs of one tick. Ticks are counted from 1 and leave gaps only where `resumed` says so. */
export type TickInput = { readonly kind: "tick"; readonly tick: number };

/** All that ever happens to the machine. */
export type Input =
  | GovernanceInput
  | JobsInput
  | NodeMessageInput
  | OrderInput
  | ResumedInput
  | ClaimedInput
  | ChainSilentInput
  | RefusedInput
  | StoppedInput
  | CheckpointDueInput
  | TickInput;
