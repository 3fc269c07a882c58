import { FabricError } from "../errors.ts";
import {
  decodeGenesis,
  decodeInputs,
  type Effects,
  type Genesis,
  type Input,
  Machine,
  MalformedBytes,
  type Snapshot,
} from "../fabric/index.ts";
import { type Checkpoint, type CheckpointHead, noCheckpoint, sealCheckpoint, stateRoot } from "./checkpoint.ts";
import { toHex } from "./digest.ts";
import type { JournalPosition, JournalRecord } from "./journalReader.ts";
import { ReceiptEncoder } from "./receipts.ts";
import { ReceiptTree } from "./receiptTree.ts";

/** What one tick made. */
export type Step = {
  readonly inputs: readonly Input[];
  /** Filled anew by the next step. */
  readonly effects: Effects;
  /** Index in the receipts tree of the first of `effects.receipts`. */
  readonly firstReceipt: number;
  readonly checkpoint: Checkpoint | undefined;
};

/** The machine with all that follows from it: the receipts tree and the chain of checkpoints. It knows no store. */
export class Replay {
  readonly machine: Machine;
  readonly tree: ReceiptTree;
  readonly #encoder: ReceiptEncoder;
  readonly #onNode: ((hash: Uint8Array) => void) | undefined;
  #head: CheckpointHead;
  #snapshot: Snapshot | undefined;

  /** @param onNode told the hashes of the receipts tree, see `ReceiptTree.append` */
  constructor(machine: Machine, tree: ReceiptTree, head: CheckpointHead, onNode?: (hash: Uint8Array) => void) {
    this.machine = machine;
    this.tree = tree;
    this.#head = head;
    this.#encoder = new ReceiptEncoder(machine.genesis);
    this.#onNode = onNode;
  }

  static begin(genesis: Genesis, onNode?: (hash: Uint8Array) => void): Replay {
    return new Replay(new Machine(genesis), new ReceiptTree(), noCheckpoint, onNode);
  }

  /** The newest checkpoint. */
  get head(): CheckpointHead {
    return this.#head;
  }

  /** The machine after the last step, if that ended with a checkpoint. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /**
   * @param end the journal's place after the record of these inputs
   * @throws RangeError when the inputs are not those of the tick that is next
   */
  step(inputs: readonly Input[], end: JournalPosition): Step {
    this.#snapshot = undefined;
    const effects = this.machine.step(inputs);
    const firstReceipt = this.tree.size;
    for (const receipt of effects.receipts) this.tree.append(this.#encoder.leafHash(receipt), this.#onNode);
    this.#snapshot = effects.checkpoint ? this.machine.snapshot() : undefined;
    const checkpoint = this.#snapshot === undefined ? undefined : this.#checkpoint(this.#snapshot, end);
    return { inputs, effects, firstReceipt, checkpoint };
  }

  /** @throws FabricError JOURNAL_UNREADABLE when the record holds no inputs, or not those of the tick that is next */
  stepRecord(record: JournalRecord): Step {
    return reading(record, () => this.step(decodeInputs(record.bytes), record.end));
  }

  #checkpoint({ state }: Snapshot, end: JournalPosition): Checkpoint {
    const { tick, governance, counters } = this.machine;
    const checkpoint = sealCheckpoint({
      format: "planetary-fabric/checkpoint/v1",
      seq: this.#head.seq + 1,
      tick,
      parent: this.#head.digest,
      journal: { records: end.records, head: toHex(end.head) },
      receipts: { size: this.tree.size, root: toHex(this.tree.root()) },
      stateRoot: toHex(stateRoot(state, this.tree.frontier())),
      governance: { version: governance.version, block: governance.block, hash: toHex(governance.hash) },
      counters: { ...counters },
    });
    this.#head = { seq: checkpoint.document.seq, digest: checkpoint.digest };
    return checkpoint;
  }
}

export type ReplayedTick = Step & { readonly replay: Replay; readonly record: JournalRecord };

/**
 * Makes everything again from the records of a whole journal, tick by tick; `replay` is the same object in each.
 *
 * @throws FabricError JOURNAL_UNREADABLE, and whatever reading the records throws
 */
export function* replay(
  records: Iterable<JournalRecord>,
  onNode?: (hash: Uint8Array) => void,
): Generator<ReplayedTick, void, undefined> {
  let running: Replay | undefined;
  for (const record of records) {
    if (running === undefined) running = Replay.begin(readGenesis(record), onNode);
    else yield { ...running.stepRecord(record), replay: running, record };
  }
}

/** @throws FabricError JOURNAL_UNREADABLE */
export function readGenesis(record: JournalRecord): Genesis {
  return reading(record, () => decodeGenesis(record.bytes));
}

function reading<T>({ file, number, offset }: JournalRecord, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MalformedBytes) && !(cause instanceof RangeError)) throw cause;
    throw new FabricError("JOURNAL_UNREADABLE", { file, record: number, offset, reason: cause.message }, { cause });
  }
}
