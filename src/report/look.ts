import { JsonDocument, type Manifest, manifestOf } from "../config/index.ts";
import { BundleFolder } from "./folder.ts";
import { keysForm, type Summary, summaryForm } from "./forms.ts";
import { ownerLogForm } from "./ownerLog.ts";
import { parseCanonical, paths } from "./primary.ts";

/** What a bundle says of itself. Nothing of it is verified. */
export type Look = {
  readonly summary: Summary;
  /** The Mermaid flowchart. */
  readonly topology: string;
  readonly manifest: Manifest;
  /** What owners and guardians decided after the founding, in order, as they signed it. */
  readonly decided: readonly string[];
  /** Names by the numbers that the events have, from 1. */
  readonly names: {
    readonly shards: readonly string[];
    readonly nodes: readonly string[];
    readonly submitters: readonly string[];
  };
};

/** @throws BUNDLE_MISSING, BUNDLE_ALTERED, BUNDLE_MALFORMED, DOCUMENT_INVALID */
export function lookAtBundle(path: string): Look {
  const folder = new BundleFolder(path);
  const summary = parseCanonical(summaryForm, paths.summary, folder.text(paths.summary));
  const keys = parseCanonical(keysForm, paths.keys, folder.text(paths.keys));
  const log = parseCanonical(ownerLogForm, paths.ownerLog, folder.text(paths.ownerLog));
  const namesOf = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);
  return {
    summary,
    topology: folder.text(paths.topology),
    manifest: manifestOf(new JsonDocument(paths.manifest, folder.text(paths.manifest))),
    decided: log.flatMap(({ change, sentence }) => (change === null ? [] : [sentence])),
    names: { shards: namesOf(summary.shards), nodes: namesOf(summary.nodes), submitters: namesOf(keys.submitters) },
  };
}
