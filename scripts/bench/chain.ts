import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { readScenario } from "../../src/config/index.ts";
import { drill } from "../../src/drill/index.ts";
import { Anchorer, Chain, practiceFees, Sender } from "../../src/governance/index.ts";
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
  };
};

export function chainCommand(): Command {
  return new Command("chain")
    .description("anchors per second, and the share of the default drill's time that goes to the chain")
    .option("--anchors <count>", "checkpoints to anchor", wholeNumber, 300)
    .option("--json", "print JSON")
    .action(async ({ anchors, json }: { anchors: number; json?: boolean }) => {
      const cost = { anchors: await measureAnchors(anchors), drill: await measureDrill() };
      console.log(json === true ? JSON.stringify(cost) : table(cost));
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
export async function measureDrill(): Promise<ChainCost["drill"]> {
  const node = await MeasuredChain.start();
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  try {
    const { scenario, manifest } = readScenario("default");
    const faults = scenario.faults.filter(({ kind }) => kind !== "kill");
    const play = { scenario: { ...scenario, faults }, manifest, seed: scenario.seed };
    const idle = await node.work();
    const before = { wall: performance.now(), cpu: cpuSeconds() };
    const { main } = await drill({ play, url: node.url, folder, onTick: () => {} });
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
    };
  } finally {
    await node.stop();
    rmSync(folder, { recursive: true });
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

function table({ anchors, drill }: ChainCost): string {
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
    ],
  );
}
