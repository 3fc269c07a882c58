import { z } from "zod";
import { parametersOf, readManifest } from "../../src/config/index.ts";
import { type ContractName, contractNames, interfaceOf, predictAddresses } from "../../src/governance/index.ts";
import {
  acceptWith,
  accountKey,
  type Change,
  type ChangeKind,
  catalogue,
  describeParameters,
  foundingForm,
  guardianAcceptanceForm,
  isChangeKind,
  membersOf,
  type Offices,
  type PlannedChange,
  type Proposal,
  planChange,
  practiceKeys,
  proposalForm,
  registrationForm,
  spellings,
  usageOf,
  type World,
} from "../../src/owner/index.ts";
import { codes, markdownTable } from "./section.ts";

/** The files that operators, guardians and new members sign. */
export function signedFileTable(): string {
  const rows = [registrationForm, guardianAcceptanceForm, proposalForm, foundingForm].flatMap((form) => {
    const schema = z.toJSONSchema(form);
    const { format, ...fields } = schema.properties ?? {};
    if (typeof format !== "object") throw new TypeError("a file says its format");
    return fieldRows(`\`${String(format.const)}\``, "", { ...schema, properties: fields });
  });
  return markdownTable(["format", "field", "what it is", "bounds", "unit"], rows);
}

function fieldRows(format: string, above: string, { properties = {} }: z.core.JSONSchema.BaseSchema): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    if (typeof field !== "object") return [];
    const { items, minimum, maximum, description = "", unit } = field;
    const list = typeof items === "object" && !Array.isArray(items) && items.properties !== undefined;
    const below = list ? fieldRows(format, `${above}${name}[].`, items) : fieldRows(format, `${above}${name}.`, field);
    if (below.length > 0) return below;
    const bounds = minimum === undefined ? "" : `${minimum} … ${maximum}`;
    return [[format, `\`${above}${name}\``, description, bounds, typeof unit === "string" ? unit : ""]];
  });
}

const keys = practiceKeys(31337);
const addresses = predictAddresses(keys.deployer.address, 0);
const unsigned = `0x${"00".repeat(64)}` as const;
const sameKey = `0x${"11".repeat(32)}` as const;

const unaccepted: Proposal = {
  ...{ format: "planetary-fabric/constitution/v1", chainId: 31337, multisig: addresses.OwnerMultisig, epoch: 2 },
  constitution: {
    ...{ members: keys.constitution.members, threshold: 3, defaultDelay: 0 },
    rules: [
      {
        target: addresses.ShardRegistry,
        selector: interfaceOf("ShardRegistry").getFunction("setQueueBudget").selector,
        delay: 3600,
      },
    ],
  },
  acceptances: [],
};
const accepted = keys.owners.reduce((before, { privateKey }) => acceptWith(accountKey(privateKey), before), unaccepted);

/** One of each kind, made for `config/fabric.json`. */
const examples: { readonly [Kind in ChangeKind]: Extract<Change, { readonly kind: Kind }> } = {
  pause: { kind: "pause", scope: "fabric" },
  resume: { kind: "resume", scope: "fabric" },
  guardianPause: { kind: "guardianPause", scope: "fabric", seconds: 600 },
  setGuardianPauseLimit: { kind: "setGuardianPauseLimit", value: 86_400 },
  retireFabric: { kind: "retireFabric", successor: "none" },
  registerShard: {
    ...{ kind: "registerShard", name: "ceres", queueBudget: 1000, latencyBudgetMs: 600, spillThreshold: 100 },
    ...{ spillBatch: 32, weight: 1, routes: ["mars"] },
  },
  setQueueBudget: { kind: "setQueueBudget", shard: "earth", value: 5000 },
  setLatencyBudget: { kind: "setLatencyBudget", shard: "helios", value: 700 },
  setSpillThreshold: { kind: "setSpillThreshold", shard: "luna", value: 50 },
  setSpillBatch: { kind: "setSpillBatch", shard: "mars", value: 64 },
  setWeight: { kind: "setWeight", shard: "earth", value: 3 },
  setRoutes: { kind: "setRoutes", shard: "luna", routes: ["mars", "earth"] },
  reroute: { kind: "reroute", from: "mars", to: ["helios"] },
  retireShard: { kind: "retireShard", shard: "luna" },
  move: { kind: "move", from: "earth", to: "luna", count: 1500 },
  cancel: { kind: "cancel", submitter: "mars.works", number: 17 },
  checkpointNow: { kind: "checkpointNow" },
  setTickLength: { kind: "setTickLength", value: 2000 },
  setCheckpointInterval: { kind: "setCheckpointInterval", value: 20 },
  setHeartbeatGrace: { kind: "setHeartbeatGrace", value: 4 },
  setMaxAttempts: { kind: "setMaxAttempts", value: 7 },
  admitNode: {
    kind: "admitNode",
    registration: {
      ...{ format: "planetary-fabric/registration/v1", chainId: 31337, registry: addresses.NodeRegistry },
      ...{ node: "luna.far-side", operator: keys.operatorOf(7).address, shard: "luna", capacity: 8, maxConcurrency: 4 },
      ...{ heartbeatSeconds: 20, skills: ["navigation"], keyKind: "ed25519", key: sameKey, nonce: 0, deadline: 0 },
      signature: unsigned,
    },
  },
  limit: { kind: "limit", node: "earth.core-alpha", capacity: 12, maxConcurrency: 6 },
  drain: { kind: "drain", node: "mars.gpu-helion" },
  undrain: { kind: "undrain", node: "mars.gpu-helion" },
  removeNode: { kind: "removeNode", node: "mars.gpu-helion" },
  addSkill: { kind: "addSkill", name: "botany" },
  admitSubmitter: {
    ...{ kind: "admitSubmitter", name: "luna.university", keyKind: "ed25519", key: sameKey },
    ...{ shards: ["luna", "earth"], jobsPerTick: 50 },
  },
  limitSubmitter: { kind: "limitSubmitter", submitter: "mars.works", jobsPerTick: 100 },
  revokeSubmitter: { kind: "revokeSubmitter", submitter: "mars.works" },
  setAnchorer: { kind: "setAnchorer", account: keys.operatorOf(8).address },
  revokeAnchorer: { kind: "revokeAnchorer" },
  rebase: { kind: "rebase", seq: 12, anchorer: keys.operatorOf(8).address },
  setMarketplace: { kind: "setMarketplace", account: "none" },
  revokeMarketplace: { kind: "revokeMarketplace" },
  appointGuardian: {
    kind: "appointGuardian",
    acceptance: {
      ...{ format: "planetary-fabric/guardian-acceptance/v1", chainId: 31337, pause: addresses.SystemPause },
      ...{ guardian: keys.operatorOf(9).address, deadline: 0, signature: unsigned },
    },
  },
  dismissGuardian: { kind: "dismissGuardian", guardian: keys.guardian.address },
  rearmGuardian: { kind: "rearmGuardian", guardian: keys.guardian.address },
  constitute: {
    kind: "constitute",
    proposal: accepted,
  },
};

/** What an example of a kind takes, in the fabric of `config/fabric.json`. */
export function exampleOf(kind: ChangeKind): PlannedChange {
  return planChange(worldFor(kind, exampleWorld()), examples[kind]);
}

export function changeTable(): string {
  const world = exampleWorld();
  const kinds = Object.keys(catalogue).filter(isChangeKind);
  const rows = kinds.map((kind) => {
    const { sentence, by, lane, severity, calls, undo, lasts } = exampleOf(kind);
    const functions = [...new Set(calls.map((call) => functionOf(world, call)))];
    const undone = undo === null ? `nothing: ${lasts}` : codes([...new Set(undo.map((change) => change.kind))]);
    const typed = spellings.filter((spelling) => spelling.kind === kind).map(usageOf)[0];
    return [
      `\`${kind}\``,
      catalogue[kind].title,
      `\`${typed}\``,
      sentence,
      codes(functions),
      by,
      lane,
      severity,
      undone,
    ];
  });
  const heads = [
    "change",
    "what it is for",
    "after `fabric owner`",
    "the sentence, for example",
    "calls",
    "by",
    "lane",
    "severity",
    "undone by",
  ];
  return markdownTable(heads, rows);
}

export function parameterTable(): string {
  const rows = Object.keys(catalogue)
    .filter(isChangeKind)
    .flatMap((kind) =>
      describeParameters(kind).map(({ name, required, description, bounds, unit }) => {
        const optional = required ? "" : " (may be left out)";
        const range = bounds === null ? "" : `${bounds.minimum} … ${bounds.maximum}`;
        return [`\`${kind}\``, `\`${name}\`${optional}`, description, range, unit];
      }),
    );
  return markdownTable(["change", "parameter", "what it is", "bounds", "unit"], rows);
}

/** The fabric of the manifest that ships, as a practice deployment would have it. Nothing is asked of a chain. */
function exampleWorld(): World & { readonly offices: Offices } {
  const at = (name: ContractName) => ({ address: addresses[name] });
  const contracts = {
    OwnerMultisig: at("OwnerMultisig"),
    ShardRegistry: at("ShardRegistry"),
    NodeRegistry: at("NodeRegistry"),
    SubmitterRegistry: at("SubmitterRegistry"),
    CheckpointLedger: at("CheckpointLedger"),
    SystemPause: at("SystemPause"),
  };
  const keyOf = () => ({ keyKind: "ed25519", key: new Uint8Array(32) }) as const;
  const manifest = readManifest("config/fabric.json");
  const { constitution } = keys;
  const offices: Offices = {
    office: {
      ...{ chainId: 31337, multisig: addresses.OwnerMultisig, epoch: 1n, constitution, threshold: 2 },
      nonces: { parameters: 0n, membership: 0n, emergency: 0n },
      waiting: { parameters: null, membership: null, emergency: null },
      members: membersOf(constitution),
    },
    anchorer: keys.anchorer.address,
    marketplace: keys.marketplace.address,
    guardians: [{ address: keys.guardian.address, armed: true }],
    guardianPauseSecondsMax: manifest.fabric.guardianPauseSecondsMax,
  };
  return { deployment: { contracts }, parameters: parametersOf(manifest, keyOf), time: 0, offices };
}

/** The world in which a change changes something. */
function worldFor(kind: ChangeKind, world: World & { readonly offices: Offices }): World {
  const { parameters, offices } = world;
  const { nodes } = parameters;
  switch (kind) {
    case "resume":
      return { ...world, parameters: { ...parameters, pause: { ownerPaused: true, guardianUntil: 0 } } };
    case "undrain":
      return {
        ...world,
        parameters: { ...parameters, nodes: nodes.map((node) => ({ ...node, status: "draining" as const })) },
      };
    case "retireShard":
      return {
        ...world,
        parameters: { ...parameters, nodes: nodes.filter(({ shard }) => shard !== 2) },
      };
    case "rearmGuardian":
      return { ...world, offices: { ...offices, guardians: [{ address: keys.guardian.address, armed: false }] } };
    case "rebase": {
      const hash = new Uint8Array(32);
      const head = { epoch: 1, seq: 12, parent: `0x${"00".repeat(32)}`, size: 24_000, root: hash, digest: hash };
      return { ...world, head };
    }
    default:
      return world;
  }
}

function functionOf({ deployment }: World, { to, data }: { readonly to: string; readonly data: string }): string {
  const name = contractNames.find((contract) => deployment.contracts[contract].address === to);
  if (name === undefined) throw new RangeError(`no contract at ${to}`);
  return `${name}.${interfaceOf(name).parseTransaction({ data })?.name}`;
}
