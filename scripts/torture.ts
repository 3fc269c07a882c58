// `npm run torture -- --kills 200`: a real `fabric up` under load from real node processes, whose orchestrator is killed
// again and again. In the end every job that was acknowledged must have ended, once, and its record must prove it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { skillBits } from "../src/config/index.ts";
import { ControlClient, socketOf } from "../src/control/index.ts";
import { FabricError } from "../src/errors.ts";
import type { Job } from "../src/fabric/index.ts";
import { FolderReader, JournalReader, replay } from "../src/journal/index.ts";
import { domainsOf, signSubmission } from "../src/nodes/index.ts";
import { openWorld, submitterKey, type WorldFolder } from "../src/practice/index.ts";
import { wholeNumber } from "./bench/wholeNumber.ts";

const program = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
/** Nodes that are processes of their own, and the submitter and skill of the work that each can do. */
const crews = [
  { node: "earth.core-alpha", submitter: "earth.exchange", skill: "finance" },
  { node: "luna.nav-station", submitter: "luna.dispatch", skill: "navigation" },
  { node: "mars.gpu-helion", submitter: "mars.works", skill: "gpu" },
] as const;
const jobsAtOnce = 5;
const tickMs = 200;

export type Torment = {
  readonly kills: number;
  readonly acknowledged: number;
  /** Times that a submission was sent again, since nobody had answered. */
  readonly retries: number;
  readonly completed: number;
  /** Attempts that the kills and the nodes' silence cost. */
  readonly interrupted: number;
  readonly receipts: number;
  readonly checkpoints: number;
  readonly seconds: number;
};

/** Bring jobs, each submission until it is acknowledged, as long as they are let. */
class Submitters {
  readonly acknowledged: { readonly submitter: number; readonly number: number }[] = [];
  retries = 0;
  readonly #world: WorldFolder;
  readonly #client: ControlClient;
  readonly #end = new AbortController();
  readonly #bringing: Promise<void>[];

  constructor(world: WorldFolder, client: ControlClient) {
    this.#world = world;
    this.#client = client;
    this.#bringing = crews.map(({ submitter, skill }) => this.#bring(submitter, skill));
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#bringing);
  }

  async #bring(name: string, skill: string): Promise<void> {
    const { file, manifest } = this.#world;
    const submitter = 1 + manifest.submitters.findIndex(({ id }) => id === name);
    const shard = 1 + manifest.shards.findIndex(({ id }) => id === manifest.submitters[submitter - 1].shards[0]);
    const skills = skillBits(manifest, [skill]);
    for (let number = 1; !this.#end.signal.aborted; number += jobsAtOnce) {
      const jobs = Array.from(
        { length: jobsAtOnce },
        (_, index): Job => ({
          ...{
            number: number + index,
            shard,
            class: "interactive",
            skills,
            deadlineTicks: 0,
            budgetTicks: 50,
            value: 1,
          },
          payloadDigest: new Uint8Array(32),
        }),
      );
      await this.#submit(signSubmission(domainsOf(file.genesis), submitterKey(file.seed, name), submitter, jobs));
      this.acknowledged.push(...jobs.map((job) => ({ submitter, number: job.number })));
    }
  }

  async #submit(frame: Uint8Array): Promise<void> {
    for (;;) {
      try {
        const answer = await this.#client.submit(frame);
        const refused = answer.taken
          ? answer.jobs.find(({ answer: said }) => said !== "accepted" && said !== "repeated")
          : answer;
        if (refused !== undefined) throw new Error(`a submission was refused: ${JSON.stringify(refused)}`);
        return;
      } catch (error) {
        if (!(error instanceof FabricError) || error.exitCode !== 5) throw error;
        this.retries++;
        await sleep(50);
      }
    }
  }
}

type Started = { readonly process: ChildProcess; readonly orchestrator: number };

/** Starts `up` or `resume`, and waits until it runs. */
async function started(words: readonly string[], cwd: string): Promise<Started> {
  const child = spawn(process.execPath, [program, ...words, "--json"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece) => {
    said += piece;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { orchestrator } = JSON.parse(line);
    child.stdout.resume();
    return { process: child, orchestrator };
  }
  throw new Error(`fabric ${words.join(" ")} ended: ${said}`);
}

async function ended({ process: child }: Started): Promise<void> {
  child.kill("SIGINT");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Holds what was acknowledged against a machine that is made anew from the journal. */
function judge(
  world: WorldFolder,
  submitters: Submitters,
): Pick<Torment, "receipts" | "checkpoints" | "completed" | "interrupted"> {
  const reader = new FolderReader(join(world.folder, "store"));
  const endings = new Map<string, number>();
  let checkpoints = 0;
  let counters: Readonly<Record<string, number>> = {};
  for (const { effects, checkpoint, replay: made } of replay(new JournalReader(reader).records())) {
    for (const { submitter, number } of effects.receipts) {
      const ref = `${submitter}/${number}`;
      endings.set(ref, 1 + (endings.get(ref) ?? 0));
    }
    if (checkpoint !== undefined) checkpoints++;
    counters = made.machine.counters;
  }
  reader.close();
  for (const { submitter, number } of submitters.acknowledged) {
    const count = endings.get(`${submitter}/${number}`) ?? 0;
    if (count !== 1) throw new Error(`job ${submitter}/${number} was acknowledged, and has ${count} receipts`);
  }
  if (endings.size !== submitters.acknowledged.length)
    throw new Error(`${endings.size} jobs ended, and ${submitters.acknowledged.length} were brought`);
  const { completed, interrupted } = counters;
  if (completed !== endings.size) throw new Error(`${completed} of ${endings.size} jobs were completed`);
  return { receipts: endings.size, checkpoints, completed, interrupted };
}

/** @param kills how often the orchestrator is killed with SIGKILL, at moments drawn by chance */
export async function torture(kills: number, say: (line: string) => void): Promise<Torment> {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "fabric-torture-"));
  const place = join(folder, "world");
  const up = await started(["up", "--world", place, "--simulate", "none", "--tick-ms", String(tickMs)], folder);
  const world = openWorld(place);
  const client = new ControlClient(socketOf(place));
  const nodes = crews.map(({ node }) => {
    return spawn(
      process.execPath,
      [program, "node", "run", "--node", node, "--practice-key", "--idle", "100", "--world", place],
      {
        ...{ cwd: folder, stdio: "ignore" },
      },
    );
  });
  let running: Started = up;
  try {
    const submitters = new Submitters(world, client);
    for (let kill = 1; kill <= kills; kill++) {
      await sleep(Math.random() * 1500);
      process.kill(running.orchestrator, "SIGKILL");
      if (running !== up) await ended(running);
      running = await started(["resume", place], folder);
      if (kill % 20 === 0) say(`${kill} kills; ${submitters.acknowledged.length} jobs acknowledged`);
    }
    await submitters.stop();
    while ((await client.status()).live > 0) await sleep(100);
    await ended(running);
    await ended(up);
    const { retries } = submitters;
    const acknowledged = submitters.acknowledged.length;
    return { kills, acknowledged, retries, ...judge(world, submitters), seconds: (performance.now() - began) / 1000 };
  } finally {
    for (const node of nodes) node.kill("SIGKILL");
    for (const each of [running, up]) each.process.kill("SIGTERM");
    client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { kills } = new Command("torture")
    .description("Kills the orchestrator of a running fabric again and again, and looks whether anything was lost.")
    .option("--kills <count>", "how often", wholeNumber, 200)
    .parse()
    .opts<{ kills: number }>();
  const torment = await torture(kills, (line) => console.error(line));
  console.log(JSON.stringify(torment));
}
