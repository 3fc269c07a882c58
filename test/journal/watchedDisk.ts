import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, resolve } from "node:path";

const { openSync, fsyncSync, fdatasyncSync } = fs;

/**
 * Looks on while this process writes files, and knows what of them a loss of power would leave: the bytes that a file had
 * when it was synced last, under the names that its folder had when that was.
 */
export class WatchedDisk {
  readonly #paths = new Map<number, string>();
  /** By number of the file on its disk. */
  readonly #contents = new Map<number, Buffer>();
  /** By folder: numbers of its files and folders, by name. */
  readonly #names = new Map<string, ReadonlyMap<string, number>>();

  constructor() {
    fs.openSync = (path, ...how) => {
      const isNew = !fs.existsSync(path);
      const descriptor = openSync(path, ...how);
      this.#paths.set(descriptor, resolve(String(path)));
      // A file that was removed may have had the same number.
      if (isNew) this.#contents.delete(fs.fstatSync(descriptor).ino);
      return descriptor;
    };
    fs.fsyncSync = (descriptor) => {
      fsyncSync(descriptor);
      this.#synced(descriptor);
    };
    fs.fdatasyncSync = (descriptor) => {
      fdatasyncSync(descriptor);
      this.#synced(descriptor);
    };
    syncBuiltinESMExports();
  }

  /** Files that a loss of power would leave in a folder. */
  survivors(folder: string): Map<string, string> {
    const left = new Map<string, string>();
    for (const [name, file] of this.#names.get(resolve(folder)) ?? [])
      left.set(name, this.#contents.get(file)?.toString() ?? "");
    return left;
  }

  close(): void {
    Object.assign(fs, { openSync, fsyncSync, fdatasyncSync });
    syncBuiltinESMExports();
  }

  #synced(descriptor: number): void {
    const path = this.#paths.get(descriptor);
    if (path === undefined) throw new RangeError(`nobody opened ${descriptor}`);
    const entry = fs.fstatSync(descriptor);
    if (!entry.isDirectory()) this.#contents.set(entry.ino, fs.readFileSync(path));
    else this.#names.set(path, new Map(fs.readdirSync(path).map((name) => [name, fs.lstatSync(join(path, name)).ino])));
  }
}
