import { z } from "zod";
import { keyKinds } from "../../governance/index.ts";
import { struct } from "../decoding.ts";
import { amountOf, counted } from "../entry.ts";
import {
  args,
  type CallWords,
  name,
  nameOfNumber,
  namesInSet,
  someone,
  text,
  type Vocabulary,
  whole,
  wordsOf,
} from "./callWords.ts";

/** What calls of `NodeRegistry` do. */
export const nodeWords: Readonly<Record<string, CallWords>> = {
  admit: wordsOf(
    args(
      struct({
        ...{ nodeId: name, operator: text, shard: whole, capacity: whole, maxConcurrency: whole },
        ...{ heartbeatSeconds: whole, skills: z.bigint(), keyKind: whole, key: text },
      }),
      text,
    ),
    ([node, _signature], vocabulary) => {
      const { nodeId, operator, shard, capacity, maxConcurrency, heartbeatSeconds, keyKind, key } = node;
      const skills = namesInSet("skill", vocabulary.skills, node.skills);
      const able = skills.length === 0 ? "no skills" : `skills ${skills.join(", ")}`;
      return {
        says:
          `Admit the node ${nodeId} of the operator ${operator} to the shard ` +
          `${nameOfNumber("shard", vocabulary.shards, shard)}: ${limitWords(capacity, maxConcurrency)}, a heartbeat ` +
          `every ${counted(heartbeatSeconds)} s, ${able}, ${nameOfNumber("kind of keys", keyKinds, keyKind)} key ${key}`,
        teaches: { nodes: [...vocabulary.nodes, nodeId] },
      };
    },
  ),
  limit: wordsOf(
    args(whole, whole, whole, whole, whole),
    ([node, capacity, jobs, capacityNow, jobsNow], vocabulary) => {
      const [before, after] = [limitWords(capacity, jobs), limitWords(capacityNow, jobsNow)];
      return `Set the limits of the node ${nodeCalled(vocabulary, node)} from ${before} to ${after}`;
    },
  ),
  drain: wordsOf(args(whole), ([node], vocabulary) => `Drain the node ${nodeCalled(vocabulary, node)}`),
  undrain: wordsOf(
    args(whole),
    ([node], vocabulary) => `Give the draining node ${nodeCalled(vocabulary, node)} work again`,
  ),
  remove: wordsOf(args(whole), ([node], vocabulary) => `Remove the node ${nodeCalled(vocabulary, node)} for good`),
  addSkill: wordsOf(args(name), ([skill], { skills }) => ({
    says: `Name the skill ${skill}`,
    teaches: { skills: [...skills, skill] },
  })),
  setMarketplace: wordsOf(
    args(someone, someone),
    ([before, after]) => `Let ${after === "none" ? "nobody" : after} be the marketplace (before: ${before})`,
  ),
};

function nodeCalled({ nodes }: Vocabulary, number: number): string {
  return nameOfNumber("node", nodes, number);
}

/** How much a node may take. */
export function limitWords(capacity: number, maxConcurrency: number): string {
  return `${amountOf(capacity, "units")} and ${amountOf(maxConcurrency, "jobs at once")}`;
}
