import { FabricError } from "../errors.ts";

/** Seconds of a tick that blocks may fall into: owners' before its start, the orchestrator's after it. */
const shortestTickMs = 5000;

/**
 * The drill's time: it moves from tick to tick and stands still while the orchestrator is dead. Blocks get their times
 * from it, in Unix seconds, so that a seed gives the same blocks again.
 */
export class DrillClock {
  readonly #start: number;
  readonly #tickSeconds: number;

  /**
   * @param start time of the last block before the first tick
   * @throws TICK_TOO_SHORT
   */
  constructor(start: number, tickMs: number) {
    if (tickMs < shortestTickMs || tickMs % 1000 !== 0) throw new FabricError("TICK_TOO_SHORT", { tickMs });
    this.#start = start;
    this.#tickSeconds = tickMs / 1000;
  }

  /** When a tick starts: its governance is that of the newest block not after this. */
  startOf(tick: number): number {
    return this.#start + tick * this.#tickSeconds;
  }

  /** Time of the block of an owners' change that is to be in force at a tick; `left` more of them follow. */
  beforeStart(tick: number, left: number): number {
    return this.startOf(tick) - left;
  }

  /** Time of the orchestrator's first block in a tick, by how often it was started again in it. */
  afterStart(tick: number, restarts: number): number {
    return this.startOf(tick) + 1 + restarts;
  }
}
