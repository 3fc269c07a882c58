import type { Failure } from "../errors.ts";
import type { Genesis } from "../fabric/index.ts";
import type { Deployment } from "../governance/index.ts";

// What a supervisor and the orchestrator's service (`service.ts`, started by `fork`, with `serialization: "advanced"`)
// say to each other. The service needs its supervisor: when the channel breaks, it stops in good order.

export type ServiceStart = {
  readonly kind: "start";
  /** Folders of the journal and of the payloads, and the control socket. */
  readonly store: string;
  readonly payloads: string;
  readonly socket: string;
  readonly genesis: Genesis;
  readonly url: string;
  readonly deployment: Deployment;
  readonly confirmations: number;
  /** Private key of the anchorer's account, hex; it is never written down. */
  readonly anchorerKey: string;
  /** What the anchorer pays for gas, wei; null to ask the chain. */
  readonly fees: { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint } | null;
  /** The most that it pays for a unit of gas where the chain is asked, wei; undefined for the usual. */
  readonly feeMax: bigint | undefined;
};

/** `stop`: end the tick, make a checkpoint, anchor what waits, and close. SIGTERM and a broken channel mean the same. */
export type ToService = ServiceStart | { readonly kind: "stop" };

export type FromService =
  | {
      readonly kind: "ready";
      readonly epoch: number;
      /** Last tick on record; 0 in a new world. */
      readonly tick: number;
      /** Seq of the checkpoint whose snapshot it was recovered from, the ticks replayed after it, those lost since. */
      readonly resumedFromCheckpoint: number;
      readonly replayedTicks: number;
      readonly downTicks: number;
      /** What recovery mended, in words. */
      readonly notes: readonly string[];
    }
  /** A line for the operator: the chain fell silent, it is back, an anchor was sent again. */
  | { readonly kind: "log"; readonly line: string }
  /** It has stopped in good order. `unanchored`: checkpoints that the chain could not be given in time. */
  | { readonly kind: "stopped"; readonly tick: number; readonly checkpoint: number; readonly unanchored: number }
  /** It cannot go on, and ends with the exit code. */
  | ({ readonly kind: "failed" } & Failure);
