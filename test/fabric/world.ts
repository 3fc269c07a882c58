import {
  assertLaws,
  type Effects,
  type EventKind,
  encodeJobs,
  type Genesis,
  type GovernanceInput,
  type Input,
  type Job,
  type Lease,
  Machine,
  type NodeMessageInput,
  type OrderInput,
  type Parameters,
  type Receipt,
  type Result,
  type ResultOutcome,
} from "../../src/fabric/index.ts";

export const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 7,
  maxLagBlocks: 10,
  maxSilentTicks: 20,
};

/** Values that a test may alter. */
export type Draft = {
  -readonly [Key in keyof Omit<Parameters, Listed>]: Parameters[Key];
} & { [Key in Listed]: Mutable<Parameters[Key][number]>[] };
type Listed = "shards" | "nodes" | "submitters";
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export const noPause = { ownerPaused: false, guardianUntil: 0 };

/** Skills of the world's jobs: what every node has, and what only the nodes of one shard have. */
export const skills = { shared: 0b001n, north: 0b010n, south: 0b100n } as const;

/** Two shards, north (1) and south (2), a route each way, one node in each; `change` alters the values. */
export function twoShards(change: (values: Draft) => void = () => {}): Parameters {
  const values: Draft = {
    tickMs: 1000,
    checkpointIntervalTicks: 10,
    heartbeatGrace: 2,
    maxAttempts: 3,
    retired: false,
    pause: noPause,
    skills: ["shared", "north", "south"],
    shards: [shard("north", [2]), shard("south", [1])],
    nodes: [
      node("north.one", { skills: skills.shared | skills.north }),
      node("south.one", { shard: 2, skills: skills.shared | skills.south }),
    ],
    submitters: [submitter("first"), submitter("second")],
  };
  change(values);
  return values;
}

/** North alone: no route leads anywhere. */
export function oneShard(change: (values: Draft) => void = () => {}): Parameters {
  return twoShards((values) => {
    values.shards = [shard("north", [])];
    values.nodes = values.nodes.slice(0, 1);
    change(values);
  });
}

export function shard(name: string, routes: number[]): Draft["shards"][number] {
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

export function node(name: string, change: Partial<Parameters["nodes"][number]> = {}): Draft["nodes"][number] {
  return {
    name,
    shard: 1,
    capacity: 4,
    maxConcurrency: 4,
    heartbeatSeconds: 3,
    skills: skills.shared,
    status: "admitted",
    keyKind: "ed25519",
    key: new Uint8Array(32),
    ...change,
  };
}

export function submitter(name: string): Draft["submitters"][number] {
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
    skills: skills.shared,
    deadlineTicks: 0,
    budgetTicks: 20,
    value: 5,
    payloadDigest: new Uint8Array(32).fill(number % 251),
    ...change,
  };
}

/** `count` jobs, numbered from `first` on. */
export function manyJobs(first: number, count: number, change: Partial<Job> = {}): Job[] {
  return Array.from({ length: count }, (_, index) => job(first + index, change));
}

export function jobs(submitterNumber: number, ...rows: Job[]): Input {
  return { kind: "jobs", submitter: submitterNumber, rows: encodeJobs(rows), signature: new Uint8Array(64) };
}

export function governance(
  values: Parameters | null,
  block = 1,
  change: Partial<GovernanceInput> = {},
): GovernanceInput {
  const hash = new Uint8Array(32).fill(block % 256);
  return { kind: "governance", version: block, block, latest: block, hash, time: 1000 + block, values, ...change };
}

export function order(index: number, what: OrderInput["order"]): Input {
  return { kind: "order", index, order: what };
}

export function message(number: number, seq: number, change: Partial<NodeMessageInput> = {}): NodeMessageInput {
  const body = { node: number, seq, heartbeat: true, latencyMs: 10, results: [] };
  return { kind: "nodeMessage", ...body, signature: new Uint8Array(64), ...change };
}

export function result(lease: number, outcome: ResultOutcome = "completed"): Result {
  return { lease, outcome, digest: new Uint8Array(32).fill(lease % 256) };
}

/** A line of `events.ndjson`, read back. */
export type EventLine = { readonly event: EventKind; readonly tick: number; readonly [field: string]: unknown };

/** What a tick brought about, kept. */
export type Outcome = {
  readonly tick: number;
  readonly events: readonly EventLine[];
  readonly leases: readonly Lease[];
  readonly receipts: readonly Receipt[];
  readonly checkpoint: boolean;
};

export function outcomeOf({ tick, events, leases, receipts, checkpoint }: Effects): Outcome {
  const lines: EventLine[] = [...events.toNdjson().matchAll(/.+\n/g)].map(([line]) => JSON.parse(line));
  return { tick, events: lines, leases: [...leases], receipts: [...receipts], checkpoint };
}

/** The events of some kinds without their tick. */
export function eventsOf({ events }: Pick<Outcome, "events">, ...kinds: EventKind[]): Record<string, unknown>[] {
  return events.filter(({ event }) => kinds.includes(event)).map(({ tick: _, ...rest }) => rest);
}

/** Numbers of the jobs in the events of a kind, in order. */
export function jobsIn({ events }: Pick<Outcome, "events">, kind: EventKind): unknown[] {
  return events.filter(({ event }) => event === kind).map(({ job: number }) => number);
}

/** A machine whose nodes speak in every tick unless they are `silent`. The laws are held after each tick. */
export class World {
  readonly machine: Machine;
  readonly silent = new Set<number>();
  readonly latencyMs = new Map<number, number>();
  values: Parameters;
  #block = 0;
  readonly #seqs: number[] = [];
  readonly #results: Result[][] = [];

  /** The first tick adopts the values and hears the nodes. */
  constructor(values: Parameters = twoShards(), ofGenesis: Genesis = genesis) {
    this.machine = new Machine(ofGenesis);
    this.values = values;
    this.tick(this.adopt(values));
  }

  /** What the chain says from the next block on; a function alters a copy of what is in force. */
  adopt(change: Parameters | ((values: Draft) => void), block: Partial<GovernanceInput> = {}): Input {
    if (typeof change === "function") {
      const values: Draft = structuredClone({
        ...this.values,
        shards: [...this.values.shards],
        nodes: [...this.values.nodes],
        submitters: [...this.values.submitters],
      });
      change(values);
      this.values = values;
    } else this.values = change;
    return governance(this.values, ++this.#block, block);
  }

  /** The next block, in which nothing changed. */
  block(change: Partial<GovernanceInput> = {}): Input {
    return governance(null, ++this.#block, change);
  }

  /** The node's next message reports how a lease ended. */
  report({ lease, node: number }: Pick<Lease, "lease" | "node">, outcome: ResultOutcome = "completed"): void {
    this.#results[number] = [...(this.#results[number] ?? []), result(lease, outcome)];
  }

  tick(...inputs: Input[]): Outcome {
    const all = [...inputs];
    for (let number = 1; number <= this.values.nodes.length; number++) {
      if (this.silent.has(number)) continue;
      this.#seqs[number] = (this.#seqs[number] ?? 0) + 1;
      const results = this.#results[number] ?? [];
      this.#results[number] = [];
      all.push(message(number, this.#seqs[number], { latencyMs: this.latencyMs.get(number) ?? 10, results }));
    }
    const lost = inputs.reduce((sum, input) => sum + (input.kind === "resumed" ? input.downTicks : 0), 0);
    all.push({ kind: "tick", tick: this.machine.tick + lost + 1 });
    const effects = this.machine.step(all);
    assertLaws(this.machine, effects);
    return outcomeOf(effects);
  }

  /** Ticks without anything but the nodes' messages; what they brought about together. */
  idle(ticks: number): Outcome {
    const all = Array.from({ length: ticks }, () => this.tick());
    return {
      tick: this.machine.tick,
      events: all.flatMap(({ events }) => events),
      leases: all.flatMap(({ leases }) => leases),
      receipts: all.flatMap(({ receipts }) => receipts),
      checkpoint: all.some(({ checkpoint }) => checkpoint),
    };
  }

  /** Idles until a lease is given, and returns the first of that tick. */
  nextLease(): Lease {
    for (let left = 100; left > 0; left--) {
      const [lease] = this.tick().leases;
      if (lease !== undefined) return lease;
    }
    throw new RangeError("no lease was given in 100 ticks");
  }

  /** Jobs that wait in a shard's queue, in its registry (backoff included), or parked. */
  waiting(number: number): { queued: number; registry: number; parked: number } {
    const { queue, registry, parked, delayed } = this.machine.state.shards[number];
    return { queued: queue.count, registry: registry.count + delayed, parked: parked.count };
  }
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
