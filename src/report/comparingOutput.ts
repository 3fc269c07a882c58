import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { FabricError } from "../errors.ts";
import type { Output } from "./output.ts";

/** Holds the files as they are made against those in a folder. */
export class ComparingOutput implements Output {
  readonly #folder: string;
  readonly #open = new Map<string, { descriptor: number; offset: number; line: number }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Files compared so far. */
  get files(): number {
    return this.#open.size;
  }

  /** @throws BUNDLE_DIFFERS */
  add(path: string, piece: string | Uint8Array): void {
    const made = Buffer.from(piece);
    const file = this.#find(path);
    const found = Buffer.alloc(made.length);
    const count = readSync(file.descriptor, found, 0, found.length, file.offset);
    if (count < made.length || !made.equals(found)) throw this.#differs(path, file, made, found.subarray(0, count));
    file.offset += made.length;
    file.line += newlines(made, made.length);
  }

  /** @throws BUNDLE_DIFFERS where a file goes on after what was made */
  end(): void {
    for (const [path, file] of this.#open) {
      const rest = Buffer.alloc(64);
      const count = readSync(file.descriptor, rest, 0, rest.length, file.offset);
      if (count > 0) throw this.#differs(path, file, Buffer.alloc(0), rest.subarray(0, count));
    }
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #find(path: string): { descriptor: number; offset: number; line: number } {
    let file = this.#open.get(path);
    if (file === undefined) {
      try {
        file = { descriptor: openSync(join(this.#folder, path), "r"), offset: 0, line: 1 };
      } catch (cause) {
        throw new FabricError("BUNDLE_ALTERED", { file: path, problem: "is not there" }, { cause });
      }
      this.#open.set(path, file);
    }
    return file;
  }

  #differs(path: string, { offset, line }: { offset: number; line: number }, made: Buffer, found: Buffer): FabricError {
    let at = 0;
    while (at < made.length && at < found.length && made[at] === found[at]) at++;
    return new FabricError("BUNDLE_DIFFERS", {
      file: path,
      line: line + newlines(made, at),
      byte: offset + at,
      found: excerpt(found, at),
      made: excerpt(made, at),
    });
  }
}

function newlines(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function excerpt(bytes: Buffer, at: number): string {
  return at >= bytes.length ? "its end" : JSON.stringify(bytes.toString("utf8", Math.max(0, at - 20), at + 20));
}
