import type { News } from "../drill/index.ts";
import type { Standing } from "../orchestrator/index.ts";
import { bar, Live, type Screen } from "./live.ts";
import { count, countOf } from "./table.ts";

/** Characters of a bar at most and at least, and those that the words beside it take. */
const barMost = 30;
const barLeast = 5;
const wordsBeside = 36;

/** Shows how a drill goes on: queues against their budgets, jobs, nodes, checkpoints, and what the owners decide. */
export class DrillProgress {
  readonly #live: Live;
  readonly #shards: readonly string[];
  readonly #jobs: number;
  /** Tick of the newest checkpoint, which is anchored before its tick is over. */
  #anchoredTick = 0;
  #checkpoints = 0;

  /** @param jobs that the scenario brings */
  constructor(screen: Screen, shards: readonly string[], jobs: number) {
    this.#live = new Live(screen);
    this.#shards = shards;
    this.#jobs = jobs;
  }

  tick(standing: Standing): void {
    if (standing.checkpoints !== this.#checkpoints) this.#anchoredTick = standing.tick;
    this.#checkpoints = standing.checkpoints;
    this.#live.show(
      (columns) => this.#picture(standing, columns),
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

  #picture(standing: Standing, columns: number): string[] {
    const { tick, queues, budgets, counters, live, nodes, checkpoints } = standing;
    const { completed, failed, expired, interrupted, spilled } = counters;
    const now = `tick ${count(tick)}`;
    const names = Math.max(now.length, ...this.#shards.map((shard) => shard.length));
    const width = Math.min(barMost, Math.max(barLeast, columns - names - wordsBeside));
    const bars = this.#shards.map((shard, index) => {
      const [queue, budget] = [queues[index] ?? 0, budgets[index] ?? 0];
      return `  ${shard.padEnd(names)}  ${bar(queue, budget, width)}  ${count(queue)} of ${count(budget)} queued`;
    });
    const share = `${count(completed)} of ${countOf(this.#jobs, "job")} completed`;
    const anchored =
      checkpoints === 0
        ? "nothing anchored yet"
        : `last anchor: checkpoint ${count(checkpoints)}, tick ${count(this.#anchoredTick)}`;
    return [
      `  ${now.padEnd(names)}  ${bar(completed, this.#jobs, width)}  ${share}`,
      ...bars,
      `  ${count(live)} live; ${count(failed + expired)} failed, ${count(interrupted)} interrupted, ${count(spilled)} spilled`,
      `  ${nodes.active} of ${countOf(nodes.all, "node")} active; ${anchored}`,
    ];
  }

  #line({ tick, live, queues, counters }: Standing): string {
    const queued = this.#shards.map((shard, index) => `${shard} ${count(queues[index])}`).join(", ");
    const { completed, failed, expired } = counters;
    const lost = failed + expired;
    const done = `${countOf(completed, "job")} completed${lost === 0 ? "" : `, ${count(lost)} failed`}`;
    return `  tick ${tick}: ${done}, ${count(live)} live; queues: ${queued}`;
  }
}
