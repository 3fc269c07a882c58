import { Command } from "commander";
import { Machine } from "../../src/fabric/index.ts";
import { ReceiptTree, stateRoot } from "../../src/journal/index.ts";
import { markdownTable } from "../docs/section.ts";
import { genesis, Load, type LoadSettings } from "./load.ts";
import { median } from "./median.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What one size of something costs. */
export type Point = {
  readonly size: number;
  /** CPU time in microseconds. */
  readonly microseconds: number;
};

export type ScaleCost = {
  /** A tick without a checkpoint that serves forty jobs, by jobs that wait. */
  readonly tickByQueue: readonly Point[];
  /** The same, by jobs that have ended. */
  readonly tickByFinished: readonly Point[];
  /** State in bytes and state root, for each job that is alive. */
  readonly checkpointByLive: readonly Point[];
  /** All that a tick does, for each job that is assigned, by nodes. */
  readonly assignmentByNodes: readonly Point[];
};

const sizes = [100, 1000, 10_000, 100_000, 1_000_000];
const nodeCounts = [6, 60, 600, 6000, 60_000];
const neverTicks = 2 ** 31;
const measuredTicks = 500;
/** Jobs that a measurement of assignments makes at least. */
const measuredJobs = 40_000;

export function scaleCommand(): Command {
  return new Command("scale")
    .description("the machine by jobs that wait, jobs that ended, jobs alive, and nodes, over four orders of magnitude")
    .option("--rounds <count>", "how often", wholeNumber, 3)
    .option("--json", "print JSON")
    .action(({ rounds, json }: { rounds: number; json?: boolean }) => {
      const cost = measureScale(rounds);
      console.log(json === true ? JSON.stringify(cost) : tables(cost));
    });
}

/** The median of so many rounds; each goes through all sizes, so that a machine that is slow for a while slows them all. */
export function measureScale(rounds: number): ScaleCost {
  tickByQueue(sizes[0]);
  const over = (all: readonly number[], measure: (size: number) => number): Point[] => {
    const found = Array.from({ length: rounds }, () => all.map(measure));
    return all.map((size, index) => ({ size, microseconds: round(median(found.map((each) => each[index]))) }));
  };
  return {
    tickByQueue: over(sizes, tickByQueue),
    tickByFinished: over(sizes, tickByFinished),
    checkpointByLive: over(sizes, checkpointByLive),
    assignmentByNodes: over(nodeCounts, assignmentByNodes),
  };
}

function tickByQueue(jobs: number): number {
  const run = new Run({ nodes: 6, backlog: jobs });
  return run.costOf(measuredTicks) / measuredTicks;
}

function tickByFinished(jobs: number): number {
  const run = new Run({ nodes: 6 });
  run.untilEnded(jobs);
  return run.costOf(measuredTicks) / measuredTicks;
}

function checkpointByLive(jobs: number): number {
  const { machine } = new Run({ nodes: 6, backlog: jobs });
  const tree = new ReceiptTree();
  const repeats = Math.max(1, Math.floor(50_000 / jobs));
  const before = process.cpuUsage();
  for (let left = repeats; left > 0; left--) stateRoot(machine.snapshot().state, tree.frontier());
  return cpuMicrosecondsSince(before) / repeats / machine.state.jobs.count;
}

function assignmentByNodes(nodes: number): number {
  const run = new Run({ nodes });
  run.costOf(4);
  const before = run.assigned;
  const ticks = Math.max(3, Math.ceil((measuredJobs * 6) / (nodes * 40)));
  return run.costOf(ticks) / (run.assigned - before);
}

/** A machine without a journal, and what happens to it. */
class Run {
  readonly machine = new Machine(genesis);
  /** Leases that were given. */
  assigned = 0;
  readonly #load: Load;

  /** With its first tick done, with which the backlog came. */
  constructor(settings: Pick<LoadSettings, "nodes" | "backlog">) {
    this.#load = new Load({ ...settings, total: Number.MAX_SAFE_INTEGER, checkpointIntervalTicks: neverTicks });
    this.costOf(1);
  }

  untilEnded(jobs: number): void {
    while (this.machine.counters.completed < jobs) this.costOf(1);
  }

  /** CPU microseconds of the machine in so many ticks. */
  costOf(ticks: number): number {
    let cost = 0;
    for (let left = ticks; left > 0; left--) {
      const tick = this.machine.tick + 1;
      const inputs = [...this.#load.inputs(tick), { kind: "tick", tick } as const];
      const before = process.cpuUsage();
      const effects = this.machine.step(inputs);
      effects.events.lines();
      cost += cpuMicrosecondsSince(before);
      this.assigned += effects.leases.length;
      this.#load.take(effects);
    }
    return cost;
  }
}

function cpuMicrosecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function tables(cost: ScaleCost): string {
  return [
    table("Jobs that wait", "A tick, µs", cost.tickByQueue),
    table("Jobs that have ended", "A tick, µs", cost.tickByFinished),
    table("Jobs alive", "A checkpoint, µs for each of them", cost.checkpointByLive),
    table("Nodes", "An assignment, µs", cost.assignmentByNodes),
  ].join("\n\n");
}

function table(size: string, what: string, points: readonly Point[]): string {
  const rows = points.map((point) => [point.size.toLocaleString("en"), String(point.microseconds)]);
  return markdownTable([size, what], rows);
}

function round(microseconds: number): number {
  return Math.round(microseconds * 100) / 100;
}
