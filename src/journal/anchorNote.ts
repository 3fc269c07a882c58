import canonicalize from "canonicalize";
import { z } from "zod";
import { noCheckpoint } from "./checkpoint.ts";
import { readAll, type Store, type StoreReader } from "./store.ts";

export const anchorNoteName = "anchored.json";

/**
 * The newest checkpoint known to be on the chain, with the byte after its line in the log. It spares recovery the
 * reading of all checkpoints that ever were; the chain has the last word. No digest covers it.
 */
export type AnchorNote = { readonly seq: number; readonly digest: `0x${string}`; readonly end: number };

const schema = z.strictObject({
  seq: z.int().nonnegative(),
  digest: z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]),
  end: z.int().nonnegative(),
});

export const nothingAnchored: AnchorNote = { ...noCheckpoint, end: 0 };

/** Undefined when the file is damaged. */
export function readAnchorNote(store: StoreReader): AnchorNote | undefined {
  const bytes = readAll(store, anchorNoteName);
  if (bytes.length === 0) return nothingAnchored;
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

export function writeAnchorNote(store: Store, note: AnchorNote): void {
  store.replace(anchorNoteName, new TextEncoder().encode(canonicalize(note)));
}
