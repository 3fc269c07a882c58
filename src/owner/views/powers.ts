import { type Constitution, type ContractName, interfaceOf } from "../../governance/index.ts";
import { catalogue } from "../catalogue.ts";
import type { ChangeKind } from "../changes.ts";
import { spellings, usageOf } from "../spelling.ts";
import type { World } from "../world.ts";
import type { Subject } from "./governed.ts";

export type PowerHolder = "owners" | "guardian" | "marketplace" | "operator";

/** Who may change a value, how, and after what delay. */
export type Power = {
  readonly by: PowerHolder;
  /** What it may do with it, in a verb: "set", "pause". */
  readonly does: string;
  /** How long the owners' decision waits before it takes effect, in seconds; nobody else's waits. */
  readonly waitsSeconds: number;
  /** Of the catalogue; null for what is none of its changes. */
  readonly change: ChangeKind | null;
  /** What is typed after `fabric`, with placeholders; empty where nothing is. */
  readonly command: string;
};

/** One function that changes it. */
type Means = {
  readonly does: string;
  readonly call: readonly [contract: ContractName, name: string];
  readonly change: ChangeKind;
};

const set = (contract: ContractName, name: string, change: ChangeKind): Means[] => [
  { does: "set", call: [contract, name], change },
];
const stop: readonly Means[] = [
  { does: "pause", call: ["SystemPause", "pause"], change: "pause" },
  { does: "resume", call: ["SystemPause", "resume"], change: "resume" },
  { does: "pause", call: ["SystemPause", "guardianPause"], change: "guardianPause" },
];
const constitute = set("OwnerMultisig", "constitute", "constitute");
const limitNode: readonly Means[] = set("NodeRegistry", "limit", "limit");
const limitSubmitter: readonly Means[] = set("SubmitterRegistry", "limit", "limitSubmitter");

/** What changes each value. What is missing here was fixed when its subject was admitted. */
const means: Readonly<Record<Subject["kind"], Readonly<Record<string, readonly Means[]>>>> = {
  fabric: {
    pause: stop,
    status: [{ does: "retire", call: ["SystemPause", "retire"], change: "retireFabric" }],
    tickMs: set("ShardRegistry", "setTickLength", "setTickLength"),
    checkpointIntervalTicks: set("ShardRegistry", "setCheckpointInterval", "setCheckpointInterval"),
    heartbeatGrace: set("ShardRegistry", "setHeartbeatGrace", "setHeartbeatGrace"),
    maxAttempts: set("ShardRegistry", "setMaxAttempts", "setMaxAttempts"),
    skills: [{ does: "add", call: ["NodeRegistry", "addSkill"], change: "addSkill" }],
    anchorer: [
      ...set("CheckpointLedger", "setAnchorer", "setAnchorer"),
      { does: "revoke", call: ["SystemPause", "revokeAnchorer"], change: "revokeAnchorer" },
    ],
    marketplace: [
      ...set("NodeRegistry", "setMarketplace", "setMarketplace"),
      { does: "revoke", call: ["SystemPause", "revokeMarketplace"], change: "revokeMarketplace" },
    ],
    guardians: [
      { does: "appoint", call: ["SystemPause", "appointGuardian"], change: "appointGuardian" },
      { does: "dismiss", call: ["SystemPause", "dismissGuardian"], change: "dismissGuardian" },
      { does: "re-arm", call: ["SystemPause", "armGuardian"], change: "rearmGuardian" },
    ],
    guardianPauseSecondsMax: set("SystemPause", "setGuardianPauseLimit", "setGuardianPauseLimit"),
  },
  owners: { members: constitute, threshold: constitute, defaultDelaySeconds: constitute, delays: constitute },
  shard: {
    pause: stop,
    status: [{ does: "retire", call: ["ShardRegistry", "retire"], change: "retireShard" }],
    queueBudget: set("ShardRegistry", "setQueueBudget", "setQueueBudget"),
    latencyBudgetMs: set("ShardRegistry", "setLatencyBudget", "setLatencyBudget"),
    spillThreshold: set("ShardRegistry", "setSpillThreshold", "setSpillThreshold"),
    spillBatch: set("ShardRegistry", "setSpillBatch", "setSpillBatch"),
    weight: set("ShardRegistry", "setWeight", "setWeight"),
    routes: set("ShardRegistry", "setRoutes", "setRoutes"),
  },
  node: {
    status: [
      { does: "drain", call: ["NodeRegistry", "drain"], change: "drain" },
      { does: "undrain", call: ["NodeRegistry", "undrain"], change: "undrain" },
      { does: "remove", call: ["NodeRegistry", "remove"], change: "removeNode" },
    ],
    capacity: limitNode,
    maxConcurrency: limitNode,
  },
  submitter: {
    status: [{ does: "revoke", call: ["SubmitterRegistry", "revoke"], change: "revokeSubmitter" }],
    shards: limitSubmitter,
    jobsPerTick: limitSubmitter,
    expiry: limitSubmitter,
  },
};

/** What others than owners and guardians may do with a value: no changes of the catalogue. */
const others: Readonly<Record<string, readonly Power[]>> = {
  "node status": [{ by: "marketplace", does: "drain", waitsSeconds: 0, change: null, command: "node drain <name>" }],
  "node capacity": [{ by: "marketplace", does: "lower", waitsSeconds: 0, change: null, command: "" }],
  "node maxConcurrency": [{ by: "marketplace", does: "lower", waitsSeconds: 0, change: null, command: "" }],
  "node key": [{ by: "operator", does: "rotate", waitsSeconds: 0, change: null, command: "node rotate-key" }],
};

type Rules = { readonly contracts: World["deployment"]["contracts"]; readonly constitution: Constitution };

/** Who may change a value; nobody may when none is returned. */
export function powersOver({ kind }: Pick<Subject, "kind">, field: string, rules: Rules): Power[] {
  const ofOwners = (Object.hasOwn(means[kind], field) ? means[kind][field] : []).map(
    ({ does, call, change }): Power => {
      const { by } = catalogue[change];
      return {
        by,
        does,
        waitsSeconds: by === "owners" ? delayOf(rules, ...call) : 0,
        change,
        command: commandOf(change),
      };
    },
  );
  return [...ofOwners, ...handOver(kind, field, rules), ...(others[`${kind} ${field}`] ?? [])];
}

/** The contracts' own `transferOwnership`, which is no change of the catalogue. */
function handOver(kind: Subject["kind"], field: string, rules: Rules): Power[] {
  if (kind !== "owners" || field !== "contracts") return [];
  return [
    {
      by: "owners",
      does: "hand over",
      waitsSeconds: delayOf(rules, "SystemPause", "transferOwnership"),
      change: null,
      command: "",
    },
  ];
}

/**
 * How long the owners' call of a function waits, in seconds, as `OwnerMultisig` has it: what a rule says, or the default;
 * a call to the multisig itself, and one that hands a contract over, as long as anything does.
 */
export function delayOf({ contracts, constitution }: Rules, contract: ContractName, name: string): number {
  const { defaultDelay, rules } = constitution;
  if (contract === "OwnerMultisig" || name === "transferOwnership")
    return Math.max(defaultDelay, ...rules.map(({ delay }) => delay));
  const selector = interfaceOf(contract).getFunction(name as never)?.selector;
  const target = contracts[contract].address.toLowerCase();
  const rule = rules.find((each) => each.target.toLowerCase() === target && each.selector === selector);
  return rule?.delay ?? defaultDelay;
}

/** What the owners' functions of each contract are, for those who show who may do what. */
export function ownersFunctions(): ReadonlyMap<ContractName, readonly string[]> {
  const found = new Map<ContractName, Set<string>>();
  for (const { call, change } of Object.values(means).flatMap((fields) => Object.values(fields).flat())) {
    if (catalogue[change].by !== "owners") continue;
    const [contract, name] = call;
    found.set(contract, (found.get(contract) ?? new Set()).add(name));
  }
  for (const [contract, name] of unvalued) found.set(contract, (found.get(contract) ?? new Set()).add(name));
  return new Map([...found].map(([contract, names]) => [contract, [...names].sort()] as const));
}

/** The owners' functions that change no value of what is there: they add to it, give an order, or take heads back. */
const unvalued: readonly (readonly [ContractName, string])[] = [
  ["ShardRegistry", "register"],
  ["ShardRegistry", "order"],
  ["NodeRegistry", "admit"],
  ["SubmitterRegistry", "admit"],
  ["CheckpointLedger", "rebase"],
];

function commandOf(change: ChangeKind): string {
  const spelling = spellings.find(({ kind }) => kind === change);
  return spelling === undefined ? "" : `owner ${usageOf(spelling)}`;
}
