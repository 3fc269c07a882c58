import { FabricError } from "../errors.ts";
import type { Parameters } from "../fabric/parameters.ts";

/**
 * Numbers of shards, nodes, submitters and skills are never used again: whoever had one when the fabric obeyed it has it
 * for good, unless a reorganisation takes the admission back.
 * @param obeyed what was in force
 * @param found what the chain says now
 * @throws ADMISSIONS_DIVERGED
 */
export function checkAdmissions(obeyed: Parameters, found: Parameters): void {
  const has = admissionsOf(found);
  for (const [what, admitted] of Object.entries(admissionsOf(obeyed))) {
    const index = admitted.findIndex((name, at) => name !== has[what][at]);
    if (index === -1) continue;
    const other = has[what][index] ?? "none";
    throw new FabricError("ADMISSIONS_DIVERGED", { what, number: index + 1, found: other, expected: admitted[index] });
  }
}

/** By what is numbered, the names in the order of their numbers. */
function admissionsOf({ skills, shards, nodes, submitters }: Parameters): Record<string, readonly string[]> {
  const named = ({ name }: { readonly name: string }) => name;
  return {
    Skill: skills,
    Shard: shards.map(named),
    Node: nodes.map(({ name, shard }) => `${name} of shard ${shard}`),
    Submitter: submitters.map(named),
  };
}
