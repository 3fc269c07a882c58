/**
 * What the journal is read from: named files in one place. It shows no descriptor and no path, so that a folder, a
 * bundle, a memory with faults, or a replicated store can stand behind it.
 */
export interface StoreReader {
  /** Names of all files, sorted. */
  list(): readonly string[];

  /** Length in bytes; 0 when there is no such file. */
  size(name: string): number;

  /** Fills `into` from `offset` on and returns how many bytes there were: fewer than asked only at the end of the file. */
  read(name: string, offset: number, into: Uint8Array): number;
}

/**
 * What the durable record is written to. It exists so that the promise "nothing leaves the process before the record
 * that caused it is on disk" rests on few operations with exact meanings, each of which a test can make fail.
 *
 * `append` is durable only after `sync`; a crash in between may keep any part of it. `replace`, `truncate` and `remove`
 * are durable when they return, and a crash leaves either what was there before or what is there after. One store is
 * held by one process at a time.
 *
 * Every method that writes throws `FabricError` `STORE_FULL` or `STORE_FAILED`; what an append left behind is then
 * unknown, and the file must be read again before anything is added to it.
 */
export interface Store extends StoreReader {
  /** Adds `bytes` at the end; makes the file if there is none. */
  append(name: string, bytes: Uint8Array): void;

  /** Returns when all that was appended to the file, and its name, would survive a loss of power. */
  sync(name: string): void;

  /** Puts `bytes` in the place of the whole file, which need not exist. */
  replace(name: string, bytes: Uint8Array): void;

  /** Cuts the file to its first `length` bytes; `length` is at most its size. */
  truncate(name: string, length: number): void;

  /** Removes the file, if there is one. */
  remove(name: string): void;

  /** Gives the store up, so that another process may open it; nothing may be called afterwards. */
  close(): void;
}

/** The whole content of a file, for those that are small. */
export function readAll(store: StoreReader, name: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(store.size(name));
  return bytes.subarray(0, store.read(name, 0, bytes));
}
