import type { Manifest, ManifestNode, ManifestShard } from "../config/index.ts";
import type { ShardParameters } from "../fabric/parameters.ts";
import { batchGas, gasOfChange } from "./batchGas.ts";
import type { Change } from "./changes.ts";
import type { GuardianAcceptance, Registration } from "./documents.ts";
import { counted } from "./entry.ts";
import { officesKnown, type World } from "./world.ts";

// From what the chain says to what a manifest says: the changes between them.

/** What a manifest does not hold: what people have signed, and their keys and accounts. */
export type Papers = {
  readonly registrations: readonly Registration[];
  readonly guardians: readonly GuardianAcceptance[];
  /** Keys of submitters by their names. */
  readonly submitterKeys: ReadonlyMap<string, Pick<Registration, "keyKind" | "key">>;
  /** An address, or "none"; what is left out stays as it is. */
  readonly anchorer?: string | undefined;
  readonly marketplace?: string | undefined;
};

/** How a chain comes to say what a manifest says. */
export type Way = {
  /** In an order in which they can be made. */
  readonly changes: readonly Change[];
  /** What of the manifest no change brings about yet, or ever, in sentences. */
  readonly lacking: readonly string[];
  /** What is on the chain and not in the manifest. It stays: what ends it cannot be undone, and has to be asked for. */
  readonly beyond: readonly string[];
};

/**
 * The changes that are between what is in force and what a manifest says.
 * @param world as it was read from a chain
 */
export function changesTowards(world: World, manifest: Manifest, papers: Papers): Way {
  const shards = shardChanges(world, manifest);
  const nodes = nodeChanges(world, manifest, papers);
  const submitters = submitterChanges(world, manifest, papers);
  const parts = [
    fabricChanges(world, manifest),
    skillChanges(world, manifest),
    shards.changes,
    officeChanges(world, papers),
  ];
  return {
    changes: [...parts.flat(), ...submitters.changes, ...nodes.changes],
    lacking: [...shards.lacking, ...submitters.lacking, ...nodes.lacking],
    beyond: beyond(world, manifest),
  };
}

/** As many of the changes as one batch takes, from the first on. */
export function firstBatch(changes: readonly Change[]): readonly Change[] {
  let gas = 0;
  const end = changes.findIndex(({ kind }, index) => {
    gas += gasOfChange(kind);
    return gas > batchGas || index >= changesMax;
  });
  return end < 0 ? changes : changes.slice(0, end);
}

/** A plan has no more. */
const changesMax = 100;

/** A world with the skills and shards that a manifest will have brought: their numbers are known before they are there. */
export function foreseen(world: World, { skills, shards }: Manifest): World {
  const { parameters } = world;
  const newShards = shards.filter(({ id }) => shardOf(world, id) === undefined);
  const known = parameters.skills;
  return {
    ...world,
    parameters: {
      ...parameters,
      skills: [...known, ...skills.filter((skill) => !known.includes(skill))],
      shards: [...parameters.shards, ...newShards.map(asParameters)],
    },
  };
}

function asParameters({ id, title: _, routes: __, ...numbers }: ManifestShard): ShardParameters {
  return { ...numbers, name: id, retired: false, routes: [], pause: { ownerPaused: false, guardianUntil: 0 } };
}

function fabricChanges(world: World, { fabric }: Manifest): Change[] {
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts } = world.parameters;
  const { guardianPauseSecondsMax } = officesKnown(world);
  const wanted: readonly (readonly [number, Change & { readonly value: number }])[] = [
    [tickMs, { kind: "setTickLength", value: fabric.tickMs }],
    [checkpointIntervalTicks, { kind: "setCheckpointInterval", value: fabric.checkpointIntervalTicks }],
    [heartbeatGrace, { kind: "setHeartbeatGrace", value: fabric.heartbeatGrace }],
    [maxAttempts, { kind: "setMaxAttempts", value: fabric.maxAttempts }],
    [guardianPauseSecondsMax, { kind: "setGuardianPauseLimit", value: fabric.guardianPauseSecondsMax }],
  ];
  return wanted.flatMap(([now, change]) => (now === change.value ? [] : [change]));
}

function skillChanges({ parameters }: World, { skills }: Manifest): Change[] {
  return skills.filter((skill) => !parameters.skills.includes(skill)).map((name) => ({ kind: "addSkill", name }));
}

type Part = Omit<Way, "beyond">;

function shardChanges(world: World, { shards }: Manifest): Part {
  const lacking: string[] = [];
  const registered: Change[] = [];
  const set: Change[] = [];
  const routed: Change[] = [];
  for (const { id, title: _, routes, ...numbers } of shards) {
    const now = shardOf(world, id);
    if (now?.retired) {
      lacking.push(`The shard ${id} is retired for good: give it another name in the manifest.`);
      continue;
    }
    if (now === undefined) registered.push({ kind: "registerShard", name: id, ...numbers });
    else set.push(...setters(id, now, numbers));
    const before = now?.routes.map((route) => world.parameters.shards[route - 1].name) ?? [];
    if (before.join() !== routes.join()) routed.push({ kind: "setRoutes", shard: id, routes });
  }
  return { changes: [...registered, ...set, ...routed], lacking };
}

type ShardNumbers = Pick<
  ShardParameters,
  "queueBudget" | "latencyBudgetMs" | "spillThreshold" | "spillBatch" | "weight"
>;

function setters(shard: string, now: ShardNumbers, wanted: ShardNumbers): Change[] {
  const budget: Change[] =
    now.queueBudget === wanted.queueBudget ? [] : [{ kind: "setQueueBudget", shard, value: wanted.queueBudget }];
  const threshold: Change[] =
    now.spillThreshold === wanted.spillThreshold
      ? []
      : [{ kind: "setSpillThreshold", shard, value: wanted.spillThreshold }];
  // The threshold is never above the budget, not in between either.
  const both = wanted.queueBudget > now.queueBudget ? [...budget, ...threshold] : [...threshold, ...budget];
  if (now.latencyBudgetMs !== wanted.latencyBudgetMs)
    both.push({ kind: "setLatencyBudget", shard, value: wanted.latencyBudgetMs });
  if (now.spillBatch !== wanted.spillBatch) both.push({ kind: "setSpillBatch", shard, value: wanted.spillBatch });
  if (now.weight !== wanted.weight) both.push({ kind: "setWeight", shard, value: wanted.weight });
  return both;
}

function officeChanges(world: World, { anchorer, marketplace, guardians }: Papers): Change[] {
  const offices = officesKnown(world);
  const changes: Change[] = [];
  if (anchorer !== undefined && anchorer !== offices.anchorer) changes.push({ kind: "setAnchorer", account: anchorer });
  if (marketplace !== undefined && marketplace !== offices.marketplace)
    changes.push({ kind: "setMarketplace", account: marketplace });
  const known = new Set(offices.guardians.map(({ address }) => address));
  for (const acceptance of guardians)
    if (!known.has(acceptance.guardian)) changes.push({ kind: "appointGuardian", acceptance });
  return changes;
}

function submitterChanges(world: World, { submitters }: Manifest, { submitterKeys }: Papers): Part {
  const changes: Change[] = [];
  const lacking: string[] = [];
  for (const { id, shards, jobsPerTick } of submitters) {
    const now = world.parameters.submitters.find(({ name }) => name === id);
    if (now?.revoked) {
      lacking.push(`The submitter ${id} is revoked for good: give it another name in the manifest, and a new key.`);
    } else if (now !== undefined) {
      const names = world.parameters.shards.flatMap(({ name }, index) => ((now.shards >>> index) & 1 ? [name] : []));
      const moved = [...names].sort().join() !== [...shards].sort().join();
      if (moved || now.jobsPerTick !== jobsPerTick)
        changes.push({ kind: "limitSubmitter", submitter: id, shards, jobsPerTick });
    } else {
      const key = submitterKeys.get(id);
      if (key === undefined)
        lacking.push(`The submitter ${id} lacks its key: tell it with --submitter ${id}=<its public key>.`);
      else changes.push({ kind: "admitSubmitter", name: id, ...key, shards, jobsPerTick });
    }
  }
  for (const name of submitterKeys.keys())
    if (!submitters.some(({ id }) => id === name))
      lacking.push(`A key was given for the submitter ${name}, whom the manifest does not have.`);
  return { changes, lacking };
}

function nodeChanges(world: World, { nodes }: Manifest, { registrations }: Papers): Part {
  const lacking: string[] = [];
  const limited: Change[] = [];
  const admitted: Registration[] = [];
  for (const node of nodes) {
    const { id, capacity, maxConcurrency } = node;
    const now = world.parameters.nodes.find(({ name }) => name === id);
    const registration = registrations.find((each) => each.node === id);
    if (now?.status === "removed") {
      lacking.push(`The node ${id} was removed for good: give it another name in the manifest.`);
    } else if (now !== undefined) {
      const shard = world.parameters.shards[now.shard - 1].name;
      const names = world.parameters.skills.filter((_, bit) => (now.skills >> BigInt(bit)) & 1n);
      const problem = differenceOf(node, { shard, heartbeatSeconds: now.heartbeatSeconds, skills: names });
      if (problem !== null)
        lacking.push(`The node ${id} ${problem}, which stays so: register another node, or mend the manifest.`);
      if (now.capacity !== capacity || now.maxConcurrency !== maxConcurrency)
        limited.push({ kind: "limit", node: id, capacity, maxConcurrency });
    } else if (registration === undefined) {
      lacking.push(`The node ${id} lacks its operator's registration: \`fabric node register --operator\` makes one.`);
    } else {
      const problem = differenceOf(node, registration) ?? limitDifference(node, registration);
      if (problem === null) admitted.push(registration);
      else
        lacking.push(`The registration of ${id} ${problem}: have its operator sign another one, or mend the manifest.`);
    }
  }
  for (const { node } of registrations)
    if (!nodes.some(({ id }) => id === node))
      lacking.push(`A registration was given of the node ${node}, which the manifest does not have.`);
  // What one operator signed is taken in the order of its signing.
  const inOrder = admitted.toSorted((a, b) => a.nonce - b.nonce);
  return {
    changes: [...limited, ...inOrder.map((registration): Change => ({ kind: "admitNode", registration }))],
    lacking,
  };
}

type Lasting = Pick<Registration, "shard" | "heartbeatSeconds" | "skills">;

/** What cannot be changed of a node once it is admitted, and is not as the manifest says; null for nothing. */
function differenceOf(wanted: ManifestNode, has: Lasting): string | null {
  if (has.shard !== wanted.shard) return `is for the shard ${has.shard}, and the manifest says ${wanted.shard}`;
  if (has.heartbeatSeconds !== wanted.heartbeatSeconds)
    return `has a heartbeat every ${has.heartbeatSeconds} s, and the manifest says ${wanted.heartbeatSeconds} s`;
  const [own, other] = [has.skills, wanted.skills].map((skills) => [...skills].sort().join(", "));
  return own === other ? null : `has the skills ${own || "none"}, and the manifest says ${other}`;
}

function limitDifference(wanted: ManifestNode, has: Pick<Registration, "capacity" | "maxConcurrency">): string | null {
  if (has.capacity === wanted.capacity && has.maxConcurrency === wanted.maxConcurrency) return null;
  const words = ({ capacity, maxConcurrency }: typeof has) =>
    `capacity ${counted(capacity)} and ${counted(maxConcurrency)} jobs at once`;
  return `is for ${words(has)}, and the manifest says ${words(wanted)}`;
}

function beyond({ parameters }: World, { shards, nodes, submitters }: Manifest): string[] {
  const unnamed = (entries: readonly { readonly name: string }[], manifest: readonly { readonly id: string }[]) =>
    entries.filter(({ name }) => !manifest.some(({ id }) => id === name)).map(({ name }) => name);
  return [
    ...unnamed(
      parameters.shards.filter(({ retired }) => !retired),
      shards,
    ).map((name) => `The shard ${name} is not in the manifest, and stays: \`retire-shard ${name}\` ends it.`),
    ...unnamed(
      parameters.nodes.filter(({ status }) => status !== "removed"),
      nodes,
    ).map((name) => `The node ${name} is not in the manifest, and stays: \`remove-node ${name}\` ends it.`),
    ...unnamed(
      parameters.submitters.filter(({ revoked }) => !revoked),
      submitters,
    ).map((name) => `The submitter ${name} is not in the manifest, and stays: \`revoke-submitter ${name}\` ends it.`),
  ];
}

function shardOf({ parameters }: World, name: string): ShardParameters | undefined {
  return parameters.shards.find((shard) => shard.name === name);
}
