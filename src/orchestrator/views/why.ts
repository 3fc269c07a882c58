import type { EndedJobView, LiveJobView, WhyView } from "../../control/index.ts";
import {
  isActive,
  isPausedAt,
  type Machine,
  nodeHealth,
  type PauseScope,
  type State,
  shardBit,
} from "../../fabric/index.ts";
import { liveSlot, skillNames } from "./job.ts";
import { instant, inTicks } from "./time.ts";
import { jobsBefore } from "./turn.ts";

/** Nodes that are named, of those that could serve a job. */
const nodesNamed = 20;

/** What became of a job, in words. */
export function whyEnded({ state }: Machine, job: EndedJobView): WhyView {
  const tickMs = state.parameters?.tickMs ?? 0;
  const { submittedTick, endedTick, shard, node, attempts } = job;
  const details = [
    `It was taken in at tick ${submittedTick}, and ended ${inTicks(endedTick - submittedTick, tickMs)} later in ${shard}.`,
    attempts === 0 ? "It was given to no node." : `It had ${attempt(attempts)}; ${node} ran it last.`,
    `Its receipt has the index ${job.index}; \`fabric job watch ${nameOf(job)}\` shows it with its proof.`,
  ];
  return { job, sentence: `${nameOf(job)} ${endOf(job)}.`, details };
}

/** Where a job is, and what it waits for. */
export function whyLive(machine: Machine, job: LiveJobView): WhyView {
  const slot = liveSlot(machine.state, job);
  if (slot === 0) throw new RangeError(`${nameOf(job)} lives no more`);
  const { sentence, details } = new Waiting(machine, job, slot).explain();
  return { job, sentence: `${nameOf(job)} ${sentence}.`, details };
}

type Explanation = { readonly sentence: string; readonly details: readonly string[] };

/** One live job and what surrounds it. */
class Waiting {
  readonly #state: State;
  readonly #machine: Machine;
  readonly #job: LiveJobView;
  readonly #slot: number;
  readonly #place: number;
  readonly #tickMs: number;

  constructor(machine: Machine, job: LiveJobView, slot: number) {
    this.#machine = machine;
    this.#state = machine.state;
    this.#job = job;
    this.#slot = slot;
    this.#place = machine.state.jobs.place[slot];
    this.#tickMs = machine.state.parameters?.tickMs ?? 0;
  }

  explain(): Explanation {
    const { sentence, details } = this.#what();
    return { sentence, details: [...details, ...this.#common()] };
  }

  #what(): Explanation {
    switch (this.#job.state) {
      case "registered":
        return this.#registered();
      case "delayed":
        return this.#delayed();
      case "queued":
        return this.#queued();
      case "parked":
        return this.#parked();
      case "running":
        return this.#running();
    }
  }

  #registered(): Explanation {
    const { queue, registry, room, parameters } = this.#state.shards[this.#place];
    const before = jobsBefore(this.#state, registry, this.#slot, () => true);
    const { name, queueBudget } = parameters;
    const full = `the queue of ${name} has ${count(queue.count)} jobs, and ${count(queueBudget)} are its budget`;
    if (room > before)
      return { sentence: `is in the registry of ${name}, and enters its queue in the next tick`, details: [] };
    return {
      sentence: `waits in the registry of ${name} behind ${jobs(before)}: ${full}`,
      details: this.#standstills().map((reason) => `The queue stands still: ${reason}.`),
    };
  }

  #delayed(): Explanation {
    const { attempts, shard, releaseInTicks } = this.#job;
    const left = this.#ticks(releaseInTicks ?? 0);
    return {
      sentence: `waits before ${this.#attempt(attempts + 1)}: it goes back to the registry of ${shard} in ${left}`,
      details: this.#state.isPaused(this.#place)
        ? this.#standstills().map((reason) => `That time stands still: ${reason}.`)
        : [],
    };
  }

  #queued(): Explanation {
    const { shard } = this.#job;
    const [reason, ...more] = this.#standstills();
    if (reason !== undefined) {
      return {
        sentence: `waits in the queue of ${shard}: ${reason}`,
        details: more.map((other) => `And ${other}.`),
      };
    }
    const able = this.#ableIn(this.#place).filter((number) => isActive(this.#state.nodes[number]));
    if (able.length === 0) {
      return {
        sentence: `waits in the queue of ${shard}: no node there${this.#withSkills()} may be given work`,
        details: [...this.#nodeDetails([this.#place]), ...this.#routeDetails()],
      };
    }
    const before = jobsBefore(this.#state, this.#state.shards[this.#place].queue, this.#slot, (skillSet) =>
      able.some((number) => this.#hasSkills(number, skillSet)),
    );
    const free = able.reduce((sum, number) => {
      const { load, parameters } = this.#state.nodes[number];
      return sum + Math.max(0, parameters.maxConcurrency - load);
    }, 0);
    if (free > before)
      return { sentence: `waits in the queue of ${shard}, and is given to a node in the next tick`, details: [] };
    const slots = able.length === 1 ? "the one node" : `one of the ${able.length} nodes`;
    const others = before === 0 ? "" : `, behind ${jobs(before)} that they could take`;
    return {
      sentence: `waits in the queue of ${shard} for a free slot on ${slots}${this.#withSkills()}${others}`,
      details: [...this.#nodeDetails([this.#place]), ...this.#routeDetails()],
    };
  }

  #parked(): Explanation {
    const { shard } = this.#job;
    const routes = this.#routes();
    const along =
      routes.length === 0
        ? " there, and it has no routes"
        : `, there or along its routes (${this.#shardNames(routes)})`;
    return {
      sentence: `is parked in ${shard}: the owners have admitted no node${this.#withSkills()}${along}`,
      details: [
        ...this.#nodeDetails([this.#place, ...routes]),
        "It is placed anew as soon as the owners admit such a node, give one the skills, or open a route to one.",
      ],
    };
  }

  #running(): Explanation {
    const { node, attempts, leaseEndsInTicks } = this.#job;
    const { nodes, jobs: table } = this.#state;
    const { health } = nodes[table.node[this.#slot]];
    const details = this.#state.isPaused(this.#place)
      ? this.#standstills().map(
          (reason) => `Its node may finish it, and the lease does not run out meanwhile: ${reason}.`,
        )
      : [];
    if (health === nodeHealth.suspect)
      details.push(`${node} has been silent for longer than it may; if it stays so, another attempt is made.`);
    const left = this.#ticks(leaseEndsInTicks ?? 0);
    return { sentence: `runs on ${node}, ${this.#attempt(attempts)}, with ${left} of its lease left`, details };
  }

  /** What is worth knowing of every live job. */
  #common(): string[] {
    const { submittedTick, origin, shard, deadlineInTicks } = this.#job;
    const ticks = this.#machine.tick - submittedTick;
    const age = ticks === 0 ? "just now" : `${this.#ticks(ticks)} ago`;
    const moved = origin === shard ? "" : `, and moved on to ${shard}`;
    return [
      `It was taken in by ${origin} ${age}, at tick ${submittedTick}${moved}.`,
      ...(deadlineInTicks === null ? [] : [`It expires in ${this.#ticks(deadlineInTicks)}, pauses not counted.`]),
    ];
  }

  /** Why nothing in the job's shard is given to nodes at all; the gravest first. */
  #standstills(): string[] {
    const { parameters, shards, silentTicks, lagBlocks, genesis, outOfTouch } = this.#state;
    const { maxSilentTicks, maxLagBlocks } = genesis;
    const { name, pause } = shards[this.#place].parameters;
    const found: string[] = [];
    if (parameters?.retired === true)
      found.push("the owners have retired the fabric, and no node is given work any more");
    if (parameters !== undefined) found.push(...this.#pause("the fabric", parameters.pause));
    found.push(...this.#pause(name, pause));
    if (outOfTouch && silentTicks > maxSilentTicks)
      found.push(
        `the chain has not answered for ${this.#ticks(silentTicks)}, and nodes are given work for ` +
          `${this.#ticks(maxSilentTicks)} without it`,
      );
    if (outOfTouch && lagBlocks > maxLagBlocks)
      found.push(
        `the block in force is ${count(lagBlocks)} behind the newest, and nodes are given work up to ` +
          `${count(maxLagBlocks)} behind`,
      );
    return found;
  }

  #pause(what: string, scope: PauseScope): string[] {
    const { time } = this.#machine.governance;
    if (!isPausedAt(scope, time)) return [];
    const until = `until ${instant(scope.guardianUntil)}, by the chain's clock`;
    if (!scope.ownerPaused) return [`a guardian has paused ${what} ${until}`];
    return [
      `the owners have paused ${what}, until they resume it${time < scope.guardianUntil ? `; a guardian has, too, ${until}` : ""}`,
    ];
  }

  /** What stands between the job and each node of these shards; those that have the skills, where there are any. */
  #nodeDetails(shards: readonly number[]): string[] {
    const able = shards.flatMap((shard) => this.#ableIn(shard));
    const shown = able.length > 0 ? able : shards.flatMap((shard) => this.#state.shards[shard].nodes);
    if (shown.length === 0) return [`There is no node in ${this.#shardNames(shards)}.`];
    const lines = shown.slice(0, nodesNamed).map((number) => this.#nodeDetail(number));
    const more = shown.length - lines.length;
    return more === 0 ? lines : [...lines, `And ${count(more)} more nodes.`];
  }

  #nodeDetail(number: number): string {
    const { parameters, health, load, lastHeard, slow, latencyMs } = this.#state.nodes[number];
    const { name, shard, status, maxConcurrency, skills } = parameters;
    const place = this.#state.shards[shard];
    const missing = skillNames(this.#state, this.#state.jobs.skillSet[this.#slot]).filter(
      (skill) => ((skills >> BigInt(this.#state.parameters?.skills.indexOf(skill) ?? 0)) & 1n) === 0n,
    );
    const silent = this.#ticks(place.clock - lastHeard);
    const faults = [
      ...(missing.length > 0 ? [`lacks ${missing.join(" and ")}`] : []),
      ...(status === "draining" ? ["is draining: the owners let it finish, and give it nothing new"] : []),
      ...(health === nodeHealth.unheard ? ["was never heard of"] : []),
      ...(health === nodeHealth.suspect ? [`is suspect: silent for ${silent}`] : []),
      ...(health === nodeHealth.offline ? [`is offline: silent for ${silent}`] : []),
      ...(slow
        ? [`is slow: it reports ${count(latencyMs)} ms, and ${count(place.parameters.latencyBudgetMs)} are allowed`]
        : []),
      ...(load >= maxConcurrency ? [`is full: it runs ${count(load)} of ${count(maxConcurrency)}`] : []),
    ];
    if (faults.length === 0) return `${name} could take it: it runs ${count(load)} of ${count(maxConcurrency)}.`;
    return `${name} ${faults.join("; ")}.`;
  }

  /** Why the job does not leave along each route. */
  #routeDetails(): string[] {
    const { shards, jobs: table } = this.#state;
    const from = shards[this.#place].parameters;
    return from.routes.map((to) => {
      const { name, queueBudget } = shards[to].parameters;
      const isActiveThere = this.#ableIn(to).some((number) => isActive(this.#state.nodes[number]));
      const route = `The route to ${name}`;
      if ((table.visited[this.#slot] & shardBit(to)) !== 0) return `${route}: it was there already in this attempt.`;
      if (!isActiveThere) return `${route}: no node there${this.#withSkills()} may be given work.`;
      if (this.#state.isPaused(to)) return `${route}: ${name} is paused.`;
      if (shards[to].room <= 0) return `${route}: the queue of ${name} is full (${jobs(queueBudget)}).`;
      return `${route} is open, for ${jobs(from.spillBatch)} in a tick${
        this.#ableIn(this.#place).some((number) => isActive(this.#state.nodes[number]))
          ? `, once the queue of ${from.name} is longer by more than ${count(from.spillThreshold)}`
          : ""
      }.`;
    });
  }

  #routes(): readonly number[] {
    return this.#state.shards[this.#place].parameters.routes;
  }

  /** Numbers of the nodes of a shard that have the job's skills. */
  #ableIn(shard: number): number[] {
    const { shards, jobs: table } = this.#state;
    return shards[shard].nodes.filter((number) => this.#hasSkills(number, table.skillSet[this.#slot]));
  }

  #hasSkills(number: number, skillSet: number): boolean {
    const wanted = this.#state.skillSets.bits(skillSet);
    return (this.#state.nodes[number].parameters.skills & wanted) === wanted;
  }

  /** " with the skills gpu and vision"; nothing when any node will do. */
  #withSkills(): string {
    const { skills } = this.#job;
    return skills.length === 0 ? "" : ` with the ${skills.length === 1 ? "skill" : "skills"} ${skills.join(" and ")}`;
  }

  #attempt(number: number): string {
    return `attempt ${number} of ${this.#state.parameters?.maxAttempts ?? 1}`;
  }

  #shardNames(shards: readonly number[]): string {
    return shards.map((shard) => this.#state.shards[shard].parameters.name).join(", ");
  }

  #ticks(ticks: number): string {
    return inTicks(ticks, this.#tickMs);
  }
}

function endOf({ outcome, reason, endedTick, node, attempts }: EndedJobView): string {
  const at = `at tick ${endedTick}`;
  switch (reason) {
    case "none":
      return `was completed ${at} by ${node}`;
    case "attemptsSpent":
      return `failed ${at}: none of its ${attempt(attempts)} brought a result`;
    case "reportedByNode":
      return `failed ${at}: ${node} reported that it could not be done, and it was the last attempt`;
    case "deadlinePassed":
      return `expired ${at}: its deadline passed before it was done`;
    case "ownersOrder":
      return `was ${outcome} ${at} by the owners' order`;
  }
}

function nameOf({ submitter, number }: { readonly submitter: string; readonly number: number }): string {
  return `${submitter}/${number}`;
}

function attempt(attempts: number): string {
  return `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}

function jobs(amount: number): string {
  return amount === 1 ? "one job" : amount === 0 ? "no other job" : `${count(amount)} jobs`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
