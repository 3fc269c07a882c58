import { setTimeout as timer } from "node:timers/promises";

/** Time, as the orchestrator has it; whoever plays its time hands in another. */
export type Clock = {
  /** Unix ms. It may be set, also back. */
  wallMs(): number;
  /** Ms of a clock that never goes back. */
  steadyMs(): number;
  /** Resolves after so many ms, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The clock of this computer. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep: (ms, signal) => timer(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
