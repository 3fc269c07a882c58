import type { Effects, Lease } from "./effects.ts";
import { classes } from "./job.ts";
import { jobStatus } from "./jobTable.ts";
import { type Outcome, outcomes, type Reason, reasons } from "./receipt.ts";
import { type State, shardBit } from "./state.ts";

// What happens to a job whatever the reason: the moves between lists, each in one place, so that counts, calendars and
// events cannot disagree.

const noDigest = new Uint8Array(32);

/** Enters the job into the calendar of its place with the earliest of the times that concern it. */
export function schedule(state: State, slot: number): void {
  const { jobs } = state;
  const status = jobs.status[slot];
  const other =
    status === jobStatus.running ? jobs.leaseEnd[slot] : status === jobStatus.delayed ? jobs.releaseAt[slot] : 0;
  const deadline = jobs.deadline[slot];
  const due = deadline === 0 ? other : other === 0 ? deadline : Math.min(deadline, other);
  if (due !== 0) state.shards[jobs.place[slot]].calendar.add(slot, due);
}

/**
 * Gives the job another shard's clock: what was left of its deadline there is left of it here, and one tick where nothing
 * was, so that the calendar finds it.
 */
export function changePlace(state: State, slot: number, to: number): void {
  const { jobs } = state;
  const from = state.shards[jobs.place[slot]];
  from.calendar.remove(slot);
  if (jobs.deadline[slot] !== 0)
    jobs.deadline[slot] = state.shards[to].clock + Math.max(1, jobs.deadline[slot] - from.clock);
  jobs.place[slot] = to;
}

/** From the registry into the queue, or beside it when nothing the owners admitted could serve the job. */
export function enqueue(state: State, effects: Effects, slot: number): void {
  const { jobs } = state;
  const place = jobs.place[slot];
  const shard = state.shards[place];
  const skillSet = jobs.skillSet[slot];
  // Where waiting is in vain the job may go back to where it has been: what stood for it there or here has changed.
  if (!state.isServable(place, skillSet, jobs.visited[slot])) jobs.visited[slot] = shardBit(place);
  if (state.isServable(place, skillSet, jobs.visited[slot])) {
    jobs.status[slot] = jobStatus.queued;
    shard.queue.pushBack(slot);
    effects.events.add("queued", state.tick, jobs.submitter[slot], jobs.number[slot], place);
  } else {
    jobs.status[slot] = jobStatus.parked;
    shard.parked.pushBack(slot);
    effects.events.add("parked", state.tick, jobs.submitter[slot], jobs.number[slot], place);
  }
}

/** Takes a job out of the list that its status says it is in. */
export function unlist(state: State, slot: number): void {
  const { jobs } = state;
  const shard = state.shards[jobs.place[slot]];
  switch (jobs.status[slot]) {
    case jobStatus.registry:
      shard.registry.remove(slot);
      return;
    case jobStatus.queued:
      shard.queue.remove(slot);
      return;
    case jobStatus.parked:
      shard.parked.remove(slot);
      return;
    case jobStatus.delayed:
      shard.delayed--;
      return;
    case jobStatus.running:
      endLease(state, slot);
      return;
    case jobStatus.lost:
      if (state.lost.includes(slot)) state.lost.splice(state.lost.indexOf(slot), 1);
      return;
  }
}

/** Takes a running job off its node; the lease is void from now on. */
function endLease(state: State, slot: number): void {
  const { jobs } = state;
  const number = jobs.node[slot];
  const node = state.nodes[number];
  const before = jobs.previous[slot];
  const after = jobs.next[slot];
  if (before === 0) node.firstJob = after;
  else jobs.next[before] = after;
  if (after !== 0) jobs.previous[after] = before;
  node.load--;
  state.slotOfLease.delete(jobs.lease[slot]);
  state.nodeChanged(number);
}

/** Puts a job on a node's list of running jobs. */
export function attach(state: State, slot: number, number: number): void {
  const { jobs } = state;
  const node = state.nodes[number];
  jobs.status[slot] = jobStatus.running;
  jobs.node[slot] = number;
  jobs.previous[slot] = 0;
  jobs.next[slot] = node.firstJob;
  if (node.firstJob !== 0) jobs.previous[node.firstJob] = slot;
  node.firstJob = slot;
  node.load++;
  state.slotOfLease.set(jobs.lease[slot], slot);
}

/** Slots of the jobs that a node runs, by the number of their lease. */
export function jobsOf(state: State, number: number): number[] {
  const { jobs } = state;
  const slots: number[] = [];
  for (let slot = state.nodes[number].firstJob; slot !== 0; slot = jobs.next[slot]) slots.push(slot);
  return slots.sort((a, b) => jobs.lease[a] - jobs.lease[b]);
}

/** The lease of a running job, as its node is told of it now. */
export function leaseOf(state: State, slot: number): Lease {
  const { jobs } = state;
  const { clock } = state.shards[jobs.place[slot]];
  const deadline = jobs.deadline[slot];
  const ends = deadline === 0 ? jobs.leaseEnd[slot] : Math.min(jobs.leaseEnd[slot], deadline);
  return {
    lease: jobs.lease[slot],
    node: jobs.node[slot],
    submitter: jobs.submitter[slot],
    number: jobs.number[slot],
    attempt: jobs.attempts[slot],
    class: classes[jobs.class[slot]],
    skills: state.skillSets.bits(jobs.skillSet[slot]),
    expiresInTicks: ends - clock,
    value: jobs.value[slot],
    payloadDigest: jobs.payloadDigest.subarray(slot * 32, slot * 32 + 32),
  };
}

/** The job's last word: receipt, event, counter; its slot is free afterwards. */
export function end(
  state: State,
  effects: Effects,
  slot: number,
  outcome: Outcome,
  reason: Reason,
  resultDigest: Uint8Array = noDigest,
): void {
  const { jobs, counters } = state;
  unlist(state, slot);
  state.shards[jobs.place[slot]].calendar.remove(slot);
  counters[outcome]++;
  effects.receipts.push({
    submitter: jobs.submitter[slot],
    number: jobs.number[slot],
    outcome,
    reason,
    shard: jobs.place[slot],
    node: jobs.node[slot],
    attempts: jobs.attempts[slot],
    submittedTick: jobs.submittedTick[slot],
    endedTick: state.tick,
    value: jobs.value[slot],
    resultDigest,
  });
  const { submitter, number, node } = jobs;
  const [outcomeNumber, reasonNumber] = [outcomes[outcome], reasons[reason]];
  effects.events.add("ended", state.tick, submitter[slot], number[slot], outcomeNumber, reasonNumber, node[slot]);
  jobs.release(slot);
}

/** Ends a lease without a result; recovery decides in the same tick what becomes of the job. */
export function lose(state: State, slot: number): void {
  const { jobs } = state;
  unlist(state, slot);
  state.shards[jobs.place[slot]].calendar.remove(slot);
  jobs.status[slot] = jobStatus.lost;
  state.lost.push(slot);
}

/** `lose`, where the work was broken off: the node fell silent, was removed, or took too long. */
export function interrupt(state: State, effects: Effects, slot: number): void {
  const { jobs } = state;
  const { place, node, lease, submitter, number } = jobs;
  lose(state, slot);
  state.counters.interrupted++;
  effects.events.add("interrupted", state.tick, submitter[slot], number[slot], place[slot], node[slot], lease[slot]);
}

/** Moves a waiting job to the queue of a shard along a route. */
export function spill(state: State, effects: Effects, slot: number, to: number): void {
  const { jobs } = state;
  const from = jobs.place[slot];
  unlist(state, slot);
  changePlace(state, slot, to);
  jobs.visited[slot] |= shardBit(to);
  jobs.status[slot] = jobStatus.queued;
  state.shards[to].queue.pushBack(slot);
  schedule(state, slot);
  state.counters.spilled++;
  effects.events.add("spilled", state.tick, jobs.submitter[slot], jobs.number[slot], from, to);
}

/** A waiting job begins anew: at the head of its origin's registry, with every route open to it. */
export function toOrigin(state: State, effects: Effects, slot: number): void {
  const { jobs } = state;
  const origin = jobs.origin[slot];
  unlist(state, slot);
  changePlace(state, slot, origin);
  jobs.visited[slot] = shardBit(origin);
  jobs.status[slot] = jobStatus.registry;
  state.shards[origin].registry.pushFront(slot);
  schedule(state, slot);
  effects.events.add("returned", state.tick, jobs.submitter[slot], jobs.number[slot], origin);
}
