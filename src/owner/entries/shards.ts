import { AbiCoder } from "ethers";
import type { ShardParameters } from "../../fabric/parameters.ts";
import { interfaceOf, nameBytes, orderKinds } from "../../governance/index.ts";
import type { Call } from "../batch.ts";
import { allRouters, type Change, type ChangeKind } from "../changes.ts";
import {
  amountOf,
  callOf,
  counted,
  type Entries,
  invalid,
  irreversible,
  needless,
  type Plan,
  routine,
  serious,
} from "../entry.ts";
import { activeShards, freeName, type Numbered, shardNamed, submitterNamed, type World } from "../world.ts";

/** Shards, their parameters and routes, and the owners' orders. */
export const shards: Entries<
  | "registerShard"
  | "setQueueBudget"
  | "setLatencyBudget"
  | "setSpillThreshold"
  | "setSpillBatch"
  | "setWeight"
  | "setRoutes"
  | "reroute"
  | "retireShard"
  | "move"
  | "cancel"
  | "checkpointNow"
> = {
  registerShard: {
    ...serious,
    title: "Add a shard",
    words: [
      "register-shard <name> --queue-budget <queueBudget> --latency-budget-ms <latencyBudgetMs> " +
        "--spill-threshold <spillThreshold> --spill-batch <spillBatch> --weight <weight> --routes <routes>",
    ],
    plan: ({ name, routes = [], ...numbers }, world) => {
      freeName("registerShard", "shard", world.parameters.shards, name);
      if (numbers.spillThreshold > numbers.queueBudget)
        throw invalid(
          "registerShard",
          `spillThreshold exceeds the queue budget, ${counted(numbers.queueBudget)}`,
          "Choose one that is no higher",
        );
      const targets = routes.map((route) => shardNamed(world, "registerShard", route).number);
      const shard = { ...numbers, status: statusActive, routes: eight(targets) };
      const data = interfaceOf("ShardRegistry").encodeFunctionData("register", [nameBytes(name), shard]);
      const calls = [callOf(world, "ShardRegistry", data)];
      return { calls, lasts: "a shard's name and number are never used again; `retire-shard` ends it" };
    },
  },
  setQueueBudget: {
    ...routine,
    title: "How many jobs a shard's queue may hold",
    words: ["set <shard>.queueBudget <value>"],
    plan: ({ shard, value }, world) =>
      setShards(world, "setQueueBudget", shard, value, ["queueBudget", "queue budget", "jobs"], (...args) =>
        interfaceOf("ShardRegistry").encodeFunctionData("setQueueBudget", args),
      ),
  },
  setLatencyBudget: {
    ...routine,
    title: "The highest latency of a node that a shard gives work to",
    words: ["set <shard>.latencyBudgetMs <value>"],
    plan: ({ shard, value }, world) =>
      setShards(world, "setLatencyBudget", shard, value, ["latencyBudgetMs", "latency budget", "ms"], (...args) =>
        interfaceOf("ShardRegistry").encodeFunctionData("setLatencyBudget", args),
      ),
  },
  setSpillThreshold: {
    ...routine,
    title: "How much longer a queue must be than another before jobs spill",
    words: ["set <shard>.spillThreshold <value>", "set <shard>.spilloverThreshold <value>"],
    plan: ({ shard, value }, world) =>
      setShards(world, "setSpillThreshold", shard, value, ["spillThreshold", "spill threshold", "jobs"], (...args) =>
        interfaceOf("ShardRegistry").encodeFunctionData("setSpillThreshold", args),
      ),
  },
  setSpillBatch: {
    ...routine,
    title: "How many jobs may spill in a tick, of one shard or of all",
    words: ["set <shard=routers>.spillBatch <value>", "set <shard=routers>.spilloverBatch <value>"],
    plan: ({ shard = allRouters, value }, world) =>
      setShards(world, "setSpillBatch", shard, value, ["spillBatch", "spill batch", "jobs a tick"], (...args) =>
        interfaceOf("ShardRegistry").encodeFunctionData("setSpillBatch", args),
      ),
  },
  setWeight: {
    ...routine,
    title: "How much of the common load a shard should carry",
    words: ["set <shard>.weight <value>"],
    plan: ({ shard, value }, world) =>
      setShards(world, "setWeight", shard, value, ["weight", "weight", ""], (...args) =>
        interfaceOf("ShardRegistry").encodeFunctionData("setWeight", args),
      ),
  },
  setRoutes: {
    ...routine,
    title: "Where a shard's jobs may spill to",
    words: ["set <shard>.routes [routes...]"],
    plan: ({ shard, routes }, world) => {
      const from = shardNamed(world, "setRoutes", shard);
      const calls = routeCalls(world, "setRoutes", from, routes);
      if (calls.length === 0) throw needless("setRoutes", `the routes of ${shard}`, routeWords(routes));
      return { calls, undo: [{ kind: "setRoutes", shard, routes: routeNames(world, from) }] };
    },
  },
  reroute: {
    ...serious,
    title: "Send a shard's jobs elsewhere: its routes, and what waits there as far as the others can serve it",
    words: ["reroute <from> <to...> --count <count>"],
    plan: ({ from, to, count }, world) => {
      const source = shardNamed(world, "reroute", from);
      const set = routeCalls(world, "reroute", source, to);
      const moves = to.map((name) => {
        const target = shardNamed(world, "reroute", name);
        // More than its budget a queue never takes.
        return moveCall(world, source, target, count ?? target.queueBudget);
      });
      const calls = [...set, ...moves];
      if (calls.length === 0) throw needless("reroute", `the routes of ${from}`, routeWords(to));
      if (set.length === 0) return { calls, lasts: "what was moved stays where it is" };
      return { calls, undo: [{ kind: "setRoutes", shard: from, routes: routeNames(world, source) }] };
    },
  },
  retireShard: {
    ...irreversible,
    title: "Retire a shard to which no node is admitted; routes to it are taken away first",
    words: ["retire-shard <shard>"],
    plan: ({ shard }, world) => {
      const { number } = shardNamed(world, "retireShard", shard);
      const nodes = world.parameters.nodes.filter((node) => node.shard === number && node.status !== "removed");
      if (nodes.length > 0)
        throw invalid(
          "retireShard",
          `nodes are still admitted to ${shard}`,
          `Remove them first: ${nodes.map(({ name }) => name).join(", ")}`,
        );
      const routes = activeShards(world)
        .filter((other) => other.routes.includes(number))
        .flatMap((other) => {
          const left = routeNames(world, other).filter((name) => name !== shard);
          return routeCalls(world, "retireShard", other, left);
        });
      const data = interfaceOf("ShardRegistry").encodeFunctionData("retire", [number]);
      return {
        calls: [...routes, callOf(world, "ShardRegistry", data)],
        lasts: "a retired shard never comes back",
      };
    },
  },
  move: {
    ...irreversible,
    title: "Move waiting jobs from one shard to another that can serve them",
    words: ["move <from> <to> <count>"],
    plan: ({ from, to, count }, world) => {
      const source = shardNamed(world, "move", from, { retired: true });
      const target = shardNamed(world, "move", to);
      return {
        calls: [moveCall(world, source, target, count)],
        lasts: "which jobs were moved is not undone by an order",
      };
    },
  },
  cancel: {
    ...irreversible,
    title: "Cancel one job",
    words: ["cancel <submitter>/<number>"],
    plan: ({ submitter, number }, world) => {
      const { number: index } = submitterNamed(world, "cancel", submitter);
      const payload = AbiCoder.defaultAbiCoder().encode(["uint32", "uint64"], [index, number]);
      return { calls: [orderCall(world, orderKinds.cancel, payload)], lasts: "a cancelled job has its receipt" };
    },
  },
  checkpointNow: {
    ...routine,
    title: "Write and anchor a checkpoint now",
    words: ["checkpoint"],
    plan: (_, world) => {
      const calls = [orderCall(world, orderKinds.checkpoint, "0x")];
      return { calls, lasts: "a checkpoint changes nothing that could be brought back" };
    },
  },
};

const statusActive = 1;

type ShardSetter = "setQueueBudget" | "setLatencyBudget" | "setSpillThreshold" | "setSpillBatch" | "setWeight";
type ShardNumber = "queueBudget" | "latencyBudgetMs" | "spillThreshold" | "spillBatch" | "weight";

/** One value of a shard, or of all active shards. */
function setShards(
  world: World,
  kind: ShardSetter,
  name: string,
  value: number,
  [field, noun, unit]: readonly [ShardNumber, string, string],
  encode: (shard: number, expected: number, value: number) => string,
): Plan {
  const named = name === allRouters ? activeShards(world) : [shardNamed(world, kind, name)];
  const moving = named.filter((shard) => shard[field] !== value);
  if (moving.length === 0) throw needless(kind, `the ${noun} of ${name}`, amountOf(value, unit));
  const calls = moving.map((shard) => callOf(world, "ShardRegistry", encode(shard.number, shard[field], value)));
  return { calls, undo: moving.map((shard): Change => ({ kind, shard: shard.name, value: shard[field] })) };
}

type Routes = [number, number, number, number, number, number, number, number];

/** No call when the routes are so already. */
function routeCalls(world: World, kind: ChangeKind, from: Numbered<ShardParameters>, to: readonly string[]): Call[] {
  const routes = to.map((name) => shardNamed(world, kind, name).number);
  if (String(routes) === String(from.routes)) return [];
  const args = [from.number, eight(from.routes), eight(routes)] as const;
  const data = interfaceOf("ShardRegistry").encodeFunctionData("setRoutes", [...args]);
  return [callOf(world, "ShardRegistry", data)];
}

/** Routes as the contract keeps them: eight places, 0 for an empty one. */
export function eight([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: readonly number[]): Routes {
  return [a, b, c, d, e, f, g, h];
}

function routeNames({ parameters }: World, { routes }: ShardParameters): string[] {
  return routes.map((route) => parameters.shards[route - 1].name);
}

function routeWords(names: readonly string[]): string {
  return names.length === 0 ? "no other shard" : names.join(", then ");
}

function moveCall(world: World, from: Numbered<ShardParameters>, to: Numbered<ShardParameters>, count: number): Call {
  const types = ["uint16", "uint16", "uint32"];
  const payload = AbiCoder.defaultAbiCoder().encode(types, [from.number, to.number, count]);
  return orderCall(world, orderKinds.move, payload);
}

function orderCall(world: World, kind: number, payload: string): Call {
  const data = interfaceOf("ShardRegistry").encodeFunctionData("order", [kind, payload]);
  return callOf(world, "ShardRegistry", data);
}
