import type { CheckpointView, NodeStateView, PauseView, ShardView, StatusView } from "../../control/index.ts";
import { isPausedAt, type Machine, nodeHealth, type PauseScope } from "../../fabric/index.ts";
import { toHex } from "../../journal/index.ts";

/** What a status says that the machine does not know. */
export type StatusFacts = {
  /** When the last tick was, Unix ms. */
  readonly atMs: number;
  /** Epoch of the ledger that this orchestrator claimed. */
  readonly epoch: number;
  /** Why the chain did not answer; null when it did. */
  readonly silence: string | null;
  /** Tick in which parameters last changed; null when that was before this orchestrator started. */
  readonly changedTick: number | null;
  /** The newest checkpoint, and the newest one known to be on the chain. */
  readonly checkpoint: CheckpointView | null;
  readonly anchored: CheckpointView | null;
  /** Checkpoints that wait to be anchored. */
  readonly anchorsWaiting: number;
  /** Whether somebody listens for the leases of a node, by its number. */
  isConnected(node: number): boolean;
};

/** How the fabric stands after its last tick. It costs as much as there are shards and nodes, however many jobs. */
export function statusView(machine: Machine, facts: StatusFacts): StatusView {
  const { atMs, epoch, silence, changedTick, checkpoint, anchored, anchorsWaiting } = facts;
  const { state, genesis, governance } = machine;
  const { version, block, time } = governance;
  return {
    format: "planetary-fabric/status/v1",
    tick: machine.tick,
    tickMs: state.parameters?.tickMs ?? 0,
    atMs,
    epoch,
    chain: { chainId: genesis.chainId, ledger: genesis.ledger, silentTicks: state.silentTicks, silence },
    governance: { version, block, hash: toHex(governance.hash), time, lagBlocks: state.lagBlocks, changedTick },
    pause: state.parameters === undefined ? null : pauseOf(state.parameters.pause, time),
    retired: state.parameters?.retired ?? false,
    checkpointIntervalTicks: state.parameters?.checkpointIntervalTicks ?? 0,
    heartbeatGrace: state.parameters?.heartbeatGrace ?? 0,
    maxAttempts: state.parameters?.maxAttempts ?? 0,
    outOfTouch: state.outOfTouch,
    shards: shardsOf(machine),
    nodes: nodesOf(machine, facts),
    submitters: state.submitters.slice(1).map(({ parameters }) => parameters.name),
    skills: state.parameters?.skills ?? [],
    counters: {
      ...machine.counters,
      heartbeats: machine.heartbeats,
      refusedMessages: machine.refusedMessages,
    },
    live: state.jobs.count,
    checkpoint,
    anchored,
    anchorsWaiting,
  };
}

function shardsOf({ state, governance }: Machine): ShardView[] {
  // A job runs on a node of the shard that it is in, spilled or not: the nodes' loads are the jobs that run there.
  const running = state.shards.map(() => 0);
  for (const { parameters, load } of state.nodes.slice(1)) running[parameters.shard] += load;
  return state.shards.slice(1).map(({ parameters, queue, registry, delayed, parked }, index) => ({
    name: parameters.name,
    queued: queue.count,
    queueBudget: parameters.queueBudget,
    latencyBudgetMs: parameters.latencyBudgetMs,
    spillThreshold: parameters.spillThreshold,
    spillBatch: parameters.spillBatch,
    weight: parameters.weight,
    routes: parameters.routes.map((route) => state.shards[route].parameters.name),
    registered: registry.count + delayed,
    running: running[index + 1],
    parked: parked.count,
    pause: pauseOf(parameters.pause, governance.time),
    retired: parameters.retired,
  }));
}

function nodesOf({ state }: Machine, { isConnected }: StatusFacts): NodeStateView[] {
  const tickMs = state.parameters?.tickMs ?? 0;
  const skills = state.parameters?.skills ?? [];
  return state.nodes.slice(1).map(({ parameters, health, load, lastHeard, latencyMs, slow }, index) => {
    const shard = state.shards[parameters.shard];
    return {
      name: parameters.name,
      shard: shard.parameters.name,
      status: parameters.status,
      health: healthWords[health],
      load,
      maxConcurrency: parameters.maxConcurrency,
      heartbeatAgeMs: health === nodeHealth.unheard ? null : (shard.clock - lastHeard) * tickMs,
      latencyMs,
      slow,
      connected: isConnected(index + 1),
      capacity: parameters.capacity,
      heartbeatSeconds: parameters.heartbeatSeconds,
      skills: skills.filter((_, bit) => (parameters.skills & (1n << BigInt(bit))) !== 0n),
      keyKind: parameters.keyKind,
      key: toHex(parameters.key),
    };
  });
}

const healthWords: NodeStateView["health"][] = [];
for (const word of ["unheard", "active", "suspect", "offline"] as const) healthWords[nodeHealth[word]] = word;

/** @param time of the block in force, Unix seconds: by it a guardian's pause ends */
function pauseOf(scope: PauseScope, time: number): PauseView {
  if (!isPausedAt(scope, time)) return null;
  if (!scope.ownerPaused) return { by: "guardian", until: scope.guardianUntil };
  return { by: time < scope.guardianUntil ? "both" : "owners", until: null };
}
