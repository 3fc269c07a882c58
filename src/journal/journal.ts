import { ByteWriter } from "../fabric/index.ts";
import { digestBytes } from "./digest.ts";
import type { JournalPosition, TornTail } from "./journalReader.ts";
import { encodeRecord, encodeSegmentHeader, journalOrigin, segmentHeaderBytes, segmentName } from "./segment.ts";
import type { Store } from "./store.ts";

/** Adds records to the journal, one durable write each. */
export class Journal {
  readonly #store: Store;
  readonly #segmentBytes: number;
  readonly #record = new ByteWriter();
  #end: JournalPosition;
  #failure: unknown;

  private constructor(store: Store, end: JournalPosition, segmentBytes: number) {
    this.#store = store;
    this.#end = end;
    this.#segmentBytes = segmentBytes;
  }

  /** Begins a journal, whose first record is `genesis`, in a store that has none. */
  static create(store: Store, genesis: Uint8Array, segmentBytes: number): Journal {
    const journal = new Journal(store, { segment: 0, offset: 0, records: 0, head: journalOrigin }, segmentBytes);
    journal.append(genesis);
    return journal;
  }

  /** Goes on where a reader of the whole journal came to its end; a torn tail is cut off. */
  static continue(store: Store, end: JournalPosition, torn: TornTail | undefined, segmentBytes: number): Journal {
    if (torn !== undefined) store.truncate(torn.file, torn.offset);
    return new Journal(store, end, segmentBytes);
  }

  /** The place after the last record. */
  get end(): JournalPosition {
    return this.#end;
  }

  /**
   * Returns when the record would survive a loss of power. After a failure nobody knows what is on the disk, so that
   * every later call fails with the same error until the journal was read again.
   *
   * @throws FabricError STORE_FULL, STORE_FAILED
   */
  append(inputs: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#append(inputs);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #append(inputs: Uint8Array): void {
    const { records, head } = this.#end;
    const record = encodeRecord(head, inputs, this.#record);
    let { segment, offset } = this.#end;
    if (segment === 0 || offset >= this.#segmentBytes) {
      segment++;
      offset = segmentHeaderBytes;
      this.#store.append(segmentName(segment), encodeSegmentHeader({ segment, firstRecord: records, head }));
    }
    const file = segmentName(segment);
    this.#store.append(file, record);
    this.#store.sync(file);
    const newHead = record.slice(record.length - digestBytes);
    this.#end = { segment, offset: offset + record.length, records: records + 1, head: newHead };
  }
}
