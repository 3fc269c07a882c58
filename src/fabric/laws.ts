import type { Effects } from "./effects.ts";
import { jobStatus } from "./jobTable.ts";
import type { Machine } from "./machine.ts";
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
  for (let slot = jobs.firstLive; slot !== 0; slot = jobs.nextLive[slot]) byStatus[jobs.status[slot]]++;
  const listed = { registry: 0, queued: 0, parked: 0, delayed: 0 };
  for (const { registry, queue, parked, delayed } of state.shards.slice(1)) {
    listed.registry += registry.count;
    listed.queued += queue.count;
    listed.parked += parked.count;
    listed.delayed += delayed;
    for (const backlog of [registry, queue, parked])
      check(
        "listsAgree",
        lengthOf(state, backlog.groups) === backlog.count,
        () => "a backlog's length is not its count",
      );
  }
  for (const name of ["registry", "queued", "parked", "delayed"] as const)
    check("listsAgree", listed[name] === byStatus[jobStatus[name]], () => {
      return `${listed[name]} jobs listed as ${name}, ${byStatus[jobStatus[name]]} say they are`;
    });
  const running = state.nodes.slice(1).reduce((sum, { load }) => sum + load, 0);
  check("listsAgree", running === byStatus[jobStatus.running], () => `nodes run ${running}, jobs say otherwise`);
  check("listsAgree", byStatus[0] + byStatus[jobStatus.lost] === 0, () => "a live job is nowhere");
  const live = listed.registry + listed.delayed + listed.queued + listed.parked + running;
  const ended = counters.completed + counters.failed + counters.expired + counters.cancelled;
  check("everyJobCounted", counters.submitted === live + ended, () => {
    return `${counters.submitted} submitted, ${live} live and ${ended} ended`;
  });
}

function lengthOf(state: State, groups: readonly { head: number }[]): number {
  let length = 0;
  for (const { head } of groups) for (let slot = head; slot !== 0; slot = state.jobs.next[slot]) length++;
  return length;
}

function checkNodes(state: State, check: Check): void {
  const { jobs, nodes } = state;
  let leases = 0;
  for (let number = 1; number < nodes.length; number++) {
    const { load, firstJob } = nodes[number];
    let length = 0;
    for (let slot = firstJob; slot !== 0; slot = jobs.next[slot], length++) {
      const mine = jobs.node[slot] === number && jobs.status[slot] === jobStatus.running;
      check("oneLease", mine && state.slotOfLease.get(jobs.lease[slot]) === slot, () => {
        return `job ${jobs.submitter[slot]}/${jobs.number[slot]} on node ${number}`;
      });
    }
    check("oneLease", length === load, () => `node ${number} lists ${length} jobs and counts ${load}`);
    leases += length;
  }
  check("oneLease", leases === state.slotOfLease.size, () => `${state.slotOfLease.size} leases for ${leases} jobs`);
}

function checkEffects(state: State, effects: Effects, check: Check): void {
  let ended = 0;
  for (const { kind, values, submitter, number } of effects.events) {
    const job = () => `job ${submitter}/${number}`;
    if (kind === "ended") ended++;
    if (kind === "assigned") {
      const [shard, node] = values;
      check("nothingWhilePaused", !state.isPaused(shard), job);
      check("governanceFresh", !state.outOfTouch, job);
      const { load, parameters } = state.nodes[node];
      check("nodeLimits", load <= parameters.maxConcurrency, () => `node ${node} runs ${load}`);
    }
    if (kind === "spilled") {
      const [from, to] = values;
      check("approvedRoutes", state.shards[from].parameters.routes.includes(to), job);
      check("nothingWhilePaused", !state.isPaused(from) && !state.isPaused(to) && !state.outOfTouch, job);
    }
  }
  check(
    "receiptsOnlyGrow",
    ended === effects.receipts.length,
    () => `${ended} ended, ${effects.receipts.length} receipts`,
  );
}
