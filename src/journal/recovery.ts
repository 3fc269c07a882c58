import { FabricError } from "../errors.ts";
import { encodeGenesis, type Genesis, Machine, MalformedBytes } from "../fabric/index.ts";
import { type AnchorNote, anchorNoteName, nothingAnchored, readAnchorNote } from "./anchorNote.ts";
import type { CheckpointHead } from "./checkpoint.ts";
import { checkpointsName, cutTornCheckpoint } from "./checkpointLog.ts";
import { DerivedFiles, derivedLengthsIn } from "./derivedFiles.ts";
import { Journal } from "./journal.ts";
import { JournalReader, segmentsOf } from "./journalReader.ts";
import { ReceiptTree } from "./receiptTree.ts";
import { Replay, readGenesis, type Step } from "./replay.ts";
import { segmentName } from "./segment.ts";
import { type DerivedLengths, decodeSnapshot, type Snapshot, snapshotNames } from "./snapshot.ts";
import { readAll, type Store, type StoreReader } from "./store.ts";

/** Something that recovery mended; the operator is told. */
export type RecoveryNote = {
  readonly kind: "tornRecord" | "tornCheckpoint" | "snapshotSkipped" | "anchorNoteSkipped";
  readonly file: string;
  readonly says: string;
};

/** How the record was found. */
export type Recovery = {
  /** Where replay began; undefined for genesis. */
  readonly snapshot: { readonly file: string; readonly tick: number; readonly checkpointSeq: number } | undefined;
  readonly replayedTicks: number;
  /** What the last tick on record made, to be sent again; undefined when there was no tick yet. */
  readonly lastStep: Step | undefined;
  readonly notes: readonly RecoveryNote[];
};

export type Recovered = {
  readonly journal: Journal;
  readonly replay: Replay;
  readonly derived: DerivedFiles;
  readonly anchored: AnchorNote;
  readonly replayedBytes: number;
  readonly recovery: Recovery;
};

const nothingDerived: DerivedLengths = { events: 0, receipts: 0, tree: 0, checkpoints: 0 };

/**
 * Newest sound snapshot, then every record after it; every checkpoint on the way must be the one on record. A store
 * without a journal gets one.
 *
 * @throws FabricError whatever `JournalReader` throws; JOURNAL_BEHIND, JOURNAL_FOREIGN, JOURNAL_SEGMENT_MISSING,
 * JOURNAL_UNREADABLE, CHECKPOINT_DIFFERS, CHECKPOINTS_ALTERED, STORE_FULL, STORE_FAILED
 */
export function recover(store: Store, genesis: Genesis, segmentBytes: number): Recovered {
  const notes: RecoveryNote[] = [];
  const anchored = anchorNote(store, notes);
  requireJournal(store, anchored);
  makeDurable(store);
  cutTornLine(store, notes);

  const skipped: string[] = [];
  const start = newestSnapshot(store, notes, skipped);
  const derived = new DerivedFiles(store, start?.snapshot.derived ?? nothingDerived);
  const reader = new JournalReader(store, { from: start?.snapshot.journal });
  const { replay, ...replayed } = replayAll(reader, genesis, derived, start);
  requireWhole(replay, derived, anchored);

  noteTornRecord(reader, notes);
  const journal = Journal.continue(store, reader.end, reader.torn, segmentBytes);
  if (replay === undefined) journal.append(encodeGenesis(genesis));
  for (const name of skipped) store.remove(name);
  return {
    journal,
    replay: replay ?? Replay.begin(genesis, derived.addNode),
    derived,
    anchored,
    replayedBytes: replayed.bytes,
    recovery: { snapshot: start?.origin, replayedTicks: replayed.ticks, lastStep: replayed.lastStep, notes },
  };
}

/** What replay begins with, where there is a snapshot. */
export type Start = {
  readonly snapshot: Snapshot;
  readonly origin: NonNullable<Recovery["snapshot"]>;
  readonly machine: Machine;
  readonly tree: ReceiptTree;
  readonly head: CheckpointHead;
};

function replayAll(reader: JournalReader, genesis: Genesis, derived: DerivedFiles, start: Start | undefined) {
  let replay: Replay | undefined;
  if (start !== undefined) {
    requireSame(genesis, start.machine.genesis);
    replay = new Replay(start.machine, start.tree, start.head, derived.addNode);
  }
  let lastStep: Step | undefined;
  let ticks = 0;
  let bytes = 0;
  for (const record of reader.records()) {
    if (replay === undefined) {
      requireSame(genesis, readGenesis(record));
      replay = Replay.begin(genesis, derived.addNode);
      continue;
    }
    lastStep = replay.stepRecord(record);
    derived.add(lastStep);
    ticks++;
    bytes += record.bytes.length;
  }
  return { replay, lastStep, ticks, bytes };
}

/** What is of no use is noted, and named in `skipped`. */
export function newestSnapshot(store: StoreReader, notes: RecoveryNote[], skipped: string[]): Start | undefined {
  const stored = derivedLengthsIn(store);
  for (const file of snapshotNames(store)) {
    try {
      const snapshot = decodeSnapshot(readAll(store, file));
      const machine = Machine.restore(snapshot.machine);
      const tree = ReceiptTree.restore(snapshot.frontier);
      for (const name of ["events", "receipts", "tree", "checkpoints"] as const)
        if (stored[name] < snapshot.derived[name]) throw new MalformedBytes(`what it says of ${name} is not there`);
      const { document, digest } = snapshot.checkpoint;
      const head = { seq: document.seq, digest };
      return { snapshot, origin: { file, tick: document.tick, checkpointSeq: document.seq }, machine, tree, head };
    } catch (error) {
      if (!(error instanceof MalformedBytes) && !(error instanceof RangeError)) throw error;
      notes.push({ kind: "snapshotSkipped", file, says: `an older record is used instead: ${error.message}` });
      skipped.push(file);
    }
  }
  return undefined;
}

function anchorNote(store: Store, notes: RecoveryNote[]): AnchorNote {
  const note = readAnchorNote(store);
  if (note === undefined)
    notes.push({ kind: "anchorNoteSkipped", file: anchorNoteName, says: "it is damaged; the chain is asked instead" });
  return note ?? nothingAnchored;
}

function cutTornLine(store: Store, notes: RecoveryNote[]): void {
  const offset = cutTornCheckpoint(store);
  if (offset === undefined) return;
  notes.push({ kind: "tornCheckpoint", file: checkpointsName, says: `a line begun at byte ${offset} was cut off` });
}

function noteTornRecord({ torn }: JournalReader, notes: RecoveryNote[]): void {
  if (torn === undefined) return;
  const says = `record ${torn.record}, begun at byte ${torn.offset}, was cut off after ${torn.bytes} bytes, unacknowledged`;
  notes.push({ kind: "tornRecord", file: torn.file, says });
}

/**
 * A process that was killed between writing a record or a checkpoint and syncing it leaves one that a loss of power still
 * takes, or tears. Nothing may be made of it, or added behind it, before it is durable.
 */
function makeDurable(store: Store): void {
  const newest = segmentsOf(store).at(-1);
  if (newest !== undefined) store.sync(segmentName(newest));
  if (store.size(checkpointsName) > 0) store.sync(checkpointsName);
}

/** A store that has the fruits of a journal had one. */
function requireJournal(store: Store, anchored: AnchorNote): void {
  const hasFruits = snapshotNames(store).length > 0 || store.size(checkpointsName) > 0 || anchored.seq > 0;
  if (hasFruits && segmentsOf(store).length === 0)
    throw new FabricError("JOURNAL_SEGMENT_MISSING", { file: segmentName(1) });
}

/** A checkpoint is on record only if the inputs before it are: one too many shows that records were lost. */
function requireWhole(replay: Replay | undefined, { checkpoints }: DerivedFiles, anchored: AnchorNote): void {
  const seq = replay?.head.seq ?? 0;
  if (checkpoints.isBehind)
    throw new FabricError("JOURNAL_BEHIND", { evidence: `${checkpointsName} goes on after checkpoint ${seq}` });
  if (anchored.seq > seq)
    throw new FabricError("JOURNAL_BEHIND", { evidence: `checkpoint ${anchored.seq} is known to be on the chain` });
}

function requireSame(expected: Genesis, found: Genesis): void {
  for (const field of ["chainId", "ledger", "seed", "maxLagBlocks", "maxSilentTicks"] as const)
    if (found[field] !== expected[field])
      throw new FabricError("JOURNAL_FOREIGN", { field, found: found[field], expected: expected[field] });
}
