import { setTimeout as sleep } from "node:timers/promises";
import { skillBits } from "../../src/config/index.ts";
import type { ControlClient } from "../../src/control/index.ts";
import { FabricError } from "../../src/errors.ts";
import type { Job } from "../../src/fabric/index.ts";
import { domainsOf, signSubmission } from "../../src/nodes/index.ts";
import { submitterKey, type WorldFolder } from "../../src/practice/index.ts";

/** Nodes that are processes of their own, and the submitter and skill of the work that each can do. */
export const crews = [
  { node: "earth.core-alpha", submitter: "earth.exchange", skill: "finance" },
  { node: "luna.nav-station", submitter: "luna.dispatch", skill: "navigation" },
  { node: "mars.gpu-helion", submitter: "mars.works", skill: "gpu" },
] as const;

const jobsAtOnce = 5;

export type JobName = { readonly submitter: number; readonly number: number };

/** Bring jobs, each submission until it is acknowledged, as long as they are let. */
export class Submitters {
  readonly acknowledged: JobName[] = [];
  /** Times that a submission was sent again, since nobody had answered. */
  retries = 0;
  readonly #world: WorldFolder;
  readonly #client: ControlClient;
  readonly #leaseTicks: number;
  readonly #end = new AbortController();
  #hasGivenUp = false;
  readonly #bringing: Promise<void>;

  /** @param leaseTicks how long a node gets for an attempt */
  constructor(world: WorldFolder, client: ControlClient, leaseTicks: number) {
    this.#world = world;
    this.#client = client;
    this.#leaseTicks = leaseTicks;
    this.#bringing = Promise.all(crews.map(({ submitter, skill }) => this.#bring(submitter, skill))).then(() => {});
    // It is heard of when they are stopped.
    this.#bringing.catch(() => {});
  }

  /** @throws whatever kept them from bringing jobs */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#bringing;
  }

  /** They try no more, answered or not. */
  async giveUp(): Promise<void> {
    this.#hasGivenUp = true;
    await this.stop().catch(() => {});
  }

  async #bring(name: string, skill: string): Promise<void> {
    const { file, manifest } = this.#world;
    const submitter = 1 + manifest.submitters.findIndex(({ id }) => id === name);
    const shard = 1 + manifest.shards.findIndex(({ id }) => id === manifest.submitters[submitter - 1].shards[0]);
    const skills = skillBits(manifest, [skill]);
    for (let number = 1; !this.#end.signal.aborted; number += jobsAtOnce) {
      const jobs = Array.from(
        { length: jobsAtOnce },
        (_, index): Job => ({
          ...{ number: number + index, shard, class: "interactive", skills, deadlineTicks: 0 },
          ...{ budgetTicks: this.#leaseTicks, value: 1, payloadDigest: new Uint8Array(32) },
        }),
      );
      await this.#submit(signSubmission(domainsOf(file.genesis), submitterKey(file.seed, name), submitter, jobs));
      this.acknowledged.push(...jobs.map((job) => ({ submitter, number: job.number })));
    }
  }

  async #submit(frame: Uint8Array): Promise<void> {
    for (;;) {
      try {
        const answer = await this.#client.submit(frame);
        const refused = answer.taken
          ? answer.jobs.find(({ answer: said }) => said !== "accepted" && said !== "repeated")
          : answer;
        if (refused !== undefined) throw new Error(`a submission was refused: ${JSON.stringify(refused)}`);
        return;
      } catch (error) {
        if (!isUnanswered(error) || this.#hasGivenUp) throw error;
        this.retries++;
        await sleep(50);
      }
    }
  }
}

/** Whether nobody answered, so that the same may be asked again; a disk that is full takes nothing either. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof FabricError && (error.exitCode === 5 || error.code === "STORE_FULL");
}
