import type { ChangeKind } from "./changes.ts";

/** Gas that one call takes at most, by what it does. */
export const gasOf = {
  setter: 60_000,
  shard: 120_000,
  skill: 60_000,
  node: 420_000,
  submitter: 220_000,
  guardian: 160_000,
} as const;

/** What all calls of one batch may take by these numbers: transactions end at 2^24. */
export const batchGas = 12_000_000;

/** What a change takes at most, where it is one call. */
export function gasOfChange(kind: ChangeKind): number {
  switch (kind) {
    case "registerShard":
      return gasOf.shard;
    case "addSkill":
      return gasOf.skill;
    case "admitNode":
      return gasOf.node;
    case "admitSubmitter":
      return gasOf.submitter;
    case "appointGuardian":
      return gasOf.guardian;
    default:
      return gasOf.setter;
  }
}
