import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Manifest, Scenario } from "../config/index.ts";

/** What a run is decided by: the scenario, for the number of jobs at hand, the manifest it names, and the seed. */
export type Play = {
  readonly scenario: Scenario;
  readonly manifest: Manifest;
  /** u32 */
  readonly seed: number;
};

/**
 * What the owners sign when they found the fabric of a drill: the digest of everything that it is decided and judged by.
 * So nobody can say afterwards that other limits were to be kept.
 */
export function purposeOf({ scenario, manifest, seed }: Play): string {
  const text = canonicalize({ scenario, manifest, seed });
  if (text === undefined) throw new TypeError("a play that has no JSON");
  return `It is for the drill with the SHA-256 ${createHash("sha256").update(text).digest("hex")}.`;
}
