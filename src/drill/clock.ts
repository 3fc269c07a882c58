import { FabricError } from "../errors.ts";

/** Seconds after a tick's start that the orchestrator's blocks may need: anchor, or claim and anchor after a kill. */
const orchestratorSeconds = 3;
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

  /**
   * Each change is a block of its own, a second from the next, in what the orchestrator leaves of the tick before.
   * @throws TICK_CROWDED when the owners change more than fits before one tick
   */
  requireRoom(changes: readonly { readonly atTick: number }[]): void {
    const most = this.#tickSeconds - orchestratorSeconds;
    const counts = new Map<number, number>();
    for (const { atTick } of changes) {
      const count = 1 + (counts.get(atTick) ?? 0);
      if (count > most) throw new FabricError("TICK_CROWDED", { tick: atTick, most });
      counts.set(atTick, count);
    }
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
