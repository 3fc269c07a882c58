import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "../../src/config/index.ts";
import {
  ControlClient,
  ControlServer,
  type JobQuery,
  type JobRef,
  type JobView,
  type LiveJobView,
  type ReceiptView,
  type StatusView,
  type SubmissionAnswer,
  type SubmitterView,
  socketOf,
  type WhyView,
  writeRun,
} from "../../src/control/index.ts";
import { FabricError } from "../../src/errors.ts";
import type { Genesis, Parameters } from "../../src/fabric/index.ts";
import type { Deployment } from "../../src/governance/index.ts";
import { DurableMachine, type Hex, MemoryStore, PayloadStore, processIdentity } from "../../src/journal/index.ts";
import { domainsOf } from "../../src/nodes/index.ts";
import {
  Edge,
  endedJob,
  liveJob,
  liveJobs,
  receiptView,
  statusView,
  submitterView,
  whyEnded,
  whyLive,
} from "../../src/orchestrator/index.ts";
import { Reception } from "../../src/orchestrator/reception.ts";
import { foundingParameters } from "../../src/practice/index.ts";
import { type WorldFile, writeWorld } from "../../src/practice/world.ts";
import { MemoryDesk } from "../control/memoryDesk.ts";
import { Fleet, governance } from "../fabric/world.ts";

export const manifest = readManifest("config/fabric.json");
export const seed = 7;

const ledger = `0x${"11".repeat(20)}`;
const genesis: Genesis = { chainId: 31337, ledger, seed, maxLagBlocks: 64, maxSilentTicks: 60 };

const zeroHash = `0x${"00".repeat(32)}`;
const at = { address: ledger, codeHash: zeroHash };
export const deployment: Deployment = {
  ...{ format: "planetary-fabric/deployment/v1", chainId: 31337, genesisHash: zeroHash, blocks: { first: 1, last: 2 } },
  contracts: {
    ...{ OwnerMultisig: at, ShardRegistry: at, NodeRegistry: at, SubmitterRegistry: at, CheckpointLedger: at },
    SystemPause: at,
  },
};
const contracts = {
  ...{ OwnerMultisig: ledger, ShardRegistry: ledger, NodeRegistry: ledger, SubmitterRegistry: ledger },
  ...{ CheckpointLedger: ledger, SystemPause: ledger },
};

/** What the fabric says of its ticks, and what passes between two of them. */
const tickMs = 50;
const playMs = 20;

/**
 * The fabric of the manifest that ships, for practice, with its gate, its machine and its record, and simulated nodes. It
 * has no chain: what governs it, a test says. It ticks by itself, and has a world's folder and a `run.json`.
 */
export class JobDesk extends MemoryDesk {
  readonly folder = mkdtempSync(join(tmpdir(), "fabric-jobs-"));
  readonly world = mkdtempSync(join(this.folder, "world-"));
  readonly socket = socketOf(this.world);
  readonly client = new ControlClient(this.socket);
  readonly record = new DurableMachine(new MemoryStore(), genesis);
  readonly fleet = new Fleet();
  /** Answers that get lost after the tick is on disk, as they do when the orchestrator is killed. */
  answersLost = 0;
  /** Called before each submission comes in: what others do meanwhile. */
  meanwhile: () => void = () => {};
  readonly #edge = new Edge(domainsOf(genesis));
  readonly #reception = new Reception();
  readonly #payloads = new PayloadStore(new MemoryStore());
  #timer: NodeJS.Timeout | undefined;
  #server: ControlServer | undefined;
  #values: Parameters;
  #adopted: Parameters | undefined;
  #block = 0;

  private constructor(values: Parameters) {
    super();
    this.#values = values;
    this.fleet.durationOf = () => 2;
  }

  static async start(change: (values: Parameters) => Parameters = (values) => values): Promise<JobDesk> {
    const desk = new JobDesk(change({ ...foundingParameters(manifest, seed), tickMs }));
    const file: WorldFile = {
      ...{ format: "planetary-fabric/world/v1", created: "2030-01-01T00:00:00Z", seed, genesis, confirmations: 0 },
      ...{ chain: { kind: "practice", port: 1 }, simulated: [], anchorer: null },
    };
    writeWorld({ folder: desk.world, file, manifest, deployment }, []);
    desk.play();
    await desk.serve();
    desk.#timer = setInterval(() => desk.play(), playMs);
    return desk;
  }

  /** What governs it from the next tick on. */
  govern(change: Partial<Parameters>): void {
    this.#values = { ...this.#values, ...change };
  }

  get values(): Parameters {
    return this.#values;
  }

  play(): void {
    const { machine } = this.record;
    const tick = machine.tick + 1;
    const values = this.#values === this.#adopted ? null : this.#values;
    const news = values === null ? [] : [governance(values, ++this.#block)];
    this.#adopted = this.#values;
    const batch = this.#reception.take();
    const gathered = this.#edge.gather(machine, tick, news, batch.arrivals);
    const nodes = this.fleet.messages(tick, this.#values.nodes.length);
    const { effects } = this.record.append([...nodes, ...gathered.inputs]);
    this.fleet.take(effects);
    batch.answer(gathered, effects);
  }

  async serve(): Promise<void> {
    this.#server = await ControlServer.open(this, this.socket);
    const self = processIdentity(process.pid);
    if (self === undefined) throw new Error("this process has no identity");
    mkdirSync(join(this.folder, ".fabric"), { recursive: true });
    writeRun(
      {
        ...{ format: "planetary-fabric/run/v1", process: self, world: this.world, rpc: "http://127.0.0.1:1" },
        ...{ chainId: 31337, genesisHash: zeroHash, contracts, socket: this.socket },
      },
      join(this.folder, ".fabric"),
    );
  }

  /** Nobody answers for a while. */
  async silence(): Promise<void> {
    await this.#server?.close();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.client.close();
    await this.silence();
    this.record.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  override status(): StatusView {
    return statusView(this.record.machine, {
      ...{ atMs: Date.now(), epoch: 1, silence: null, changedTick: 1, checkpoint: null, anchored: null },
      ...{ anchorsWaiting: 0, isConnected: () => true },
    });
  }

  /** In the same tick, and before what comes next: of others who have the key. */
  bring(frame: Uint8Array): void {
    void this.#reception.submit(frame);
  }

  override async submit(frame: Uint8Array): Promise<SubmissionAnswer> {
    this.submissions.push(frame);
    this.meanwhile();
    const answer = await this.#reception.submit(frame);
    if (this.answersLost === 0) return answer;
    this.answersLost--;
    throw new FabricError("FABRIC_STOPPING", {});
  }

  override jobs(query: JobQuery): readonly LiveJobView[] {
    return liveJobs(this.record.machine, query);
  }

  override async job(ref: JobRef): Promise<JobView | undefined> {
    return liveJob(this.record.machine, ref) ?? (await endedJob(this.record, ref));
  }

  override async why(ref: JobRef): Promise<WhyView | undefined> {
    const live = liveJob(this.record.machine, ref);
    if (live !== undefined) return whyLive(this.record.machine, live);
    const ended = await endedJob(this.record, ref);
    return ended && whyEnded(this.record.machine, ended);
  }

  override receipt(ref: JobRef): Promise<ReceiptView | undefined> {
    return receiptView(this.record, ref);
  }

  override submitter(name: string): SubmitterView | undefined {
    return submitterView(this.record.machine, name);
  }

  override async putPayload(bytes: Uint8Array): Promise<Hex> {
    return this.#payloads.put(bytes);
  }

  override async payload(digest: Hex): Promise<Uint8Array | undefined> {
    return this.#payloads.get(digest);
  }
}
