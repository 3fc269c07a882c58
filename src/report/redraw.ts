import { createHash } from "node:crypto";
import { readDecisions } from "./decisions.ts";
import { type Derived, derive } from "./derive.ts";
import { BundleFolder, digestsForm } from "./folder.ts";
import type { Output } from "./output.ts";
import { plotPaths } from "./plot/index.ts";
import { canonicalText, parseCanonical, paths, playOf } from "./primary.ts";
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

/** Texts of files by their paths in a bundle. */
export type Texts = ReadonlyMap<string, string>;

/**
 * Draws the page and the plots of a bundle anew, from its journal and the chain's evidence. It does not look whether the
 * bundle is what it says: `verifyBundle` does.
 * @throws BUNDLE_MISSING, and FabricError with exit code 6 where the bundle cannot be read
 */
export async function redraw(bundle: string): Promise<{ readonly derived: Derived; readonly pictures: Texts }> {
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
    return { derived, pictures: output.files };
  } finally {
    journal.close();
  }
}

/**
 * A bundle's page and plots with the list of digests that has them, for whoever puts them in its folder.
 * @throws BUNDLE_MISSING, BUNDLE_ALTERED, BUNDLE_MALFORMED
 */
export function withDigests(bundle: string, pictures: Texts): Texts {
  const { format, files } = parseCanonical(digestsForm, paths.digests, new BundleFolder(bundle).text(paths.digests));
  const drawn = [...pictures].map(([path, picture]) => {
    const bytes = Buffer.from(picture);
    return [path, { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length }] as const;
  });
  const digests = canonicalText({ format, files: { ...files, ...Object.fromEntries(drawn) } });
  return new Map([...pictures, [paths.digests, digests]]);
}
