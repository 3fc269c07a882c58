import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { wholeNumber } from "./wholeNumber.ts";

const program = fileURLToPath(new URL("recoverProcess.ts", import.meta.url));

/** What it took to go on with a record; from the start of the new process, in ms and CPU seconds. */
export type RecoverCost = {
  readonly liveJobs: number;
  readonly endedJobs: number;
  readonly replayedTicks: number;
  /** Jobs that ended in those ticks. */
  readonly replayedJobs: number;
  /** The machine is as it was. */
  readonly readyMs: number;
  /** The next tick is on disk, with leases to be sent. */
  readonly firstLeaseMs: number;
  readonly cpuSeconds: number;
};

export function recoverCommand(): Command {
  return new Command("recover")
    .description("SIGKILL of a process that fills a record as `core` does, and the time until another goes on with it")
    .requiredOption("--total <jobs>", "jobs in all", wholeNumber)
    .option("--nodes <count>", "nodes, in multiples of the manifest's six", wholeNumber, 6)
    .option("--backlog <jobs>", "of these, jobs that come at once and wait", wholeNumber)
    .option("--after <ticks>", "ticks until it is killed; half of those that the jobs take, unless told", wholeNumber)
    .option("--json", "print JSON")
    .action((options: RecoverOptions & { json?: boolean }) => {
      const cost = measureRecover(options);
      console.log(options.json === true ? JSON.stringify(cost) : sentence(cost));
    });
}

export type RecoverOptions = {
  readonly total: number;
  readonly nodes: number;
  readonly backlog?: number;
  readonly after?: number;
};

export function measureRecover({ total, nodes, backlog = 0, after }: RecoverOptions): RecoverCost {
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  const perTick = 40 * Math.max(1, Math.round(nodes / 6));
  const ticks = after ?? Math.ceil((total - backlog) / perTick / 2);
  try {
    const words = [folder, total, nodes, backlog].map(String);
    const filled = spawnSync(process.execPath, [program, "fill", ...words, String(ticks)], { stdio: "inherit" });
    if (filled.signal !== "SIGKILL") throw new Error(`the first process ended with ${filled.status ?? filled.signal}`);
    const opened = spawnSync(process.execPath, [program, "open", ...words], {
      ...{ encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    });
    if (opened.status !== 0) throw new Error(`the second process ended with ${opened.status ?? opened.signal}`);
    return JSON.parse(opened.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sentence(cost: RecoverCost): string {
  const [ready, first] = [cost.readyMs, cost.firstLeaseMs].map((ms) => `${Math.round(ms)} ms`);
  return (
    `${cost.endedJobs} jobs ended, ${cost.liveJobs} live; ${cost.replayedTicks} ticks with ${cost.replayedJobs} jobs ` +
    `replayed: ready after ${ready}, the first leases after ${first}, ${cost.cpuSeconds} CPU-s`
  );
}
