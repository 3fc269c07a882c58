import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricError } from "../../src/errors.ts";
import { checkStore, FolderReader, JournalReader, parseCheckpoint, segmentOf } from "../../src/journal/index.ts";

/** What was done to a store that nobody had open. */
export type Damage = { readonly file: string; readonly words: string };

/** The folder of a store that nobody has open, and a copy of it. */
export class StoreAtRest {
  readonly folder: string;
  #copy: string | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The head of the journal, and how many records lead to it. */
  get end(): { readonly records: number; readonly head: string } {
    return this.#reading((reader) => {
      const journal = new JournalReader(reader);
      for (const _ of journal.records());
      const { records, head } = journal.end;
      return { records, head: Buffer.from(head).toString("hex") };
    });
  }

  keepCopy(): void {
    this.forgetCopy();
    this.#copy = mkdtempSync(join(tmpdir(), "fabric-copy-"));
    copyFiles(this.folder, this.#copy);
  }

  restore(): void {
    if (this.#copy === undefined) throw new RangeError("there is no copy");
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name));
    copyFiles(this.#copy, this.folder);
  }

  forgetCopy(): void {
    if (this.#copy !== undefined) rmSync(this.#copy, { recursive: true });
    this.#copy = undefined;
  }

  /** Turns over one bit of a file drawn by lot. */
  flip(): Damage {
    const file = this.#anyFile();
    const path = join(this.folder, file);
    const bytes = readFileSync(path);
    bytes[below(bytes.length)] ^= 1 << below(8);
    writeFileSync(path, bytes);
    return { file, words: `one bit of ${kindOf(file)} turned over` };
  }

  /**
   * Cuts a file drawn by lot. The journal is cut within what is known to be anchored: that later records are gone nobody
   * can see who has only what is left.
   */
  cut(): Damage {
    const file = this.#anyFile();
    const path = join(this.folder, file);
    const most = segmentOf(file) === undefined ? statSync(path).size : this.#anchoredBytes();
    truncateSync(path, below(most));
    return { file, words: `${kindOf(file)} cut` };
  }

  /** Names the file that is not what the journal makes, having removed it as the error advises; undefined for none. */
  removeAltered(): string | undefined {
    try {
      this.#reading(checkStore);
      return undefined;
    } catch (error) {
      if (!(error instanceof FabricError) || error.code !== "STORE_ALTERED") throw error;
      const file = String(Object.entries(error.slots).find(([slot]) => slot === "file")?.[1]);
      rmSync(join(this.folder, file));
      return file;
    }
  }

  #anyFile(): string {
    const files = this.#reading((reader) => reader.list().filter((name) => reader.size(name) > 0));
    // Before anything is anchored nothing shows that the journal was cut.
    const fit = this.#anchoredBytes() > 0 ? files : files.filter((name) => segmentOf(name) === undefined);
    return fit[below(fit.length)];
  }

  /** Byte of the journal at which the newest checkpoint's last record ends; 0 before there is one. */
  #anchoredBytes(): number {
    return this.#reading((reader) => {
      const bytes = new Uint8Array(reader.size("checkpoints.ndjson"));
      reader.read("checkpoints.ndjson", 0, bytes);
      const note = Buffer.alloc(reader.size("anchored.json"));
      reader.read("anchored.json", 0, note);
      if (note.length === 0) return 0;
      const { end } = JSON.parse(note.toString());
      const line =
        Buffer.from(bytes.subarray(0, end - 1))
          .toString()
          .split("\n")
          .at(-1) ?? "";
      const covered = parseCheckpoint(line)?.document.journal.records ?? 0;
      for (const { number, end } of new JournalReader(reader).records()) if (number + 1 === covered) return end.offset;
      return 0;
    });
  }

  #reading<T>(read: (reader: FolderReader) => T): T {
    const reader = new FolderReader(this.folder);
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }
}

function copyFiles(from: string, to: string): void {
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
}

function kindOf(file: string): string {
  if (segmentOf(file) !== undefined) return "the journal";
  return file.startsWith("snapshot-") ? "a snapshot" : file;
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}
