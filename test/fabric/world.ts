import {
  type Effects,
  encodeJobs,
  type Genesis,
  type Input,
  type Job,
  type Lease,
  type Parameters,
  type Result,
} from "../../src/fabric/index.ts";

export const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 7,
  maxLagBlocks: 10,
  maxSilentTicks: 20,
};

const noPause = { ownerPaused: false, guardianUntil: 0 };

/** Two shards that share a skill, a route each way, and a node of its own in each; `change` alters the values. */
export function twoShards(change: (values: Mutable<Parameters>) => void = () => {}): Parameters {
  const values: Mutable<Parameters> = {
    tickMs: 1000,
    checkpointIntervalTicks: 10,
    heartbeatGrace: 2,
    maxAttempts: 3,
    retired: false,
    pause: noPause,
    skills: ["shared", "north", "south"],
    shards: [shard("north", [2]), shard("south", [1])],
    nodes: [node("north.one", 1, 0b011n), node("south.one", 2, 0b101n)],
    submitters: [submitter("first"), submitter("second")],
  };
  change(values);
  return values;
}

export function shard(name: string, routes: number[]): Parameters["shards"][number] {
  return {
    name,
    queueBudget: 50,
    latencyBudgetMs: 100,
    spillThreshold: 5,
    spillBatch: 4,
    weight: 1,
    retired: false,
    routes,
    pause: noPause,
  };
}

export function node(name: string, inShard: number, skills: bigint): Parameters["nodes"][number] {
  return {
    name,
    shard: inShard,
    capacity: 4,
    maxConcurrency: 4,
    heartbeatSeconds: 3,
    skills,
    status: "admitted",
    keyKind: "ed25519",
    key: new Uint8Array(32),
  };
}

export function submitter(name: string): Parameters["submitters"][number] {
  return {
    name,
    shards: 0b11,
    jobsPerTick: 1000,
    expiry: 0,
    revoked: false,
    keyKind: "ed25519",
    key: new Uint8Array(32),
  };
}

export function job(number: number, change: Partial<Job> = {}): Job {
  return {
    number,
    shard: 1,
    class: "interactive",
    skills: 0b001n,
    deadlineTicks: 0,
    budgetTicks: 20,
    value: 5,
    payloadDigest: new Uint8Array(32).fill(number % 251),
    ...change,
  };
}

export function jobs(submitterNumber: number, ...rows: Job[]): Input {
  return { kind: "jobs", submitter: submitterNumber, rows: encodeJobs(rows), signature: new Uint8Array(64) };
}

export function governance(
  values: Parameters | null,
  block = 1,
  change: Partial<Input & { kind: "governance" }> = {},
): Input {
  const hash = new Uint8Array(32).fill(block % 256);
  return { kind: "governance", version: block, block, latest: block, hash, time: 1000 + block, values, ...change };
}

/** Messages of nodes that run every lease for `durationOf` ticks and speak every tick, unless `isSilent`. */
export class Fleet {
  readonly #running = new Map<number, { node: number; doneAt: number }>();
  readonly #seqs: number[] = [];
  durationOf = (_lease: Lease): number => 2;
  isSilent = (_node: number, _tick: number): boolean => false;

  take({ leases, tick }: Effects): void {
    for (const lease of leases)
      this.#running.set(lease.lease, { node: lease.node, doneAt: tick + this.durationOf(lease) });
  }

  messages(tick: number, nodes: number, latencyMs = 10): Input[] {
    const inputs: Input[] = [];
    for (let number = 1; number <= nodes; number++) {
      if (this.isSilent(number, tick)) continue;
      const results: Result[] = [];
      for (const [lease, { node: runner, doneAt }] of this.#running) {
        if (runner !== number || doneAt > tick) continue;
        this.#running.delete(lease);
        results.push({ lease, outcome: "completed", digest: new Uint8Array(32).fill(lease % 256) });
      }
      this.#seqs[number] = (this.#seqs[number] ?? 0) + 1;
      const seq = this.#seqs[number];
      inputs.push({
        kind: "nodeMessage",
        node: number,
        seq,
        heartbeat: true,
        latencyMs,
        results,
        signature: new Uint8Array(64),
      });
    }
    return inputs;
  }
}

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
