import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type Manifest, parametersOf, readManifest, skillBits } from "../../src/config/index.ts";
import { assertLaws, encodeJobs, type Genesis, type Input, type Job, type Result } from "../../src/fabric/index.ts";
import { DurableMachine, FileStore } from "../../src/journal/index.ts";

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
  const manifest = enlarged(readManifest(join(import.meta.dirname, "../../config/fabric.json")), copies);
  const parameters = parametersOf(manifest, () => ({ keyKind: "ed25519", key: new Uint8Array(32) }));
  const templates = templatesOf(manifest);
  const perTick = 40 * copies;
  const due = new Map<number, Map<number, Result[]>>();
  const seqs = new Uint32Array(manifest.nodes.length + 1);
  const heartbeats = manifest.nodes.map(({ heartbeatSeconds }) =>
    Math.ceil((heartbeatSeconds * 1000) / parameters.tickMs),
  );
  let submitted = 0;
  let events = 0;
  for (let tick = 1; ; tick++) {
    const inputs: Input[] = [];
    if (tick === 1)
      inputs.push({
        kind: "governance",
        version: 1,
        block: 1,
        latest: 1,
        hash: digest,
        time: 1,
        values: parameters,
      });
    const rows: Job[][] = manifest.submitters.map(() => []);
    for (let i = 0; i < perTick && submitted < total; i++, submitted++) {
      const template = templates[submitted % templates.length];
      rows[template.shard - 1].push({
        ...template,
        number: Math.floor(submitted / templates.length) * 2 + template.number,
      });
    }
    rows.forEach((jobs, index) => {
      if (jobs.length === 0) return;
      inputs.push({ kind: "jobs", submitter: index + 1, rows: encodeJobs(jobs), signature: noSignature });
    });
    const done = due.get(tick);
    due.delete(tick);
    for (let node = 1; node <= manifest.nodes.length; node++) {
      const results = done?.get(node) ?? [];
      const heartbeat = tick % heartbeats[node - 1] === 0 || tick === 1;
      if (!heartbeat && results.length === 0) continue;
      const seq = ++seqs[node];
      inputs.push({ kind: "nodeMessage", node, seq, heartbeat, latencyMs: 50, results, signature: noSignature });
    }
    const { live } = { live: record.machine.state.jobs.count };
    const stop = submitted === total && live === 0 && tick > 2;
    if (stop) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    const { effects, checkpoint } = record.append(inputs);
    if (checkpoint !== undefined) assertLaws(record.machine, effects);
    events += effects.events.length;
    for (const { lease, node } of effects.leases) {
      const at = tick + 1 + (lease % 2);
      const byNode = due.get(at) ?? new Map<number, Result[]>();
      due.set(at, byNode);
      const results = byNode.get(node) ?? [];
      byNode.set(node, results);
      results.push({ lease, outcome: "completed", digest });
    }
    if (!stop) continue;
    const { counters } = record.machine;
    if (counters.completed !== total) throw new Error(`${counters.completed} of ${total} jobs were completed`);
    const checkpoints = record.head.seq;
    record.close();
    return { events, ticks: tick, checkpoints };
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

/** Two kinds of jobs for each shard, one of which can only run elsewhere or is shared with a neighbour. */
function templatesOf(manifest: Manifest): Job[] {
  const kind = (shard: number, number: number, jobClass: Job["class"], ...skills: string[]): Job => {
    const needed = skillBits(manifest, skills);
    return {
      number,
      shard,
      class: jobClass,
      skills: needed,
      deadlineTicks: 0,
      budgetTicks: 20,
      value: 1,
      payloadDigest: digest,
    };
  };
  return [
    kind(1, 1, "interactive", "finance"),
    kind(1, 2, "background", "compliance"),
    kind(2, 1, "interactive", "navigation"),
    kind(2, 2, "background", "logistics"),
    kind(3, 1, "background", "manufacturing"),
    kind(3, 2, "interactive", "gpu"),
    kind(4, 1, "maintenance", "astronomy"),
    kind(4, 2, "interactive", "gpu"),
  ];
}

function sentence({ jobs, cpuSeconds, wallSeconds, rssMiB, jobsPerCpuSecond, ticks }: CoreCost): string {
  return `${jobs} jobs in ${ticks} ticks: ${cpuSeconds} CPU-s (${jobsPerCpuSecond} jobs per CPU-s), ${wallSeconds} s, ${rssMiB} MiB`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number of at least 1 is right.");
  return value;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
