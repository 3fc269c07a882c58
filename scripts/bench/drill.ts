import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { median } from "./median.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What `fabric drill` costs as a user runs it: chain, kill, the run that nobody kills, bundle and verification. */
export type DrillCost = {
  /** Of all processes together: the median of the rounds, and each of them. */
  readonly cpuSeconds: number;
  readonly rounds: readonly number[];
};

type DrillOptions = { readonly rounds: number; readonly scenario: string; readonly jobs?: number };

export function drillCommand(): Command {
  return new Command("drill")
    .description("a whole drill as a user runs it, in CPU seconds of all its processes")
    .option("--rounds <count>", "how often", wholeNumber, 3)
    .option("--scenario <name>", "what is played", "default")
    .option("--jobs <count>", "jobs for each shard on average (default: the scenario's)", wholeNumber)
    .option("--json", "print JSON")
    .action(({ json, ...options }: DrillOptions & { json?: boolean }) => {
      const cost = measureDrillCommand(options);
      console.log(json === true ? JSON.stringify(cost) : sentence(cost));
    });
}

/** @throws when a drill does not pass */
export function measureDrillCommand({ rounds: count, scenario, jobs }: DrillOptions): DrillCost {
  const options = ["--scenario", scenario, ...(jobs === undefined ? [] : ["--jobs", String(jobs)])];
  const rounds = Array.from({ length: count }, () => cpuSecondsOf(options));
  return { cpuSeconds: median(rounds), rounds };
}

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** A shell tells the CPU time of what it ran, and of what that started: user and system, in minutes and seconds. */
const timed = '"$@" >/dev/null; status=$?; times; exit $status';

function cpuSecondsOf(options: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  try {
    const words = [process.execPath, program, "drill", ...options, "--reports", folder];
    const { status, stdout, stderr } = spawnSync("sh", ["-c", timed, "sh", ...words], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the drill ended with ${status}: ${stderr}`);
    const [, children = ""] = stdout.trim().split("\n");
    const spent = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
    );
    return Math.round(100 * spent.reduce((sum, each) => sum + each, 0)) / 100;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sentence({ cpuSeconds, rounds }: DrillCost): string {
  return `${cpuSeconds} CPU-s, the median of ${rounds.join(", ")}`;
}
