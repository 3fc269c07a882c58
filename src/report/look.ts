import { BundleFolder } from "./folder.ts";
import { keysForm, type Summary, summaryForm } from "./forms.ts";
import { parseCanonical, paths } from "./primary.ts";

/** What a bundle says of itself. Nothing of it is verified. */
export type Look = {
  readonly summary: Summary;
  /** The Mermaid flowchart. */
  readonly topology: string;
  /** Names by the numbers that the events have, from 1. */
  readonly names: {
    readonly shards: readonly string[];
    readonly nodes: readonly string[];
    readonly submitters: readonly string[];
  };
};

/** @throws BUNDLE_MISSING, BUNDLE_ALTERED, BUNDLE_MALFORMED */
export function lookAtBundle(path: string): Look {
  const folder = new BundleFolder(path);
  const summary = parseCanonical(summaryForm, paths.summary, folder.text(paths.summary));
  const keys = parseCanonical(keysForm, paths.keys, folder.text(paths.keys));
  const namesOf = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);
  return {
    summary,
    topology: folder.text(paths.topology),
    names: { shards: namesOf(summary.shards), nodes: namesOf(summary.nodes), submitters: namesOf(keys.submitters) },
  };
}
