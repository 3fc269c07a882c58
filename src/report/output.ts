import { createHash, type Hash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** Takes the files of a bundle as they are made, in pieces, so that none has to be in memory as a whole. */
export interface Output {
  /** Adds to a file; files are made one after the other or side by side. */
  add(path: string, piece: string | Uint8Array): void;
  /** No more will come. */
  end(): void;
}

export type FileDigest = { readonly sha256: string; readonly bytes: number };

const pieceBytes = 1 << 20;

/** Writes the files into a folder and keeps their digests. */
export class FolderOutput implements Output {
  readonly #folder: string;
  readonly #files = new Map<
    string,
    { descriptor: number; hash: Hash; bytes: number; pieces: Buffer[]; waiting: number }
  >();

  readonly #noted = new Map<string, FileDigest>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(path: string, piece: string | Uint8Array): void {
    let file = this.#files.get(path);
    if (file === undefined) {
      const at = join(this.#folder, path);
      mkdirSync(dirname(at), { recursive: true });
      file = { descriptor: openSync(at, "wx"), hash: createHash("sha256"), bytes: 0, pieces: [], waiting: 0 };
      this.#files.set(path, file);
    }
    const bytes = Buffer.from(piece);
    file.pieces.push(bytes);
    file.waiting += bytes.length;
    if (file.waiting >= pieceBytes) this.#flush(path);
  }

  /** Counts a file in that is in the folder already. */
  note(path: string, bytes: Uint8Array): void {
    this.#noted.set(path, { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length });
  }

  end(): void {
    for (const path of this.#files.keys()) this.#flush(path);
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) closeSync(descriptor);
    this.#files.clear();
  }

  /** By path, sorted; to be asked for at the end. */
  digests(): Record<string, FileDigest> {
    const entries = [...this.#files].map(
      ([path, { hash, bytes }]) => [path, { sha256: hash.digest("hex"), bytes }] as const,
    );
    return Object.fromEntries([...this.#noted, ...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #flush(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    const bytes = Buffer.concat(file.pieces);
    for (let written = 0; written < bytes.length; ) written += writeSync(file.descriptor, bytes, written);
    file.hash.update(bytes);
    file.bytes += bytes.length;
    file.pieces = [];
    file.waiting = 0;
  }
}
