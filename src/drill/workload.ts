import { demandOf, type JobTemplate, type Manifest, type Scenario, skillBits } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import type { Genesis, Job } from "../fabric/index.ts";
import { type Domains, entriesMax, type SigningKey, signSubmission } from "../nodes/index.ts";
import { submitterKey } from "../practice/index.ts";
import { Draw } from "./draw.ts";

/** One submitter's share of the work: what it has to bring, and what became of it. */
type Bringer = {
  readonly submitter: number;
  readonly key: SigningKey;
  readonly jobsPerTick: number;
  /** Templates of the jobs it has announced but, for its quota, not brought yet, oldest first, and how many of them it has. */
  readonly waiting: number[];
  taken: number;
  /** Template of each job brought; entry n is that of number n + 1. */
  readonly brought: number[];
};

/** The jobs of one shard. */
type Stream = {
  readonly bringer: Bringer;
  readonly shard: number;
  /** Jobs still to come, of each template and in all. */
  readonly left: { readonly template: number; jobs: number }[];
  jobsLeft: number;
  /** Jobs that come in tick i + 1. */
  readonly arrivals: Uint32Array;
};

/** The work that a scenario brings: the same seed and the same calls bring the same bytes. */
export class Workload {
  readonly total: number;
  readonly #scenario: Scenario;
  readonly #manifest: Manifest;
  readonly #template: Draw;
  readonly #payload: Draw;
  readonly #duration: Draw;
  readonly #domains: Domains;
  readonly #streams: readonly Stream[];
  readonly #bringers: readonly Bringer[];
  #brought = 0;
  #current: { readonly tick: number; readonly frames: readonly Uint8Array[] } = { tick: 0, frames: [] };

  constructor(scenario: Scenario, manifest: Manifest, genesis: Genesis, domains: Domains) {
    this.#scenario = scenario;
    this.#manifest = manifest;
    this.#template = new Draw(genesis.seed, "template");
    this.#payload = new Draw(genesis.seed, "payload");
    this.#duration = new Draw(genesis.seed, "duration");
    this.#domains = domains;
    this.#bringers = manifest.submitters.map(({ id, jobsPerTick }, index) => {
      const key = submitterKey(genesis.seed, id);
      return { submitter: index + 1, key, jobsPerTick, waiting: [], taken: 0, brought: [] };
    });
    this.#streams = streamsOf(scenario, manifest, this.#bringers);
    this.total = this.#streams.reduce((sum, { jobsLeft }) => sum + jobsLeft, 0);
  }

  /** True when every job has been brought. */
  get isOver(): boolean {
    return this.#brought === this.total;
  }

  /**
   * The submissions of a tick, signed. Ticks are asked for in order; the last one may be asked for again.
   * @throws RangeError
   */
  frames(tick: number): readonly Uint8Array[] {
    if (tick === this.#current.tick) return this.#current.frames;
    if (tick !== this.#current.tick + 1) throw new RangeError(`work of tick ${tick} after tick ${this.#current.tick}`);
    for (const stream of this.#streams) this.#announce(stream, tick);
    this.#current = { tick, frames: this.#bringers.flatMap((bringer) => this.#bring(bringer)) };
    return this.#current.frames;
  }

  /** Ticks that an attempt at a job takes. */
  durationOf(submitter: number, number: number, attempt: number): number {
    const { min, max } = this.#templateOf(submitter, number).durationTicks;
    return min + (this.#duration.number(submitter, number, attempt) % (max - min + 1));
  }

  #announce(stream: Stream, tick: number): void {
    for (let left = stream.arrivals[tick - 1] ?? 0; left > 0; left--) {
      let draw = this.#template.number(stream.shard, stream.jobsLeft--, 0) % (stream.jobsLeft + 1);
      for (const kind of stream.left) {
        draw -= kind.jobs;
        if (draw >= 0) continue;
        kind.jobs--;
        stream.bringer.waiting.push(kind.template);
        break;
      }
    }
  }

  #bring(bringer: Bringer): Uint8Array[] {
    const count = Math.min(bringer.waiting.length - bringer.taken, bringer.jobsPerTick);
    const jobs: Job[] = [];
    for (let i = 0; i < count; i++) jobs.push(this.#job(bringer, bringer.waiting[bringer.taken++]));
    this.#brought += count;
    const frames: Uint8Array[] = [];
    for (let from = 0; from < count; from += entriesMax)
      frames.push(signSubmission(this.#domains, bringer.key, bringer.submitter, jobs.slice(from, from + entriesMax)));
    return frames;
  }

  #job({ submitter, brought }: Bringer, template: number): Job {
    const number = brought.push(template);
    const { shard, skills, class: jobClass, budgetTicks, deadlineTicks, value } = this.#scenario.templates[template];
    return {
      number,
      shard: shardNumber(this.#manifest, shard),
      class: jobClass,
      skills: skillBits(this.#manifest, skills),
      deadlineTicks,
      budgetTicks,
      value,
      payloadDigest: this.#payload.digest(submitter, number, 0),
    };
  }

  #templateOf(submitter: number, number: number): JobTemplate {
    return this.#scenario.templates[this.#bringers[submitter - 1].brought[number - 1]];
  }
}

function streamsOf(scenario: Scenario, manifest: Manifest, bringers: readonly Bringer[]): Stream[] {
  return demandOf(scenario, manifest).flatMap(({ shard, jobs, templates, arrivals }, index) => {
    if (jobs === 0) return [];
    const bringer = bringers[manifest.submitters.findIndex(({ shards }) => shards.includes(shard))];
    if (bringer === undefined) throw new FabricError("NOBODY_SUBMITS", { shard });
    const left = templates.map((entry) => ({ template: scenario.templates.indexOf(entry.template), jobs: entry.jobs }));
    return { bringer, shard: index + 1, left, jobsLeft: jobs, arrivals };
  });
}

export function shardNumber(manifest: Manifest, id: string): number {
  return manifest.shards.findIndex((shard) => shard.id === id) + 1;
}
