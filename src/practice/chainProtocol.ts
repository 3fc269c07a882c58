import type { Failure } from "../errors.ts";
import type { ProcessIdentity } from "../journal/index.ts";

// What a supervisor and the practice chain's process say to each other, over the channel of `fork`.

export type ChainStart = {
  readonly kind: "start";
  /** The world's folder, with the record. The process holds the folder's lock. */
  readonly folder: string;
  /** Whether a fabric is to be founded: else a chain without its record is no chain of that world. */
  readonly founds: boolean;
  /** Port of 127.0.0.1 to answer at; 0 for a free one. */
  readonly port: number;
};

/**
 * `founded`: from now on blocks have the time of the clock. `serves`: that orchestrator needs it to end in good order,
 * also when the supervisor is gone. `stop`: nobody needs it any more.
 */
export type ToChain =
  | ChainStart
  | { readonly kind: "founded" }
  | { readonly kind: "serves"; readonly process: ProcessIdentity }
  | { readonly kind: "stop" };

export type FromChain =
  | { readonly kind: "ready"; readonly url: string; readonly blocks: number }
  /** It cannot go on, and ends with the exit code. */
  | ({ readonly kind: "failed" } & Failure);
