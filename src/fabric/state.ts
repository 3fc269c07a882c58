import { Backlog, GroupHeap } from "./backlog.ts";
import { Calendar } from "./calendar.ts";
import { CandidateSets, Candidates } from "./candidates.ts";
import type { Genesis } from "./genesis.ts";
import { JobTable } from "./jobTable.ts";
import { LeaseTable } from "./leaseTable.ts";
import { type NodeState, newNode } from "./nodeTable.ts";
import type { Parameters, ShardParameters } from "./parameters.ts";
import { SkillSets } from "./skillSets.ts";
import type { SubmitterState } from "./submitterTable.ts";

/** How many jobs met each fate since the beginning; `submitted` counts jobs taken in. */
export type Counters = {
  submitted: number;
  completed: number;
  failed: number;
  expired: number;
  cancelled: number;
  /** Attempts that ended without a result: the node fell silent, was removed, or took too long. */
  interrupted: number;
  /** Jobs sent back to their origin's registry for another attempt. */
  requeued: number;
  spilled: number;
  /** Results for a lease that was not, or no longer, the node's. */
  refusedResults: number;
};

/** What the machine counts of the messages themselves; no part of the state root. */
export type Transport = {
  heartbeats: number;
  refusedMessages: number;
  governance: GovernanceBlock;
};

/** The block whose parameters are in force. */
export type GovernanceBlock = {
  readonly version: number;
  readonly block: number;
  readonly hash: Uint8Array;
  /** Unix seconds. */
  readonly time: number;
};

export class ShardState {
  parameters: ShardParameters;
  /** Ticks in which the shard was not paused: what deadlines, leases and heartbeat ages are counted by. */
  clock = 0;
  paused = false;
  readonly registry: Backlog;
  readonly queue: Backlog;
  readonly parked: Backlog;
  readonly calendar: Calendar;
  /** Reading of the clock up to which the calendar was emptied. */
  scannedTo = 0;
  /** Jobs that wait out their backoff; they count as in the registry. */
  delayed = 0;
  /** Numbers of its nodes, rising. */
  nodes: number[] = [];
  readonly candidates = new CandidateSets();

  constructor(parameters: ShardParameters, jobs: JobTable) {
    this.parameters = parameters;
    this.registry = new Backlog(jobs);
    this.queue = new Backlog(jobs);
    this.parked = new Backlog(jobs);
    this.calendar = new Calendar(jobs);
  }

  get room(): number {
    return this.parameters.queueBudget - this.queue.count;
  }
}

/** More leases than are given in one epoch; those of the last one, 2^16 - 1, have numbers below 2^53. */
export const leasesOfEpoch = 1e11;

/** Everything the machine holds. Lists of shards, nodes and submitters are numbered from 1; entry 0 stays empty. */
export class State {
  readonly genesis: Genesis;
  tick = 0;
  readonly counters: Counters = {
    submitted: 0,
    completed: 0,
    failed: 0,
    expired: 0,
    cancelled: 0,
    interrupted: 0,
    requeued: 0,
    spilled: 0,
    refusedResults: 0,
  };
  /** Number of the newest lease. */
  leases = 0;
  random: number;

  parameters: Parameters | undefined;
  governanceVersion = 0;
  /** The whole fabric is paused or retired. */
  paused = false;
  lagBlocks = 0;
  silentTicks = 0;
  /** Index of the last owners' order carried out. */
  orders = 0;

  readonly jobs = new JobTable();
  readonly skillSets = new SkillSets();
  readonly shards: ShardState[] = [];
  readonly nodes: NodeState[] = [];
  readonly submitters: SubmitterState[] = [];
  /** Slot of the job on each live lease. Never iterated: its order means nothing. */
  readonly slotOfLease = new LeaseTable();
  /** Slots of jobs whose lease ended in this tick; empty between ticks. */
  readonly lost: number[] = [];
  readonly oldest = new GroupHeap(this.jobs, "oldest");
  readonly newest = new GroupHeap(this.jobs, "newest");

  readonly transport: Transport = {
    heartbeats: 0,
    refusedMessages: 0,
    governance: { version: 0, block: 0, hash: new Uint8Array(32), time: 0 },
  };

  constructor(genesis: Genesis) {
    this.genesis = genesis;
    this.random = genesis.seed;
    this.shards.length = 1;
    this.nodes.length = 1;
    this.submitters.length = 1;
  }

  /** Epoch of the ledger that was claimed last; 0 when none was. */
  get epoch(): number {
    return Math.floor(this.leases / leasesOfEpoch);
  }

  /** True when the shard must not route, spill or dispatch. */
  isPaused(shard: number): boolean {
    return this.paused || this.shards[shard].paused;
  }

  /** True when the chain has been silent, or the block in force behind, for longer than the fabric may go on alone. */
  get outOfTouch(): boolean {
    return this.silentTicks > this.genesis.maxSilentTicks || this.lagBlocks > this.genesis.maxLagBlocks;
  }

  candidatesFor(shard: number, skillSet: number): Candidates {
    const { candidates, nodes, parameters } = this.shards[shard];
    const known = candidates.of(skillSet);
    if (known !== undefined) return known;
    const found = new Candidates(this.nodes, nodes, this.skillSets, skillSet, parameters.latencyBudgetMs);
    candidates.add(skillSet, found);
    return found;
  }

  /** To be called after each change of a node's load, health or latency. */
  nodeChanged(number: number): void {
    const node = this.nodes[number];
    for (const candidates of this.shards[node.parameters.shard].candidates.all) candidates.touch(number, node);
  }

  /**
   * True when the owners have admitted a node, in this shard or along its routes to shards not visited, that could
   * serve the job: otherwise waiting is in vain.
   */
  isServable(shard: number, skillSet: number, visited: number): boolean {
    if (this.candidatesFor(shard, skillSet).admittedCount > 0) return true;
    for (const to of this.shards[shard].parameters.routes)
      if ((visited & shardBit(to)) === 0 && this.candidatesFor(to, skillSet).admittedCount > 0) return true;
    return false;
  }

  /** Makes the lists of nodes follow new parameters; what is known of those already there stays. */
  adoptNodes(parameters: Parameters): void {
    for (const shard of this.shards.slice(1)) {
      shard.nodes = [];
      shard.candidates.clear();
    }
    parameters.nodes.forEach((node, index) => {
      const known = this.nodes[index + 1];
      if (known === undefined) this.nodes[index + 1] = newNode(node);
      else known.parameters = node;
      if (node.status !== "removed") this.shards[node.shard].nodes.push(index + 1);
    });
  }
}

export function shardBit(shard: number): number {
  return (1 << (shard - 1)) >>> 0;
}
