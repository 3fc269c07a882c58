import { ByteReader, ByteWriter, type Snapshot as MachineSnapshot, MalformedBytes } from "../fabric/index.ts";
import { type Checkpoint, parseCheckpoint, stateRoot } from "./checkpoint.ts";
import { digestBytes, equalBytes, sha256, toHex } from "./digest.ts";
import type { JournalPosition } from "./journalReader.ts";
import type { Store, StoreReader } from "./store.ts";

/** Lengths in bytes that the derived files had. */
export type DerivedLengths = {
  readonly events: number;
  readonly receipts: number;
  readonly tree: number;
  readonly checkpoints: number;
};

/**
 * Everything that recovery needs in order not to begin at genesis. It is taken of the state that a checkpoint is about,
 * whose digest, anchored on the chain, so vouches for it.
 */
export type Snapshot = {
  /** The place after the last record that the snapshot covers. */
  readonly journal: JournalPosition;
  readonly derived: DerivedLengths;
  readonly checkpoint: Checkpoint;
  readonly frontier: Uint8Array;
  readonly machine: MachineSnapshot;
};

const magic = new TextEncoder().encode("fabric-snapshot1");
const kept = 2;

export function snapshotName(records: number): string {
  return `snapshot-${String(records).padStart(12, "0")}.bin`;
}

/** Names of the snapshots there are, newest first. */
export function snapshotNames(store: StoreReader): string[] {
  return store
    .list()
    .filter((name) => /^snapshot-\d{12,}\.bin$/.test(name))
    .sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
}

/** Writes the snapshot, then removes all but the newest two. @returns its length in bytes */
export function writeSnapshot(store: Store, snapshot: Snapshot): number {
  const bytes = encodeSnapshot(snapshot);
  store.replace(snapshotName(snapshot.journal.records), bytes);
  for (const name of snapshotNames(store).slice(kept)) store.remove(name);
  return bytes.length;
}

/** "fabric-snapshot1" ‖ fields ‖ SHA-256(all before). */
export function encodeSnapshot({ journal, derived, checkpoint, frontier, machine }: Snapshot): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(512).raw(magic);
  writer.u32(journal.segment).u64(journal.offset).u64(journal.records).raw(journal.head);
  writer.u64(derived.events).u64(derived.receipts).u64(derived.tree).u64(derived.checkpoints);
  writer.text(checkpoint.text);
  for (const { length } of [frontier, machine.state, machine.transport]) writer.u64(length);
  // The state may be large: it is copied once.
  const parts = [writer.finish(), frontier, machine.state, machine.transport];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length + digestBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes.set(sha256(bytes.subarray(0, length)), length);
  return bytes;
}

/**
 * @throws MalformedBytes when the bytes are not, to the last bit, what `encodeSnapshot` made, or the state is not the
 * one that the checkpoint is about
 */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const covered = bytes.subarray(0, Math.max(0, bytes.length - digestBytes));
  if (!equalBytes(bytes.subarray(covered.length), sha256(covered))) throw new MalformedBytes("its hash is wrong");
  const reader = new ByteReader(covered);
  if (!equalBytes(reader.raw(magic.length), magic)) throw new MalformedBytes("it is of another format");
  const journal = { segment: reader.u32(), offset: reader.u64(), records: reader.u64(), head: reader.raw(digestBytes) };
  const derived = { events: reader.u64(), receipts: reader.u64(), tree: reader.u64(), checkpoints: reader.u64() };
  const checkpoint = parseCheckpoint(reader.text());
  const [frontier, state, transport] = [reader.u64(), reader.u64(), reader.u64()].map((length) => reader.raw(length));
  reader.end();
  const { stateRoot: root, journal: covers } = checkpoint?.document ?? {};
  if (checkpoint === undefined || root !== toHex(stateRoot(state, frontier)) || covers?.head !== toHex(journal.head))
    throw new MalformedBytes("its state is not the one that its checkpoint is about");
  return { journal, derived, checkpoint, frontier, machine: { state, transport } };
}
