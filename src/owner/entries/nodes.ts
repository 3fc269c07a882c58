import type { NodeStatus } from "../../fabric/parameters.ts";
import { interfaceOf, nameBytes } from "../../governance/index.ts";
import type { Change, ChangeKind } from "../changes.ts";
import { callOf, dateOf, type Entries, invalid, irreversible, needless, routine, serious } from "../entry.ts";
import { registrationStruct } from "../registration.ts";
import { limitWords } from "../words/nodes.ts";
import { freeName, nodeNamed, shardNamed, type World } from "../world.ts";

/** Who may work. */
export const nodes: Entries<"admitNode" | "limit" | "drain" | "undrain" | "removeNode" | "addSkill"> = {
  admitNode: {
    ...serious,
    title: "Admit a node that its operator registered",
    words: ["admit-node <registration>"],
    plan: ({ registration }, world) => {
      const { node, shard } = registration;
      freeName("admitNode", "node", world.parameters.nodes, node);
      shardNamed(world, "admitNode", shard);
      if (registration.deadline < world.time)
        throw invalid(
          "admitNode",
          `the registration was good until ${dateOf(registration.deadline)}`,
          "Have the operator sign a new one",
        );
      const struct = registrationStruct("admitNode", registration, world);
      const data = interfaceOf("NodeRegistry").encodeFunctionData("admit", [struct, registration.signature]);
      const calls = [callOf(world, "NodeRegistry", data)];
      return { calls, lasts: "a node's name is never used again; `remove-node` ends its admission" };
    },
  },
  limit: {
    ...routine,
    title: "How much a node may take; what is left out stays as it is",
    words: ["limit <node> --capacity <capacity> --max-concurrency <maxConcurrency>"],
    plan: (parameters, world) => {
      const { node } = parameters;
      const now = nodeNamed(world, "limit", node);
      const { capacity = now.capacity, maxConcurrency = now.maxConcurrency } = parameters;
      const before = limitWords(now.capacity, now.maxConcurrency);
      const after = limitWords(capacity, maxConcurrency);
      if (before === after) throw needless("limit", `the limits of ${node}`, before);
      const args = [now.number, now.capacity, now.maxConcurrency, capacity, maxConcurrency] as const;
      const data = interfaceOf("NodeRegistry").encodeFunctionData("limit", [...args]);
      const undo: Change = { kind: "limit", node, capacity: now.capacity, maxConcurrency: now.maxConcurrency };
      return { calls: [callOf(world, "NodeRegistry", data)], undo: [undo] };
    },
  },
  drain: {
    ...routine,
    title: "Let a node finish what it has and give it nothing new",
    words: ["drain <node>"],
    plan: ({ node }, world) => {
      const { number } = nodeThat(world, "drain", node, "admitted", "draining");
      const data = interfaceOf("NodeRegistry").encodeFunctionData("drain", [number]);
      const calls = [callOf(world, "NodeRegistry", data)];
      return { calls, undo: [{ kind: "undrain", node }] };
    },
  },
  undrain: {
    ...routine,
    title: "Give a draining node work again",
    words: ["undrain <node>"],
    plan: ({ node }, world) => {
      const { number } = nodeThat(world, "undrain", node, "draining", "admitted");
      const data = interfaceOf("NodeRegistry").encodeFunctionData("undrain", [number]);
      const calls = [callOf(world, "NodeRegistry", data)];
      return { calls, undo: [{ kind: "drain", node }] };
    },
  },
  removeNode: {
    ...irreversible,
    title: "Remove a node for good; what it holds is done again elsewhere",
    words: ["remove-node <node>"],
    plan: ({ node }, world) => {
      const { number, status } = nodeNamed(world, "removeNode", node);
      if (status === "removed") throw needless("removeNode", `the node ${node}`, "removed");
      const data = interfaceOf("NodeRegistry").encodeFunctionData("remove", [number]);
      const calls = [callOf(world, "NodeRegistry", data)];
      return { calls, lasts: "a removed node never comes back; its operator may register another one" };
    },
  },
  addSkill: {
    ...routine,
    title: "Name a skill, which nodes may have and jobs may ask for",
    words: ["add-skill <name>"],
    plan: ({ name }, world) => {
      if (world.parameters.skills.includes(name)) throw needless("addSkill", `the skill ${name}`, "there");
      const data = interfaceOf("NodeRegistry").encodeFunctionData("addSkill", [nameBytes(name)]);
      const calls = [callOf(world, "NodeRegistry", data)];
      return { calls, lasts: "a skill that was named stays" };
    },
  },
};

/** A node whose status allows a change, which gives it the other one. */
function nodeThat(world: World, kind: ChangeKind, name: string, is: NodeStatus, becomes: NodeStatus) {
  const node = nodeNamed(world, kind, name);
  if (node.status === becomes) throw needless(kind, `the node ${name}`, becomes);
  if (node.status === is) return node;
  throw invalid(kind, `the node ${name} is ${node.status}`, `Name one that is ${is}`);
}
