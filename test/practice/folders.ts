import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folders that a test file leaves nothing of. */
export class Folders {
  readonly #root = mkdtempSync(join(tmpdir(), "fabric-practice-"));
  #made = 0;

  /** A new and empty folder. */
  make(): string {
    const folder = join(this.#root, String(++this.#made));
    mkdirSync(folder);
    return folder;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
