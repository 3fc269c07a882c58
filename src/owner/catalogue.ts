import { AbiCoder } from "ethers";
import { FabricError } from "../errors.ts";
import type { ShardParameters } from "../fabric/parameters.ts";
import { type ContractName, interfaceOf, orderKinds } from "../governance/index.ts";
import type { Call, Lane } from "./batch.ts";
import {
  allRouters,
  type Change,
  type ChangeKind,
  type ChangeParameters,
  checkParameters,
  wholeFabric,
} from "./changes.ts";
import { type Numbered, nodeNamed, shardNamed, submitterNamed, type World } from "./world.ts";

/** How much care a change asks for; what is `irreversible` no other change takes back. */
export type Severity = "routine" | "serious" | "irreversible";

export type PlannedChange = {
  readonly change: Change;
  /** What an owner reads before signing: what each call does, in their order. */
  readonly sentence: string;
  /** Whose decision it is: a batch of the owners, or a transaction of one guardian. */
  readonly by: "owners" | "guardian";
  readonly lane: Lane;
  readonly severity: Severity;
  readonly calls: readonly Call[];
  /** The changes that bring back what was before; null when none does. They need signatures of their own. */
  readonly undo: readonly Change[] | null;
};

/** One call, and what it does in words without a full stop. */
type Step = Call & { readonly says: string };

type Entry<Kind extends ChangeKind> = {
  /** What it is for, in the list of changes. */
  readonly title: string;
  /** How it is typed after `fabric owner`, see `spelling.ts`; the first is what is shown, the rest are understood, too. */
  readonly words: readonly [string, ...string[]];
  readonly by: "owners" | "guardian";
  readonly lane: Lane;
  readonly severity: Severity;
  readonly plan: (
    parameters: ChangeParameters<Kind>,
    world: World,
  ) => { readonly steps: readonly Step[]; readonly undo: readonly Change[] | null };
};

const routine = { by: "owners", lane: "parameters", severity: "routine" } as const;
const serious = { by: "owners", lane: "parameters", severity: "serious" } as const;
const irreversible = { by: "owners", lane: "parameters", severity: "irreversible" } as const;
const emergency = { by: "owners", lane: "emergency", severity: "serious" } as const;

/** Every change that owners and guardians may make. Command line, exports and documents are made from it. */
export const catalogue: { readonly [Kind in ChangeKind]: Entry<Kind> } = {
  pause: {
    ...emergency,
    title: "Stop routing and dispatch until the owners resume",
    words: ["pause [scope=fabric]"],
    plan: ({ scope }, world) => {
      const { number, says } = scopeNamed(world, "pause", scope);
      const data = interfaceOf("SystemPause").encodeFunctionData("pause", [number]);
      return { steps: [step(world, "SystemPause", data, `Pause ${says}`)], undo: [{ kind: "resume", scope }] };
    },
  },
  resume: {
    ...emergency,
    title: "End every pause of the fabric, or of a shard",
    words: ["resume [scope=fabric]"],
    plan: ({ scope }, world) => {
      const { number, says } = scopeNamed(world, "resume", scope);
      const data = interfaceOf("SystemPause").encodeFunctionData("resume", [number]);
      return { steps: [step(world, "SystemPause", data, `Resume ${says}`)], undo: [{ kind: "pause", scope }] };
    },
  },
  guardianPause: {
    ...emergency,
    by: "guardian",
    title: "A guardian stops routing and dispatch for a limited time, once until the owners re-arm it",
    words: ["guardian-pause [scope=fabric] --seconds <seconds>"],
    plan: ({ scope, seconds }, world) => {
      const { number, says } = scopeNamed(world, "guardianPause", scope);
      const data = interfaceOf("SystemPause").encodeFunctionData("guardianPause", [number, seconds]);
      const sentence = `Pause ${says} for at most ${counted(seconds)} seconds`;
      return { steps: [step(world, "SystemPause", data, sentence)], undo: [{ kind: "resume", scope }] };
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
      const steps = routeSteps(world, "setRoutes", from, routes);
      if (steps.length === 0) throw needless("setRoutes", `the routes of ${shard}`, routeWords(routes));
      return { steps, undo: [{ kind: "setRoutes", shard, routes: routeNames(world, from) }] };
    },
  },
  reroute: {
    ...serious,
    title: "Send a shard's jobs elsewhere: its routes, and what waits there as far as the others can serve it",
    words: ["reroute <from> <to...> --count <count>"],
    plan: ({ from, to, count }, world) => {
      const source = shardNamed(world, "reroute", from);
      const set = routeSteps(world, "reroute", source, to);
      const moves = to.map((name) => {
        const target = shardNamed(world, "reroute", name);
        // More than its budget a queue never takes.
        return moveStep(world, source, target, count ?? target.queueBudget);
      });
      const steps = [...set, ...moves];
      if (steps.length === 0) throw needless("reroute", `the routes of ${from}`, routeWords(to));
      const before: Change = { kind: "setRoutes", shard: from, routes: routeNames(world, source) };
      return { steps, undo: set.length === 0 ? null : [before] };
    },
  },
  drain: {
    ...routine,
    title: "Let a node finish what it has and give it nothing new",
    words: ["drain <node>"],
    plan: ({ node }, world) => {
      const { number } = nodeNamed(world, "drain", node);
      const data = interfaceOf("NodeRegistry").encodeFunctionData("drain", [number]);
      return {
        steps: [step(world, "NodeRegistry", data, `Drain the node ${node}`)],
        undo: [{ kind: "undrain", node }],
      };
    },
  },
  undrain: {
    ...routine,
    title: "Give a draining node work again",
    words: ["undrain <node>"],
    plan: ({ node }, world) => {
      const { number } = nodeNamed(world, "undrain", node);
      const data = interfaceOf("NodeRegistry").encodeFunctionData("undrain", [number]);
      const sentence = `Give the draining node ${node} work again`;
      return { steps: [step(world, "NodeRegistry", data, sentence)], undo: [{ kind: "drain", node }] };
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
      const data = interfaceOf("NodeRegistry").encodeFunctionData("limit", [
        now.number,
        now.capacity,
        now.maxConcurrency,
        capacity,
        maxConcurrency,
      ]);
      const sentence = `Set the limits of the node ${node} from ${before} to ${after}`;
      const undo: Change = { kind: "limit", node, capacity: now.capacity, maxConcurrency: now.maxConcurrency };
      return { steps: [step(world, "NodeRegistry", data, sentence)], undo: [undo] };
    },
  },
  cancel: {
    ...irreversible,
    title: "Cancel one job",
    words: ["cancel <submitter>/<number>"],
    plan: ({ submitter, number }, world) => {
      const { number: index } = submitterNamed(world, "cancel", submitter);
      const payload = AbiCoder.defaultAbiCoder().encode(["uint32", "uint64"], [index, number]);
      const says = `Cancel job ${number} of ${submitter}`;
      return { steps: [orderStep(world, orderKinds.cancel, payload, says)], undo: null };
    },
  },
  checkpointNow: {
    ...routine,
    title: "Write and anchor a checkpoint now",
    words: ["checkpoint"],
    plan: (_, world) => {
      return { steps: [orderStep(world, orderKinds.checkpoint, "0x", "Make a checkpoint now")], undo: null };
    },
  },
  setCheckpointInterval: {
    ...routine,
    title: "How often a checkpoint is written and anchored",
    words: ["set fabric.checkpointIntervalTicks <value>"],
    plan: ({ value }, world) => {
      const now = world.parameters.checkpointIntervalTicks;
      if (now === value) throw needless("setCheckpointInterval", "the checkpoint interval", `${counted(now)} ticks`);
      const data = interfaceOf("ShardRegistry").encodeFunctionData("setCheckpointInterval", [now, value]);
      const sentence = `Set the checkpoint interval from ${counted(now)} to ${counted(value)} ticks`;
      const undo: Change = { kind: "setCheckpointInterval", value: now };
      return { steps: [step(world, "ShardRegistry", data, sentence)], undo: [undo] };
    },
  },
  move: {
    ...irreversible,
    title: "Move waiting jobs from one shard to another that can serve them",
    words: ["move <from> <to> <count>"],
    plan: ({ from, to, count }, world) => {
      const source = shardNamed(world, "move", from);
      const target = shardNamed(world, "move", to);
      return { steps: [moveStep(world, source, target, count)], undo: null };
    },
  },
};

/**
 * Works out what a change takes in the world as it is: the calls, with the values that they expect to find.
 * @throws CHANGE_INVALID when a name is unknown, a value is out of bounds, or nothing would change
 */
export function planChange(world: World, change: Change): PlannedChange {
  return planOf(world, change.kind, change);
}

function planOf<Kind extends ChangeKind>(world: World, kind: Kind, change: Change): PlannedChange {
  const { kind: _, ...parameters } = change;
  const { plan, by, lane, severity } = catalogue[kind];
  const { steps, undo } = plan(checkParameters(kind, parameters), world);
  const sentence = `${steps.map(({ says }) => says).join(". ")}.`;
  return { change, sentence, by, lane, severity, calls: steps.map(({ to, data }) => ({ to, data })), undo };
}

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
): ReturnType<Entry<ChangeKind>["plan"]> {
  const all = world.parameters.shards.flatMap((shard, index) =>
    shard.retired ? [] : [{ ...shard, number: index + 1 }],
  );
  const shards = name === allRouters ? all : [shardNamed(world, kind, name)];
  const moving = shards.filter((shard) => shard[field] !== value);
  const words = (amount: number) => (unit === "" ? counted(amount) : `${counted(amount)} ${unit}`);
  if (moving.length === 0) throw needless(kind, `the ${noun} of ${name}`, words(value));
  const steps = moving.map((shard) => {
    const says = `Set the ${noun} of ${shard.name} from ${counted(shard[field])} to ${words(value)}`;
    return step(world, "ShardRegistry", encode(shard.number, shard[field], value), says);
  });
  return { steps, undo: moving.map((shard) => ({ kind, shard: shard.name, value: shard[field] })) };
}

type Routes = [number, number, number, number, number, number, number, number];

/** No step when the routes are so already. */
function routeSteps(world: World, kind: ChangeKind, from: Numbered<ShardParameters>, to: readonly string[]): Step[] {
  const routes = to.map((name) => shardNamed(world, kind, name).number);
  if (String(routes) === String(from.routes)) return [];
  const args = [from.number, eight(from.routes), eight(routes)] as const;
  const data = interfaceOf("ShardRegistry").encodeFunctionData("setRoutes", [...args]);
  const before = routeWords(routeNames(world, from));
  return [
    step(world, "ShardRegistry", data, `Let the jobs of ${from.name} spill to ${routeWords(to)} (before: ${before})`),
  ];
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

function limitWords(capacity: number, maxConcurrency: number): string {
  return `${counted(capacity)} units and ${counted(maxConcurrency)} jobs at once`;
}

function moveStep(world: World, from: Numbered<ShardParameters>, to: Numbered<ShardParameters>, count: number): Step {
  const types = ["uint16", "uint16", "uint32"];
  const payload = AbiCoder.defaultAbiCoder().encode(types, [from.number, to.number, count]);
  const says = `Move up to ${counted(count)} waiting jobs of ${from.name} that ${to.name} can serve to ${to.name}`;
  return orderStep(world, orderKinds.move, payload, says);
}

function orderStep(world: World, kind: number, payload: string, says: string): Step {
  const data = interfaceOf("ShardRegistry").encodeFunctionData("order", [kind, payload]);
  return step(world, "ShardRegistry", data, says);
}

function step({ deployment }: World, contract: ContractName, data: string, says: string): Step {
  return { to: deployment.contracts[contract].address, data, says };
}

function scopeNamed(world: World, change: string, scope: string): { number: number; says: string } {
  if (scope === wholeFabric) return { number: 0, says: "the whole fabric" };
  return { number: shardNamed(world, change, scope).number, says: `the shard ${scope}` };
}

function needless(change: string, what: string, is: string): FabricError {
  return new FabricError("CHANGE_INVALID", {
    change,
    problem: `${what} is ${is} already`,
    right: "There is nothing to do",
  });
}

function counted(amount: number): string {
  return amount.toLocaleString("en-US");
}
