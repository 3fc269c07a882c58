import { hash } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How much of everything a run left behind. */
export type Work = {
  readonly ticks: number;
  /** Bytes of the journal: durable with every tick. */
  readonly journalBytes: number;
  /** Bytes of events, receipts and the receipts tree. */
  readonly derivedBytes: number;
  /** Each is a leaf to hash, and all but one bring a node above two others with them. */
  readonly receipts: number;
  readonly stateChanges: number;
};

const leafBytes = 1 + 448;
const nodeBytes = 1 + 2 * 32;
const bufferBytes = 1 << 18;
/** Jobs that a state change goes round. */
const slots = 1 << 16;

/**
 * What no program that keeps such a record can do without: as many bytes copied, hashed, written and synced as a run
 * left behind, and as many state changes, each of four numbers in bare typed arrays. It knows no job, no order and no
 * format.
 *
 * @param folder where it writes; the files are removed
 * @returns CPU seconds
 */
export function measureFloor(folder: string, work: Work): number {
  const started = process.cpuUsage();
  const journal = new Appended(join(folder, "floor.journal"));
  const derived = new Appended(join(folder, "floor.derived"));
  const record = Buffer.alloc(Math.ceil(work.journalBytes / work.ticks));
  const inputs = Buffer.alloc(record.length, 1);
  const lines = Buffer.alloc(bufferBytes, 2);
  const lineBytes = work.derivedBytes / (work.stateChanges + work.receipts);
  const leaf = Buffer.alloc(leafBytes);
  const node = Buffer.alloc(nodeBytes);
  const status = new Uint8Array(slots);
  const columns = [new Float64Array(slots), new Float64Array(slots), new Float64Array(slots)] as const;
  let [lineCount, buffered, receipts, changes] = [0, 0, 0, 0];
  const addLine = () => {
    const length = Math.floor(++lineCount * lineBytes) - Math.floor((lineCount - 1) * lineBytes);
    if (buffered + length > bufferBytes) {
      derived.add(lines.subarray(0, buffered));
      buffered = 0;
    }
    buffered += inputs.copy(lines, buffered, 0, Math.min(length, inputs.length));
  };
  for (let tick = 1; tick <= work.ticks; tick++) {
    inputs.copy(record);
    record.write(hash("sha256", record, "binary"), 0, "latin1");
    journal.add(record);
    journal.sync();
    for (; changes < (work.stateChanges * tick) / work.ticks; changes++) {
      const slot = changes % slots;
      status[slot]++;
      for (const column of columns) column[slot] = changes;
      addLine();
    }
    for (; receipts < (work.receipts * tick) / work.ticks; receipts++) {
      node.write(hash("sha256", leaf, "binary"), 1, "latin1");
      node.write(hash("sha256", node, "binary"), 33, "latin1");
      addLine();
    }
  }
  derived.add(lines.subarray(0, buffered));
  derived.sync();
  for (const file of [journal, derived]) file.remove();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

class Appended {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "ax");
  }

  add(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
  }

  sync(): void {
    fdatasyncSync(this.#descriptor);
  }

  remove(): void {
    closeSync(this.#descriptor);
    rmSync(this.#path);
  }
}
