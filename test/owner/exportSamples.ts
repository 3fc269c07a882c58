import { getCreateAddress, ZeroHash } from "ethers";
import { parametersOf } from "../../src/config/parameters.ts";
import { contractNames } from "../../src/governance/index.ts";
import {
  acceptWith,
  accountKey,
  batchOf,
  type Change,
  type ChangeKind,
  type Exportable,
  membersOf,
  type Office,
  type Offices,
  type Proposal,
  planChange,
  practiceKeys,
  type World,
} from "../../src/owner/index.ts";
import { dossier, keyOf } from "../governance/localChain.ts";

/** A fabric that is on no chain: what `planChange` and the exports take of one. */
const keys = practiceKeys(31337);
const addresses = contractNames.map((name, nonce) => {
  return [name, { address: getCreateAddress({ from: keys.deployer.address, nonce }), codeHash: ZeroHash }] as const;
});
const [multisig, shardRegistry, nodeRegistry, submitterRegistry, ledger, pause] = addresses.map(([, each]) => each);
export const contracts = {
  OwnerMultisig: multisig,
  ShardRegistry: shardRegistry,
  NodeRegistry: nodeRegistry,
  SubmitterRegistry: submitterRegistry,
  CheckpointLedger: ledger,
  SystemPause: pause,
};
const guardian = keys.guardian.address;
export const office: Office = {
  chainId: 31337,
  multisig: multisig.address,
  epoch: 1n,
  nonces: { parameters: 7n, membership: 1n << 64n, emergency: (2n << 64n) | 3n },
  waiting: { parameters: null, membership: null, emergency: null },
  constitution: keys.constitution,
  members: membersOf(keys.constitution),
  threshold: keys.constitution.threshold,
};
export const time = 1_900_000_000;
const offices: Offices = {
  office,
  anchorer: keys.anchorer.address,
  marketplace: keys.marketplace.address,
  guardians: [{ address: guardian, armed: true }],
  guardianPauseSecondsMax: 604_800,
};
export const world: World = {
  deployment: { contracts },
  parameters: parametersOf(dossier, keyOf),
  time,
  offices,
  head: { epoch: 1, seq: 5, parent: ZeroHash, size: 900, root: new Uint8Array(32), digest: new Uint8Array(32) },
};
const { parameters } = world;

const key = `0x${"77".repeat(32)}`;
const signature = `0x${"ab".repeat(65)}`;
const deadline = time + 3600;
const registration = {
  format: "planetary-fabric/registration/v1",
  ...{ chainId: 31337, registry: nodeRegistry.address },
  ...{ node: "luna.far-side", operator: keys.operatorOf(9).address, shard: "luna", capacity: 8, maxConcurrency: 4 },
  ...{ heartbeatSeconds: 20, skills: ["navigation", "general"], key, nonce: 0, deadline, signature },
  keyKind: "ed25519",
} as const;
const acceptance = {
  format: "planetary-fabric/guardian-acceptance/v1",
  ...{ chainId: 31337, pause: pause.address },
  ...{ guardian: keys.operatorOf(9).address, deadline, signature },
} as const;
const unaccepted: Proposal = {
  format: "planetary-fabric/constitution/v1",
  ...{ chainId: 31337, multisig: multisig.address, epoch: 2 },
  constitution: {
    ...{ members: keys.constitution.members, threshold: 3, defaultDelay: 60 },
    rules: [{ target: pause.address, selector: "0x12345678", delay: 5 }],
  },
  acceptances: [],
};
export const proposal = keys.owners.reduce(
  (accepted, { privateKey }) => acceptWith(accountKey(privateKey), accepted),
  unaccepted,
);

/** One change of each kind, and the world that it is for where the usual one has no use for it. */
const samples: { readonly [Kind in ChangeKind]: readonly [Extract<Change, { kind: Kind }>, Partial<World>?] } = {
  pause: [{ kind: "pause", scope: "fabric" }],
  resume: [{ kind: "resume", scope: "mars" }, { parameters: pausedMars() }],
  guardianPause: [{ kind: "guardianPause", scope: "mars", seconds: 7200 }],
  setGuardianPauseLimit: [{ kind: "setGuardianPauseLimit", value: 3600 }],
  registerShard: [
    {
      ...{ kind: "registerShard", name: "ceres", queueBudget: 900, latencyBudgetMs: 600, spillThreshold: 90 },
      ...{ spillBatch: 16, weight: 2, routes: ["mars", "luna"] },
    },
  ],
  setQueueBudget: [{ kind: "setQueueBudget", shard: "earth", value: 8000 }],
  setLatencyBudget: [{ kind: "setLatencyBudget", shard: "helios", value: 900 }],
  setSpillThreshold: [{ kind: "setSpillThreshold", shard: "luna", value: 0 }],
  setSpillBatch: [{ kind: "setSpillBatch", value: 64 }],
  setWeight: [{ kind: "setWeight", shard: "earth", value: 3 }],
  setRoutes: [{ kind: "setRoutes", shard: "luna", routes: ["mars", "earth"] }],
  reroute: [{ kind: "reroute", from: "mars", to: ["helios"] }],
  retireShard: [{ kind: "retireShard", shard: "luna" }, { parameters: { ...parameters, nodes: [] } }],
  move: [{ kind: "move", from: "earth", to: "luna", count: 1500 }],
  cancel: [{ kind: "cancel", submitter: "mars.works", number: 17 }],
  checkpointNow: [{ kind: "checkpointNow" }],
  setTickLength: [{ kind: "setTickLength", value: 2000 }],
  setCheckpointInterval: [{ kind: "setCheckpointInterval", value: 20 }],
  setHeartbeatGrace: [{ kind: "setHeartbeatGrace", value: 5 }],
  setMaxAttempts: [{ kind: "setMaxAttempts", value: 9 }],
  admitNode: [{ kind: "admitNode", registration }],
  limit: [{ kind: "limit", node: "earth.core-alpha", capacity: 12 }],
  drain: [{ kind: "drain", node: "mars.gpu-helion" }],
  undrain: [{ kind: "undrain", node: "mars.gpu-helion" }, { parameters: drainingNodes() }],
  removeNode: [{ kind: "removeNode", node: "luna.nav-station" }],
  addSkill: [{ kind: "addSkill", name: "botany" }],
  admitSubmitter: [
    { kind: "admitSubmitter", name: "luna.u", keyKind: "ed25519", key, shards: ["luna"], jobsPerTick: 5 },
  ],
  limitSubmitter: [{ kind: "limitSubmitter", submitter: "mars.works", jobsPerTick: 7, expiry: 2_000_000_000 }],
  revokeSubmitter: [{ kind: "revokeSubmitter", submitter: "mars.works" }],
  setAnchorer: [{ kind: "setAnchorer", account: "none" }],
  revokeAnchorer: [{ kind: "revokeAnchorer" }],
  rebase: [{ kind: "rebase", seq: 5, anchorer: "none" }],
  setMarketplace: [{ kind: "setMarketplace", account: "none" }],
  revokeMarketplace: [{ kind: "revokeMarketplace" }],
  appointGuardian: [{ kind: "appointGuardian", acceptance }],
  dismissGuardian: [{ kind: "dismissGuardian", guardian }],
  rearmGuardian: [
    { kind: "rearmGuardian", guardian },
    { offices: { ...offices, guardians: [{ address: guardian, armed: false }] } },
  ],
  constitute: [{ kind: "constitute", proposal }],
  retireFabric: [{ kind: "retireFabric", successor: "none" }],
};

/** One planned change of each kind, ready to be exported. */
export const exportables: readonly Exportable[] = Object.values(samples).map(([change, other]) => {
  return exportable(planChange({ ...world, ...other }, change));
});

export function exportable(planned: Exportable["planned"]): Exportable {
  const batch = batchOf(office, planned.lane, planned.calls, planned.sentence, time);
  return { planned, batch, delay: 0, signatures: [], office, deployment: { contracts }, time, account: null };
}

function pausedMars(): World["parameters"] {
  const paused = { ownerPaused: true, guardianUntil: 0 };
  const shards = parameters.shards.map((shard) => (shard.name === "mars" ? { ...shard, pause: paused } : shard));
  return { ...parameters, shards };
}

function drainingNodes(): World["parameters"] {
  return { ...parameters, nodes: parameters.nodes.map((node) => ({ ...node, status: "draining" })) };
}
