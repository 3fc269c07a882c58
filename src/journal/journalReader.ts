import { FabricError } from "../errors.ts";
import { digestBytes, equalBytes } from "./digest.ts";
import {
  decodeRecordLength,
  decodeSegmentHeader,
  headAfter,
  journalOrigin,
  recordHeaderBytes,
  recordOverheadBytes,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentName,
  segmentOf,
} from "./segment.ts";
import type { StoreReader } from "./store.ts";

/** A place between two records. */
export type JournalPosition = {
  readonly segment: number;
  /** Byte in that segment's file where the next record begins, unless it opens a new segment. */
  readonly offset: number;
  /** Records before this place, genesis among them. */
  readonly records: number;
  /** Hash of the last of them, which commits to them all. */
  readonly head: Uint8Array;
};

export type JournalRecord = {
  /** Genesis is record 0. */
  readonly number: number;
  /** Genesis, or the inputs of one tick; never overwritten, so that views into it stay good. */
  readonly bytes: Uint8Array;
  readonly file: string;
  /** Where in the file the record begins. */
  readonly offset: number;
  /** The place after this record. */
  readonly end: JournalPosition;
};

/** What a crash left of a record, or of a segment's header, that was being written: nobody was told that it is kept. */
export type TornTail = {
  readonly file: string;
  readonly record: number;
  readonly offset: number;
  readonly bytes: number;
};

export type JournalReaderOptions = {
  /** Where to begin; records before it in its segment are checked but not given. Default: genesis. */
  readonly from?: JournalPosition | undefined;
  /** Nobody writes to it any more, as in a bundle: a torn end counts as altered. */
  readonly closed?: boolean;
};

const chunkBytes = 1 << 20;
const sectorBytes = 512;

/**
 * Reads the journal in order, in chunks, and holds every byte of it against the hashes.
 *
 * Only the end of the last segment may be torn, and it is called so only if a write that was cut off explains it: the
 * file ends before the record does, or disk sectors of the last record were never filled (they are zero). Anything else
 * that does not fit was altered. A forger can still cut records off the end and leave no trace here: that is found by
 * what was made of them, see `recover`, and in the end by the ledger.
 */
export class JournalReader {
  readonly #store: StoreReader;
  readonly #from: JournalPosition | undefined;
  readonly #isClosed: boolean;
  #end: JournalPosition = { segment: 0, offset: 0, records: 0, head: journalOrigin };
  #torn: TornTail | undefined;

  constructor(store: StoreReader, { from, closed = false }: JournalReaderOptions = {}) {
    this.#store = store;
    this.#from = from;
    this.#isClosed = closed;
  }

  /** The place after the last whole record read; segment 0 before there is any. */
  get end(): JournalPosition {
    return this.#end;
  }

  /** Known when `records` has come to its end. */
  get torn(): TornTail | undefined {
    return this.#torn;
  }

  /**
   * @throws FabricError JOURNAL_ALTERED for whatever was changed, cut short or swapped; JOURNAL_SEGMENT_MISSING;
   * JOURNAL_BEHIND when the journal ends before the place to begin at
   */
  *records(): Generator<JournalRecord, void, undefined> {
    const segments = segmentsOf(this.#store);
    const last = segments.at(-1) ?? 0;
    const first = this.#from?.segment ?? 1;
    if (segments.length > 0 && segments[0] > first)
      throw new FabricError("JOURNAL_SEGMENT_MISSING", { file: segmentName(first) });
    for (let segment = first; segment <= last; segment++)
      yield* this.#segment(segment, segment === last && !this.#isClosed);
    if (this.#from !== undefined && this.#end.records < this.#from.records) {
      const evidence = `it has no record ${this.#from.records - 1}, and a snapshot was taken after it`;
      throw new FabricError("JOURNAL_BEHIND", { evidence });
    }
  }

  *#segment(segment: number, mayBeTorn: boolean): Generator<JournalRecord, void, undefined> {
    const file = segmentName(segment);
    const window = new Window(this.#store, file);
    const header = this.#header(window, segment, mayBeTorn);
    if (header === undefined) return;
    this.#end = { segment, offset: segmentHeaderBytes, records: header.firstRecord, head: header.head };
    while (window.remaining > 0) {
      const { offset } = window;
      const record = this.#record(window, mayBeTorn);
      if (record === undefined) return;
      const number = this.#end.records;
      const head = record.subarray(record.length - digestBytes);
      this.#end = { segment, offset: window.offset, records: number + 1, head };
      const bytes = record.subarray(recordHeaderBytes, record.length - digestBytes);
      if (this.#wanted(file, number, offset)) yield { number, bytes, file, offset, end: this.#end };
    }
  }

  /** Undefined when the header was torn. */
  #header(window: Window, segment: number, mayBeTorn: boolean): SegmentHeader | undefined {
    const bytes = window.peek(segmentHeaderBytes);
    const header = bytes === undefined ? undefined : decodeSegmentHeader(bytes);
    const record = this.#end.segment === 0 ? 0 : this.#end.records;
    if (header === undefined) {
      if (mayBeTorn && (bytes === undefined || window.isUnfilled(0))) return this.#tear(window, record);
      throw altered(window, record, "the segment's header is damaged");
    }
    const origin = segment === 1 ? { records: 0, head: journalOrigin } : this.#end;
    const continues = header.firstRecord === origin.records && equalBytes(header.head, origin.head);
    // The first segment read, if it is not the journal's first, follows one that is not read.
    if (header.segment !== segment || (!continues && (segment === 1 || this.#end.segment !== 0)))
      throw altered(window, record, "it does not continue where the segment before it ends");
    window.take(segmentHeaderBytes);
    return header;
  }

  /** Undefined when the record was torn. */
  #record(window: Window, mayBeTorn: boolean): Uint8Array | undefined {
    const number = this.#end.records;
    const header = window.peek(recordHeaderBytes);
    if (header === undefined) {
      if (mayBeTorn) return this.#tear(window, number);
      throw altered(window, number, "the file ends within it");
    }
    const inputsBytes = decodeRecordLength(header);
    if (inputsBytes === undefined) {
      // The complement of a length is never zero, unlike the length: in which sectors it stands, is seen by it.
      if (mayBeTorn && (window.isUnfilled(4) || window.isUnfilled(7))) return this.#tear(window, number);
      throw altered(window, number, "its length is not the one that was written");
    }
    const record = window.peek(recordOverheadBytes + inputsBytes);
    if (record === undefined) {
      if (mayBeTorn) return this.#tear(window, number);
      throw altered(window, number, "the file ends within it");
    }
    if (!equalBytes(record.subarray(record.length - digestBytes), headAfter(this.#end.head, record))) {
      const lastRecord = mayBeTorn && window.remaining === record.length;
      if (lastRecord && lacksSector(record, window.offset)) return this.#tear(window, number);
      throw altered(window, number, "its hash is wrong");
    }
    window.take(record.length);
    return record;
  }

  #tear(window: Window, record: number): undefined {
    this.#torn = { file: window.file, record, offset: window.offset, bytes: window.remaining };
  }

  #wanted(file: string, number: number, offset: number): boolean {
    const from = this.#from;
    if (from === undefined || number >= from.records) return true;
    if (number === from.records - 1 && !equalBytes(this.#end.head, from.head)) {
      const problem = "it is not the record that a snapshot was taken after";
      throw new FabricError("JOURNAL_ALTERED", { file, record: number, offset, problem });
    }
    return false;
  }
}

/**
 * The segments there are, rising. The oldest may have been archived; none may be missing after them.
 *
 * @throws FabricError JOURNAL_SEGMENT_MISSING
 */
export function segmentsOf(store: StoreReader): number[] {
  const segments: number[] = [];
  for (const name of store.list()) {
    const segment = segmentOf(name);
    if (segment !== undefined) segments.push(segment);
  }
  segments.sort((a, b) => a - b);
  for (const [index, segment] of segments.entries()) {
    const expected = segments[0] + index;
    if (segment !== expected) throw new FabricError("JOURNAL_SEGMENT_MISSING", { file: segmentName(expected) });
  }
  return segments;
}

/** A file read from front to end through a chunk of it. Chunks are never written over: records are views into them. */
class Window {
  readonly file: string;
  readonly #store: StoreReader;
  readonly #size: number;
  #chunk = new Uint8Array();
  /** Where in the file the chunk begins, and how much of the chunk was taken. */
  #start = 0;
  #taken = 0;

  constructor(store: StoreReader, file: string) {
    this.#store = store;
    this.file = file;
    this.#size = store.size(file);
  }

  get offset(): number {
    return this.#start + this.#taken;
  }

  get remaining(): number {
    return this.#size - this.offset;
  }

  /** The next `length` bytes; undefined when the file has no more so many. */
  peek(length: number): Uint8Array | undefined {
    if (length > this.remaining) return undefined;
    if (this.#taken + length > this.#chunk.length) {
      const start = this.offset;
      this.#chunk = new Uint8Array(Math.min(this.remaining, Math.max(length, chunkBytes)));
      this.#chunk = this.#chunk.subarray(0, this.#store.read(this.file, start, this.#chunk));
      this.#start = start;
      this.#taken = 0;
      if (this.#chunk.length < length) return undefined;
    }
    return this.#chunk.subarray(this.#taken, this.#taken + length);
  }

  take(length: number): void {
    this.#taken += length;
  }

  /**
   * Whether the sector in which the `at`-th of the next bytes stands was never filled from the next byte on, and no
   * record begins behind it: if one did, the sector had been filled, and was lost later.
   */
  isUnfilled(at: number): boolean {
    const { offset, remaining } = this;
    const sector = Math.floor((offset + at) / sectorBytes) * sectorBytes;
    const rest = this.peek(remaining);
    if (rest === undefined) return false;
    const from = Math.max(0, sector - offset);
    const to = sector + sectorBytes - offset;
    return isZero(rest.subarray(from, to)) && !hasRecord(rest.subarray(to));
  }
}

/** Whether a disk sector of the record, but for the first, is zero: one that a cut-off write never filled. */
function lacksSector(record: Uint8Array, offset: number): boolean {
  for (let at = sectorBytes - (offset % sectorBytes); at < record.length; at += sectorBytes)
    if (isZero(record.subarray(at, at + sectorBytes))) return true;
  return false;
}

/** Whether a length and its complement stand anywhere in `bytes`, with room for the record that they announce. */
function hasRecord(bytes: Uint8Array): boolean {
  for (let at = 0; at + recordOverheadBytes <= bytes.length; at++) {
    const length = decodeRecordLength(bytes.subarray(at, at + recordHeaderBytes));
    if (length !== undefined && at + recordOverheadBytes + length <= bytes.length) return true;
  }
  return false;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function altered(window: Window, record: number, problem: string): FabricError {
  return new FabricError("JOURNAL_ALTERED", { file: window.file, record, offset: window.offset, problem });
}
