import type { Backlog } from "./backlog.ts";
import type { Effects } from "./effects.ts";
import { jobStatus } from "./jobTable.ts";
import type { Machine } from "./machine.ts";
import { isPausedAt } from "./parameters.ts";
import type { State } from "./state.ts";

/** What must hold after every tick, whatever the inputs were. */
export const laws = {
  everyJobCounted: "submitted = in registries + queued + running + parked + completed + failed + expired + cancelled",
  listsAgree: "each list holds the jobs whose status says so, and counts them right",
  nodeLimits: "no node runs more than its limit, unless the limit was lowered below what it ran",
  oneLease: "no job is on two live leases, and every live lease is that of the node that runs the job",
  queueBudgets: "no queue is above its budget",
  approvedRoutes: "no job spills off an approved route",
  nothingWhilePaused: "nothing is dispatched or spilled while paused, retired or out of touch with the chain",
  receiptsOnlyGrow: "each job that ended in this tick left one receipt, and no other did",
  governanceFresh: "nothing is dispatched under governance that is more than maxLagBlocks old",
} as const;
export type LawName = keyof typeof laws;
export type Violation = { readonly law: LawName; readonly detail: string };

/** Thrown by `assertLaws`: the machine is wrong, and must not go on. */
export class LawViolated extends Error {
  override readonly name = "LawViolated";
  readonly violations: readonly Violation[];

  constructor(tick: number, found: readonly Violation[]) {
    super(`tick ${tick}: ${found.map(({ law, detail }) => `${laws[law]}: ${detail}`).join("; ")}`);
    this.violations = found;
  }
}

/** @throws LawViolated */
export function assertLaws(machine: Machine, effects: Effects): void {
  const found = violations(machine, effects);
  if (found.length > 0) throw new LawViolated(machine.tick, found);
}

/** Every law that does not hold after the tick with these effects. Walks all live jobs. */
export function violations(machine: Machine, effects: Effects): Violation[] {
  const { state } = machine;
  const found: Violation[] = [];
  const check = (law: LawName, holds: boolean, detail: () => string) => {
    if (!holds) found.push({ law, detail: detail() });
  };
  checkCounts(state, check);
  checkNodes(state, check);
  for (const [index, { queue, parameters }] of state.shards.slice(1).entries())
    check("queueBudgets", queue.count <= parameters.queueBudget, () => {
      return `shard ${index + 1} has ${queue.count} queued, its budget is ${parameters.queueBudget}`;
    });
  checkEffects(state, effects, check);
  return found;
}

type Check = (law: LawName, holds: boolean, detail: () => string) => void;

function checkCounts(state: State, check: Check): void {
  const { jobs, counters } = state;
  const byStatus = [0, 0, 0, 0, 0, 0, 0];
  const live = slotsOf(state, jobs.firstLive, jobs.nextLive);
  for (const slot of live) byStatus[jobs.status[slot]]++;
  check("listsAgree", live.length === jobs.count, () => `${live.length} live jobs listed, ${jobs.count} counted`);
  const listed = { registry: 0, queued: 0, parked: 0, delayed: 0 };
  for (const [index, shard] of state.shards.entries()) {
    if (index === 0) continue;
    listed.registry += checkBacklog(state, index, "registry", shard.registry, check);
    listed.queued += checkBacklog(state, index, "queued", shard.queue, check);
    listed.parked += checkBacklog(state, index, "parked", shard.parked, check);
    listed.delayed += shard.delayed;
  }
  for (const name of ["registry", "queued", "parked", "delayed"] as const)
    check("listsAgree", listed[name] === byStatus[jobStatus[name]], () => {
      return `${listed[name]} jobs listed as ${name}, ${byStatus[jobStatus[name]]} say they are`;
    });
  const running = state.nodes.slice(1).reduce((sum, { load }) => sum + load, 0);
  check("listsAgree", running === byStatus[jobStatus.running], () => `nodes run ${running}, jobs say otherwise`);
  check("listsAgree", byStatus[0] + byStatus[jobStatus.lost] === 0, () => "a live job is nowhere");
  const accounted = listed.registry + listed.delayed + listed.queued + listed.parked + running;
  const ended = counters.completed + counters.failed + counters.expired + counters.cancelled;
  check("everyJobCounted", counters.submitted === accounted + ended, () => {
    return `${counters.submitted} submitted, ${accounted} live and ${ended} ended`;
  });
}

/** Returns how many jobs the list counts. */
function checkBacklog(
  state: State,
  shard: number,
  status: keyof typeof jobStatus,
  { groups, count }: Backlog,
  check: Check,
): number {
  const { jobs } = state;
  const slots = groups.flatMap(({ head }) => slotsOf(state, head, jobs.next));
  const isIn = (slot: number) => jobs.place[slot] === shard && jobs.status[slot] === jobStatus[status];
  check("listsAgree", slots.length === count && slots.every(isIn), () => {
    return `shard ${shard} lists ${slots.length} jobs as ${status} and counts ${count}`;
  });
  return count;
}

/** The slots of a list. One that runs in a circle is cut off behind the length that it could have at most. */
function slotsOf({ jobs }: State, head: number, links: Int32Array): number[] {
  const slots: number[] = [];
  for (let slot = head; slot !== 0 && slots.length <= jobs.count; slot = links[slot]) slots.push(slot);
  return slots;
}

function checkNodes(state: State, check: Check): void {
  const { jobs, nodes } = state;
  let leases = 0;
  for (let number = 1; number < nodes.length; number++) {
    const { load, firstJob } = nodes[number];
    const slots = slotsOf(state, firstJob, jobs.next);
    for (const slot of slots) {
      const mine = jobs.node[slot] === number && jobs.status[slot] === jobStatus.running;
      check("oneLease", mine && state.slotOfLease.get(jobs.lease[slot]) === slot, () => {
        return `job ${jobs.submitter[slot]}/${jobs.number[slot]} on node ${number}`;
      });
    }
    check("oneLease", slots.length === load, () => `node ${number} lists ${slots.length} jobs and counts ${load}`);
    leases += slots.length;
  }
  check("oneLease", leases === state.slotOfLease.size, () => `${state.slotOfLease.size} leases for ${leases} jobs`);
}

/** Read from the parameters themselves, and not from what the machine made of them. */
function isStopped({ genesis, parameters, silentTicks, transport }: State, shard: number): boolean {
  const { time } = transport.governance;
  if (parameters === undefined || parameters.retired || silentTicks > genesis.maxSilentTicks) return true;
  return isPausedAt(parameters.pause, time) || isPausedAt(parameters.shards[shard - 1].pause, time);
}

function checkEffects(state: State, effects: Effects, check: Check): void {
  const ended: string[] = [];
  for (const { kind, values, submitter, number } of effects.events) {
    const job = () => `job ${submitter}/${number}`;
    if (kind === "ended") ended.push(job());
    if (kind === "assigned") {
      const [shard, node] = values;
      check("nothingWhilePaused", !isStopped(state, shard), job);
      check("governanceFresh", state.lagBlocks <= state.genesis.maxLagBlocks, job);
      const { load, parameters } = state.nodes[node];
      check("nodeLimits", load <= parameters.maxConcurrency, () => `node ${node} runs ${load}`);
    }
    if (kind === "spilled") {
      const [from, to] = values;
      check("approvedRoutes", state.shards[from].parameters.routes.includes(to), job);
      check("nothingWhilePaused", !isStopped(state, from) && !isStopped(state, to), job);
    }
  }
  const left = effects.receipts.map(({ submitter, number }) => `job ${submitter}/${number}`);
  check("receiptsOnlyGrow", ended.join() === left.join(), () => `ended: ${ended.join()}; receipts: ${left.join()}`);
}
