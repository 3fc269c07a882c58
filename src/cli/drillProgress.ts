import type { News } from "../drill/index.ts";
import type { Standing } from "../orchestrator/index.ts";
import { bar, Live, type Screen } from "./live.ts";
import { count, countOf } from "./table.ts";

const barWidth = 30;

/** Shows how a drill goes on: queues against their budgets, jobs, nodes, checkpoints, and what the owners decide. */
export class DrillProgress {
  readonly #live: Live;
  readonly #shards: readonly string[];
  readonly #jobs: number;

  /** @param jobs that the scenario brings */
  constructor(screen: Screen, shards: readonly string[], jobs: number) {
    this.#live = new Live(screen);
    this.#shards = shards;
    this.#jobs = jobs;
  }

  tick(standing: Standing): void {
    this.#live.show(
      () => this.#picture(standing),
      () => this.#line(standing),
    );
  }

  news(news: News): void {
    if (news.kind === "decided") this.#live.say(`  tick ${news.tick}: ${news.sentence}`);
    else this.#live.say(`  tick ${news.tick}: the orchestrator was killed, and goes on.`);
  }

  end(): void {
    this.#live.end();
  }

  #picture({ tick, queues, budgets, counters, live, nodes, checkpoints }: Standing): string[] {
    const { completed, failed, expired, cancelled, interrupted, spilled } = counters;
    const width = Math.max(...this.#shards.map((shard) => shard.length));
    const bars = this.#shards.map((shard, index) => {
      const [queue, budget] = [queues[index] ?? 0, budgets[index] ?? 0];
      return `  ${shard.padEnd(width)}  ${bar(queue, budget, barWidth)}  ${count(queue)} of ${count(budget)} queued`;
    });
    const share = `${count(completed)} of ${countOf(this.#jobs, "job")} completed`;
    return [
      `  tick ${count(tick)}  ${bar(completed, this.#jobs, barWidth)}  ${share}`,
      ...bars,
      `  ${count(live)} live; ${count(failed + expired + cancelled)} failed, ${count(interrupted)} interrupted, ${count(spilled)} spilled`,
      `  ${nodes.active} of ${countOf(nodes.all, "node")} active; ${countOf(checkpoints, "checkpoint")} anchored`,
    ];
  }

  #line({ tick, live, queues, counters }: Standing): string {
    const queued = this.#shards.map((shard, index) => `${shard} ${count(queues[index])}`).join(", ");
    return `  tick ${tick}: ${countOf(counters.completed, "job")} completed, ${count(live)} live; queues: ${queued}`;
  }
}
