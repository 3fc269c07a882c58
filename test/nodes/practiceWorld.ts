import type { Lease } from "../../src/fabric/effects.ts";
import type { Genesis } from "../../src/fabric/genesis.ts";
import type { Job } from "../../src/fabric/job.ts";
import type { NodeParameters, Parameters, SubmitterParameters } from "../../src/fabric/parameters.ts";
import { domainsOf, type NodeView, practiceKey, type SigningKey } from "../../src/nodes/index.ts";

/** A fabric of one shard, a few nodes and one submitter, with keys that the tests hold. */

export const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x5fbdb2315678afecb367f032d93f642f64180aa3",
  seed: 7,
  maxLagBlocks: 10,
  maxSilentTicks: 20,
};
export const domains = domainsOf(genesis);
export const sessionKey = practiceKey(genesis.seed, "session/1");
export const noPause = { ownerPaused: false, guardianUntil: 0 };

export function nodeKey(node: number, seed = genesis.seed): SigningKey {
  return practiceKey(seed, `node/${node}`);
}

export function nodeWith(node: number, changes: Partial<NodeParameters> = {}): NodeParameters {
  return {
    name: `node-${node}`,
    shard: 1,
    capacity: 8,
    maxConcurrency: 4,
    heartbeatSeconds: 5,
    skills: 1n,
    status: "admitted",
    keyKind: "ed25519",
    key: nodeKey(node).publicKey.bytes,
    ...changes,
  };
}

export function submitterWith(changes: Partial<SubmitterParameters> = {}): SubmitterParameters {
  const { bytes: key } = practiceKey(genesis.seed, "submitter/1").publicKey;
  return { name: "s-1", shards: 1, jobsPerTick: 3, expiry: 0, revoked: false, keyKind: "ed25519", key, ...changes };
}

/** Ticks of one second, heartbeats every five of them, three of which may be missed. */
export function parametersWith(changes: Partial<Parameters> = {}): Parameters {
  const shard = { name: "earth", queueBudget: 100, latencyBudgetMs: 120, spillThreshold: 10, spillBatch: 4, weight: 1 };
  return {
    tickMs: 1000,
    checkpointIntervalTicks: 40,
    heartbeatGrace: 3,
    maxAttempts: 3,
    retired: false,
    pause: noPause,
    skills: ["general"],
    shards: [{ ...shard, retired: false, routes: [], pause: noPause }],
    nodes: [nodeWith(1), nodeWith(2)],
    submitters: [submitterWith()],
    ...changes,
  };
}

export function viewWith(changes: Partial<NodeView> = {}): NodeView {
  const { bytes } = sessionKey.publicKey;
  return { epoch: 1, sessionKey: bytes, block: 100, time: 1_800_000_000, parameters: parametersWith(), ...changes };
}

export function leaseOf(lease: number, node: number, changes: Partial<Lease> = {}): Lease {
  const payloadDigest = new Uint8Array(32).fill(lease % 251);
  const job = { submitter: 1, number: lease, attempt: 1, class: "background", skills: 1n, value: 5 } as const;
  return { lease, node, ...job, expiresInTicks: 50, payloadDigest, ...changes };
}

export function jobOf(number: number): Job {
  const payloadDigest = new Uint8Array(32).fill(number);
  return {
    number,
    shard: 1,
    class: "interactive",
    skills: 1n,
    deadlineTicks: 0,
    budgetTicks: 9,
    value: 1,
    payloadDigest,
  };
}
