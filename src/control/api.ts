import type { IntakeRefusal, JobClass, KeyKind, NodeStatus, Outcome, Reason, Refusal } from "../fabric/index.ts";
import type { ReceiptClaim } from "../governance/index.ts";
import type { Hex } from "../journal/index.ts";

// What a running fabric says about itself over its control socket, in JSON. Names stand where the journal has numbers.

/** Who stopped a scope, and until when; null when it runs. */
export type PauseView = {
  readonly by: "owners" | "guardian" | "both";
  /** Unix seconds of block time at which a guardian's pause ends by itself; null when only the owners can end it. */
  readonly until: number | null;
} | null;

export type ShardView = {
  readonly name: string;
  readonly queued: number;
  readonly queueBudget: number;
  readonly latencyBudgetMs: number;
  /** In jobs per unit of weight; jobs a tick; share of the common load. */
  readonly spillThreshold: number;
  readonly spillBatch: number;
  readonly weight: number;
  /** Names of the shards that its jobs may spill to, in the owners' order. */
  readonly routes: readonly string[];
  /** Jobs taken in that the queue has no room for, and those that wait before another attempt. */
  readonly registered: number;
  readonly running: number;
  readonly parked: number;
  readonly pause: PauseView;
  readonly retired: boolean;
};

export type NodeStateView = {
  readonly name: string;
  readonly shard: string;
  readonly status: NodeStatus;
  readonly health: "unheard" | "active" | "suspect" | "offline";
  /** Jobs it runs, and the most it may run. */
  readonly load: number;
  readonly maxConcurrency: number;
  /** Since it last spoke, counted in ticks in which its shard was not paused; null before the first time. */
  readonly heartbeatAgeMs: number | null;
  readonly latencyMs: number;
  /** It reported more than its shard's latency budget, and is given nothing. */
  readonly slow: boolean;
  /** Somebody listens for its leases. */
  readonly connected: boolean;
  /** What the owners admitted it with: see `NodeParameters`. */
  readonly capacity: number;
  readonly heartbeatSeconds: number;
  readonly skills: readonly string[];
  readonly keyKind: KeyKind;
  readonly key: Hex;
};

/** A checkpoint, and when it was made, or was anchored, Unix ms; null when that was before this orchestrator started. */
export type CheckpointView = {
  readonly seq: number;
  readonly tick: number;
  readonly digest: Hex;
  readonly atMs: number | null;
};

export type StatusView = {
  readonly format: "planetary-fabric/status/v1";
  /** Last tick on record, and when it was, Unix ms. */
  readonly tick: number;
  readonly tickMs: number;
  readonly atMs: number;
  /** Epoch of the ledger that this orchestrator claimed. */
  readonly epoch: number;
  readonly chain: {
    readonly chainId: number;
    readonly ledger: string;
    /** Ticks since it last answered, and why it did not; null when it did. */
    readonly silentTicks: number;
    readonly silence: string | null;
  };
  /** The block whose parameters are in force. */
  readonly governance: {
    readonly version: number;
    readonly block: number;
    readonly hash: Hex;
    /** Unix seconds of that block, and blocks that it is behind the newest seen. */
    readonly time: number;
    readonly lagBlocks: number;
    /** Tick in which parameters last changed; null when that was before this orchestrator started. */
    readonly changedTick: number | null;
  };
  /** The whole fabric's pause. */
  readonly pause: PauseView;
  readonly retired: boolean;
  /** What holds for the whole fabric: see `Parameters`. 0 before the chain has said anything. */
  readonly checkpointIntervalTicks: number;
  readonly heartbeatGrace: number;
  readonly maxAttempts: number;
  /** Routing has stopped because the chain was out of reach, or behind, for too long. */
  readonly outOfTouch: boolean;
  /** In the order of their registration, those retired or removed too: the first has number 1 in the journal. */
  readonly shards: readonly ShardView[];
  readonly nodes: readonly NodeStateView[];
  /** Names, in that order too. */
  readonly submitters: readonly string[];
  /** Skills that jobs may ask for: the first is bit 0 of a job's. */
  readonly skills: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  /** Jobs that have not ended. */
  readonly live: number;
  /** The newest checkpoint, and the newest one known to be on the chain. */
  readonly checkpoint: CheckpointView | null;
  readonly anchored: CheckpointView | null;
  /** Checkpoints that wait to be anchored. */
  readonly anchorsWaiting: number;
};

/** What became of one job of a submission; `repeated`: it is there already, with the same content. */
export type JobAnswer = { readonly number: number; readonly answer: "accepted" | "repeated" | IntakeRefusal };

/** Given when the tick is on disk: what it says is never lost. A submission is taken in as a whole or refused at the gate. */
export type SubmissionAnswer =
  | { readonly tick: number; readonly taken: true; readonly jobs: readonly JobAnswer[] }
  | { readonly tick: number; readonly taken: false; readonly refusal: Refusal };

/** The answer to a node's message, likewise. */
export type MessageAnswer =
  | {
      readonly tick: number;
      readonly taken: true;
      /** Leases among its results that were not, or no longer, the node's. */
      readonly refusedLeases: readonly number[];
    }
  | { readonly tick: number; readonly taken: false; readonly refusal: Refusal };

/** A job by its submitter's name and its number: `earth.exchange/17`. */
export type JobRef = { readonly submitter: string; readonly number: number };

export type LiveJobView = {
  readonly submitter: string;
  readonly number: number;
  /** `registered`: taken in, and the queue has no room; `delayed`: it waits before another attempt. */
  readonly state: "registered" | "delayed" | "queued" | "running" | "parked";
  /** Where it is, and where it was taken in. */
  readonly shard: string;
  readonly origin: string;
  readonly class: JobClass;
  readonly skills: readonly string[];
  readonly value: number;
  readonly attempts: number;
  readonly submittedTick: number;
  readonly payloadDigest: Hex;
  /** While it runs. */
  readonly node: string | null;
  readonly lease: number | null;
  /** Ticks in which its shard is not paused, until the lease ends, the deadline passes, the wait is over; null where there is none. */
  readonly leaseEndsInTicks: number | null;
  readonly deadlineInTicks: number | null;
  readonly releaseInTicks: number | null;
};

export type EndedJobView = {
  readonly submitter: string;
  readonly number: number;
  readonly state: "ended";
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly shard: string;
  /** Node that ran it last; null = none. */
  readonly node: string | null;
  readonly attempts: number;
  readonly submittedTick: number;
  readonly endedTick: number;
  readonly value: number;
  readonly resultDigest: Hex;
  /** Of its receipt among all receipts, from 0. */
  readonly index: number;
};

export type JobView = LiveJobView | EndedJobView;

export type JobQuery = {
  readonly submitter?: string;
  readonly shard?: string;
  readonly state?: LiveJobView["state"];
  /** Most jobs to name; 100 unless told. */
  readonly limit?: number;
};

/** Where a job is, and what it waits for. */
export type WhyView = { readonly job: JobView; readonly sentence: string; readonly details: readonly string[] };

/** A receipt, and its place among those that a checkpoint is about (RFC 9162). */
export type ReceiptView = {
  readonly job: EndedJobView;
  /** The receipt's fields by the journal's numbers, as `CheckpointLedger.verifyReceipt` takes them. */
  readonly receipt: ReceiptClaim["receipt"];
  readonly leafHash: Hex;
  /** Null until a checkpoint that has the receipt is known to be on the chain. */
  readonly proof: {
    readonly checkpoint: { readonly seq: number; readonly tick: number; readonly digest: Hex };
    readonly size: number;
    readonly root: Hex;
    readonly path: readonly Hex[];
  } | null;
};

export type SubmitterView = {
  readonly name: string;
  readonly number: number;
  readonly shards: readonly string[];
  readonly jobsPerTick: number;
  /** Unix seconds of block time; 0 = never. */
  readonly expiry: number;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly keyKind: KeyKind;
  readonly key: Hex;
  /** Highest job number used; the next is free. */
  readonly highest: number;
};

/** A block is in force, or a later one. */
export type InForceView = {
  readonly block: number;
  readonly version: number;
  /** Tick in which it, or the first block after it, came into force. */
  readonly tick: number;
};

export type EventQuery = {
  /** First tick wanted; 1 unless told. */
  readonly fromTick?: number;
  /** Go on with what happens from now on. */
  readonly follow?: boolean;
};
