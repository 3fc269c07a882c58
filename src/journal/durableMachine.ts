import { FabricError } from "../errors.ts";
import {
  ByteWriter,
  type Genesis,
  type Input,
  type Machine,
  type Snapshot,
  tickOf,
  writeInputs,
} from "../fabric/index.ts";
import { type AnchorNote, nothingAnchored, writeAnchorNote } from "./anchorNote.ts";
import type { Checkpoint, CheckpointHead } from "./checkpoint.ts";
import type { CheckpointEntry } from "./checkpointLog.ts";
import { type DerivedFiles, receiptsName } from "./derivedFiles.ts";
import { equalBytes, type Hex, toHex } from "./digest.ts";
import type { Journal } from "./journal.ts";
import type { JournalPosition } from "./journalReader.ts";
import { nodePosition } from "./receiptProof.ts";
import { ReceiptProver } from "./receiptProver.ts";
import { type IndexedReceipt, ReceiptEncoder } from "./receipts.ts";
import { type Recovery, recover } from "./recovery.ts";
import type { Replay, Step } from "./replay.ts";
import { writeSnapshot } from "./snapshot.ts";
import type { Store } from "./store.ts";

export type DurableMachineSettings = {
  /** Length from which on a segment of the journal is closed. */
  readonly segmentBytes: number;
  /**
   * A snapshot is due after so many ticks, or so many bytes of inputs (or as many as the last snapshot had), and taken at
   * the next checkpoint. For bytes that should be soon, see `isCheckpointDue`.
   */
  readonly snapshotTicks: number;
  readonly snapshotBytes: number;
};

export const defaultSettings: DurableMachineSettings = {
  segmentBytes: 64 * 2 ** 20,
  snapshotTicks: 100,
  snapshotBytes: 32 * 2 ** 20,
};

/**
 * The machine whose every input is on disk before it is obeyed. A tick is `write`, which returns when its inputs would
 * survive a loss of power, and then `apply`, which alone gives effects: so nothing can leave the process before the
 * record that caused it is durable.
 *
 * After an error nothing more can be done with it but to close the store and open it again.
 */
export class DurableMachine {
  /** How the record was found when it was opened. */
  readonly recovery: Recovery;
  /** Proofs about the receipts. */
  readonly proofs: ReceiptProver;
  readonly #settings: DurableMachineSettings;
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #replay: Replay;
  readonly #derived: DerivedFiles;
  /** Checkpoints after the newest one known to be anchored. */
  #unanchored: CheckpointEntry[];
  #anchored: AnchorNote;
  #anchoredCheckpoint: Checkpoint | undefined;
  /** The place after the last record that was applied. */
  #applied: JournalPosition;
  /** The checkpoint that ended the tick applied last, if this process applied it. */
  #checkpoint: Checkpoint | undefined;
  readonly #inputs = new ByteWriter();
  #written: readonly Input[] | undefined;
  #failure: unknown;
  #ticksSinceSnapshot: number;
  #bytesSinceSnapshot: number;
  #snapshotLength = 0;

  /**
   * Recovers what is in the store, or begins a journal in an empty one. When it throws, the store is still the caller's
   * to close.
   *
   * @throws FabricError see `recover`
   */
  constructor(store: Store, genesis: Genesis, settings: Partial<DurableMachineSettings> = {}) {
    this.#settings = { ...defaultSettings, ...settings };
    this.#store = store;
    const recovered = recover(store, genesis, this.#settings.segmentBytes);
    this.recovery = recovered.recovery;
    this.#journal = recovered.journal;
    this.#replay = recovered.replay;
    this.#derived = recovered.derived;
    this.proofs = new ReceiptProver(recovered.replay.tree, recovered.derived.node);
    this.#anchored = recovered.anchored;
    this.#applied = this.#journal.end;
    this.#ticksSinceSnapshot = recovered.recovery.replayedTicks;
    this.#bytesSinceSnapshot = recovered.replayedBytes;
    this.#unanchored = [...this.#entriesAfter(this.#anchored)];
    this.#anchoredCheckpoint = this.#derived.checkpoints.endingAt(this.#anchored);
  }

  /** To look at; only `apply` steps it. */
  get machine(): Machine {
    return this.#replay.machine;
  }

  /** The place after the last record on disk. */
  get end(): JournalPosition {
    return this.#journal.end;
  }

  get receipts(): { readonly size: number; readonly root: Hex } {
    const { tree } = this.#replay;
    return { size: tree.size, root: toHex(tree.root()) };
  }

  /** The newest checkpoint; seq 0 before there is one. */
  get head(): CheckpointHead {
    return this.#replay.head;
  }

  /** The newest checkpoint known to be anchored; seq 0 when none is. */
  get anchored(): CheckpointHead {
    return { seq: this.#anchored.seq, digest: this.#anchored.digest };
  }

  /** The same with all that it says; undefined when none is anchored. */
  get anchoredCheckpoint(): Checkpoint | undefined {
    return this.#anchoredCheckpoint;
  }

  /**
   * So many bytes are on record since the last snapshot that the next tick should end with a checkpoint, however long the
   * owners' interval is: what has to be played again after a crash stays bounded.
   */
  get isCheckpointDue(): boolean {
    return this.#checkpoint === undefined && this.#bytesSinceSnapshot >= this.#snapshotBytes;
  }

  /** Checkpoints not known to be anchored, in order. */
  get unanchored(): readonly Checkpoint[] {
    return this.#unanchored.map(({ checkpoint }) => checkpoint);
  }

  /**
   * Returns when the inputs of one tick are on disk.
   *
   * @throws RangeError when they are not those of the tick that is next, or the last ones were not applied yet
   * @throws FabricError STORE_FULL, STORE_FAILED
   */
  write(inputs: readonly Input[]): void {
    if (this.#written !== undefined) throw new RangeError("the inputs written last were not applied yet");
    tickOf(inputs, this.machine.tick);
    const bytes = writeInputs(this.#inputs.clear(), inputs).view();
    this.#orFail(() => this.#journal.append(bytes));
    this.#bytesSinceSnapshot += bytes.length;
    this.#written = inputs;
  }

  /**
   * Obeys the inputs written last.
   *
   * @throws RangeError when nothing was written
   * @throws FabricError STORE_FULL, STORE_FAILED
   */
  apply(): Step {
    const inputs = this.#written;
    if (inputs === undefined) throw new RangeError("nothing was written that could be applied");
    return this.#orFail(() => {
      // Not before the next record is on disk: a snapshot is always followed by one, so that recovery can make the
      // effects of the last tick again.
      const { snapshot } = this.#replay;
      if (this.#checkpoint !== undefined && snapshot !== undefined && this.#isSnapshotDue())
        this.#snapshot(this.#checkpoint, snapshot);
      const step = this.#replay.step(inputs, this.#journal.end);
      this.#derived.add(step);
      if (step.checkpoint !== undefined)
        this.#unanchored.push({ checkpoint: step.checkpoint, end: this.#derived.checkpoints.length });
      this.#applied = this.#journal.end;
      this.#checkpoint = step.checkpoint;
      this.#ticksSinceSnapshot++;
      this.#written = undefined;
      return step;
    });
  }

  /** `write`, then `apply`. */
  append(inputs: readonly Input[]): Step {
    this.write(inputs);
    return this.apply();
  }

  /**
   * Notes that this checkpoint is the newest on the chain; it may be an older one than before, when the chain was
   * reorganised.
   *
   * @throws RangeError when there is no such checkpoint
   * @throws FabricError CHECKPOINTS_ALTERED, STORE_FULL, STORE_FAILED
   */
  noteAnchored(digest: Hex): void {
    if (digest === this.#anchored.digest) return;
    const isIt = ({ checkpoint }: CheckpointEntry) => checkpoint.digest === digest;
    const entry = this.#unanchored.find(isIt) ?? [...this.#entriesAfter(nothingAnchored)].find(isIt);
    if (entry === undefined) throw new RangeError(`${digest} is no checkpoint of this fabric`);
    const note = { seq: entry.checkpoint.document.seq, digest, end: entry.end };
    writeAnchorNote(this.#store, note);
    this.#anchored = note;
    this.#anchoredCheckpoint = entry.checkpoint;
    this.#unanchored = [...this.#entriesAfter(note)];
  }

  /**
   * All checkpoints from the first, read from the disk: for a chain that has lost anchors, and for whoever asks.
   * @throws FabricError CHECKPOINTS_ALTERED
   */
  *checkpoints(): Generator<Checkpoint, void, undefined> {
    for (const { checkpoint } of this.#entriesAfter(nothingAnchored)) yield checkpoint;
  }

  /**
   * The receipt of a job, by its submitter's number and its own, if it had ended when this was asked: held against the
   * tree of receipts. Undefined when it had not, or never was. An old one may take a second for each five million
   * receipts that came after it, in pieces between which ticks have their turn.
   * @throws FabricError RECEIPT_DAMAGED, RECEIPTS_ALTERED; FABRIC_STOPPING when the record is closed meanwhile
   */
  async receiptOf(submitter: number, number: number): Promise<IndexedReceipt | undefined> {
    const found = await this.#derived.receipts.find(submitter, number);
    if (found === undefined) return undefined;
    const { size } = this.#replay.tree;
    const leaf = new ReceiptEncoder(this.machine.genesis).leafHash(found.receipt);
    if (found.index < size && equalBytes(leaf, this.#derived.node(nodePosition(found.index, 1)))) return found;
    throw new FabricError("RECEIPTS_ALTERED", { file: receiptsName, size });
  }

  /**
   * Writes what was made so far into the derived files, for those who read them; it need not survive a loss of power.
   * @throws FabricError STORE_FULL, STORE_FAILED
   */
  flushDerived(): void {
    this.#orFail(() => this.#derived.flush());
  }

  /** Brings the derived files up to date, unless something failed, and gives the store up. */
  close(): void {
    this.#derived.receipts.close();
    try {
      if (this.#failure === undefined) this.#derived.sync();
    } finally {
      this.#store.close();
    }
  }

  #entriesAfter(note: AnchorNote): Generator<CheckpointEntry, void, undefined> {
    return this.#derived.checkpoints.after(note, note.end, this.head);
  }

  #isSnapshotDue(): boolean {
    return this.#ticksSinceSnapshot >= this.#settings.snapshotTicks || this.#bytesSinceSnapshot >= this.#snapshotBytes;
  }

  /** Never more bytes of snapshots than of journal, however large the state. */
  get #snapshotBytes(): number {
    return Math.max(this.#settings.snapshotBytes, this.#snapshotLength);
  }

  /** @param machine what `checkpoint` is about */
  #snapshot(checkpoint: Checkpoint, machine: Snapshot): void {
    this.#derived.sync();
    this.#snapshotLength = writeSnapshot(this.#store, {
      journal: this.#applied,
      derived: this.#derived.lengths,
      checkpoint,
      frontier: this.#replay.tree.frontier(),
      machine,
    });
    this.#ticksSinceSnapshot = 0;
    this.#bytesSinceSnapshot = 0;
  }

  /** What fails here leaves memory and disk apart. */
  #orFail<T>(action: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
