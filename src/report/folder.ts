import { createHash } from "node:crypto";
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { FolderReader, segmentOf } from "../journal/index.ts";
import { plotPaths } from "./plot/index.ts";
import { parseCanonical, paths } from "./primary.ts";

const textBytesMax = 2 ** 28;

/** `manifest.json` of a bundle: what every file but itself and `timing.json` is. */
export const digestsForm = z
  .strictObject({
    format: z.literal("planetary-fabric/bundle/v1"),
    files: z
      .record(
        z.string(),
        z.strictObject({
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .meta({ description: "SHA-256 of the file, in hex." }),
          bytes: z.int().min(0).meta({ description: "Length of the file, in bytes." }),
        }),
      )
      .meta({ description: "By path below the bundle's folder, with / between names." }),
  })
  .meta({ title: "Digests of a bundle", description: "Every file of it but this one and timing.json." });

/** The folder of a bundle that may be anything: nothing in it is followed, and nothing is believed. */
export class BundleFolder {
  readonly #folder: string;
  /** What is read of a file at a time. */
  readonly #chunk = Buffer.allocUnsafe(1 << 20);

  /** @throws BUNDLE_MISSING when it is not the folder of a bundle at all */
  constructor(folder: string) {
    this.#folder = folder;
    const missing = (problem: string) => new FabricError("BUNDLE_MISSING", { folder, problem });
    if (!existsSync(folder)) throw missing("there is no such folder");
    if (!statSync(folder).isDirectory()) throw missing("it is no folder");
    if (lstatSync(join(folder, paths.digests), { throwIfNoEntry: false }) === undefined)
      throw missing(`it has no ${paths.digests}`);
  }

  /**
   * Every file that is listed is there as listed, and is part of a bundle; no other is there. Returns how many.
   * @throws BUNDLE_ALTERED, BUNDLE_MALFORMED
   */
  checkDigests(): number {
    const found = new Set(this.#list());
    const { files } = parseCanonical(digestsForm, paths.digests, this.text(paths.digests));
    found.delete(paths.digests);
    found.delete(paths.timing);
    const listed = Object.entries(files);
    for (const [path, { sha256, bytes }] of listed) {
      if (!found.delete(path)) throw altered(path, "is listed and not there");
      if (!isPart(path)) throw altered(path, "is no part of a bundle");
      const digest = this.#digest(path);
      if (digest.bytes !== bytes) throw altered(path, `has ${digest.bytes} bytes, and ${bytes} are listed`);
      if (digest.sha256 !== sha256) throw altered(path, `has the SHA-256 ${digest.sha256}, and ${sha256} is listed`);
    }
    const [extra] = found;
    if (extra !== undefined) throw altered(extra, "is there and not listed");
    return listed.length;
  }

  /**
   * A file that is to be read as a whole; that it is one, `checkDigests` has seen.
   * @throws BUNDLE_ALTERED, BUNDLE_MALFORMED
   */
  text(path: string, bytesMax = textBytesMax): string {
    return this.#reading(path, (file) => {
      const entry = lstatSync(file, { throwIfNoEntry: false });
      if (entry === undefined) throw altered(path, "is not there");
      if (entry.size > bytesMax) throw malformed(path, `it has ${entry.size} bytes, and ${bytesMax} are the most`);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
      } catch (cause) {
        if (cause instanceof TypeError) throw malformed(path, "it is not UTF-8", cause);
        throw cause;
      }
    });
  }

  journal(): FolderReader {
    return new FolderReader(join(this.#folder, paths.journal));
  }

  /** Paths of all files, with / whatever the system has. */
  #list(): string[] {
    return ["", ...folders].flatMap((folder) =>
      this.#reading(folder, (place) =>
        readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
          const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
          if (entry.isFile()) return [path];
          if (entry.isDirectory() && folders.includes(path)) return [];
          throw altered(path, entry.isDirectory() ? "is a folder, and a bundle has none there" : "is no file");
        }),
      ),
    );
  }

  #digest(path: string): { sha256: string; bytes: number } {
    return this.#reading(path, (file) => {
      const hash = createHash("sha256");
      const descriptor = openSync(file, "r");
      try {
        let bytes = 0;
        for (let count = readSync(descriptor, this.#chunk); count > 0; count = readSync(descriptor, this.#chunk)) {
          hash.update(this.#chunk.subarray(0, count));
          bytes += count;
        }
        return { sha256: hash.digest("hex"), bytes };
      } finally {
        closeSync(descriptor);
      }
    });
  }

  #reading<T>(path: string, read: (place: string) => T): T {
    try {
      return read(join(this.#folder, path));
    } catch (cause) {
      if (cause instanceof FabricError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FabricError("BUNDLE_ALTERED", { file: path || "The folder", problem: `cannot be read: ${reason}` });
    }
  }
}

const folders: readonly string[] = ["inputs", paths.journal, "plots"];
const parts: ReadonlySet<string> = new Set([...Object.values(paths), ...Object.values(plotPaths)]);
const notListed: ReadonlySet<string> = new Set([paths.digests, paths.timing, paths.journal]);

function isPart(path: string): boolean {
  const [folder, name, ...more] = path.split("/");
  if (folder === paths.journal) return name !== undefined && more.length === 0 && segmentOf(name) !== undefined;
  return parts.has(path) && !notListed.has(path);
}

function altered(file: string, problem: string): FabricError {
  return new FabricError("BUNDLE_ALTERED", { file, problem });
}

function malformed(file: string, problem: string, cause?: unknown): FabricError {
  return new FabricError("BUNDLE_MALFORMED", { file, problem }, { cause });
}
