import { Command } from "commander";
import { LineWriter, Machine } from "../../src/fabric/index.ts";
import { ReceiptTree, stateRoot } from "../../src/journal/index.ts";
import { markdownTable } from "../docs/section.ts";
import { genesis, jobsPerTickAndSixNodes, Load, type LoadSettings } from "./load.ts";
import { median } from "./median.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What one size of something costs. */
export type Point = {
  readonly size: number;
  /** Of the round in the middle. */
  readonly microseconds: number;
};

/** A tick without a checkpoint. */
export type TickPoint = Point & {
  /** Jobs that it gave to nodes, on average. */
  readonly jobs: number;
};

export type ScaleCost = {
  /** By jobs that wait; as many come as are given to nodes. */
  readonly tickByQueue: readonly TickPoint[];
  /** By jobs that have ended. */
  readonly tickByFinished: readonly TickPoint[];
  /** State in bytes and state root, by jobs that are alive. */
  readonly checkpointByLive: readonly Point[];
  /** All that a tick does, for each job that is assigned, by nodes. */
  readonly assignmentByNodes: readonly Point[];
};

const orders = 5;
const neverTicks = 2 ** 31;
/** Ticks of one measurement at least; and at most, where a size hardly changes by them. */
const ticksLeast = 60;
const ticksMost = 1000;
/** Ticks in which the queues settle. */
const settlingTicks = 100;
/** Jobs that a measurement of assignments gives to nodes. */
const assignmentsLeast = 60_000;
const jobsPerTickAndNode = jobsPerTickAndSixNodes / 6;
/** Slots of the manifest's six nodes. */
const slots = 98;

export function scaleCommand(): Command {
  return new Command("scale")
    .description("the machine by jobs that wait, jobs that ended, jobs alive, and nodes, over four orders of magnitude")
    .option("--rounds <count>", "how often", wholeNumber, 3)
    .option(
      "--most <count>",
      "the most jobs; the other sizes are a tenth of it, a hundredth, and so on",
      wholeNumber,
      1_000_000,
    )
    .option("--json", "print JSON")
    .action(({ rounds, most, json }: { rounds: number; most: number; json?: boolean }) => {
      const cost = measureScale(rounds, most);
      console.log(json === true ? JSON.stringify(cost) : scaleTables(cost));
    });
}

/**
 * The median of so many rounds; each goes through all sizes, so that a machine that is slow for a while slows them all.
 *
 * A tick is too short for CPU time, which is counted in steps of milliseconds: its time is that of a clock, of the tick
 * in the middle, which neither other processes nor the collection of garbage interrupt. The rest is CPU time.
 */
export function measureScale(rounds: number, most: number): ScaleCost {
  const sizes = Array.from({ length: orders }, (_, order) => Math.ceil(most / 10 ** (orders - 1 - order)));
  const nodeCounts = [...new Set(sizes.map((size) => Math.max(6, 6 * Math.round(size / 100))))];
  for (let turn = 0; turn < 10; turn++) tickByFinished(sizes[0]);
  const over = <Found extends Point>(all: readonly number[], measure: (size: number) => Found): Found[] => {
    const found = Array.from({ length: rounds }, () => all.map(measure));
    return all.map((_, index) => {
      const points = found.map((each) => each[index]);
      return { ...points[0], microseconds: round(median(points.map(({ microseconds }) => microseconds))) };
    });
  };
  return {
    tickByQueue: over(sizes, tickByQueue),
    tickByFinished: over(sizes, tickByFinished),
    checkpointByLive: over(sizes, checkpointByLive),
    assignmentByNodes: over(nodeCounts, assignmentByNodes),
  };
}

function tickByQueue(size: number): TickPoint {
  const run = new Run({ nodes: 6, backlog: size }, size);
  for (let left = settlingTicks; left > 0; left--) run.tick();
  return tickPoint(size, run.ticks(ticksMost));
}

function tickByFinished(size: number): TickPoint {
  // So few that the size is still about the same after them, in as many runs as it takes.
  const ticks = Math.min(ticksMost, Math.max(3, Math.round(size / 400)));
  const measured = Array.from({ length: Math.ceil(ticksLeast / ticks) }, () => {
    const run = new Run({ nodes: 6 });
    while (run.machine.counters.completed < size) run.tick();
    return run.ticks(ticks);
  });
  return tickPoint(size, measured.flat());
}

function checkpointByLive(size: number): Point {
  const { machine } = new Run({ nodes: 6, backlog: size });
  const tree = new ReceiptTree();
  const repeats = Math.min(1000, Math.max(1, Math.floor(100_000 / size)));
  const before = process.cpuUsage();
  for (let left = repeats; left > 0; left--) stateRoot(machine.snapshot().state, tree.frontier());
  return { size: machine.state.jobs.count, microseconds: cpuMicrosecondsSince(before) / repeats };
}

function assignmentByNodes(nodes: number): Point {
  const run = new Run({ nodes });
  run.ticks(4);
  const ticks = run.ticks(Math.max(3, Math.ceil(assignmentsLeast / (nodes * jobsPerTickAndNode))));
  const sum = (of: (tick: Tick) => number) => ticks.reduce((total, tick) => total + of(tick), 0);
  return { size: nodes, microseconds: sum(({ cpuMicroseconds }) => cpuMicroseconds) / sum(({ jobs }) => jobs) };
}

/** What a tick took by the clock and of CPU time, and the jobs that it gave to nodes. */
type Tick = { readonly microseconds: number; readonly cpuMicroseconds: number; readonly jobs: number };

function tickPoint(size: number, ticks: readonly Tick[]): TickPoint {
  const jobs = ticks.reduce((sum, tick) => sum + tick.jobs, 0) / ticks.length;
  return { size, microseconds: median(ticks.map(({ microseconds }) => microseconds)), jobs: Math.round(jobs) };
}

/** A machine without a journal, and what happens to it. */
class Run {
  readonly machine = new Machine(genesis);
  readonly #load: Load;
  readonly #waiting: number;
  readonly #lines = new LineWriter(() => undefined);

  /** With its first tick done, with which the backlog came. @param waiting jobs that are to wait, about, all the time */
  constructor(settings: Pick<LoadSettings, "nodes" | "backlog">, waiting = 0) {
    this.#load = new Load({ ...settings, total: Number.MAX_SAFE_INTEGER, checkpointIntervalTicks: neverTicks });
    this.#waiting = waiting;
    this.tick();
  }

  ticks(count: number): Tick[] {
    return Array.from({ length: count }, () => this.tick());
  }

  /** Only what the machine does is timed. */
  tick(): Tick {
    const { machine } = this;
    const tick = machine.tick + 1;
    const missing = this.#waiting === 0 ? 0 : this.#waiting + slots - machine.state.jobs.count - jobsPerTickAndSixNodes;
    const inputs = [
      ...this.#load.inputs(tick, Math.max(-jobsPerTickAndSixNodes, missing)),
      { kind: "tick", tick } as const,
    ];
    const [cpu, clock] = [process.cpuUsage(), performance.now()];
    const effects = machine.step(inputs);
    effects.events.writeLines(this.#lines);
    const microseconds = 1000 * (performance.now() - clock);
    const cpuMicroseconds = cpuMicrosecondsSince(cpu);
    this.#load.take(effects);
    return { microseconds, cpuMicroseconds, jobs: effects.leases.length };
  }
}

function cpuMicrosecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Markdown. */
export function scaleTables(cost: ScaleCost): string {
  return [
    tickTable("Jobs that wait", cost.tickByQueue),
    tickTable("Jobs that have ended", cost.tickByFinished),
    markdownTable(
      ["Jobs alive", "A checkpoint, µs", "For each of them, µs"],
      cost.checkpointByLive.map(({ size, microseconds }) => [
        counted(size),
        counted(microseconds),
        counted(microseconds / size),
      ]),
    ),
    markdownTable(
      ["Nodes", "An assignment, µs"],
      cost.assignmentByNodes.map(({ size, microseconds }) => [counted(size), counted(microseconds)]),
    ),
  ].join("\n\n");
}

function tickTable(size: string, points: readonly TickPoint[]): string {
  const rows = points.map((point) => [
    ...[point.size, point.microseconds, point.jobs].map(counted),
    counted(point.microseconds / point.jobs),
  ]);
  return markdownTable([size, "A tick, µs", "Jobs that it gives to nodes", "For each of them, µs"], rows);
}

/** To a hundredth, or to what a person reads of large numbers. */
function counted(number: number): string {
  return number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });
}

function round(microseconds: number): number {
  return Math.round(microseconds * 100) / 100;
}
