import { MemoryStore, type Store, segmentOf } from "../../src/journal/index.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";

const recordHeaderBytes = 8;
const digestBytes = 32;
const tickTag = 9;
const lengthBytes = 4;
const headerBegin = "fabric-journal/1".charCodeAt(0);

/** The disk of an orchestrator. It outlives its processes, and loses what was not synced when the power goes. */
export class Disk {
  /** Newest tick whose record would survive a loss of power; 0 before there is one. */
  durableTick = 0;
  /** When the journal was last written, ms. */
  writtenMs: number | undefined;
  /** What the newest record says, as `encodeInputs` wrote it. */
  newestInputs = new Uint8Array();
  readonly #store: MemoryStore;
  readonly #random: Random;
  readonly #nowMs: () => number;
  #writtenTick = 0;
  /** Nothing was added to the journal since it was synced. */
  #isSynced = true;

  constructor(random: Random, nowMs: () => number, store = new MemoryStore()) {
    this.#random = random;
    this.#nowMs = nowMs;
    this.#store = store;
  }

  get reader(): MemoryStore {
    return this.#store;
  }

  /** What a process writes to. */
  open(life: Life): Store {
    const store = this.#store;
    return {
      list: () => store.list(),
      size: (name) => store.size(name),
      read: (name, offset, into) => store.read(name, offset, into),
      append: (name, bytes) => {
        life.step(() => store.append(name, bytes.subarray(0, this.#random.below(bytes.length + 1))));
        store.append(name, bytes);
        if (segmentOf(name) === undefined) return;
        this.writtenMs = this.#nowMs();
        const tick = tickOf(bytes);
        if (tick === undefined) return;
        this.#writtenTick = tick;
        this.#isSynced = false;
        this.newestInputs = bytes.slice(recordHeaderBytes, -digestBytes);
      },
      sync: (name) => {
        life.step();
        store.sync(name);
        if (segmentOf(name) === undefined) return;
        this.durableTick = this.#writtenTick;
        this.#isSynced = true;
      },
      replace: (name, bytes) => {
        life.step(() => this.#replaceHalf(name, bytes));
        store.replace(name, bytes);
      },
      truncate: (name, length) => {
        life.step();
        store.truncate(name, length);
      },
      remove: (name) => {
        life.step();
        store.remove(name);
      },
      close: () => {},
    };
  }

  /** Another disk with the same files. */
  copy(): Disk {
    const store = new MemoryStore();
    for (const name of this.#store.list()) {
      const bytes = new Uint8Array(this.#store.size(name));
      this.#store.read(name, 0, bytes);
      store.replace(name, bytes);
    }
    const copy = new Disk(this.#random, this.#nowMs, store);
    copy.durableTick = this.durableTick;
    copy.writtenMs = this.writtenMs;
    copy.#writtenTick = this.#writtenTick;
    return copy;
  }

  /** What was not synced is lost, or torn. @returns whether anything was */
  losePower(): boolean {
    let torn = false;
    this.#writtenTick = this.durableTick;
    this.#isSynced = false;
    this.#store.restart((_, unsynced, offset) => {
      if (unsynced.length > 0) torn = true;
      const left = unsynced.slice(0, this.#random.below(unsynced.length + 1));
      // Sectors may be filled in any order.
      if (!this.#random.once(3)) return left;
      const sector = Math.floor(offset / 512) + this.#random.below(1 + Math.ceil(left.length / 512));
      const to = (sector + 1) * 512 - offset;
      // Where only bytes of a length are lost, the journal takes them for altered, and refuses: the safe side.
      if (to > lengthBytes) left.fill(0, Math.max(0, sector * 512 - offset), to);
      return left;
    });
    return torn;
  }

  /** As after a recovery: what there is, ends with this tick. */
  recovered(tick: number): void {
    this.#writtenTick = tick;
    if (this.#isSynced) this.durableTick = tick;
  }

  /** A disk that does not replace a file as one: only snapshots may be left so, since a damaged one is passed over. */
  #replaceHalf(name: string, bytes: Uint8Array): void {
    if (name.startsWith("snapshot-") && this.#random.once(2))
      this.#store.replace(name, bytes.subarray(0, this.#random.below(bytes.length)));
  }
}

/** The tick that a record ends with: its last input, before the record's hash. Undefined for a header, and for genesis. */
function tickOf(record: Uint8Array): number | undefined {
  if (record[0] === headerBegin) return undefined;
  const at = record.length - digestBytes - 8;
  const tick = Number(new DataView(record.buffer, record.byteOffset).getBigUint64(at));
  return record[at - 1] === tickTag && tick < 2 ** 32 ? tick : undefined;
}
