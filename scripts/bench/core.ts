import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type Manifest, parametersOf, readManifest, skillBits } from "../../src/config/index.ts";
import {
  assertLaws,
  type Effects,
  encodeJobs,
  type Genesis,
  type Input,
  type Job,
  jobRow,
  type Parameters,
  type Result,
} from "../../src/fabric/index.ts";
import { DurableMachine, FileStore } from "../../src/journal/index.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What one run of the core cost. CPU and memory are those of the whole process, its start included. */
export type CoreCost = {
  readonly jobs: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssMiB: number;
  readonly jobsPerCpuSecond: number;
  readonly events: number;
  readonly ticks: number;
  readonly checkpoints: number;
};

const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 1,
  maxLagBlocks: 64,
  maxSilentTicks: 60,
};
const noSignature = new Uint8Array(64);
const digest = new Uint8Array(32).fill(7);

/** A little less than six nodes with one or two ticks a job can do. */
const jobsPerTickAndSixNodes = 40;

export function coreCommand(): Command {
  return new Command("core")
    .description("machine, journal with fsync, events, receipts and checkpoints; no chain, no signatures")
    .requiredOption("--total <jobs>", "jobs in all", wholeNumber)
    .option("--nodes <count>", "nodes, in multiples of the manifest's six", wholeNumber, 6)
    .option("--json", "print JSON")
    .action(({ total, nodes, json }: { total: number; nodes: number; json?: boolean }) => {
      const cost = measureCore(total, nodes);
      console.log(json === true ? JSON.stringify(cost) : sentence(cost));
    });
}

/** Runs `total` jobs of three kinds through the fabric of `config/fabric.json`, arriving as fast as the nodes serve them. */
export function measureCore(total: number, nodes: number): CoreCost {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  try {
    const run = runCore(new DurableMachine(new FileStore(folder), genesis), total, Math.max(1, Math.round(nodes / 6)));
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
    return {
      jobs: total,
      cpuSeconds: round(cpuSeconds),
      wallSeconds: round((performance.now() - started) / 1000),
      rssMiB: Math.round(maxRSS / 1024),
      jobsPerCpuSecond: Math.round(total / cpuSeconds),
      ...run,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runCore(
  record: DurableMachine,
  total: number,
  copies: number,
): Pick<CoreCost, "events" | "ticks" | "checkpoints"> {
  const file = fileURLToPath(new URL("../../config/fabric.json", import.meta.url));
  const manifest = enlarged(readManifest(file), copies);
  const parameters = parametersOf(manifest, () => ({ keyKind: "ed25519", key: new Uint8Array(32) }));
  const submitters = new Submitters(manifest, total, jobsPerTickAndSixNodes * copies);
  const nodes = new Nodes(parameters);
  let events = 0;
  for (let tick = 1; ; tick++) {
    const inputs: Input[] = [];
    if (tick === 1) {
      const block = { version: 1, block: 1, latest: 1, hash: digest, time: 1 };
      inputs.push({ kind: "governance", ...block, values: parameters });
    }
    inputs.push(...submitters.bring(), ...nodes.report(tick));
    const stop = submitters.isOver && tick > 1 && record.machine.state.jobs.count === 0;
    if (stop) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    const { effects, checkpoint } = record.append(inputs);
    if (checkpoint !== undefined) assertLaws(record.machine, effects);
    events += effects.events.length;
    nodes.take(effects);
    if (!stop) continue;
    const { completed } = record.machine.counters;
    if (completed !== total) throw new Error(`${completed} of ${total} jobs were completed`);
    const checkpoints = record.head.seq;
    record.close();
    return { events, ticks: tick, checkpoints };
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

  /** One submission a submitter. */
  bring(): Input[] {
    const count = Math.min(this.#perTick, this.#total - this.#brought);
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
  /** Results by tick, then by node. */
  readonly #due = new Map<number, Result[][]>();

  constructor({ nodes, tickMs }: Parameters) {
    this.#heartbeatTicks = nodes.map(({ heartbeatSeconds }) => Math.ceil((heartbeatSeconds * 1000) / tickMs));
    this.#seqs = nodes.map(() => 0);
  }

  take({ leases, tick }: Effects): void {
    for (const { lease, node } of leases) {
      const at = tick + 1 + (lease % 2);
      let due = this.#due.get(at);
      if (due === undefined) {
        due = [];
        this.#due.set(at, due);
      }
      due[node] ??= [];
      due[node].push({ lease, outcome: "completed", digest });
    }
  }

  report(tick: number): Input[] {
    const due = this.#due.get(tick) ?? [];
    this.#due.delete(tick);
    return this.#heartbeatTicks.flatMap((interval, index): Input[] => {
      const node = index + 1;
      const results = due[node] ?? [];
      const heartbeat = tick % interval === 0 || tick === 1;
      if (!heartbeat && results.length === 0) return [];
      const seq = ++this.#seqs[index];
      return [{ kind: "nodeMessage", node, seq, heartbeat, latencyMs: 50, results, signature: noSignature }];
    });
  }
}

/** The manifest with each node and its slots as many times over, and budgets to match. */
function enlarged(manifest: Manifest, copies: number): Manifest {
  return {
    ...manifest,
    shards: manifest.shards.map((shard) => ({ ...shard, queueBudget: shard.queueBudget * copies })),
    nodes: Array.from({ length: copies }, (_, copy) =>
      manifest.nodes.map((node) => ({ ...node, id: copy === 0 ? node.id : `${node.id}.${copy}` })),
    ).flat(),
    submitters: manifest.submitters.map((submitter) => ({ ...submitter, jobsPerTick: submitter.jobsPerTick * copies })),
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

function sentence({ jobs, cpuSeconds, wallSeconds, rssMiB, jobsPerCpuSecond, ticks }: CoreCost): string {
  return `${jobs} jobs in ${ticks} ticks: ${cpuSeconds} CPU-s (${jobsPerCpuSecond} jobs per CPU-s), ${wallSeconds} s, ${rssMiB} MiB`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
