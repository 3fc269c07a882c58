import type { Manifest, Scenario } from "../config/index.ts";

/** What a run is decided by: the scenario, for the number of jobs at hand, the manifest it names, and the seed. */
export type Play = {
  readonly scenario: Scenario;
  readonly manifest: Manifest;
  /** u32 */
  readonly seed: number;
};
