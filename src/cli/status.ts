import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Command, Option } from "commander";
import { readManifest } from "../config/index.ts";
import { type ControlClient, notRunning, type RunFile, type Running, running } from "../control/index.ts";
import { exitCodes, FabricError } from "../errors.ts";
import type { Look } from "../report/index.ts";
import { Output } from "./output.ts";
import { type Reading, statusText, summaryText } from "./statusText.ts";

type StatusFlags = {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly mermaid?: boolean;
  readonly world?: string;
};

/** The bundle that is looked at where no fabric runs. */
const latest = join("reports", "latest");

const watchMs = 1000;

export function statusCommand(): Command {
  return new Command("status")
    .description(
      "how the fabric that runs here is: shards, jobs, nodes, proofs, governance; else, how the last drill went",
    )
    .option("--json", "print one JSON document, with --watch one each second")
    .option("--watch", "again each second, until Ctrl-C")
    .addOption(
      new Option("--mermaid", "print owners, shards, nodes and routes as a Mermaid flowchart").conflicts([
        "json",
        "watch",
      ]),
    )
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .action(async (flags: StatusFlags) => {
      const found = await runningOrLook(flags);
      if ("summary" in found) sayLook(found, flags);
      else await sayRunning(found, flags);
      process.exitCode = exitCodes.done;
    });
}

/**
 * The fabric that runs; where none does and none was named, what the last drill left.
 * @throws FabricError FABRIC_NOT_RUNNING when there is neither, or what was asked for takes a fabric that runs
 */
async function runningOrLook({ world, watch }: StatusFlags): Promise<Running | Look> {
  try {
    return await running({ world });
  } catch (error) {
    const isNone = error instanceof FabricError && error.code === "FABRIC_NOT_RUNNING";
    if (!isNone || world !== undefined || watch === true || !existsSync(latest)) throw error;
    const { lookAtBundle } = await import("../report/index.ts");
    return lookAtBundle(latest);
  }
}

function sayLook({ summary, topology }: Look, { json, mermaid }: StatusFlags): void {
  if (json === true) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(mermaid === true ? topology : summaryText(summary, latest));
  if (json === true || mermaid === true) process.stderr.write(`No fabric runs here: this is of ${latest}.\n`);
  process.stderr.write(`Next: \`fabric verify ${latest}\` proves it; \`fabric up\` starts a fabric.\n`);
}

async function sayRunning({ client, run }: Running, { json, watch, mermaid, world }: StatusFlags): Promise<void> {
  try {
    if (mermaid === true) process.stdout.write(await topology(run, world));
    else if (watch === true) await watching(client, json === true);
    else process.stdout.write(await frame(client, json === true));
  } finally {
    client.close();
  }
}

/** What the status is now, as text or as one line of JSON. */
async function frame(client: ControlClient, json: boolean, signal?: AbortSignal): Promise<string> {
  const view = await client.status(signal);
  return json ? `${JSON.stringify(view)}\n` : statusText(view, reading());
}

function reading(): Reading {
  const terminal = process.stdout.isTTY === true;
  return { nowMs: Date.now(), terminal, colour: terminal && !process.env.NO_COLOR };
}

/** Goes on through a restart of the orchestrator: it says that nobody answers, and later what the new one says. */
async function watching(client: ControlClient, json: boolean): Promise<void> {
  const output = new Output();
  const terminal = process.stdout.isTTY === true && !json;
  let first = true;
  while (!output.signal.aborted) {
    const text = await frame(client, json, output.signal).catch((error: unknown) => {
      if (output.signal.aborted) return "";
      if (first || !(error instanceof FabricError) || error.exitCode !== exitCodes.unreachable) throw error;
      const says = `${error.code}: ${error.message}\n`;
      if (!json) return says;
      process.stderr.write(says);
      return "";
    });
    if (terminal) await output.add(screen(text, first));
    else if (text !== "") await output.add(json || first ? text : `\n${text}`);
    first = false;
    await wait(watchMs, undefined, { signal: output.signal }).catch(() => {});
  }
  await output.close();
}

/** The text in place of what the terminal shows; no more lines than it has. */
function screen(text: string, first: boolean): string {
  const lines = text
    .trimEnd()
    .split("\n")
    .slice(0, Math.max(1, process.stdout.rows - 1));
  return `${first ? "\u001b[2J" : ""}\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`;
}

/**
 * Drawn from what the chain says now, with the titles of the world's manifest.
 * @throws FabricError FABRIC_NOT_RUNNING when nothing tells where the chain is; what makes the chain unreadable
 */
async function topology(run: RunFile | undefined, world: string | undefined): Promise<string> {
  if (run === undefined) throw notRunning(`nothing here tells where the chain of ${world} is`);
  const { openDeployment, readDeployment, readParameters } = await import("../governance/index.ts");
  const { topologyOf } = await import("../report/index.ts");
  const deployment = readDeployment(join(run.world, "deployment.json"));
  const chain = await openDeployment(run.rpc, deployment);
  try {
    const { parameters } = await readParameters(chain, deployment, (await chain.latest()).hash);
    const manifest = join(run.world, "manifest.json");
    const shards = existsSync(manifest) ? readManifest(manifest).shards : [];
    const titles = new Map(shards.map(({ id, title }) => [id, title]));
    return topologyOf(parameters, (shard) => titles.get(shard));
  } finally {
    chain.close();
  }
}
