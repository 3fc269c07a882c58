import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { assertLaws } from "../../src/fabric/index.ts";
import { DurableMachine, FileStore } from "../../src/journal/index.ts";
import { measureFloor } from "./floor.ts";
import { genesis, Load } from "./load.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What one run of the core cost. CPU and memory are those of the whole process, its start included. */
export type CoreCost = {
  readonly jobs: number;
  readonly cpuSeconds: number;
  /** Of which before the first tick. */
  readonly startCpuSeconds: number;
  /** Of what no such record can do without, see `measureFloor`; taken right after, in the same process. */
  readonly floorCpuSeconds: number;
  /** The ticks' CPU time in parts of that. */
  readonly timesFloor: number;
  readonly wallSeconds: number;
  readonly rssMiB: number;
  readonly jobsPerCpuSecond: number;
  readonly events: number;
  readonly ticks: number;
  readonly checkpoints: number;
};

export function coreCommand(): Command {
  return new Command("core")
    .description("machine, journal with fsync, events, receipts and checkpoints; no chain, no signatures")
    .requiredOption("--total <jobs>", "jobs in all", wholeNumber)
    .option("--nodes <count>", "nodes, in multiples of the manifest's six", wholeNumber, 6)
    .option("--json", "print JSON")
    .action(({ total, nodes, json }: { total: number; nodes: number; json?: boolean }) => {
      const cost = measureCore(total, nodes);
      console.log(json === true ? JSON.stringify(cost) : sentence(cost));
    });
}

/** Runs `total` jobs through a fabric, see `Load`. */
export function measureCore(total: number, nodes: number): CoreCost {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  try {
    const run = runCore(new DurableMachine(new FileStore(folder), genesis), new Load({ total, nodes }), total);
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
    const floorCpuSeconds = measureFloor(folder, {
      ticks: run.ticks,
      journalBytes: bytesIn(folder, (name) => name.endsWith(".segment")),
      derivedBytes: bytesIn(folder, (name) => name.endsWith(".ndjson") || name.endsWith(".tree")),
      receipts: total,
      stateChanges: run.events,
    });
    return {
      jobs: total,
      cpuSeconds: round(cpuSeconds),
      floorCpuSeconds: round(floorCpuSeconds),
      timesFloor: round((cpuSeconds - run.startCpuSeconds) / floorCpuSeconds),
      wallSeconds: round((performance.now() - started) / 1000),
      rssMiB: Math.round(maxRSS / 1024),
      jobsPerCpuSecond: Math.round(total / cpuSeconds),
      ...run,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runCore(
  record: DurableMachine,
  load: Load,
  total: number,
): Pick<CoreCost, "startCpuSeconds" | "events" | "ticks" | "checkpoints"> {
  let events = 0;
  const { user, system } = process.cpuUsage();
  const startCpuSeconds = round((user + system) / 1e6);
  for (let tick = 1; ; tick++) {
    const inputs = load.inputs(tick);
    const stop = load.isOver && tick > 1 && record.machine.state.jobs.count === 0;
    if (record.isCheckpointDue) inputs.push({ kind: "checkpointDue" });
    if (stop) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    const { effects, checkpoint } = record.append(inputs);
    if (checkpoint !== undefined) assertLaws(record.machine, effects);
    events += effects.events.length;
    load.take(effects);
    if (!stop) continue;
    const { completed } = record.machine.counters;
    if (completed !== total) throw new Error(`${completed} of ${total} jobs were completed`);
    const checkpoints = record.head.seq;
    record.close();
    return { startCpuSeconds, events, ticks: tick, checkpoints };
  }
}

function sentence(cost: CoreCost): string {
  const { jobs, ticks, cpuSeconds, startCpuSeconds, jobsPerCpuSecond, wallSeconds, rssMiB } = cost;
  return (
    `${jobs} jobs in ${ticks} ticks: ${cpuSeconds} CPU-s (${jobsPerCpuSecond} jobs per CPU-s), of which the start ` +
    `${startCpuSeconds}; ${wallSeconds} s, ${rssMiB} MiB. The floor: ${cost.floorCpuSeconds} CPU-s, so the ticks took ` +
    `${cost.timesFloor} times as much.`
  );
}

function bytesIn(folder: string, wanted: (name: string) => boolean): number {
  return readdirSync(folder)
    .filter(wanted)
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
