import type { Backlog, Group } from "../backlog.ts";
import type { Effects } from "../effects.ts";
import type { GovernanceInput, Input, OrderInput } from "../inputs.ts";
import { jobStatus } from "../jobTable.ts";
import { changePlace, end, enqueue, interrupt, jobsOf, schedule } from "../lifecycle.ts";
import { isSlow, nodeHealth, skillColumns } from "../nodeTable.ts";
import { isPausedAt, type Parameters } from "../parameters.ts";
import { ShardState, type State, shardBit } from "../state.ts";
import { SubmitterState } from "../submitterTable.ts";

/** 1. What the owners decided comes into force, in the order in which the chain has it; then the shards' clocks move. */
export function ownerChanges(state: State, inputs: readonly Input[], effects: Effects): void {
  for (const input of inputs) {
    switch (input.kind) {
      case "governance":
        adopt(state, input, effects);
        break;
      case "order":
        carryOut(state, input, effects);
        break;
      case "chainSilent":
        state.silentTicks++;
        effects.events.add("chainSilent", state.tick, 0, 0, state.silentTicks);
        break;
    }
  }
  for (let shard = 1; shard < state.shards.length; shard++) if (!state.isPaused(shard)) state.shards[shard].clock++;
}

function adopt(state: State, input: GovernanceInput, effects: Effects): void {
  const { version, block, hash, time } = input;
  state.transport.governance = { version, block, hash: hash.slice(), time };
  state.silentTicks = 0;
  state.lagBlocks = Math.max(0, input.latest - block);
  state.governanceVersion = version;
  if (input.values !== null) adoptValues(state, input.values, effects);
  const { parameters } = state;
  if (parameters === undefined) return;
  setPaused(state, 0, parameters.retired || isPausedAt(parameters.pause, time), effects);
  for (let shard = 1; shard < state.shards.length; shard++)
    setPaused(state, shard, isPausedAt(state.shards[shard].parameters.pause, time), effects);
  for (const submitter of state.submitters.slice(1)) {
    const { expiry } = submitter.parameters;
    submitter.expired = expiry !== 0 && time >= expiry;
  }
}

function setPaused(state: State, scope: number, paused: boolean, effects: Effects): void {
  const holder = scope === 0 ? state : state.shards[scope];
  if (holder.paused === paused) return;
  holder.paused = paused;
  effects.events.add(paused ? "paused" : "resumed", state.tick, 0, 0, scope);
}

function adoptValues(state: State, values: Parameters, effects: Effects): void {
  state.parameters = values;
  values.shards.forEach((shard, index) => {
    const known = state.shards[index + 1];
    if (known === undefined) state.shards[index + 1] = new ShardState(shard, state.jobs);
    else known.parameters = shard;
  });
  values.submitters.forEach((submitter, index) => {
    const known = state.submitters[index + 1];
    if (known === undefined) state.submitters[index + 1] = new SubmitterState(submitter);
    else known.parameters = submitter;
  });
  state.adoptNodes(values);
  for (let number = 1; number < state.nodes.length; number++) {
    const node = state.nodes[number];
    Object.assign(node, skillColumns(node.parameters.skills));
    if (node.parameters.status === "removed") {
      for (const slot of jobsOf(state, number)) interrupt(state, effects, slot);
      node.health = nodeHealth.unheard;
    }
    judgeLatency(state, number, effects);
  }
  effects.events.add("governed", state.tick, 0, 0, state.governanceVersion, state.transport.governance.block);
  for (let shard = 1; shard < state.shards.length; shard++) {
    sendBackAboveBudget(state, shard, effects);
    parkAndUnpark(state, shard, effects);
  }
}

/** Marks a node that breaks its shard's latency budget, or lifts the mark. */
export function judgeLatency(state: State, number: number, effects: Effects): void {
  const node = state.nodes[number];
  const slow = isSlow(node, state.shards[node.parameters.shard].parameters);
  if (slow === node.slow) return;
  node.slow = slow;
  const { shard } = node.parameters;
  effects.events.add(slow ? "nodeSlow" : "nodeWithinBudget", state.tick, 0, 0, number, shard, node.latencyMs);
}

/** The newest jobs above a lowered budget go back to the head of the registry, where they keep their order. */
function sendBackAboveBudget(state: State, number: number, effects: Effects): void {
  const { jobs, newest } = state;
  const shard = state.shards[number];
  if (shard.room >= 0) return;
  newest.clear();
  for (const group of shard.queue.groups) newest.add(group);
  while (shard.room < 0 && newest.top !== undefined) {
    const slot = newest.top.tail;
    shard.queue.remove(slot);
    newest.topChanged();
    jobs.status[slot] = jobStatus.registry;
    shard.registry.pushFront(slot);
    effects.events.add("returned", state.tick, jobs.submitter[slot], jobs.number[slot], number);
  }
}

/** Jobs that nothing admitted can serve any more are parked; parked ones that something can are placed anew. */
function parkAndUnpark(state: State, number: number, effects: Effects): void {
  const { jobs } = state;
  const { queue, parked, registry } = state.shards[number];
  const fresh = shardBit(number);
  const hopeless = slotsWhere(state, queue, (group) => !state.isServable(number, group.skillSet, group.visited));
  for (const slot of hopeless) {
    queue.remove(slot);
    enqueue(state, effects, slot);
  }
  const hopeful = slotsWhere(state, parked, (group) => state.isServable(number, group.skillSet, fresh));
  for (const slot of hopeful.reverse()) {
    parked.remove(slot);
    jobs.visited[slot] = fresh;
    jobs.status[slot] = jobStatus.registry;
    registry.pushFront(slot);
    effects.events.add("unparked", state.tick, jobs.submitter[slot], jobs.number[slot], number);
  }
}

/** Slots of all jobs in the groups that `holds` is true of, in the order of admission. */
function slotsWhere(state: State, backlog: Backlog, holds: (group: Group) => boolean): number[] {
  const { jobs } = state;
  const slots: number[] = [];
  for (const group of backlog.groups) {
    if (group.count === 0 || !holds(group)) continue;
    for (let slot = group.head; slot !== 0; slot = jobs.next[slot]) slots.push(slot);
  }
  return slots.sort((a, b) => jobs.admission[a] - jobs.admission[b]);
}

function carryOut(state: State, { index, order }: OrderInput, effects: Effects): void {
  state.orders = index;
  effects.events.add("ordered", state.tick, 0, 0, index, state.transport.governance.block);
  switch (order.type) {
    case "checkpoint":
      effects.checkpoint = true;
      return;
    case "cancel":
      cancel(state, order.submitter, order.number, effects);
      return;
    case "move":
      moveBacklog(state, order.from, order.to, order.count, effects);
      return;
  }
}

/** Ends a live job, wherever it is. An owners' order is rare: it may walk the live jobs. */
function cancel(state: State, submitter: number, number: number, effects: Effects): void {
  const { jobs } = state;
  for (let slot = jobs.firstLive; slot !== 0; slot = jobs.nextLive[slot]) {
    if (jobs.submitter[slot] !== submitter || jobs.number[slot] !== number) continue;
    end(state, effects, slot, "cancelled", "ownersOrder");
    return;
  }
}

/**
 * Moves up to `count` waiting jobs of one shard that another can serve to that one's registry, the oldest first: those
 * queued, those in the registry, those parked. The new shard is their origin from now on: the old one may be retired.
 */
function moveBacklog(state: State, from: number, to: number, count: number, effects: Effects): void {
  const { jobs, oldest } = state;
  if (from === to || state.shards[from] === undefined || state.shards[to] === undefined) return;
  let left = count;
  const { queue, registry, parked } = state.shards[from];
  for (const backlog of [queue, registry, parked]) {
    oldest.clear();
    for (const group of backlog.groups)
      if (state.candidatesFor(to, group.skillSet).admittedCount > 0) oldest.add(group);
    for (; left > 0 && oldest.top !== undefined; left--) {
      const slot = oldest.top.head;
      backlog.remove(slot);
      oldest.topChanged();
      changePlace(state, slot, to);
      jobs.origin[slot] = to;
      jobs.visited[slot] |= shardBit(to);
      jobs.status[slot] = jobStatus.registry;
      state.shards[to].registry.pushBack(slot);
      schedule(state, slot);
      effects.events.add("moved", state.tick, jobs.submitter[slot], jobs.number[slot], from, to);
    }
  }
}
