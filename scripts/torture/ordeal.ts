import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlClient, type StatusView, socketOf } from "../../src/control/index.ts";
import { exitCodes } from "../../src/errors.ts";
import { lockHolder, segmentName } from "../../src/journal/index.ts";
import { openWorld } from "../../src/practice/index.ts";
import { type Damage, StoreAtRest } from "./damage.ts";
import { type Judgement, judge } from "./judge.ts";
import { type Ending, type Running, startFabric, startNode, until, within } from "./processes.ts";
import { crews, isUnanswered, Submitters } from "./submitters.ts";

const tickMs = 200;
const leaseTicks = 15;
/** Longer than a lease. */
const haltMs = (leaseTicks + 5) * tickMs;
/** Torments come at moments drawn by chance, after up to so long. */
const respiteMs = 1500;

/** What is done to a fabric, by turns. The first is a kill: what `fabric up` itself started cannot be resumed otherwise. */
export const torments = [
  "kill",
  "flip",
  "haltOrchestrator",
  "cut",
  "kill",
  "full",
  "flip",
  "haltNode",
  "cut",
  "kill",
] as const;
export type Torment = (typeof torments)[number];

const hasLimits = spawnSync("prlimit", ["--version"]).status === 0;

/** A real `fabric up` under load from real node processes, to which things are done. */
export class Ordeal {
  /** What was done and what came of it, and how often. */
  readonly outcomes = new Map<string, number>();
  readonly #home: string;
  readonly #client: ControlClient;
  readonly #store: StoreAtRest;
  readonly #submitters: Submitters;
  readonly #nodes: readonly ChildProcess[];
  readonly #up: Running;
  /** Heads that the journal had when nobody had it open, by how many records led to them. */
  readonly #ends = new Map<number, string>();
  #running: Running;
  /** What was damaged when the fabric was last started, and did not keep it from running. */
  #damage: Damage | undefined;

  private constructor(home: string, up: Running) {
    const place = join(home, "world");
    const world = openWorld(place);
    this.#home = home;
    this.#up = up;
    this.#running = up;
    this.#client = new ControlClient(socketOf(place));
    this.#store = new StoreAtRest(join(place, "store"));
    this.#nodes = crews.map(({ node }) => startNode(node, place, home));
    this.#submitters = new Submitters(world, this.#client, leaseTicks);
  }

  static async begin(): Promise<Ordeal> {
    const home = mkdtempSync(join(tmpdir(), "fabric-torture-"));
    const words = ["up", "--world", join(home, "world"), "--simulate", "none", "--tick-ms", String(tickMs)];
    return new Ordeal(home, runs(await startFabric(words, home)));
  }

  get acknowledged(): number {
    return this.#submitters.acknowledged.length;
  }

  get retries(): number {
    return this.#submitters.retries;
  }

  /** @throws when what comes of it is not what should */
  async suffer(torment: Torment): Promise<void> {
    await sleep(Math.random() * respiteMs);
    if (torment === "haltOrchestrator") await this.#haltOrchestrator();
    else if (torment === "haltNode") await this.#haltNode();
    else if (torment === "full" && hasLimits) await this.#fillDisk();
    else if (torment === "flip" || torment === "cut") {
      // Before that nothing shows what the journal had.
      await until("a checkpoint is anchored", async () => (await this.#answer()).anchored !== null);
      await this.#kill();
      await this.#damageStore(torment);
    } else {
      await this.#kill();
      await this.#resume();
      this.#note("SIGKILL", "went on");
    }
  }

  /** Lets what is left come to its end, and looks whether all is as it should be. */
  async end(): Promise<Judgement> {
    await within("the last submissions", this.#submitters.stop());
    await until("all jobs have ended", async () => (await this.#status())?.live === 0);
    await this.#stop(this.#running);
    await this.#stop(this.#up);
    this.#settle();
    return judge(this.#store.folder, this.#submitters.acknowledged, this.#ends);
  }

  /** Ends all processes, and removes all files. */
  async close(): Promise<void> {
    for (const node of this.#nodes) node.kill("SIGKILL");
    for (const { process } of [this.#running, this.#up]) process.kill("SIGTERM");
    this.#client.close();
    await Promise.all([this.#running.ended, this.#up.ended, this.#submitters.giveUp()]);
    this.#store.forgetCopy();
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #kill(): Promise<void> {
    process.kill(this.#running.orchestrator, "SIGKILL");
    await this.#atRest();
  }

  /** Waits until nobody has the store open. */
  async #atRest(): Promise<void> {
    await until("the orchestrator is gone", () => lockHolder(this.#store.folder) === undefined);
    if (this.#running !== this.#up) await this.#stop(this.#running);
    const { records, head } = this.#store.end;
    this.#ends.set(records, head);
    this.#settle();
  }

  async #resume(): Promise<void> {
    this.#running = runs(await this.#started());
  }

  #started(): Promise<Running | Ending> {
    return startFabric(["resume", join(this.#home, "world")], this.#home);
  }

  async #damageStore(how: "flip" | "cut"): Promise<void> {
    this.#store.keepCopy();
    const damage = how === "flip" ? this.#store.flip() : this.#store.cut();
    const started = await this.#started();
    if ("orchestrator" in started) {
      this.#running = started;
      this.#damage = damage;
      return;
    }
    const { code, said } = started;
    const error = /^([A-Z][A-Z_]+):/m.exec(said)?.[1];
    if (code !== exitCodes.integrity || error === undefined)
      throw new Error(`${damage.words} (${damage.file}): resume ended with exit code ${code}: ${said}`);
    this.#store.restore();
    await this.#resume();
    this.#note(damage.words, `refused with exit code 6 (${error}); its copy was put back, and it went on`);
  }

  /** What became of a damaged file that did not keep the fabric from going on. */
  #settle(): void {
    const damage = this.#damage;
    if (damage === undefined) return;
    this.#damage = undefined;
    const altered = this.#store.removeAltered();
    if (altered === undefined) this.#note(damage.words, "went on; mended when opened");
    else if (altered === damage.file)
      this.#note(damage.words, "went on; found by the check of the whole store, removed, and made again");
    else throw new Error(`${damage.words}, and then ${altered} is not what the journal makes`);
  }

  async #haltOrchestrator(): Promise<void> {
    const { orchestrator } = this.#running;
    process.kill(orchestrator, "SIGSTOP");
    await sleep(haltMs);
    process.kill(orchestrator, "SIGCONT");
    const began = (await this.#answer()).tick;
    await until("it ticks again", async () => ((await this.#status())?.tick ?? 0) > began + 1);
    this.#note("SIGSTOP of the orchestrator for longer than a lease", "went on");
  }

  async #haltNode(): Promise<void> {
    const node = this.#nodes[Math.floor(Math.random() * this.#nodes.length)];
    node.kill("SIGSTOP");
    await sleep(haltMs);
    node.kill("SIGCONT");
    const { completed } = (await this.#answer()).counters;
    await until("jobs are completed again", async () => ((await this.#status())?.counters.completed ?? 0) > completed);
    if (node.exitCode !== null) throw new Error(`the node that was halted ended with exit code ${node.exitCode}`);
    this.#note("SIGSTOP of a node for longer than a lease", "went on; its jobs were given out again");
  }

  /** No file of the orchestrator's may grow beyond a little more than its journal has. */
  async #fillDisk(): Promise<void> {
    const { orchestrator, ended } = this.#running;
    const bytes = statSync(join(this.#store.folder, segmentName(1))).size + 4096;
    execFileSync("prlimit", [`--pid=${orchestrator}`, `--fsize=${bytes}`]);
    const { code, said } = await within("the disk is full", ended);
    if (code !== exitCodes.failed || !/^STORE_FULL:/m.test(said))
      throw new Error(`on a full disk it ended with exit code ${code}: ${said}`);
    await this.#atRest();
    await this.#resume();
    this.#note("no room for a file", "ended with exit code 1 (STORE_FULL); with room again it went on");
  }

  async #answer(): Promise<StatusView> {
    let status: StatusView | undefined;
    await until("it answers", async () => {
      status = await this.#status();
      return status !== undefined;
    });
    if (status === undefined) throw new Error("it has no status");
    return status;
  }

  async #status(): Promise<StatusView | undefined> {
    try {
      return await this.#client.status();
    } catch (error) {
      if (isUnanswered(error)) return undefined;
      throw error;
    }
  }

  async #stop({ process, ended }: Running): Promise<void> {
    process.kill("SIGINT");
    await within("its end", ended);
  }

  #note(what: string, came: string): void {
    const words = `${what}\n${came}`;
    this.outcomes.set(words, 1 + (this.outcomes.get(words) ?? 0));
  }
}

function runs(started: Running | Ending): Running {
  if ("orchestrator" in started) return started;
  throw new Error(`it ended with exit code ${started.code}: ${started.said}`);
}
