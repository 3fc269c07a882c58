import type { NodeParameters, ShardParameters } from "./parameters.ts";
import { bitCount, highHalf, lowHalf } from "./skillSets.ts";

export const nodeHealth = { unheard: 0, active: 1, suspect: 2, offline: 3 } as const;

/** What the machine knows of one node besides the owners' parameters. */
export type NodeState = {
  parameters: NodeParameters;
  /** The skills in two halves, and how many they are. */
  skillsHigh: number;
  skillsLow: number;
  skillCount: number;
  health: number;
  /** Reading of its shard's clock when it last spoke. */
  lastHeard: number;
  latencyMs: number;
  /** It reported more than its shard's latency budget. */
  slow: boolean;
  /** Jobs it runs, and the first of their list. */
  load: number;
  firstJob: number;
  /** Number of its newest message; no part of the state root. */
  lastSeq: number;
};

export function newNode(parameters: NodeParameters): NodeState {
  return {
    ...skillColumns(parameters.skills),
    parameters,
    health: nodeHealth.unheard,
    lastHeard: 0,
    latencyMs: 0,
    slow: false,
    load: 0,
    firstJob: 0,
    lastSeq: 0,
  };
}

export function skillColumns(skills: bigint): Pick<NodeState, "skillsHigh" | "skillsLow" | "skillCount"> {
  const skillsHigh = highHalf(skills);
  const skillsLow = lowHalf(skills);
  return { skillsHigh, skillsLow, skillCount: bitCount(skillsHigh) + bitCount(skillsLow) };
}

/** True when the node may be given work at all: admitted, alive, and within its shard's latency budget. */
export function isActive(node: NodeState): boolean {
  return node.parameters.status === "admitted" && node.health === nodeHealth.active && !node.slow;
}

export function isSlow(node: NodeState, shard: ShardParameters): boolean {
  return node.latencyMs > shard.latencyBudgetMs;
}
