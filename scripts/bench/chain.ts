import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { DrillProgress } from "../../src/cli/drillProgress.ts";
import { readScenario, withJobs } from "../../src/config/index.ts";
import { drill } from "../../src/drill/index.ts";
import { Anchorer, Chain, practiceFees, Sender } from "../../src/governance/index.ts";
import type { Standing } from "../../src/orchestrator/index.ts";
import { foundPractice } from "../../src/practice/index.ts";
import { Part } from "../../src/practice/part.ts";
import { markdownTable } from "../docs/section.ts";
import type { ChainWork, FromChain, ToChain } from "./chain/node.ts";
import { wholeNumber } from "./wholeNumber.ts";

export type ChainCost = {
  /** Checkpoints anchored one after the other, each in a block of its own that is waited for. */
  readonly anchors: {
    readonly count: number;
    readonly perSecond: number;
    /** Of the orchestrator's side, and of the chain. */
    readonly perCpuSecond: number;
    readonly perChainCpuSecond: number;
  };
  /** The default drill, with nobody killed. */
  readonly drill: {
    readonly wallSeconds: number;
    /** Parts of the wall time in which somebody waited for the chain. */
    readonly awaitedShare: number;
    /** Of all processes: the drill, the orchestrator, the chain. */
    readonly cpuSeconds: number;
    readonly chainCpuShare: number;
    readonly calls: number;
    /** Part of the wall time in which its live view was drawn, as on a terminal of 80 columns. */
    readonly liveShare: number;
  };
};

export function chainCommand(): Command {
  return new Command("chain")
    .description("anchors per second, and the share of the default drill's time that goes to the chain")
    .option("--anchors <count>", "checkpoints to anchor", wholeNumber, 300)
    .option("--jobs <count>", "jobs of the drill for each shard on average (default: the scenario's)", wholeNumber)
    .option("--json", "print JSON")
    .action(async ({ anchors, jobs, json }: { anchors: number; jobs?: number; json?: boolean }) => {
      const cost = { anchors: await measureAnchors(anchors), drill: await measureDrill(jobs) };
      console.log(json === true ? JSON.stringify(cost) : chainTable(cost));
    });
}

export async function measureAnchors(count: number): Promise<ChainCost["anchors"]> {
  const node = await MeasuredChain.start();
  const chain = await Chain.open(node.url);
  try {
    const { deployment, keys } = await foundPractice(chain, readScenario("default").manifest, { seed: 1 });
    const anchorer = new Anchorer(new Sender(chain, keys.anchorer, { fees: practiceFees }), deployment);
    await anchorer.claim(new Uint8Array(32).fill(1), []);
    const root = new Uint8Array(32).fill(2);
    const before = { wall: performance.now(), cpu: cpuSeconds(), chain: (await node.work()).cpuSeconds };
    for (let size = 1; size <= count; size++) await anchorer.anchor({ size, root, digest: root });
    const spent = {
      wall: (performance.now() - before.wall) / 1000,
      cpu: cpuSeconds() - before.cpu,
      chain: (await node.work()).cpuSeconds - before.chain,
    };
    return {
      count,
      perSecond: Math.round(count / spent.wall),
      perCpuSecond: Math.round(count / spent.cpu),
      perChainCpuSecond: Math.round(count / spent.chain),
    };
  } finally {
    chain.close();
    await node.stop();
  }
}

/** Without a kill: a process that is killed cannot tell what it spent. */
export async function measureDrill(jobs?: number): Promise<ChainCost["drill"]> {
  const node = await MeasuredChain.start();
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  try {
    const { scenario, manifest } = readScenario("default");
    const faults = scenario.faults.filter(({ kind }) => kind !== "kill");
    const played = withJobs({ ...scenario, faults }, jobs ?? scenario.jobsPerShard);
    const play = { scenario: played, manifest, seed: scenario.seed };
    using live = new MeasuredView(
      manifest.shards.map(({ id }) => id),
      played.jobsPerShard * manifest.shards.length,
    );
    const idle = await node.work();
    const before = { wall: performance.now(), cpu: cpuSeconds() };
    const { main } = await drill({ play, url: node.url, folder, onTick: (_, standing) => live.tick(standing) });
    const wallSeconds = (performance.now() - before.wall) / 1000;
    const own = cpuSeconds() - before.cpu;
    const work = await node.work();
    const chainCpu = work.cpuSeconds - idle.cpuSeconds;
    const all = own + main.orchestrator.cpuSeconds + chainCpu;
    return {
      wallSeconds: round(wallSeconds),
      awaitedShare: round((work.awaitedSeconds - idle.awaitedSeconds) / wallSeconds),
      cpuSeconds: round(all),
      chainCpuShare: round(chainCpu / all),
      calls: work.calls - idle.calls,
      liveShare: Math.round((1e5 * live.seconds) / wallSeconds) / 1e5,
    };
  } finally {
    await node.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The live view of a drill on a terminal that nobody looks at. */
class MeasuredView {
  /** Wall time that it took. */
  seconds = 0;
  readonly #terminal = openSync("/dev/null", "w");
  readonly #view: DrillProgress;

  constructor(shards: readonly string[], jobs: number) {
    const write = (text: string) => writeSync(this.#terminal, text);
    this.#view = new DrillProgress({ isTTY: true, columns: 80, rows: 24, write }, shards, jobs);
  }

  tick(standing: Standing): void {
    const before = performance.now();
    this.#view.tick(standing);
    this.seconds += (performance.now() - before) / 1000;
  }

  [Symbol.dispose](): void {
    closeSync(this.#terminal);
  }
}

const program = fileURLToPath(new URL("chain/node.ts", import.meta.url));

/** A practice chain in a process of its own. */
class MeasuredChain {
  readonly #part: Part<ToChain, FromChain>;
  #heard: (message: FromChain) => void = () => {};
  url = "";

  private constructor() {
    this.#part = new Part<ToChain, FromChain>(program, (message) => this.#heard(message));
  }

  static async start(): Promise<MeasuredChain> {
    const chain = new MeasuredChain();
    const ready = await chain.#next();
    if (ready.kind === "ready") chain.url = ready.url;
    return chain;
  }

  async work(): Promise<ChainWork> {
    const told = this.#next();
    this.#part.tell({ kind: "tell" });
    const work = await told;
    if (work.kind !== "work") throw new Error(`the chain said ${work.kind}`);
    return work;
  }

  async stop(): Promise<void> {
    this.#part.kill();
    await this.#part.ended;
  }

  #next(): Promise<FromChain> {
    const ended = this.#part.ended.then(() => Promise.reject(new Error("the chain's process has ended")));
    return Promise.race([new Promise<FromChain>((resolve) => (this.#heard = resolve)), ended]);
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Markdown. */
export function chainTable({ anchors, drill }: ChainCost): string {
  const { count, perSecond, perCpuSecond, perChainCpuSecond } = anchors;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return markdownTable(
    ["what", "found"],
    [
      [`checkpoints anchored one after the other, of ${count}`, `${perSecond} per second`],
      ["the same, per CPU second of whoever anchors", `${perCpuSecond}`],
      ["the same, per CPU second of the chain", `${perChainCpuSecond}`],
      [
        "the default drill with nobody killed: share of CPU that is the chain's",
        `${percent(drill.chainCpuShare)} of ${drill.cpuSeconds} CPU-s`,
      ],
      [
        "share of its time in which somebody waited for the chain",
        `${percent(drill.awaitedShare)} of ${drill.wallSeconds} s, ${drill.calls.toLocaleString("en-US")} calls`,
      ],
      ["share of its time in which the live view was drawn", `${(100 * drill.liveShare).toFixed(2)} %`],
    ],
  );
}
