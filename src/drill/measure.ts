import type { Acceptance } from "../config/index.ts";
import type { Effects } from "../fabric/index.ts";
import {
  classes,
  type FabricEvent,
  type IntakeRefusal,
  intakeRefusals,
  type JobClass,
  type Lease,
  type Machine,
  type Outcome,
  outcomes,
  type Reason,
  type Refusal,
  refusals,
  routeSkews,
} from "../fabric/index.ts";

/** Of one shard. Waits are in ticks from a job's submission there to its first lease, wherever that was. */
export type ShardFigures = {
  readonly name: string;
  readonly submitted: number;
  /** Jobs completed by its nodes. */
  readonly completed: number;
  readonly spilledIn: number;
  readonly spilledOut: number;
  readonly waitP50Ticks: number;
  readonly waitP95Ticks: number;
  readonly deepestQueue: number;
};

export type NodeFigures = {
  readonly name: string;
  readonly leases: number;
  readonly completed: number;
  readonly interrupted: number;
  /** Part of its slots that was busy, over all ticks, 0 … 1. */
  readonly utilisation: number;
  /** Times it went offline. */
  readonly silences: number;
};

/** Of the jobs of one class. Waits are in ticks from submission to the first lease. */
export type ClassFigures = {
  readonly class: JobClass;
  /** Jobs that got a lease. */
  readonly leased: number;
  readonly waitP50Ticks: number;
  readonly waitP95Ticks: number;
  readonly waitP99Ticks: number;
  readonly longestWaitTicks: number;
};

/** Jobs that moved along one route. */
export type Flow = { readonly from: number; readonly to: number; readonly jobs: number };

/** A queue's budget from a tick on. */
export type BudgetChange = { readonly tick: number; readonly shard: number; readonly jobs: number };

/** A node whose heartbeats did not come: suspect from a tick on until it was heard again, which may be never. */
export type Gap = { readonly node: number; readonly fromTick: number; readonly toTick: number | undefined };

/** Something that happened to the whole fabric at a tick, to be marked in plots. */
export type Mark = {
  readonly tick: number;
  readonly kind: "governed" | "paused" | "resumed" | "ordered" | "nodeOffline" | "nodeActive";
  readonly subject: number;
};

export type Skew = { readonly jobs: number; readonly tick: number; readonly from: number; readonly to: number };
const noSkew: Skew = { jobs: 0, tick: 0, from: 0, to: 0 };

/** What is measured of a run, tick by tick; the same for the main run and the control. */
export class Measurements {
  readonly #acceptance: Acceptance;
  readonly #routes: ((shard: number) => readonly number[]) | undefined;
  readonly #shards: {
    submitted: number;
    completed: number;
    spilledIn: number;
    spilledOut: number;
    deepest: number;
    budget: number | undefined;
  }[] = [];
  readonly #waits: number[][] = [];
  readonly #classWaits = new Map<JobClass, number[]>();
  readonly #flows = new Map<string, { from: number; to: number; jobs: number }>();
  readonly #nodes: { leases: number; completed: number; interrupted: number; busyTicks: number; silences: number }[] =
    [];
  /** Index of the gap that is not over, by node. */
  readonly #silent = new Map<number, number>();
  readonly #waitingSince = new Map<number, { shard: number; tick: number }>();
  readonly marks: Mark[] = [];
  /** Queue lengths after each tick, a list a shard; entry t - 1 is that of tick t. */
  readonly queues: number[][] = [];
  /** In the order in which they began. */
  readonly gaps: Gap[] = [];
  /** Jobs taken in, and completed, in each tick. */
  readonly submissions: number[] = [];
  readonly completions: number[] = [];
  /** In order; the first ones are those the run began with. */
  readonly budgets: BudgetChange[] = [];
  /** Jobs that ended without a result, by how and why: `failed attemptsSpent`. */
  readonly endings = new Map<`${Outcome} ${Reason}`, number>();
  /** Jobs that were not taken in, by reason. */
  readonly turnedAway = new Map<IntakeRefusal, number>();
  readonly refusedMessages: Record<Refusal, number> = {
    signature: 0,
    replay: 0,
    unknownSender: 0,
    malformed: 0,
    tooMany: 0,
  };
  refusedJobs = 0;
  mostLagBlocks = 0;
  /** Largest number of jobs that a queue held above its budget. */
  mostAboveBudget = 0;
  /** Tick in which the last job ended. */
  drainedTick = 0;
  skew: Skew = noSkew;
  #settledFrom = 0;
  #ticks = 0;

  /** @param routes those that skew is measured over; the ones in force unless told otherwise */
  constructor(acceptance: Acceptance, routes?: (shard: number) => readonly number[]) {
    this.#acceptance = acceptance;
    this.#routes = routes;
  }

  observe(machine: Machine, effects: Effects): void {
    const { state, tick } = machine;
    this.#ticks++;
    this.submissions.push(0);
    this.completions.push(0);
    const leases = effects.leases.values();
    for (const event of effects.events) this.#count(event, leases);
    for (let number = 1; number < state.shards.length; number++) {
      const { queue, parameters } = state.shards[number];
      const shard = this.#shard(number);
      shard.deepest = Math.max(shard.deepest, queue.count);
      this.mostAboveBudget = Math.max(this.mostAboveBudget, queue.count - parameters.queueBudget);
      if (shard.budget !== parameters.queueBudget)
        this.budgets.push({ tick, shard: number, jobs: parameters.queueBudget });
      shard.budget = parameters.queueBudget;
      this.queues[number - 1] ??= new Array(this.#ticks - 1).fill(0);
      this.queues[number - 1].push(queue.count);
      if (state.isPaused(number)) this.#settledFrom = tick + this.#acceptance.settleTicks + 1;
    }
    for (let number = 1; number < state.nodes.length; number++)
      this.#node(number).busyTicks += state.nodes[number].load;
    this.mostLagBlocks = Math.max(this.mostLagBlocks, state.lagBlocks);
    for (const { outcome, reason, shard } of effects.receipts) {
      if (outcome === "completed") this.#shard(shard).completed++;
      else this.endings.set(`${outcome} ${reason}`, (this.endings.get(`${outcome} ${reason}`) ?? 0) + 1);
    }
    if (effects.receipts.length > 0) this.drainedTick = tick;
    this.#measureSkew(machine);
  }

  /** @param names of the shards, in the order of their numbers */
  shardFigures(names: readonly string[]): ShardFigures[] {
    return names.map((name, index) => {
      const { submitted, completed, spilledIn, spilledOut, deepest } = this.#shard(index + 1);
      const waits = this.#waits[index + 1] ?? [];
      return {
        ...{ name, submitted, completed, spilledIn, spilledOut, deepestQueue: deepest },
        waitP50Ticks: percentile(waits, 50),
        waitP95Ticks: percentile(waits, 95),
      };
    });
  }

  /** One of each class, whether it had jobs or not. */
  classFigures(): ClassFigures[] {
    return classes.map((name) => {
      const waits = this.#classWaits.get(name) ?? [];
      return {
        class: name,
        leased: waits.reduce((sum, jobs) => sum + (jobs ?? 0), 0),
        waitP50Ticks: percentile(waits, 50),
        waitP95Ticks: percentile(waits, 95),
        waitP99Ticks: percentile(waits, 99),
        longestWaitTicks: Math.max(0, waits.length - 1),
      };
    });
  }

  /** By shard they left, then by shard they came to. */
  flows(): Flow[] {
    return [...this.#flows.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  }

  nodeFigures(nodes: readonly { readonly name: string; readonly maxConcurrency: number }[]): NodeFigures[] {
    return nodes.map(({ name, maxConcurrency }, index) => {
      const { busyTicks, ...counts } = this.#node(index + 1);
      const utilisation = Math.round((1e6 * busyTicks) / (maxConcurrency * this.#ticks)) / 1e6;
      return { name, ...counts, utilisation };
    });
  }

  /** @param leases of the tick, from the first one that was not counted yet on */
  #count({ kind, tick, submitter, number, values: [a, b, c] }: FabricEvent, leases: Iterator<Lease, undefined>): void {
    const job = submitter * 2 ** 40 + number;
    switch (kind) {
      case "accepted":
        this.#shard(a).submitted++;
        this.submissions[this.submissions.length - 1]++;
        this.#waitingSince.set(job, { shard: a, tick });
        return;
      case "assigned": {
        this.#node(b).leases++;
        const lease = leases.next().value;
        const since = this.#waitingSince.get(job);
        if (since === undefined || lease === undefined) return;
        this.#waitingSince.delete(job);
        this.#waits[since.shard] ??= [];
        addOne(this.#waits[since.shard], tick - since.tick);
        addOne(this.#waitsOf(lease.class), tick - since.tick);
        return;
      }
      case "spilled":
        this.#shard(a).spilledOut++;
        this.#shard(b).spilledIn++;
        this.#flow(a, b).jobs++;
        return;
      case "interrupted":
        this.#node(b).interrupted++;
        return;
      case "ended":
        this.#waitingSince.delete(job);
        if (a !== outcomes.completed) return;
        this.#node(c).completed++;
        this.completions[this.completions.length - 1]++;
        return;
      case "refused":
        this.refusedJobs++;
        this.turnedAway.set(intakeRefusals[a], (this.turnedAway.get(intakeRefusals[a]) ?? 0) + 1);
        return;
      case "refusedMessages":
        this.refusedMessages[refusals[b]] += c;
        return;
      case "nodeSuspect":
        this.#silent.set(a, this.gaps.push({ node: a, fromTick: tick, toTick: undefined }) - 1);
        return;
      case "nodeOffline":
        this.#node(a).silences++;
        this.marks.push({ tick, kind, subject: a });
        return;
      case "nodeActive": {
        const gap = this.#silent.get(a);
        if (gap !== undefined) this.gaps[gap] = { ...this.gaps[gap], toTick: tick };
        this.#silent.delete(a);
        this.marks.push({ tick, kind, subject: a });
        return;
      }
      case "governed":
      case "paused":
      case "resumed":
      case "ordered":
        this.marks.push({ tick, kind, subject: a });
    }
  }

  #measureSkew(machine: Machine): void {
    const { tick, state } = machine;
    if (tick <= this.#acceptance.warmUpTicks || tick < this.#settledFrom) return;
    const routes = this.#routes ?? ((shard: number) => state.shards[shard].parameters.routes);
    for (const { from, to, jobs } of routeSkews(state, routes))
      if (jobs > this.skew.jobs) this.skew = { jobs, tick, from, to };
  }

  #shard(number: number) {
    this.#shards[number] ??= { submitted: 0, completed: 0, spilledIn: 0, spilledOut: 0, deepest: 0, budget: undefined };
    return this.#shards[number];
  }

  #waitsOf(name: JobClass): number[] {
    const waits = this.#classWaits.get(name) ?? [];
    this.#classWaits.set(name, waits);
    return waits;
  }

  #flow(from: number, to: number) {
    const flow = this.#flows.get(`${from} ${to}`) ?? { from, to, jobs: 0 };
    this.#flows.set(`${from} ${to}`, flow);
    return flow;
  }

  #node(number: number) {
    this.#nodes[number] ??= { leases: 0, completed: 0, interrupted: 0, busyTicks: 0, silences: 0 };
    return this.#nodes[number];
  }
}

function addOne(counts: number[], value: number): void {
  counts[value] = (counts[value] ?? 0) + 1;
}

/** Smallest value that at least `percent` of all are not above; entry v of `counts` says how many are v. */
function percentile(counts: readonly number[], percent: number): number {
  const all = counts.reduce((sum, count) => sum + (count ?? 0), 0);
  let below = 0;
  for (let value = 0; value < counts.length; value++) {
    below += counts[value] ?? 0;
    if (below * 100 >= all * percent) return value;
  }
  return 0;
}
