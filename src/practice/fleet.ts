import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeWork, type Manifest } from "../config/index.ts";
import { ControlClient } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import type { Chain, Deployment } from "../governance/index.ts";
import type { Hex } from "../journal/index.ts";
import type { NodeView } from "../nodes/index.ts";
import { ChainSight, type Ended, IdleRunner, type NodeLink, type Runner, type Task, Worker } from "../worker/index.ts";
import { nodeKey } from "./keys.ts";
import type { WorldFile } from "./world.ts";

export type FleetSetup = {
  readonly world: {
    readonly file: Pick<WorldFile, "genesis" | "seed" | "simulated">;
    /** Latencies of its nodes. */
    readonly manifest: Pick<Manifest, "nodes">;
    readonly deployment: Deployment;
  };
  readonly chain: Chain;
  readonly socket: string;
  /** A line for the operator. */
  readonly log: (line: string) => void;
};

/**
 * The simulated nodes of a world: they take leases and answer for them at the control socket as every node does, and the
 * work they do is to wait. They outlive the orchestrator, and find its successor by themselves.
 */
export class Fleet {
  readonly #client: ControlClient;
  readonly #end = new AbortController();
  readonly #nodes: readonly Promise<void>[];

  private constructor(client: ControlClient, workers: readonly { name: string; worker: Worker }[], setup: FleetSetup) {
    this.#client = client;
    this.#nodes = workers.map(async ({ name, worker }) => {
      try {
        await worker.run(new AbortController().signal, this.#end.signal);
      } catch (error) {
        setup.log(`Simulated node ${name} has ended: ${reasonOf(error)}`);
      }
    });
  }

  /**
   * Nodes that the owners have removed, or given another key, are left out.
   * Returns when the fabric has heard them.
   * @throws CHAIN_UNREACHABLE; VALUE_INVALID for a name that no node of the fabric has
   */
  static async start(setup: FleetSetup): Promise<Fleet> {
    const { world, chain, socket, log } = setup;
    const { genesis, seed, simulated } = world.file;
    const sight = new SharedSight(chain, world.deployment);
    const client = new ControlClient(socket);
    const link = cached(client);
    const { nodes } = (await sight.read()).parameters;
    const workers: { name: string; worker: Worker }[] = [];
    for (const name of simulated) {
      const node = nodes.findIndex((each) => each.name === name) + 1;
      if (node === 0) {
        const right = `The nodes of this fabric are ${nodes.map((each) => each.name).join(", ")}`;
        throw new FabricError("VALUE_INVALID", { what: "Simulated node", problem: `the fabric has no ${name}`, right });
      }
      const onEvent = (event: { readonly kind: string; readonly reason?: string }) => {
        if (event.kind.endsWith("Refused")) log(`Simulated node ${name}: ${event.kind}, ${event.reason}`);
      };
      const latencyMs = world.manifest.nodes.find(({ id }) => id === name)?.latencyMs;
      try {
        const worker = await Worker.open({
          ...{ node, key: nodeKey(seed, name), genesis, link, chain: sight, onEvent },
          ...{ runner: new Pretence(sight), payloads: "ifThere", timeoutMs: Number.MAX_SAFE_INTEGER, leaveMs: 0 },
          ...(latencyMs === undefined ? {} : { latencyMs }),
        });
        workers.push({ name, worker });
      } catch (error) {
        if (!(error instanceof FabricError) || !foreign.has(error.code)) throw error;
        log(`Node ${name} is not simulated: ${error.message}`);
      }
    }
    const fleet = new Fleet(client, workers, setup);
    await fleet.#heard(workers.map(({ name }) => name));
    return fleet;
  }

  /** Returns when the fabric has heard all of them, or does not for some time: then they go on trying by themselves. */
  async #heard(names: readonly string[]): Promise<void> {
    for (let tries = 0; tries < heardTries; tries++) {
      const status = await this.#client.status().catch(() => undefined);
      if (status === undefined) return;
      const { nodes, tickMs } = status;
      if (names.every((name) => nodes.find((node) => node.name === name)?.health === "active")) return;
      await sleep(Math.min(tickMs, 1000) / 4);
    }
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#nodes.length;
  }

  /** Ends them at once, without a word. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#nodes);
    this.#client.close();
  }
}

const foreign: ReadonlySet<string> = new Set(["NODE_NOT_ADMITTED", "NODE_KEY_DIFFERS"]);

/** A few ticks: a node is heard in the one after it has spoken. */
const heardTries = 20;

/** One reading of the chain for many nodes, one after another. */
class SharedSight {
  readonly #sight: ChainSight;
  #last: Promise<unknown> = Promise.resolve();
  tickMs = 0;

  constructor(chain: Chain, deployment: Deployment) {
    this.#sight = new ChainSight(chain, deployment);
  }

  read(): Promise<NodeView> {
    const reading = this.#last.then(async () => {
      const view = await this.#sight.read();
      this.tickMs = view.parameters.tickMs;
      return view;
    });
    this.#last = reading.catch(() => undefined);
    return reading;
  }
}

const longestTimerMs = 2 ** 31 - 1;

/** Waits as long as the blueprint says that the work takes; one or two ticks where there is none. */
class Pretence implements Runner {
  readonly #sight: SharedSight;

  constructor(sight: SharedSight) {
    this.#sight = sight;
  }

  run(task: Task, signal: AbortSignal): Promise<Ended> {
    const ticks = decodeWork(task.payload)?.durationTicks ?? 1 + (hash("sha256", task.job, "buffer")[0] & 1);
    return new IdleRunner(Math.min(ticks * this.#sight.tickMs, longestTimerMs)).run(task, signal);
  }
}

/** Most payloads kept; jobs of one blueprint have the same. */
const payloadsKept = 64;

function cached(client: ControlClient): NodeLink {
  const kept = new Map<Hex, Promise<Uint8Array | undefined>>();
  const payload = (digest: Hex) => {
    const known = kept.get(digest);
    if (known !== undefined) return known;
    const asked = client.payload(digest);
    kept.set(digest, asked);
    const forget = () => kept.delete(digest);
    asked.then((found) => found ?? forget(), forget);
    const [oldest] = kept.keys();
    if (kept.size > payloadsKept && oldest !== undefined) kept.delete(oldest);
    return asked;
  };
  return { message: client.message.bind(client), leases: client.leases.bind(client), payload };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
