import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ControlServer,
  type EventQuery,
  type RunFile,
  type StatusView,
  socketOf,
  writeRun,
} from "../../src/control/index.ts";
import type { Parameters } from "../../src/fabric/index.ts";
import { contractNames } from "../../src/governance/index.ts";
import { DurableMachine, FileStore, processIdentity } from "../../src/journal/index.ts";
import { EventFeed, statusView } from "../../src/orchestrator/index.ts";
import { MemoryDesk } from "../control/memoryDesk.ts";
import { genesis, governance, job, jobs, message, node, shard, submitter, twoShards } from "../fabric/world.ts";

/** Two shards and two nodes, by names that people might give. */
export const parameters: Parameters = twoShards((values) => {
  values.shards = [shard("earth", [2]), shard("luna", [1])];
  values.nodes = [node("earth.core-alpha"), node("luna.nav", { shard: 2 })];
  values.submitters = [submitter("earth.exchange")];
});

/**
 * A fabric with a machine, a store and a control socket, and no chain: what it is told, a test tells it tick by tick.
 * `run.json` below `folder` says that it runs.
 */
export class RunningFabric extends MemoryDesk {
  readonly folder = mkdtempSync(join(tmpdir(), "fabric-running-"));
  readonly world = join(this.folder, "world");
  readonly #store = new FileStore(join(this.world, "store"));
  readonly #record = new DurableMachine(this.#store, genesis);
  readonly #feed = new EventFeed(this.#store, () => this.#record.flushDerived());
  #server: ControlServer | undefined;
  #now = parameters;
  /** What it tells instead of its own events. */
  told: readonly string[] | undefined;

  static async start(rpc = "http://127.0.0.1:1"): Promise<RunningFabric> {
    const fabric = new RunningFabric();
    fabric.play();
    await fabric.serve();
    fabric.say({ rpc });
    return fabric;
  }

  /** Says in `run.json` that this process runs it. */
  say(change: Partial<RunFile> = {}): void {
    const self = processIdentity(process.pid);
    if (self === undefined) throw new Error("this process has no identity");
    const address = `0x${"11".repeat(20)}`;
    const run: RunFile = {
      format: "planetary-fabric/run/v1",
      process: self,
      world: this.world,
      rpc: "http://127.0.0.1:1",
      chainId: genesis.chainId,
      genesisHash: `0x${"00".repeat(32)}`,
      contracts: Object.fromEntries(contractNames.map((name) => [name, address])) as RunFile["contracts"],
      socket: socketOf(this.world),
      ...change,
    };
    mkdirSync(this.folder, { recursive: true });
    writeRun(run, join(this.folder, ".fabric"));
  }

  /** A tick in which a job comes, and all nodes but the second are heard. */
  play(change?: Parameters): number {
    const { machine } = this.#record;
    const tick = machine.tick + 1;
    if (change !== undefined) this.#now = change;
    const values = tick === 1 || change !== undefined ? this.#now : null;
    const heard = this.#now.nodes.flatMap((_, index) => (index === 1 ? [] : [message(index + 1, tick)]));
    this.#record.append([governance(values, tick), jobs(1, job(tick)), ...heard, { kind: "tick", tick }]);
    this.#feed.applied();
    return tick;
  }

  override status(): StatusView {
    return statusView(this.#record.machine, {
      atMs: Date.now(),
      epoch: 1,
      silence: null,
      changedTick: 1,
      checkpoint: null,
      anchored: null,
      anchorsWaiting: 0,
      isConnected: () => true,
    });
  }

  override events(query: EventQuery, signal: AbortSignal): AsyncGenerator<string> {
    if (this.told !== undefined) return piecesOf(this.told);
    return this.endless === undefined ? this.#feed.read(query, signal) : super.events(query, signal);
  }

  async serve(): Promise<void> {
    this.#server = await ControlServer.open(this, socketOf(this.world));
  }

  /** Nobody answers for a while. */
  async silence(): Promise<void> {
    await this.#server?.close();
  }

  /** The orchestrator is gone: nobody answers any more, and the record is at rest. */
  async stop(): Promise<void> {
    this.#feed.close();
    await this.silence();
    this.#record.close();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function* piecesOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield `${line}\n`;
}
