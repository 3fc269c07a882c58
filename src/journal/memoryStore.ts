import { FabricError } from "../errors.ts";
import type { Store } from "./store.ts";

/**
 * What a loss of power leaves of the bytes that were appended to a file, from `offset` on, and not synced; sectors of
 * them may come back as zeros.
 */
export type Tear = (name: string, unsynced: Uint8Array, offset: number) => Uint8Array;

/** Thrown in the operation in which the power is lost, and by every one after it until `restart`. */
export class PowerLost extends Error {
  override readonly name = "PowerLost";
}

type File = {
  bytes: Uint8Array;
  length: number;
  /** What of `length`, and whether the name too, would survive a loss of power. */
  durableLength: number;
  durableName: boolean;
};

/**
 * A store in memory with a disk's faults, for tests and simulation: it forgets what was not synced, tears what was being
 * written, and runs full.
 */
export class MemoryStore implements Store {
  /** Bytes that fit in all. */
  capacity = Number.POSITIVE_INFINITY;
  /** Operations that write, so far. */
  operations = 0;
  readonly #files = new Map<string, File>();
  #powerLossAt = Number.POSITIVE_INFINITY;
  #powered = true;

  /** The `operation`-th writing operation from the beginning, counted from 1, is cut off half-way. */
  losePowerAt(operation: number): void {
    this.#powerLossAt = operation;
  }

  /** What a process that starts after a loss of power finds. By default nothing is left of what was not synced. */
  restart(tear: Tear = () => new Uint8Array()): void {
    for (const [name, file] of this.#files) {
      const left = tear(name, file.bytes.slice(file.durableLength, file.length), file.durableLength);
      file.length = file.durableLength;
      if (left.length === 0 && !file.durableName) this.#files.delete(name);
      add(file, left);
      makeDurable(file);
    }
    this.#powered = true;
    this.#powerLossAt = Number.POSITIVE_INFINITY;
  }

  list(): readonly string[] {
    this.#requirePower();
    return [...this.#files.keys()].sort();
  }

  size(name: string): number {
    this.#requirePower();
    return this.#files.get(name)?.length ?? 0;
  }

  read(name: string, offset: number, into: Uint8Array): number {
    this.#requirePower();
    const file = this.#files.get(name);
    const found = file?.bytes.subarray(Math.min(offset, file.length), Math.min(offset + into.length, file.length));
    if (found !== undefined) into.set(found);
    return found?.length ?? 0;
  }

  append(name: string, bytes: Uint8Array): void {
    const cut = this.#begin();
    let file = this.#files.get(name);
    if (file === undefined) {
      file = { bytes: new Uint8Array(1024), length: 0, durableLength: 0, durableName: false };
      this.#files.set(name, file);
    }
    const room = this.#room();
    const written = Math.min(room, cut ? bytes.length / 2 : bytes.length);
    add(file, written < bytes.length ? bytes.subarray(0, written) : bytes);
    if (cut) this.#losePower();
    if (room < bytes.length) throw new FabricError("STORE_FULL", { file: name });
  }

  sync(name: string): void {
    if (this.#begin()) this.#losePower();
    const file = this.#files.get(name);
    if (file !== undefined) makeDurable(file);
  }

  replace(name: string, bytes: Uint8Array): void {
    if (this.#begin()) this.#losePower();
    if (this.#room() < bytes.length) throw new FabricError("STORE_FULL", { file: name });
    const { length } = bytes;
    this.#files.set(name, { bytes: bytes.slice(), length, durableLength: length, durableName: true });
  }

  truncate(name: string, length: number): void {
    if (this.#begin()) this.#losePower();
    const file = this.#files.get(name);
    if (file === undefined || length > file.length)
      throw new FabricError("STORE_FAILED", { file: name, what: "cut", reason: `it has no ${length} bytes` });
    file.length = length;
    makeDurable(file);
  }

  remove(name: string): void {
    if (this.#begin()) this.#losePower();
    this.#files.delete(name);
  }

  close(): void {
    this.#requirePower();
  }

  /** Turns over bits of what is on the disk, as a failing disk or a forger does. */
  alter(name: string, offset: number, mask: number): void {
    const file = this.#files.get(name);
    if (file === undefined || offset >= file.length) throw new RangeError(`${name} has no byte ${offset}`);
    file.bytes[offset] ^= mask;
  }

  #begin(): boolean {
    this.#requirePower();
    return ++this.operations === this.#powerLossAt;
  }

  #requirePower(): void {
    if (!this.#powered) throw new PowerLost("the power is lost");
  }

  #losePower(): never {
    this.#powered = false;
    throw new PowerLost("the power is lost");
  }

  #room(): number {
    let room = this.capacity;
    if (Number.isFinite(room)) for (const file of this.#files.values()) room -= file.length;
    return room;
  }
}

function makeDurable(file: File): void {
  file.durableLength = file.length;
  file.durableName = true;
}

function add(file: File, bytes: Uint8Array): void {
  const length = file.length + bytes.length;
  if (length > file.bytes.length) {
    const larger = new Uint8Array(Math.max(length, 2 * file.bytes.length));
    larger.set(file.bytes.subarray(0, file.length));
    file.bytes = larger;
  }
  file.bytes.set(bytes, file.length);
  file.length = length;
}
