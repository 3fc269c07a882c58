import type { NodeStateView, ShardView, StatusView } from "../../src/control/index.ts";

/** 2026-01-04 12:00:00 UTC. */
export const nowMs = Date.UTC(2026, 0, 4, 12);

export function shardView(name: string, change: Partial<ShardView> = {}): ShardView {
  return {
    name,
    queued: 3,
    queueBudget: 1000,
    latencyBudgetMs: 100,
    spillThreshold: 100,
    spillBatch: 32,
    weight: 1,
    routes: [],
    registered: 75,
    running: 3,
    parked: 0,
    pause: null,
    retired: false,
    ...change,
  };
}

export function nodeView(name: string, change: Partial<NodeStateView> = {}): NodeStateView {
  return {
    name,
    shard: "earth",
    status: "admitted",
    health: "active",
    load: 3,
    maxConcurrency: 10,
    heartbeatAgeMs: 0,
    latencyMs: 20,
    slow: false,
    connected: true,
    capacity: 10,
    heartbeatSeconds: 5,
    skills: ["general"],
    keyKind: "ed25519",
    key: `0x${"01".repeat(32)}`,
    ...change,
  };
}

type Change = Partial<StatusView> & {
  readonly silentTicks?: number;
  readonly silence?: string | null;
  readonly lagBlocks?: number;
  /** The chain has not said anything yet. */
  readonly ungoverned?: boolean;
};

/** A fabric of four shards in which all is well, but for what is changed. */
export function statusOf(change: Change = {}): StatusView {
  const { silentTicks = 0, silence = null, lagBlocks = 0, ungoverned = false, ...view } = change;
  const hash = `0x${"ef".repeat(32)}` as const;
  return {
    format: "planetary-fabric/status/v1",
    tick: 137,
    tickMs: ungoverned ? 0 : 1000,
    atMs: nowMs - 500,
    epoch: 3,
    chain: { chainId: 31337, ledger: `0x${"aa".padStart(40, "0")}`, silentTicks, silence },
    governance: ungoverned
      ? { version: 0, block: 0, hash: `0x${"00".repeat(32)}`, time: 0, lagBlocks: 0, changedTick: null }
      : { version: 7, block: 42, hash, time: nowMs / 1000 - 3, lagBlocks, changedTick: 100 },
    pause: null,
    retired: false,
    ...{ checkpointIntervalTicks: 10, heartbeatGrace: 3, maxAttempts: 5 },
    outOfTouch: false,
    shards: ungoverned ? [] : ["earth", "luna", "mars", "helios"].map((name) => shardView(name)),
    nodes: ungoverned ? [] : [nodeView("earth.core-alpha"), nodeView("luna.nav", { shard: "luna" })],
    submitters: ungoverned ? [] : ["earth.exchange"],
    skills: [],
    counters: {},
    live: 350,
    checkpoint: { seq: 13, tick: 130, digest: `0x${"ab".repeat(32)}`, atMs: nowMs - 2000 },
    anchored: { seq: 12, tick: 120, digest: `0x${"cd".repeat(32)}`, atMs: nowMs - 245_000 },
    anchorsWaiting: 0,
    ...view,
  };
}
