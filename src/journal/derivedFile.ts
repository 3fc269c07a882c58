import type { Store } from "./store.ts";

const bufferBytes = { least: 1 << 12, most: 1 << 18 } as const;

/** A file that the journal can make again: added to through a buffer, and made durable only for a snapshot. */
export class DerivedFile {
  readonly name: string;
  readonly #store: Store;
  #buffer = Buffer.alloc(bufferBytes.least);
  #buffered = 0;
  #stored: number;
  #failure: unknown;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.name = name;
    this.#stored = store.size(name);
  }

  get length(): number {
    return this.#stored + this.#buffered;
  }

  /** Adds a copy. */
  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  /** Reads what was added, buffered or not. */
  read(offset: number, length: number): Uint8Array {
    if (offset + length > this.#stored) this.flush();
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, this.#store.read(this.name, offset, bytes));
  }

  flush(): void {
    if (this.#buffered === 0) return;
    this.#append(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Returns when all that was added would survive a loss of power. */
  sync(): void {
    this.flush();
    this.#store.sync(this.name);
  }

  /** After a failure nobody knows what is on the disk: every later call fails with the same error. */
  #append(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#store.append(this.name, bytes);
      this.#stored += bytes.length;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #makeRoom(length: number): void {
    const needed = this.#buffered + length;
    if (needed <= this.#buffer.length) return;
    if (needed > bufferBytes.most) this.flush();
    if (this.#buffered + length <= this.#buffer.length) return;
    const larger = Buffer.alloc(2 * (this.#buffered + length));
    this.#buffer.copy(larger, 0, 0, this.#buffered);
    this.#buffer = larger;
  }
}
