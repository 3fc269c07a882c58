import { LineWriter } from "../fabric/index.ts";
import type { Store } from "./store.ts";

/** A file that the journal can make again: added to through a buffer, and made durable only for a snapshot. */
export class DerivedFile {
  readonly name: string;
  /** Takes what is added. */
  readonly writer = new LineWriter((bytes) => this.#append(bytes));
  readonly #store: Store;
  #stored: number;
  #failure: unknown;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.name = name;
    this.#stored = store.size(name);
  }

  get length(): number {
    return this.#stored + this.writer.length;
  }

  /** Reads what was added, buffered or not. */
  read(offset: number, length: number): Uint8Array {
    if (offset + length > this.#stored) this.flush();
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, this.#store.read(this.name, offset, bytes));
  }

  flush(): void {
    this.writer.flush();
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
}
