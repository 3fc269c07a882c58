import { CheckpointLog, checkpointsName } from "./checkpointLog.ts";
import { DerivedFile } from "./derivedFile.ts";
import { digestBytes } from "./digest.ts";
import { ReceiptFile } from "./receiptFile.ts";
import type { NodeReader } from "./receiptProof.ts";
import type { Step } from "./replay.ts";
import type { DerivedLengths } from "./snapshot.ts";
import type { Store, StoreReader } from "./store.ts";

export const eventsName = "events.ndjson";
export const receiptsName = "receipts.ndjson";
/** Hashes of the receipts tree, 32 bytes each, at `nodePosition`. */
export const treeName = "receipts.tree";

/** What the journal makes: events, receipts, the hashes of their tree, checkpoints. */
export class DerivedFiles {
  readonly checkpoints: CheckpointLog;
  readonly receipts: ReceiptFile;
  readonly #events: DerivedFile;
  readonly #tree: DerivedFile;

  /** Goes back to `lengths`, which no file may be shorter than; the rest is to be added again. */
  constructor(store: Store, lengths: DerivedLengths) {
    const cut = (name: string, length: number) => {
      if (store.size(name) > length) store.truncate(name, length);
      return new DerivedFile(store, name);
    };
    this.#events = cut(eventsName, lengths.events);
    this.receipts = new ReceiptFile(cut(receiptsName, lengths.receipts));
    this.#tree = cut(treeName, lengths.tree);
    this.checkpoints = new CheckpointLog(store, lengths.checkpoints);
  }

  get lengths(): DerivedLengths {
    const [events, receipts, tree] = [this.#events.length, this.receipts.length, this.#tree.length];
    return { events, receipts, tree, checkpoints: this.checkpoints.length };
  }

  /** To be handed to what grows the tree. */
  readonly addNode = (hash: Uint8Array): void => {
    this.#tree.writer.line().raw(hash);
  };

  /** @throws FabricError CHECKPOINT_DIFFERS */
  add({ effects, firstReceipt, checkpoint }: Step): void {
    effects.events.writeLines(this.#events.writer);
    this.receipts.add(firstReceipt, effects.receipts);
    if (checkpoint === undefined) return;
    this.flush();
    this.checkpoints.add(checkpoint);
  }

  readonly node: NodeReader = (position) => this.#tree.read(position * digestBytes, digestBytes);

  flush(): void {
    for (const file of [this.#events, this.receipts, this.#tree]) file.flush();
  }

  sync(): void {
    for (const file of [this.#events, this.receipts, this.#tree]) file.sync();
  }
}

export function derivedLengthsIn(store: StoreReader): DerivedLengths {
  return {
    events: store.size(eventsName),
    receipts: store.size(receiptsName),
    tree: store.size(treeName),
    checkpoints: store.size(checkpointsName),
  };
}
