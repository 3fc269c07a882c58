import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { readScenario, withJobs } from "../config/index.ts";
import { drill, networkUrl } from "../drill/index.ts";
import { exitCodes } from "../errors.ts";
import type { Standing } from "../orchestrator/index.ts";
import { checkLabel, type Summary, verifyBundle, writeBundle } from "../report/index.ts";

export type DrillOptions = {
  readonly scenario: string;
  readonly jobs?: number;
  readonly seed?: number;
  readonly label?: string;
  readonly network?: string;
  readonly reports: string;
  readonly json?: boolean;
};

export const defaultOptions: DrillOptions = { scenario: "default", reports: "reports" };

export function drillCommand(): Command {
  return new Command("drill")
    .description("play a scenario against real contracts, kill the orchestrator half-way, and prove what happened")
    .option(
      "--scenario <name|file>",
      "what happens: default, asymmetric, burst, quiet, …, or a file",
      defaultOptions.scenario,
    )
    .option("--jobs <count>", "jobs for each shard on average (default: the scenario's)", positive)
    .option("--seed <number>", "another seed gives another run (default: the scenario's)", seed)
    .option("--label <name>", "name of the bundle's folder (default: the scenario's name)")
    .option("--network <name|url>", "a node that answers for chain 31337 (default: a chain in this process)")
    .option("--reports <folder>", "where bundles are written", defaultOptions.reports)
    .option("--json", "print the summary as JSON")
    .action(async (options: DrillOptions) => {
      process.exitCode = await runDrill(options);
    });
}

/** Plays, writes the bundle, verifies it, and says what came out; returns the exit code. */
export async function runDrill(options: DrillOptions): Promise<number> {
  const started = performance.now();
  const { scenario, manifest, scenarioDocument, manifestDocument } = readScenario(options.scenario);
  const play = {
    scenario: withJobs(scenario, options.jobs ?? scenario.jobsPerShard),
    manifest,
    seed: options.seed ?? scenario.seed,
  };
  const label = options.label ?? scenario.name;
  checkLabel(label);
  const url = options.network === undefined ? undefined : await networkUrl(options.network);
  const jobs = play.scenario.jobsPerShard * manifest.shards.length;
  say(`Drill "${label}": ${scenario.title} ${jobs.toLocaleString("en-US")} jobs, seed ${play.seed}.`);
  const folder = mkdtempSync(join(tmpdir(), "fabric-drill-"));
  try {
    const result = await drill({
      ...{ play, folder, ...(url === undefined ? {} : { url }) },
      onTick: (run, standing) => {
        if (run === "main" && standing.tick % 100 === 0) say(progress(standing));
      },
    });
    const source = {
      label,
      drill: result,
      play,
      manifestText: manifestDocument.text,
      scenarioText: scenarioDocument.text,
    };
    const timing = () => timingOf(started, result.main.orchestrator);
    const { folder: bundle, derived } = await writeBundle({ ...source, timing }, options.reports);
    const verified = await verifyBundle(bundle);
    if (options.json === true) console.log(JSON.stringify(derived.summary));
    else console.log(words(derived.summary, relative(process.cwd(), bundle) || bundle, verified.says));
    return derived.summary.verdict === "pass" ? exitCodes.done : exitCodes.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function progress({ tick, live, queues, counters }: Standing): string {
  const done = counters.completed.toLocaleString("en-US");
  return `  tick ${tick}: ${done} jobs completed, ${live} live, queues ${queues.join(" · ")}`;
}

function words(summary: Summary, bundle: string, proof: string): string {
  const { checks, verdict, jobs, crash, checkpoints, owner } = summary;
  const width = Math.max(...checks.map(({ title }) => title.length));
  const lines = checks.map(({ pass, title, value, limit }) => {
    return `  ${pass ? "✓" : "✗"} ${title.padEnd(width)}  ${value} (${limit})`;
  });
  const count = (number: number) => number.toLocaleString("en-US");
  return [
    "",
    verdict === "pass" ? "PASSED" : "FAILED",
    ...lines,
    "",
    `${count(jobs.completed)} of ${count(jobs.submitted)} jobs completed in ${count(summary.ticks)} ticks; ${count(jobs.interrupted)} interrupted and ${count(jobs.spilled)} spilled on the way.`,
    ...(crash === null
      ? []
      : [
          `Killed at tick ${crash.killedAtTick} (${crash.killedAtStep}), resumed after checkpoint ${crash.resumedFromCheckpoint}.`,
        ]),
    `${owner.changes} owner changes in force, ${checkpoints.anchored} of ${checkpoints.count} checkpoints on the chain.`,
    proof,
    "",
    `Next: open ${join(bundle, "index.html")}, or run \`npx fabric verify ${bundle}\`.`,
  ].join("\n");
}

function timingOf(started: number, orchestrator: { cpuSeconds: number; rssMiB: number }): object {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    wallSeconds: (performance.now() - started) / 1000,
    drill: { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssMiB: maxRSS / 1024 },
    orchestrator,
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function positive(text: string): number {
  return whole(text, 1, 10_000_000);
}

function seed(text: string): number {
  return whole(text, 0, 2 ** 32 - 1);
}

function whole(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is right.`);
  return value;
}
