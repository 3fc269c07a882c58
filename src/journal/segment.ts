import { ByteReader, ByteWriter } from "../fabric/bytes.ts";
import { digestBytes, equalBytes, sha256, sha256Over } from "./digest.ts";

// The bytes of a segment, one file of the journal. They are frozen.
//
//   segment  header ‖ record ‖ record ‖ …
//   header   "fabric-journal/1" ‖ u32 segment, from 1 ‖ u64 number of its first record ‖ head before that record ‖
//            SHA-256(all before)
//   record   u32 length ‖ u32 complement of length ‖ inputs ‖ SHA-256(head before ‖ u32 length ‖ inputs)
//
// A record's last 32 bytes are the head after it, so that the head before a segment commits to every record of all
// segments before it. The complement tells a length that was altered from a record that was not written to its end: a
// length that is believed although it is wrong would make all that follows look like one torn record.

/** The head before the first record. */
export const journalOrigin = sha256(new TextEncoder().encode("planetary-fabric/journal/v1"));

const magic = new TextEncoder().encode("fabric-journal/1");

export const segmentHeaderBytes = magic.length + 4 + 8 + 2 * digestBytes;
export const recordHeaderBytes = 8;
/** What a record takes beside its inputs. */
export const recordOverheadBytes = recordHeaderBytes + digestBytes;

export type SegmentHeader = {
  readonly segment: number;
  /** Genesis is record 0. */
  readonly firstRecord: number;
  readonly head: Uint8Array;
};

export function segmentName(segment: number): string {
  return `journal-${String(segment).padStart(8, "0")}.segment`;
}

/** The number in the name of a segment; undefined for any other file. */
export function segmentOf(name: string): number | undefined {
  const segment = Number(/^journal-(\d{8,})\.segment$/.exec(name)?.[1]);
  return segment >= 1 && segmentName(segment) === name ? segment : undefined;
}

export function encodeSegmentHeader({ segment, firstRecord, head }: SegmentHeader): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(segmentHeaderBytes).raw(magic).u32(segment).u64(firstRecord).raw(head);
  return writer.raw(sha256(writer.finish())).finish();
}

/** Undefined when it is not what `encodeSegmentHeader` wrote. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  const covered = bytes.subarray(0, segmentHeaderBytes - digestBytes);
  if (!equalBytes(bytes.subarray(0, magic.length), magic)) return undefined;
  if (!equalBytes(bytes.subarray(covered.length), sha256(covered))) return undefined;
  const reader = new ByteReader(covered);
  reader.raw(magic.length);
  return { segment: reader.u32(), firstRecord: reader.u64(), head: reader.raw(digestBytes) };
}

/**
 * One record; its last 32 bytes are the head after it.
 * @param writer what it is written with, from the beginning; the record is good until that is used again
 */
export function encodeRecord(
  head: Uint8Array,
  inputs: Uint8Array,
  writer = new ByteWriter(recordOverheadBytes + inputs.length),
): Uint8Array<ArrayBuffer> {
  const { length } = inputs;
  // The head before holds the place of the head after.
  const record = writer.clear().u32(length).u32(~length).raw(inputs).raw(head).view();
  record.set(headAfter(head, record), record.length - digestBytes);
  return record;
}

/** The length that the first eight bytes of a record give; undefined when they contradict each other. */
export function decodeRecordLength(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, recordHeaderBytes);
  const length = view.getUint32(0);
  return view.getUint32(4) === ~length >>> 0 ? length : undefined;
}

/** What the last 32 bytes of `record` must be. */
export function headAfter(head: Uint8Array, record: Uint8Array): Uint8Array {
  const inputs = record.subarray(recordHeaderBytes, record.length - digestBytes);
  return sha256Over(head, record.subarray(0, 4), inputs);
}
