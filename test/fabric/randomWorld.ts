import {
  classes,
  type Effects,
  type Genesis,
  type Input,
  type Job,
  type Lease,
  type Result,
} from "../../src/fabric/index.ts";
import {
  type Draft,
  genesis,
  governance,
  job,
  jobs,
  message,
  node,
  noPause,
  order,
  result,
  shard,
  submitter,
} from "./world.ts";

const skillCount = 4;
const everySkill = (1n << BigInt(skillCount)) - 1n;
const shardCount = 4;
const nodeCount = 7;

export const worldGenesis: Genesis = { ...genesis, maxLagBlocks: 4, maxSilentTicks: 5 };

type Work = { readonly lease: Lease; readonly doneTick: number };

/**
 * A small fabric in which everything happens that may: from one seed come its values, its jobs, what its owners change and
 * order, silences, late, foreign, repeated and failed results, replays, crashes, and a chain that stalls. After `calm`
 * nothing bad happens any more, and no new work comes.
 */
export class RandomWorld {
  tick = 0;
  #random: number;
  #calm = false;
  readonly #born: Draft;
  #values: Draft;
  #governed = false;
  #block = 0;
  #orders = 0;
  readonly #next: number[] = [1, 1, 1];
  readonly #seqs: number[] = Array.from({ length: nodeCount + 2 }, () => 0);
  readonly #silentUntil: number[] = Array.from({ length: nodeCount + 2 }, () => 0);
  #work: Work[] = [];
  readonly #jobs = new Map<string, Job>();

  constructor(seed: number) {
    this.#random = seed;
    this.#born = this.#valuesAtBirth();
    this.#values = structuredClone(this.#born);
  }

  /** Everything is mended: the values of the beginning are in force, every node speaks, and no more work comes. */
  calm(): void {
    this.#calm = true;
    this.#values = structuredClone(this.#born);
    this.#governed = false;
  }

  /** The inputs of the next tick. Messages of nodes come last but for the tick itself. */
  inputs(): Input[] {
    this.tick++;
    const inputs: Input[] = [];
    if (!this.#calm && this.#once(60)) {
      const downTicks = this.#below(this.#once(10) ? 1500 : 12);
      inputs.push({ kind: "resumed", downTicks });
      this.tick += downTicks;
    }
    inputs.push(...this.#chain());
    if (!this.#calm) inputs.push(...this.#submissions());
    if (!this.#calm && this.#once(15))
      inputs.push({ kind: "refused", from: this.#below(4), reason: "malformed", count: 3 });
    for (let number = 1; number <= this.#values.nodes.length; number++) inputs.push(...this.#messages(number));
    if (this.#once(80)) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick: this.tick });
    return inputs;
  }

  /** Hands the nodes their leases. Some take longer than they may, and those report too late. */
  take({ leases }: Pick<Effects, "leases">): void {
    for (const lease of leases) {
      const duration = this.#once(12) && !this.#calm ? lease.expiresInTicks + this.#below(20) : 1 + this.#below(3);
      this.#work.push({ lease, doneTick: this.tick + duration });
    }
  }

  #chain(): Input[] {
    if (!this.#calm && this.#once(8)) return [{ kind: "chainSilent" }];
    const changed = !this.#governed || (!this.#calm && this.#once(7));
    if (!changed && !this.#once(3)) return [];
    if (this.#governed && !this.#calm && changed) this.#change();
    this.#governed = true;
    this.#block++;
    const latest = this.#block + (this.#calm || !this.#once(6) ? 0 : this.#below(9));
    const values = changed ? structuredClone(this.#values) : null;
    const inputs: Input[] = [governance(values, this.#block, { latest, version: 1, time: 1000 + 5 * this.tick })];
    if (!this.#calm && this.#once(6)) inputs.push(this.#order());
    return inputs;
  }

  #change(): void {
    const { shards, nodes, submitters } = this.#values;
    const place = shards[this.#below(shardCount)];
    const runner = nodes[this.#below(nodes.length)];
    const scope = {
      ownerPaused: this.#once(2),
      guardianUntil: this.#once(2) ? 1000 + 5 * (this.tick + this.#below(30)) : 0,
    };
    switch (this.#below(15)) {
      case 0:
        place.queueBudget = this.#below(40);
        break;
      case 1:
        place.latencyBudgetMs = 20 + this.#below(100);
        break;
      case 2:
        place.weight = 1 + this.#below(4);
        break;
      case 3:
        place.routes = this.#routes(shards.indexOf(place) + 1);
        break;
      case 4:
        place.spillBatch = 1 + this.#below(6);
        place.spillThreshold = this.#below(8);
        break;
      case 5:
        this.#values.pause = scope;
        break;
      case 6:
        place.pause = scope;
        break;
      case 7:
      case 8:
        this.#values.pause = noPause;
        for (const each of shards) each.pause = noPause;
        break;
      case 9:
        // Who is removed stays so.
        if (runner.status !== "removed") runner.status = runner.status === "draining" ? "admitted" : "draining";
        break;
      case 10:
        if (nodes.length <= nodeCount)
          nodes.push(node("late", { shard: 1 + this.#below(shardCount), skills: this.#skills() }));
        else if (this.#once(4)) runner.status = "removed";
        break;
      case 11:
        runner.maxConcurrency = 1 + this.#below(runner.capacity);
        break;
      case 12:
        this.#values.maxAttempts = 1 + this.#below(4);
        this.#values.heartbeatGrace = 1 + this.#below(3);
        break;
      case 13:
        submitters[this.#below(2)].jobsPerTick = this.#below(12);
        break;
      case 14:
        this.#values.checkpointIntervalTicks = 1 + this.#below(12);
        break;
    }
  }

  #order(): Input {
    const index = ++this.#orders;
    const from = 1 + this.#below(shardCount);
    switch (this.#below(3)) {
      case 0:
        return order(index, { type: "checkpoint" });
      case 1:
        return order(index, {
          type: "cancel",
          submitter: 1 + this.#below(2),
          number: Math.max(1, this.#next[1] - this.#below(40)),
        });
      default:
        return order(index, { type: "move", from, to: 1 + this.#below(shardCount), count: 1 + this.#below(20) });
    }
  }

  #submissions(): Input[] {
    const inputs: Input[] = [];
    const wave = this.#once(5) ? 12 : 3;
    for (const from of [1, 2])
      if (this.#once(2)) {
        const rows = Array.from({ length: this.#below(wave) }, () => this.#job(from));
        const [first] = rows;
        if (first !== undefined && this.#once(5)) rows.push(first);
        inputs.push(jobs(from, ...rows));
      }
    return inputs;
  }

  #job(from: number): Job {
    const again = this.#once(12) ? this.#jobs.get(`${from}/${this.#below(this.#next[from])}`) : undefined;
    if (again !== undefined) return this.#once(2) ? again : { ...again, value: again.value + 1 };
    const number = this.#next[from];
    this.#next[from] += this.#once(20) ? 1 + this.#below(600) : 1;
    const fresh = job(number, {
      shard: 1 + this.#below(shardCount),
      class: classes[this.#below(3)],
      skills: this.#skills(),
      deadlineTicks: this.#once(3) ? 1 + this.#below(60) : 0,
      budgetTicks: 1 + this.#below(8),
    });
    this.#jobs.set(`${from}/${number}`, fresh);
    return fresh;
  }

  #messages(number: number): Input[] {
    if (!this.#calm && this.#once(50)) this.#silentUntil[number] = this.tick + this.#below(25);
    if (!this.#calm && this.#silentUntil[number] > this.tick) return [];
    const results: Result[] = [];
    this.#work = this.#work.filter(({ lease, doneTick }) => {
      if (lease.node !== number || doneTick > this.tick) return true;
      results.push(result(lease.lease, !this.#calm && this.#once(10) ? "failed" : "completed"));
      return false;
    });
    const other = this.#work[0];
    if (!this.#calm && other !== undefined && other.lease.node !== number && this.#once(10))
      results.push(result(other.lease.lease));
    if (!this.#calm && results.length > 0 && this.#once(10)) results.push(results[0]);
    if (results.length === 0 && !this.#once(2)) return [];
    const seq = ++this.#seqs[number];
    const latencyMs = !this.#calm && this.#once(20) ? 200 : 10 + number;
    const own = message(number, seq, { latencyMs, results, heartbeat: this.#once(2) || results.length === 0 });
    return !this.#calm && this.#once(20) ? [own, own] : [own];
  }

  /** One node has every skill, and a route leads to it from every shard: no job need wait in vain. */
  #valuesAtBirth(): Draft {
    const nodes = Array.from({ length: nodeCount }, (_, index) => {
      const capacity = 1 + this.#below(6);
      return node(`node.${index}`, {
        shard: 1 + (index % shardCount),
        skills: index === 0 ? everySkill : this.#skills(),
        capacity,
        maxConcurrency: 1 + this.#below(capacity),
        heartbeatSeconds: 1 + this.#below(4),
      });
    });
    const shards = Array.from({ length: shardCount }, (_, index) => ({
      ...shard(`shard.${index}`, this.#routes(index + 1)),
      queueBudget: 10 + this.#below(30),
      spillThreshold: this.#below(6),
      weight: 1 + this.#below(3),
    }));
    return {
      tickMs: 1000,
      checkpointIntervalTicks: 5,
      heartbeatGrace: 2,
      maxAttempts: 3,
      retired: false,
      pause: noPause,
      skills: Array.from({ length: skillCount }, (_, index) => `skill ${index}`),
      shards,
      nodes,
      submitters: [submitter("first"), submitter("second")].map((each) => ({ ...each, shards: 0b1111 })),
    };
  }

  #routes(from: number): number[] {
    const others = [2, 3, 4].filter((to) => to !== from && this.#once(2));
    if (from !== 1) others.splice(this.#below(others.length + 1), 0, 1);
    return others;
  }

  #skills(): bigint {
    const one = () => 1n << BigInt(this.#below(skillCount));
    return this.#once(8) ? 0n : one() | (this.#once(2) ? one() : 0n);
  }

  #once(inTimes: number): boolean {
    return this.#below(inTimes) === 0;
  }

  /** A number from 0 on, below `limit`: a linear congruential generator, its high bits. */
  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }
}
