import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { readMission, readScenario, scenarioNames, withJobs } from "../config/index.ts";
import { drill } from "../drill/index.ts";
import { exitCodes, FabricError } from "../errors.ts";
import { checkPlace, type Summary, stepWords, verifyBundle, writeBundle } from "../report/index.ts";
import { DrillProgress } from "./drillProgress.ts";
import { nodeOfNetwork } from "./nodeUrl.ts";
import { count, countOf } from "./table.ts";
import { whole } from "./whole.ts";

type DrillFlags = {
  readonly scenario: string;
  readonly mission?: string;
  readonly jobs?: number;
  readonly seed?: number;
  readonly label?: string;
  readonly network?: string;
  readonly reports: string;
  readonly json?: boolean;
};

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function drillCommand(): Command {
  return new Command("drill")
    .description("play a scenario against real contracts, kill the orchestrator half-way, and prove what happened")
    .option("--scenario <name|file>", `what happens: ${scenarioNames().join(", ")}, or what a file says`, "default")
    .addOption(
      new Option(
        "--mission <file>",
        "what a file puts together of a scenario, blueprints and owners' decisions",
      ).conflicts("scenario"),
    )
    .option("--jobs <count>", "jobs for each shard on average (default: the scenario's)", whole(1, 10_000_000))
    .option("--seed <number>", "another seed gives another run (default: the scenario's)", whole(0, 2 ** 32 - 1))
    .option("--label <name>", "name of the bundle's folder (default: the scenario's name)")
    .option("--network <name|url>", "a node that answers for chain 31337 (default: a chain in this process)")
    .option("--reports <folder>", "where bundles are written", "reports")
    .option("--json", "print the summary as JSON")
    .action(async (flags: DrillFlags) => {
      process.exitCode = await runDrill(flags);
    });
}

/** Plays, writes the bundle, verifies it, and says what came out; returns the exit code. */
async function runDrill(flags: DrillFlags): Promise<number> {
  const started = performance.now();
  const { scenario, manifest, scenarioDocument, manifestDocument } =
    flags.mission === undefined ? readScenario(flags.scenario) : readMission(flags.mission);
  const play = {
    scenario: withJobs(scenario, flags.jobs ?? scenario.jobsPerShard),
    manifest,
    seed: flags.seed ?? scenario.seed,
  };
  const label = flags.label ?? scenario.name;
  checkPlace(label, flags.reports);
  const url = flags.network === undefined ? undefined : await nodeOfNetwork(flags.network);
  const jobs = play.scenario.jobsPerShard * manifest.shards.length;
  say(`Drill "${label}": ${scenario.title.replace(/\.$/, "")}. ${countOf(jobs, "job")}, seed ${play.seed}.`);
  const folder = mkdtempSync(join(tmpdir(), "fabric-drill-"));
  const progress = new DrillProgress(
    process.stderr,
    manifest.shards.map(({ id }) => id),
    jobs,
  );
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const interrupted = (signal: NodeJS.Signals) => {
    progress.end();
    remove();
    // Nobody catches it any more: it ends this process as it would have done.
    process.kill(process.pid, signal);
  };
  for (const signal of endings) process.once(signal, interrupted);
  try {
    const result = await drill({
      ...{ play, folder, ...(url === undefined ? {} : { url }) },
      onTick: (run, standing) => {
        if (run === "main") progress.tick(standing);
      },
      onNews: (news) => progress.news(news),
    });
    progress.end();
    const documents = { manifestText: manifestDocument.text, scenarioText: scenarioDocument.text };
    const timing = () => timingOf(started, result.main.orchestrator);
    const source = { label, drill: result, play, ...documents, timing };
    const { folder: bundle, derived } = await writeBundle(source, flags.reports);
    const { summary } = derived;
    const { says, refusal } = await verified(bundle);
    if (flags.json === true) console.log(JSON.stringify(summary));
    else console.log(words(summary, bundle, says));
    // What was played is said also where it cannot be proved; the refusal then has the last word.
    if (refusal !== undefined) throw refusal;
    return summary.verdict === "pass" ? exitCodes.done : exitCodes.failed;
  } finally {
    for (const signal of endings) process.off(signal, interrupted);
    progress.end();
    remove();
  }
}

/** What verification says of the bundle, and the error with which it refuses it. */
async function verified(bundle: string): Promise<{ says: string; refusal?: FabricError }> {
  try {
    return { says: (await verifyBundle(bundle)).says };
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    return { says: "NOT VERIFIED: the bundle does not prove it.", refusal: error };
  }
}

/** What a person reads at the end of a drill. */
export function words(
  { checks, verdict, jobs, ticks, crash, checkpoints, owner }: Summary,
  bundle: string,
  proof: string,
) {
  const width = Math.max(...checks.map(({ title }) => title.length));
  const lines = checks.map(({ pass, title, value, limit }) => {
    return `  ${pass ? "✓" : "✗"} ${title.padEnd(width)}  ${typeof value === "number" ? figure(value) : value} (${limit})`;
  });
  const { completed, submitted, interrupted, spilled } = jobs;
  const killed =
    crash &&
    `Killed at tick ${crash.killedAtTick}, ${stepWords[crash.killedAtStep]}; resumed after checkpoint ${crash.resumedFromCheckpoint}.`;
  return [
    "",
    verdict === "pass" ? "PASSED" : "FAILED",
    ...lines,
    "",
    `${count(completed)} of ${count(submitted)} jobs completed in ${countOf(ticks, "tick")}; ` +
      `${count(interrupted)} interrupted and ${count(spilled)} spilled on the way.`,
    ...(killed === null ? [] : [killed]),
    `${countOf(owner.changes, "owner change")} in force, ${checkpoints.anchored} of ${checkpoints.count} checkpoints on the chain.`,
    proof,
    "",
    `Next: open ${join(bundle, "index.html")}, or run \`npx fabric verify ${bundle}\`.`,
  ].join("\n");
}

/** Whole numbers in groups; parts of a whole with the digits they have. */
function figure(value: number): string {
  return Number.isInteger(value) ? count(value) : String(value);
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
