import {
  classes,
  encodeJobs,
  type Genesis,
  type Input,
  type Job,
  type Lease,
  type Result,
} from "../../src/fabric/index.ts";
import { DurableMachine, type Step } from "../../src/journal/index.ts";
import { Books, Broken } from "./books.ts";
import { deployment } from "./chain.ts";
import { Disk } from "./disk.ts";
import { Killed, Life } from "./life.ts";
import { resultOf } from "./node.ts";
import { nodesMax, Owners, skillCount } from "./owners.ts";
import { Random } from "./random.ts";
import { compareRecovered } from "./recovered.ts";
import { judgeReplay } from "./replayed.ts";

export const recordFaults = [
  "kill",
  "stopped",
  "powerLoss",
  "tornWrite",
  "silence",
  "overrun",
  "ownerChange",
  "order",
] as const;

export type RecordReport = {
  readonly seed: number;
  readonly ticks: number;
  readonly recoveries: number;
  readonly jobs: number;
  readonly receipts: number;
  readonly staleResults: number;
  readonly faults: Readonly<Record<(typeof recordFaults)[number], number>>;
};

const signature = new Uint8Array(64);
const settings = { segmentBytes: 4096, snapshotTicks: 6, snapshotBytes: 4096 };

type Work = { readonly lease: Lease; readonly doneTick: number };
type Node = {
  seq: number;
  spokenTick: number;
  silentUntil: number;
  newestLease: number;
  work: Work[];
  results: Result[];
};

/**
 * The machine and its journal alone, many crashes in few ticks: the inputs are made here as the edge would make them, and
 * nothing travels. What is known by then is what left the process and what is on its disk.
 */
export class RecordWorld {
  readonly books: Books;
  readonly #random: Random;
  readonly #owners: Owners;
  readonly #genesis: Genesis;
  readonly #disk: Disk;
  readonly #nodes: Node[] = [];
  readonly #nextNumber = [1, 1];
  /** Jobs that nobody has acknowledged, by submitter. */
  readonly #brought: Job[][] = [[], []];
  readonly #known = new Map<string, Job>();
  readonly faults = {
    kill: 0,
    stopped: 0,
    powerLoss: 0,
    tornWrite: 0,
    silence: 0,
    overrun: 0,
    ownerChange: 0,
    order: 0,
  };
  readonly #seed: number;
  /** How busy this world is: once in so many ticks a submitter brings jobs, and a node without news says that it lives. */
  readonly #bringsOnceIn: number;
  readonly #speaksEvery: number;
  #record: DurableMachine | undefined;
  #life = new Life(1, () => {});
  #block = 0;
  #calm = false;
  #downTicks = 0;
  #epoch = 0;
  /** What the machine has to know of the process that runs, until it is told. */
  #claimed: readonly Input[] = [];
  #governed = false;

  constructor(seed: number) {
    this.#seed = seed;
    const random = new Random(seed);
    this.#random = random;
    this.#bringsOnceIn = random.between(4, 14);
    this.#speaksEvery = random.between(3, 6);
    this.books = new Books(random.between(2, 16));
    this.#owners = new Owners(random, { tickMs: 1000, submitters: 1, keepsTime: false });
    this.#genesis = {
      ...{ chainId: 31337, ledger: deployment.contracts.CheckpointLedger.address, seed },
      ...{ maxLagBlocks: 8, maxSilentTicks: 8 },
    };
    this.#disk = new Disk(random, () => 0);
    for (let number = 1; number <= nodesMax; number++)
      this.#nodes[number] = { seq: 0, spokenTick: 0, silentUntil: 0, newestLease: 0, work: [], results: [] };
  }

  /** @throws Broken */
  run(): RecordReport {
    const random = this.#random;
    for (let left = random.between(150, 300); left > 0; left--) this.#turn();
    this.#calm = true;
    this.#governed = false;
    this.#owners.mend();
    // What a submitter could not bring while it was revoked comes now.
    const brought = this.#brought.reduce((sum, jobs) => sum + jobs.length, 0);
    const bound = 120 + 8 * (brought + (this.#record?.machine.state.jobs.count ?? 0));
    for (let left = bound; left > 0 && !this.#isDone(); left--) this.#turn();
    if (!this.#isDone()) throw new Broken("everythingEnds", `jobs are alive after ${bound} ticks`);
    this.books.close();
    const record = this.#record;
    if (record === undefined) throw new RangeError("nothing was played");
    this.books.countLeaves(record.receipts.size);
    if (random.once(10)) judgeReplay(record, this.#disk.reader);
    const { recoveries, jobs, receipts, staleResults, ticks } = this.books;
    return { seed: this.#seed, ticks, recoveries, jobs, receipts, staleResults, faults: this.faults };
  }

  #isDone(): boolean {
    if (!this.#life.isLive) return false;
    return this.#record?.machine.state.jobs.count === 0 && this.#brought.every((jobs) => jobs.length === 0);
  }

  /** One tick, or the death of a process in it. */
  #turn(): void {
    try {
      this.#tick(this.#life.isLive && this.#record !== undefined ? this.#record : this.#start());
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#die();
    }
  }

  #start(): DurableMachine {
    const random = this.#random;
    const steps = random.once(4) ? random.between(1, 12) : random.between(10, 240);
    this.#claimed = [{ kind: "claimed", epoch: ++this.#epoch }];
    this.#life = new Life(this.#calm ? Number.POSITIVE_INFINITY : steps, () => {});
    const remains = this.#record;
    const record = new DurableMachine(this.#disk.open(this.#life), this.#genesis, settings);
    if (remains !== undefined) this.books.recoveries++;
    compareRecovered(record, remains, this.#disk, this.books);
    this.#record = record;
    const { lastStep } = record.recovery;
    if (lastStep !== undefined) this.#emit(record, lastStep);
    return record;
  }

  #die(): void {
    const random = this.#random;
    this.faults.kill++;
    if (random.once(2)) {
      this.faults.powerLoss++;
      if (this.#disk.losePower()) this.faults.tornWrite++;
    }
    this.#comeToAnEnd();
  }

  #comeToAnEnd(): void {
    const random = this.#random;
    this.#downTicks = random.once(5) ? random.below(12) : 0;
    // Whoever comes next asks the chain anew.
    this.#governed = false;
  }

  #tick(record: DurableMachine): void {
    const { machine } = record;
    const resumed: Input[] = this.#downTicks > 0 ? [{ kind: "resumed", downTicks: this.#downTicks }] : [];
    const tick = machine.tick + this.#downTicks + 1;
    const inputs = [...resumed, ...this.#claimed, ...this.#govern(tick), ...this.#submissions()];
    for (let node = 1; node <= this.#owners.values.nodes.length; node++) this.#speak(node, tick, inputs);
    if (record.isCheckpointDue) inputs.push({ kind: "checkpointDue" });
    if (this.#random.once(90)) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    record.write(inputs);
    this.#life.step();
    const step = record.apply();
    this.#downTicks = 0;
    this.#claimed = [];
    this.books.see(inputs, step.effects, machine);
    this.#life.step();
    this.#emit(record, step);
    if (step.checkpoint !== undefined && !this.#random.once(4)) record.noteAnchored(step.checkpoint.digest);
    if (inputs.every(({ kind }) => kind !== "stopped")) return;
    record.close();
    this.faults.stopped++;
    this.#life.end();
    this.#comeToAnEnd();
  }

  /** What leaves the process after a tick: again after a crash, since nobody knows whether it had left. */
  #emit(record: DurableMachine, { effects, inputs }: Step): void {
    const { tick } = effects;
    if (tick > this.#disk.durableTick)
      throw new Broken("nothingBeforeRecord", `tick ${tick} is obeyed after tick ${this.#disk.durableTick}`);
    for (const input of inputs) {
      if (input.kind === "jobs") this.#acknowledge(input.submitter, record);
      if (input.kind === "nodeMessage") {
        const told = new Set(input.results.map(({ lease }) => lease));
        const node = this.#nodes[input.node];
        node.results = node.results.filter(({ lease }) => !told.has(lease));
      }
    }
    for (const lease of effects.leases) this.#give(lease, tick);
  }

  #acknowledge(submitter: number, record: DurableMachine): void {
    const { submitters } = record.machine.state;
    this.#brought[submitter] = this.#brought[submitter].filter(({ number }) => {
      const isTaken = (submitters[submitter]?.highest ?? 0) >= number;
      // What is refused for its quota comes again; other refusals are not made here but by repeating other content.
      return !isTaken;
    });
  }

  #give(lease: Lease, tick: number): void {
    const random = this.#random;
    const node = this.#nodes[lease.node];
    this.books.leased(lease);
    if (lease.lease <= node.newestLease || (!this.#calm && random.once(20))) return;
    node.newestLease = lease.lease;
    const overruns = !this.#calm && random.once(10);
    if (overruns) this.faults.overrun++;
    const duration = overruns ? lease.expiresInTicks + random.below(12) : random.between(1, 3);
    node.work.push({ lease, doneTick: tick + duration });
  }

  #govern(tick: number): Input[] {
    const random = this.#random;
    if (!this.#calm && random.once(14)) return [{ kind: "chainSilent" }];
    const changed = !this.#governed || (!this.#calm && random.once(12));
    if (!changed && !random.once(7)) return [];
    if (this.#governed && changed && !this.#calm) {
      this.faults.ownerChange++;
      this.#owners.decide(tick * 1000);
    }
    this.#governed = true;
    const block = ++this.#block;
    const latest = block + (this.#calm || !random.once(10) ? 0 : random.below(12));
    const time = 1_700_000_000 + tick;
    const values = changed ? this.#owners.values : null;
    const hash = new Uint8Array(32).fill(block % 256);
    const inputs: Input[] = [{ kind: "governance", version: 1, block, latest, hash, time, values }];
    if (!this.#calm && random.once(12)) {
      this.faults.order++;
      const order = this.#owners.order((by) => this.#nextNumber[by]);
      inputs.push({ kind: "order", index: 1 + (this.#record?.machine.state.orders ?? 0), order });
    }
    return inputs;
  }

  #submissions(): Input[] {
    const random = this.#random;
    const inputs: Input[] = [];
    for (let by = 1; by <= this.#owners.values.submitters.length; by++) {
      const waiting = this.#brought[by];
      if (!this.#calm && random.once(this.#bringsOnceIn)) {
        const first = this.#job(by);
        waiting.push(first);
        // A batch of jobs alike: what befalls them, befalls them together.
        for (let left = random.once(6) ? 8 : random.below(2); left > 0; left--) waiting.push(this.#job(by, first));
      }
      const rows = waiting.slice(0, 12);
      const again =
        !this.#calm && random.once(12) ? this.#known.get(`${by}/${random.below(this.#nextNumber[by])}`) : undefined;
      if (again !== undefined) rows.push(random.once(2) ? again : { ...again, value: again.value + 1 });
      if (rows.length > 0) inputs.push({ kind: "jobs", submitter: by, rows: encodeJobs(rows), signature });
    }
    return inputs;
  }

  #job(by: number, like?: Job): Job {
    const random = this.#random;
    const number = this.#nextNumber[by]++;
    const job: Job =
      like !== undefined
        ? { ...like, number }
        : {
            number,
            shard: 1 + random.below(this.#owners.values.shards.length),
            class: random.pick(classes),
            skills: random.once(6) ? 0n : 1n << BigInt(random.below(skillCount)),
            deadlineTicks: random.once(4) ? random.between(2, 60) : 0,
            budgetTicks: random.between(2, 9),
            value: random.below(100),
            payloadDigest: new Uint8Array(32).fill(number % 256),
          };
    this.#known.set(`${by}/${number}`, job);
    return job;
  }

  #speak(number: number, tick: number, inputs: Input[]): void {
    const random = this.#random;
    const node = this.#nodes[number];
    if (!this.#calm && random.once(70)) {
      this.faults.silence++;
      node.silentUntil = tick + random.between(1, 40);
    }
    if (this.#owners.values.nodes[number - 1].status === "removed") return;
    if (!this.#calm && node.silentUntil > tick) return;
    if (node.work.length > 0)
      node.work = node.work.filter(({ lease, doneTick }) => {
        if (doneTick > tick) return true;
        const failed = !this.#calm && random.once(12);
        const digest = failed ? new Uint8Array(32) : resultOf(number, lease);
        node.results.push({ lease: lease.lease, outcome: failed ? "failed" : "completed", digest });
        return false;
      });
    if (node.results.length === 0 && tick - node.spokenTick < this.#speaksEvery) return;
    node.spokenTick = tick;
    const latencyMs = !this.#calm && random.once(40) ? 200 : 10 + number;
    const results = [...node.results];
    // A result that is told twice counts once.
    if (results.length > 0 && random.once(15)) results.push(results[0]);
    const body = { node: number, seq: ++node.seq, heartbeat: true, latencyMs, results };
    inputs.push({ kind: "nodeMessage", ...body, signature });
  }
}
