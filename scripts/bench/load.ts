import { fileURLToPath } from "node:url";
import { type Manifest, parametersOf, readManifest, skillBits } from "../../src/config/index.ts";
import {
  type Effects,
  encodeJobs,
  type Genesis,
  type Input,
  type Job,
  jobRow,
  type Machine,
  type Parameters,
  type Result,
} from "../../src/fabric/index.ts";

export const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 1,
  maxLagBlocks: 64,
  maxSilentTicks: 60,
};
const noSignature = new Uint8Array(64);
const digest = new Uint8Array(32).fill(7);

/** A little less than six nodes with one or two ticks a job can do. */
export const jobsPerTickAndSixNodes = 40;
const spillBatchMax = 2 ** 16 - 1;
const u32Max = 2 ** 32 - 1;

export type LoadSettings = {
  /** Jobs in all. */
  readonly total: number;
  /** Nodes, in multiples of the manifest's six; so many more jobs come a tick. */
  readonly nodes: number;
  /** Of the total, jobs that come with the first tick, and for which every queue has room. */
  readonly backlog?: number;
  /** Default: that of the manifest. */
  readonly checkpointIntervalTicks?: number;
};

/**
 * What happens to the fabric of `config/fabric.json`: jobs of eight kinds, arriving as fast as the nodes serve them, and
 * what its nodes report. It costs little beside the fabric itself.
 */
export class Load {
  readonly #parameters: Parameters;
  readonly #submitters: Submitters;
  readonly #nodes: Nodes;
  readonly #backlog: number;

  constructor({ total, nodes, backlog = 0, checkpointIntervalTicks }: LoadSettings) {
    const copies = Math.max(1, Math.round(nodes / 6));
    const file = fileURLToPath(new URL("../../config/fabric.json", import.meta.url));
    const manifest = enlarged(readManifest(file), copies, backlog);
    const parameters = parametersOf(manifest, () => ({ keyKind: "ed25519", key: new Uint8Array(32) }));
    this.#parameters = checkpointIntervalTicks === undefined ? parameters : { ...parameters, checkpointIntervalTicks };
    this.#submitters = new Submitters(manifest, total, jobsPerTickAndSixNodes * copies);
    this.#nodes = new Nodes(parameters);
    this.#backlog = backlog;
  }

  /** Goes on with a machine that another load had: jobs and messages have the numbers that are next. */
  goOnWith({ state }: Machine): void {
    this.#submitters.goOnAfter(state.submitters.slice(1).map(({ highest }) => highest));
    this.#nodes.goOnAfter(state.nodes.slice(1).map(({ lastSeq }) => lastSeq));
  }

  /** All jobs have been brought. */
  get isOver(): boolean {
    return this.#submitters.isOver;
  }

  /** Those of one tick but for the last, the tick itself. @param more jobs beside those that come in every tick */
  inputs(tick: number, more = 0): Input[] {
    if (tick > 1) return [...this.#submitters.bring(more), ...this.#nodes.report(tick)];
    const block = { version: 1, block: 1, latest: 1, hash: digest, time: 1 };
    const governance: Input = { kind: "governance", ...block, values: this.#parameters };
    return [governance, ...this.#submitters.bring(this.#backlog), ...this.#nodes.report(tick)];
  }

  take(effects: Effects): void {
    this.#nodes.take(effects);
  }
}

/** Bring jobs of eight kinds by turns, so many a tick, until all have been brought. */
class Submitters {
  /** Rows of the kinds that the submitter of each shard brings, which has the shard's number; their job numbers are 0. */
  readonly #rows: readonly (readonly Uint8Array[])[];
  readonly #total: number;
  readonly #perTick: number;
  readonly #numbers: number[];
  #brought = 0;

  constructor(manifest: Manifest, total: number, perTick: number) {
    const kinds = kindsOf(manifest);
    this.#rows = manifest.submitters.map((_, index) =>
      kinds.filter(({ shard }) => shard === index + 1).map((kind) => encodeJobs([kind])),
    );
    this.#total = total;
    this.#perTick = perTick;
    this.#numbers = manifest.submitters.map(() => 0);
  }

  get isOver(): boolean {
    return this.#brought === this.#total;
  }

  goOnAfter(numbers: readonly number[]): void {
    this.#numbers.splice(0, numbers.length, ...numbers);
  }

  /** One submission a submitter; `more` than in other ticks. */
  bring(more = 0): Input[] {
    const count = Math.min(this.#perTick + more, this.#total - this.#brought);
    this.#brought += count;
    return this.#rows.flatMap((kinds, index): Input[] => {
      const share = Math.floor((count + index) / this.#rows.length);
      if (share === 0) return [];
      return [
        { kind: "jobs", submitter: index + 1, rows: this.#submission(kinds, index, share), signature: noSignature },
      ];
    });
  }

  #submission(kinds: readonly Uint8Array[], index: number, count: number): Uint8Array {
    const rows = new Uint8Array(count * jobRow.length);
    const view = new DataView(rows.buffer);
    for (let at = 0; at < rows.length; at += jobRow.length) {
      const number = ++this.#numbers[index];
      rows.set(kinds[number % kinds.length], at);
      view.setUint32(at + jobRow.number + 4, number);
    }
    return rows;
  }
}

/** Work one or two ticks on each lease, and send heartbeats when they are due. */
class Nodes {
  readonly #heartbeatTicks: readonly number[];
  readonly #seqs: number[];
  /**
   * Leases by the tick of their result, in a ring of the ticks that it may be due in, then by node. The results are made
   * when they are sent, as those of real nodes are: kept from the lease on, they would be most of the garbage.
   */
  readonly #due: number[][][] = [[], [], []];

  constructor({ nodes, tickMs }: Parameters) {
    this.#heartbeatTicks = nodes.map(({ heartbeatSeconds }) => Math.ceil((heartbeatSeconds * 1000) / tickMs));
    this.#seqs = nodes.map(() => 0);
  }

  goOnAfter(seqs: readonly number[]): void {
    this.#seqs.splice(0, seqs.length, ...seqs);
  }

  take({ leases, tick }: Effects): void {
    for (const { lease, node } of leases) {
      const due = this.#due[(tick + 1 + (lease % 2)) % 3];
      due[node] ??= [];
      due[node].push(lease);
    }
  }

  report(tick: number): Input[] {
    const due = this.#due[tick % 3];
    this.#due[tick % 3] = [];
    return this.#heartbeatTicks.flatMap((interval, index): Input[] => {
      const node = index + 1;
      const results = (due[node] ?? []).map((lease): Result => ({ lease, outcome: "completed", digest }));
      const heartbeat = tick % interval === 0 || tick === 1;
      if (!heartbeat && results.length === 0) return [];
      const seq = ++this.#seqs[index];
      return [{ kind: "nodeMessage", node, seq, heartbeat, latencyMs: 50, results, signature: noSignature }];
    });
  }
}

/** The manifest with each node as many times over, and budgets to match. */
function enlarged(manifest: Manifest, copies: number, backlog: number): Manifest {
  return {
    ...manifest,
    shards: manifest.shards.map(({ queueBudget, spillBatch, ...shard }) => ({
      ...shard,
      queueBudget: queueBudget * copies + backlog,
      spillBatch: Math.min(spillBatch * copies, spillBatchMax),
    })),
    nodes: Array.from({ length: copies }, (_, copy) =>
      manifest.nodes.map((node) => ({ ...node, id: copy === 0 ? node.id : `${node.id}.${copy}` })),
    ).flat(),
    submitters: manifest.submitters.map((submitter) => ({ ...submitter, jobsPerTick: u32Max })),
  };
}

/** Two kinds of jobs for each shard, among them work that only another shard's nodes can do and work that two share. */
function kindsOf(manifest: Manifest): Job[] {
  const kind = (shard: number, jobClass: Job["class"], skill: string): Job => {
    const skills = skillBits(manifest, [skill]);
    const rest = { deadlineTicks: 0, budgetTicks: 20, value: 1, payloadDigest: digest };
    return { number: 0, shard, class: jobClass, skills, ...rest };
  };
  return [
    kind(1, "interactive", "finance"),
    kind(1, "background", "compliance"),
    kind(2, "interactive", "navigation"),
    kind(2, "background", "logistics"),
    kind(3, "background", "manufacturing"),
    kind(3, "interactive", "gpu"),
    kind(4, "maintenance", "astronomy"),
    kind(4, "interactive", "gpu"),
  ];
}
