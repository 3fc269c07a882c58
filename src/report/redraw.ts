import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readDecisions } from "./decisions.ts";
import { type Derived, derive } from "./derive.ts";
import { BundleFolder } from "./folder.ts";
import type { Output } from "./output.ts";
import { plotPaths } from "./plot/index.ts";
import { paths, playOf } from "./primary.ts";
import { proofOf } from "./proof.ts";
import { judging, readPrimary } from "./read.ts";

const pictures: ReadonlySet<string> = new Set([paths.page, ...Object.values(plotPaths)]);

/** Keeps the page and the plots of all that is made. */
class Pictures implements Output {
  readonly files = new Map<string, string>();

  add(path: string, piece: string | Uint8Array): void {
    if (pictures.has(path)) this.files.set(path, `${this.files.get(path) ?? ""}${piece}`);
  }

  end(): void {}
}

/**
 * Draws the page and the plots of a bundle anew, from its journal and the chain's evidence, into a folder. It does not
 * look whether the bundle is what it says: `verifyBundle` does.
 * @returns the paths that were written, below the folder
 * @throws BUNDLE_MISSING, and FabricError with exit code 6 where the bundle cannot be read; errors of the disk
 */
export async function redraw(bundle: string, into: string): Promise<{ derived: Derived; files: readonly string[] }> {
  const folder = new BundleFolder(bundle);
  const output = new Pictures();
  const journal = folder.journal();
  try {
    const derived = await judging(async () => {
      const primary = readPrimary(folder, journal);
      const play = playOf(primary);
      const proof = proofOf(primary.evidence, primary.drill);
      return await derive({ primary, play, proof, decisions: readDecisions(primary, play, proof) }, output);
    });
    for (const [path, content] of output.files) {
      mkdirSync(dirname(join(into, path)), { recursive: true });
      writeFileSync(join(into, path), content);
    }
    return { derived, files: [...output.files.keys()] };
  } finally {
    journal.close();
  }
}
