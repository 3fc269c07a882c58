import { EventEmitter, once } from "node:events";
import type { EventQuery } from "../../control/index.ts";
import { EventReader, eventsName, type StoreReader } from "../../journal/index.ts";

/**
 * The events of a running fabric for any number of readers, each at its own pace: what happened and what happens are
 * read from the same file, so nothing is kept for a reader that falls behind, and none gets a line twice or misses one.
 */
export class EventFeed {
  readonly #store: StoreReader;
  readonly #flush: () => void;
  readonly #ticks = new EventEmitter().setMaxListeners(0);
  #applied = 0;
  #closed = false;

  /**
   * @param store that the machine's record is in
   * @param flush writes all events so far into their file
   */
  constructor(store: StoreReader, flush: () => void) {
    this.#store = store;
    this.#flush = flush;
  }

  /** To be called after each applied tick. */
  applied(): void {
    this.#applied++;
    this.#ticks.emit("applied");
  }

  /** Ends all readers; nothing is read from the store any more. */
  close(): void {
    this.#closed = true;
    this.#ticks.emit("applied");
  }

  /**
   * Lines of `events.ndjson`, in pieces that end with a line; with `follow` until the signal, or `close`, ends it.
   * @throws FabricError EVENTS_ALTERED, STORE_FULL, STORE_FAILED
   */
  async *read(
    { fromTick = 1, follow = false }: EventQuery,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    const reader = new EventReader(this.#store, fromTick);
    while (!this.#isOver(signal)) {
      const seen = this.#applied;
      this.#flush();
      const end = this.#store.size(eventsName);
      while (!this.#isOver(signal)) {
        const piece = reader.next(end);
        if (piece === undefined) break;
        yield piece;
      }
      if (!follow) return;
      if (this.#applied === seen && !this.#isOver(signal)) await this.#nextTick(signal);
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return this.#closed || signal.aborted;
  }

  async #nextTick(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#ticks, "applied", { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
