import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FabricError } from "../errors.ts";
import { lockFolder, lockName } from "./folderLock.ts";
import type { Store, StoreReader } from "./store.ts";

/** Ends the name of a file that `replace` has not put in place yet; never seen through the port. */
const unfinished = ".unfinished";

/** Files that are kept open: those of a journal, and some of the many that payloads are. */
const descriptorsMax = 64;

/** Reads a folder that need not be a store, for example the journal in a bundle. */
export class FolderReader implements StoreReader {
  protected readonly folder: string;
  readonly #flags: number;
  readonly #descriptors = new Map<string, number>();

  constructor(folder: string, flags: number = constants.O_RDONLY) {
    this.folder = folder;
    this.#flags = flags;
  }

  list(): readonly string[] {
    const files = readdirSync(this.folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map((file) => file.name);
    return names.filter((name) => name !== lockName && !name.endsWith(unfinished)).sort();
  }

  size(name: string): number {
    const descriptor = this.find(name);
    return descriptor === undefined ? 0 : fstatSync(descriptor).size;
  }

  read(name: string, offset: number, into: Uint8Array): number {
    const descriptor = this.find(name);
    let done = 0;
    while (descriptor !== undefined && done < into.length) {
      const count = readSync(descriptor, into, done, into.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  close(): void {
    for (const name of [...this.#descriptors.keys()]) this.forget(name);
  }

  protected find(name: string): number | undefined {
    try {
      return this.open(name, 0);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Descriptors are kept: opening a file at every tick would cost more than writing to it. */
  protected open(name: string, creation: number): number {
    let descriptor = this.#descriptors.get(name);
    if (descriptor === undefined) {
      descriptor = openSync(join(this.folder, name), this.#flags | creation);
      const [oldest] = this.#descriptors.keys();
      if (oldest !== undefined && this.#descriptors.size >= descriptorsMax) this.forget(oldest);
      this.#descriptors.set(name, descriptor);
    }
    return descriptor;
  }

  protected forget(name: string): void {
    const descriptor = this.#descriptors.get(name);
    if (descriptor === undefined) return;
    this.#descriptors.delete(name);
    closeSync(descriptor);
  }
}

/** A store in a folder of its own, which is made if it does not exist. */
export class FileStore extends FolderReader implements Store {
  readonly #unlock: () => void;
  /** Files whose name in the folder is not durable yet. */
  readonly #newNames = new Set<string>();

  /** @throws FabricError STORE_LOCKED when another process has it open. */
  constructor(folder: string) {
    super(folder, constants.O_RDWR | constants.O_APPEND);
    makeFolder(folder);
    this.#unlock = lockFolder(folder);
    for (const name of readdirSync(folder)) if (name.endsWith(unfinished)) rmSync(join(folder, name));
    // A process that was killed before it synced a new file leaves a name that a loss of power still takes.
    syncFolder(folder);
  }

  append(name: string, bytes: Uint8Array): void {
    this.#write("added to", name, () => {
      if (this.find(name) === undefined) this.#newNames.add(name);
      writeWhole(this.open(name, constants.O_CREAT), bytes);
    });
  }

  sync(name: string): void {
    this.#write("made durable", name, () => {
      const descriptor = this.find(name);
      if (descriptor !== undefined) fdatasyncSync(descriptor);
      this.#syncName(name);
    });
  }

  replace(name: string, bytes: Uint8Array): void {
    this.#write("replaced", name, () => {
      const path = join(this.folder, name);
      const descriptor = openSync(`${path}${unfinished}`, "w");
      try {
        writeWhole(descriptor, bytes);
        fsyncSync(descriptor);
      } catch (error) {
        // On a full disk it would take the room that is needed to go on.
        rmSync(`${path}${unfinished}`, { force: true });
        throw error;
      } finally {
        closeSync(descriptor);
      }
      this.forget(name);
      renameSync(`${path}${unfinished}`, path);
      syncFolder(this.folder);
    });
  }

  truncate(name: string, length: number): void {
    this.#write("cut", name, () => {
      const descriptor = this.open(name, 0);
      if (length > fstatSync(descriptor).size) throw new RangeError(`it has no ${length} bytes`);
      ftruncateSync(descriptor, length);
      fsyncSync(descriptor);
      this.#syncName(name);
    });
  }

  remove(name: string): void {
    this.#write("removed", name, () => {
      this.forget(name);
      rmSync(join(this.folder, name), { force: true });
      syncFolder(this.folder);
    });
  }

  override close(): void {
    super.close();
    this.#unlock();
  }

  #syncName(name: string): void {
    if (this.#newNames.delete(name)) syncFolder(this.folder);
  }

  #write(what: string, file: string, write: () => void): void {
    try {
      write();
    } catch (cause) {
      const code = codeOf(cause);
      if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
        throw new FabricError("STORE_FULL", { file }, { cause });
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FabricError("STORE_FAILED", { file, what, reason }, { cause });
    }
  }
}

/** Makes the folder and those above it, so that none of them is lost with the power. */
function makeFolder(folder: string): void {
  const path = resolve(folder);
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/** Makes the names in the folder durable. */
function syncFolder(folder: string): void {
  // Windows opens no folder as a file; its file system journals names by itself.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
