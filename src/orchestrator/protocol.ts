import type { Counters, Genesis } from "../fabric/index.ts";
import type { Deployment } from "../governance/index.ts";
import type { Dispatch } from "../nodes/index.ts";
import type { TickRequest, TickStep } from "./orchestrator.ts";

// What a drill and the orchestrator's process say to each other. The drill owns the clock: the orchestrator asks for
// nothing, and acknowledges a tick only when it is on disk.

export type Start = {
  readonly kind: "start";
  readonly folder: string;
  readonly genesis: Genesis;
  readonly url: string;
  readonly deployment: Deployment;
  readonly confirmations: number;
  /** Private key of the anchorer's account, hex. */
  readonly anchorerKey: string;
  /** Seed and start that the session key is made from. */
  readonly sessionKey: { readonly seed: number; readonly label: string };
  /** Time of the block that the claim gets into, Unix seconds: the drill's chain runs on the drill's clock. */
  readonly blockTime: number;
  /** Where to stop and wait to be killed. */
  readonly barrier: { readonly tick: number; readonly step: TickStep } | null;
};

export type ToOrchestrator =
  | Start
  | ({ readonly kind: "tick"; readonly blockTime: number } & TickRequest)
  | { readonly kind: "close" };

/** How the fabric stands after a tick. */
export type Standing = {
  /** Last tick on record; 0 before the first. */
  readonly tick: number;
  /** Jobs that have not ended, and those of them that are parked. */
  readonly live: number;
  readonly parked: number;
  /** Lengths of the shards' queues, and the budgets in force. */
  readonly queues: readonly number[];
  readonly budgets: readonly number[];
  /** Nodes that may get work, and those that were not removed. */
  readonly nodes: { readonly active: number; readonly all: number };
  readonly counters: Counters;
  readonly checkpoints: number;
};

export type FromOrchestrator =
  | { readonly kind: "claimed"; readonly epoch: number }
  | {
      readonly kind: "ready";
      readonly epoch: number;
      /** Seq of the checkpoint whose snapshot it was recovered from, and the ticks replayed after it. */
      readonly resumedFromCheckpoint: number;
      readonly replayedTicks: number;
      readonly standing: Standing;
    }
  | { readonly kind: "dispatch"; readonly dispatches: readonly Dispatch[] }
  | { readonly kind: "barrier"; readonly tick: number; readonly step: TickStep }
  | { readonly kind: "done"; readonly standing: Standing }
  | {
      readonly kind: "closed";
      readonly receipts: { readonly size: number; readonly root: string };
      readonly stateRoot: string;
      readonly cpuSeconds: number;
      readonly rssMiB: number;
    }
  /** It cannot go on, and ends. `reason` is for people. */
  | { readonly kind: "failed"; readonly reason: string };
