import type { Machine } from "../fabric/index.ts";
import { EventReader } from "./eventReader.ts";
import { JournalReader } from "./journalReader.ts";
import { newestSnapshot } from "./recovery.ts";
import { Replay, readGenesis } from "./replay.ts";
import type { StoreReader } from "./store.ts";

/** The record of a fabric that does not run. */
export type RecordAtRest = {
  /** As it was after the last tick on record. */
  readonly machine: Machine;
  /** Lines of `events.ndjson` from a tick on, in pieces that end with a line: also of ticks that the file lacks. */
  events(fromTick?: number): Generator<string, void, undefined>;
};

/**
 * Reads a store that no orchestrator has open, and changes nothing in it: the newest snapshot, and what the journal has
 * after it, whatever the derived files have got of that. Undefined when there is no journal.
 * @throws FabricError what `JournalReader` and `Replay` throw
 */
export function recordAtRest(store: StoreReader): RecordAtRest | undefined {
  const start = newestSnapshot(store, [], []);
  const covered = start?.snapshot.derived.events ?? 0;
  let replay = start && new Replay(start.machine, start.tree, start.head);
  const later: { readonly tick: number; readonly events: string }[] = [];
  for (const record of new JournalReader(store, { from: start?.snapshot.journal }).records()) {
    if (replay === undefined) {
      replay = Replay.begin(readGenesis(record));
      continue;
    }
    const { effects } = replay.stepRecord(record);
    later.push({ tick: effects.tick, events: effects.events.toNdjson() });
  }
  if (replay === undefined) return undefined;
  return {
    machine: replay.machine,
    *events(fromTick = 1) {
      const reader = new EventReader(store, fromTick);
      for (let piece = reader.next(covered); piece !== undefined; piece = reader.next(covered)) yield piece;
      for (const { tick, events } of later) if (tick >= fromTick && events !== "") yield events;
    },
  };
}
