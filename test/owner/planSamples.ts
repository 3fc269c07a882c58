import { ZeroHash } from "ethers";
import type { Deployment } from "../../src/governance/index.ts";
import {
  batchOf,
  type Change,
  describeCalls,
  type Plan,
  planChange,
  practiceKeys,
  sealPlan,
  signPlan,
  type Trust,
  trustIn,
  vocabularyOf,
} from "../../src/owner/index.ts";
import { contracts, office, time, world } from "./exportSamples.ts";

/** Plans of a fabric that is on no chain, as `makePlan` makes them of one that is. */
export const deployment: Deployment = {
  format: "planetary-fabric/deployment/v1",
  ...{ chainId: 31337, genesisHash: ZeroHash, blocks: { first: 1, last: 6 }, contracts },
};

export const trust: Trust = trustIn(deployment, world, { network: "practice", owners: ["Ada", "Bo", "Cy"], own: 1 });

/** What is said of a plan beside what follows from its changes. */
export function planOf(changes: readonly Change[], other: Partial<Omit<Plan, "hash" | "memo">> = {}): Plan {
  const planned = changes.map((change) => planChange(world, change));
  const calls = planned.flatMap((each) => each.calls);
  const sentence = describeCalls(calls, vocabularyOf(world));
  const { validAfter, validUntil } = batchOf(office, "parameters", calls, sentence, time);
  const addresses = Object.entries(contracts).map(([name, { address }]) => [name, address]);
  return sealPlan({
    ...{ format: "planetary-fabric/plan/v1", chainId: 31337, contracts: Object.fromEntries(addresses), changes },
    ...{ sentence, calls, lane: "parameters", seq: 7, epoch: 1, validAfter, validUntil, delaySeconds: 0 },
    severity: {
      level: "serious",
      reasons: calls.length > 1 ? [`${calls.length} calls take effect together, or none of them.`] : [],
    },
    differences: [{ what: "mars.routes", before: ["earth", "helios"], after: ["helios"] }],
    trial: { block: 9, blockHash: ZeroHash, gas: 100_000, events: ["ShardRegistry.Ordered: index 1"] },
    routing: null,
    undo: {
      changes: planned.flatMap(({ undo }) => undo ?? []),
      ...{ sentence: "Let the jobs of mars spill to earth, then helios (before: helios).", gas: 60_000 },
      note: "It needs new signatures of the owners. Every value is again as it was.",
    },
    lasts: [],
    ...other,
  });
}

export const reroute = planOf([{ kind: "reroute", from: "mars", to: ["helios"], count: 300 }]);

/** @param member from 1 */
export function signedBy(member: number, plan: Plan) {
  const { owners } = practiceKeys(31337);
  const owner = owners.find(({ address }) => address.toLowerCase() === trust.constitution.members[member - 1].key);
  if (owner === undefined) throw new Error(`no practice owner is member ${member}`);
  return signPlan(owner, plan, trust);
}
