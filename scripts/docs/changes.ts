import { parametersOf, readManifest } from "../../src/config/index.ts";
import {
  type ContractName,
  contractNames,
  type Deployment,
  interfaceOf,
  predictAddresses,
} from "../../src/governance/index.ts";
import {
  type Change,
  type ChangeKind,
  catalogue,
  describeParameters,
  isChangeKind,
  planChange,
  practiceKeys,
  spellings,
  usageOf,
  type World,
} from "../../src/owner/index.ts";
import { codes, markdownTable } from "./section.ts";

/** One of each kind, made for `config/fabric.json`. */
const examples: { readonly [Kind in ChangeKind]: Extract<Change, { readonly kind: Kind }> } = {
  pause: { kind: "pause", scope: "fabric" },
  resume: { kind: "resume", scope: "fabric" },
  guardianPause: { kind: "guardianPause", scope: "fabric", seconds: 600 },
  setQueueBudget: { kind: "setQueueBudget", shard: "earth", value: 5000 },
  setLatencyBudget: { kind: "setLatencyBudget", shard: "helios", value: 700 },
  setSpillThreshold: { kind: "setSpillThreshold", shard: "luna", value: 50 },
  setSpillBatch: { kind: "setSpillBatch", shard: "mars", value: 64 },
  setWeight: { kind: "setWeight", shard: "earth", value: 3 },
  setRoutes: { kind: "setRoutes", shard: "luna", routes: ["mars", "earth"] },
  reroute: { kind: "reroute", from: "mars", to: ["helios"] },
  drain: { kind: "drain", node: "mars.gpu-helion" },
  undrain: { kind: "undrain", node: "mars.gpu-helion" },
  limit: { kind: "limit", node: "earth.core-alpha", capacity: 12, maxConcurrency: 6 },
  cancel: { kind: "cancel", submitter: "mars.works", number: 17 },
  checkpointNow: { kind: "checkpointNow" },
  setCheckpointInterval: { kind: "setCheckpointInterval", value: 20 },
  move: { kind: "move", from: "earth", to: "luna", count: 1500 },
};

export function changeTable(): string {
  const world = exampleWorld();
  const rows = Object.values(examples).map((example) => {
    const { kind } = example;
    const { sentence, by, lane, severity, calls, undo } = planChange(world, example);
    const functions = [...new Set(calls.map((call) => functionOf(world, call)))];
    const undone = undo === null ? "–" : codes([...new Set(undo.map((change) => change.kind))]);
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
function exampleWorld(): World {
  const { deployer } = practiceKeys(31337);
  const addresses = predictAddresses(deployer.address, 0);
  const codeHash = `0x${"00".repeat(32)}`;
  const at = (name: ContractName) => ({ address: addresses[name], codeHash });
  const contracts = {
    OwnerMultisig: at("OwnerMultisig"),
    ShardRegistry: at("ShardRegistry"),
    NodeRegistry: at("NodeRegistry"),
    SubmitterRegistry: at("SubmitterRegistry"),
    CheckpointLedger: at("CheckpointLedger"),
    SystemPause: at("SystemPause"),
  };
  const deployment: Deployment = {
    format: "planetary-fabric/deployment/v1",
    chainId: 31337,
    genesisHash: codeHash,
    blocks: { first: 1, last: contractNames.length },
    contracts,
  };
  const keyOf = () => ({ keyKind: "ed25519", key: new Uint8Array(32) }) as const;
  return { deployment, parameters: parametersOf(readManifest("config/fabric.json"), keyOf), time: 0 };
}

function functionOf({ deployment }: World, { to, data }: { readonly to: string; readonly data: string }): string {
  const name = contractNames.find((contract) => deployment.contracts[contract].address === to);
  if (name === undefined) throw new RangeError(`no contract at ${to}`);
  return `${name}.${interfaceOf(name).parseTransaction({ data })?.name}`;
}
