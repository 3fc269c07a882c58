import { FabricError } from "../errors.ts";
import { LineWriter } from "../fabric/index.ts";
import { type AnchorNote, anchorNoteName, readAnchorNote } from "./anchorNote.ts";
import { checkpointsName } from "./checkpointLog.ts";
import { eventsName, receiptsName, treeName } from "./derivedFiles.ts";
import { equalBytes } from "./digest.ts";
import { JournalReader, segmentsOf } from "./journalReader.ts";
import { writeReceiptLine } from "./receipts.ts";
import { type ReplayedTick, replay } from "./replay.ts";
import { segmentName } from "./segment.ts";
import { encodeSnapshot, snapshotName, snapshotNames } from "./snapshot.ts";
import type { StoreReader } from "./store.ts";

/** How much there is in a store that was found whole. */
export type StoreCheck = { readonly ticks: number; readonly checkpoints: number; readonly receipts: number };

/**
 * Makes everything again from the journal's first record on, and holds every byte of the store's other files against it.
 * A store that is opened is looked at only as far as it takes to go on: this looks at the rest too. Nothing is changed;
 * the store must not be written to meanwhile. A file may end before what is made, as a crash leaves it.
 *
 * @throws FabricError STORE_ALTERED; whatever `JournalReader` and `replay` throw
 */
export function checkStore(store: StoreReader): StoreCheck {
  if (segmentsOf(store).length === 0 && store.list().length > 0)
    throw new FabricError("JOURNAL_SEGMENT_MISSING", { file: segmentName(1) });
  const check = new Check(store);
  for (const tick of replay(new JournalReader(store).records(), check.addNode)) check.add(tick);
  return check.end();
}

class Check {
  readonly #store: StoreReader;
  readonly #events: Comparison;
  readonly #receipts: Comparison;
  readonly #tree: Comparison;
  readonly #checkpoints: Comparison;
  readonly #snapshots: Set<string>;
  readonly #anchored: AnchorNote | undefined;
  readonly #eventLines = new LineWriter((lines) => this.#events.add(lines));
  readonly #receiptLines = new LineWriter((lines) => this.#receipts.add(lines));
  #anchorHolds: boolean;
  #found: StoreCheck = { ticks: 0, checkpoints: 0, receipts: 0 };

  constructor(store: StoreReader) {
    this.#store = store;
    this.#events = new Comparison(store, eventsName);
    this.#receipts = new Comparison(store, receiptsName);
    this.#tree = new Comparison(store, treeName);
    this.#checkpoints = new Comparison(store, checkpointsName);
    this.#snapshots = new Set(snapshotNames(store));
    this.#anchored = readAnchorNote(store);
    this.#anchorHolds = this.#anchored?.seq === 0;
  }

  readonly addNode = (hash: Uint8Array): void => this.#tree.add(hash);

  add(tick: ReplayedTick): void {
    const { effects, firstReceipt } = tick;
    effects.events.writeLines(this.#eventLines);
    for (const [index, receipt] of effects.receipts.entries())
      writeReceiptLine(this.#receiptLines, firstReceipt + index, receipt);
    for (const lines of [this.#eventLines, this.#receiptLines]) lines.flush();
    this.#addCheckpoint(tick);
    const { tree, head } = tick.replay;
    this.#found = { ticks: effects.tick, checkpoints: head.seq, receipts: tree.size };
  }

  end(): StoreCheck {
    for (const file of [this.#events, this.#receipts, this.#tree, this.#checkpoints]) file.end();
    const [snapshot] = this.#snapshots;
    if (snapshot !== undefined) throw altered(snapshot, 0);
    if (!this.#anchorHolds) throw altered(anchorNoteName, 0);
    return this.#found;
  }

  #addCheckpoint({ checkpoint, replay, record }: ReplayedTick): void {
    const { snapshot } = replay;
    if (checkpoint === undefined || snapshot === undefined) return;
    this.#checkpoints.add(Buffer.from(`${checkpoint.text}\n`));
    const { seq, digest, end } = this.#anchored ?? {};
    if (digest === checkpoint.digest)
      this.#anchorHolds = seq === checkpoint.document.seq && end === this.#checkpoints.length;
    const name = snapshotName(record.end.records);
    if (!this.#snapshots.delete(name)) return;
    const derived = {
      ...{ events: this.#events.length, receipts: this.#receipts.length },
      ...{ tree: this.#tree.length, checkpoints: this.#checkpoints.length },
    };
    const frontier = replay.tree.frontier();
    const file = new Comparison(this.#store, name);
    file.add(encodeSnapshot({ journal: record.end, derived, checkpoint, frontier, machine: snapshot }));
    file.endWhole();
  }
}

/** A file, held against the bytes that are made for it, in their order. */
class Comparison {
  readonly #store: StoreReader;
  readonly #name: string;
  readonly #size: number;
  /** Bytes made so far. */
  length = 0;

  constructor(store: StoreReader, name: string) {
    this.#store = store;
    this.#name = name;
    this.#size = store.size(name);
  }

  /** @throws STORE_ALTERED */
  add(made: Uint8Array): void {
    const found = new Uint8Array(Math.max(0, Math.min(made.length, this.#size - this.length)));
    this.#store.read(this.#name, this.length, found);
    if (!equalBytes(found, made.subarray(0, found.length)))
      throw altered(this.#name, this.length + found.findIndex((byte, at) => byte !== made[at]));
    this.length += made.length;
  }

  /** @throws STORE_ALTERED when it goes on */
  end(): void {
    if (this.#size > this.length) throw altered(this.#name, this.length);
  }

  /** @throws STORE_ALTERED when it goes on, or is not whole */
  endWhole(): void {
    if (this.#size !== this.length) throw altered(this.#name, Math.min(this.#size, this.length));
  }
}

function altered(file: string, offset: number): FabricError<"STORE_ALTERED"> {
  return new FabricError("STORE_ALTERED", { file, offset });
}
