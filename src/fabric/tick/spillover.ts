import type { Group } from "../backlog.ts";
import type { Effects } from "../effects.ts";
import { spill, toOrigin } from "../lifecycle.ts";
import { type State, shardBit } from "../state.ts";

/**
 * 7. Jobs move along the owners' routes, in the owners' order, at most a batch a tick and shard: first those that no
 * active node at home can serve, the oldest first; those among them that came from elsewhere and have nowhere left to go
 * return to where they came from, if there is hope; then, while the weighted queues are further apart than the
 * threshold, those that came last, which have the longest wait before them here and lose no place by leaving.
 */
export function spillover(state: State, effects: Effects): void {
  if (state.outOfTouch) return;
  for (let from = 1; from < state.shards.length; from++) {
    const { parameters, queue } = state.shards[from];
    if (state.isPaused(from) || queue.count === 0) continue;
    let left = parameters.spillBatch;
    for (const to of parameters.routes) left -= spillUnservable(state, effects, from, to, left);
    left -= sendHome(state, effects, from, left);
    for (const to of parameters.routes) left -= spillExcess(state, effects, from, to, left);
  }
}

function spillUnservable(state: State, effects: Effects, from: number, to: number, most: number): number {
  const { oldest } = state;
  const target = state.shards[to];
  if (state.isPaused(to)) return 0;
  oldest.clear();
  for (const group of state.shards[from].queue.groups)
    if (state.candidatesFor(from, group.skillSet).activeCount === 0 && canMove(state, group, to)) oldest.add(group);
  let moved = 0;
  for (; moved < most && target.room > 0 && oldest.top !== undefined; moved++) {
    const slot = oldest.top.head;
    spill(state, effects, slot, to);
    oldest.topChanged();
  }
  return moved;
}

/**
 * Jobs that spilled here, whose nodes have fallen silent since, and that have been everywhere else: they begin anew in
 * their origin's registry if it is not paused and an active node there, or along its routes, can serve them. Without this they would wait
 * here for as long as the silence lasts.
 */
function sendHome(state: State, effects: Effects, from: number, most: number): number {
  const { jobs } = state;
  const stranded: number[] = [];
  for (const group of state.shards[from].queue.groups) {
    if (group.visited === shardBit(from) || state.candidatesFor(from, group.skillSet).activeCount > 0) continue;
    for (let slot = group.head, looked = 0; slot !== 0 && looked < most; slot = jobs.next[slot], looked++)
      if (isHopeful(state, jobs.origin[slot], group.skillSet)) stranded.push(slot);
  }
  stranded.sort((a, b) => jobs.admission[a] - jobs.admission[b]);
  const moving = stranded.slice(0, most);
  // Each goes to the head, so the oldest goes last.
  for (const slot of moving.toReversed()) toOrigin(state, effects, slot);
  return moving.length;
}

/** True when a job that begins anew in that shard can be served there, or can leave it for where it can. */
function isHopeful(state: State, shard: number, skillSet: number): boolean {
  if (state.isPaused(shard)) return false;
  const { routes } = state.shards[shard].parameters;
  return [shard, ...routes].some((at) => state.candidatesFor(at, skillSet).activeCount > 0);
}

function spillExcess(state: State, effects: Effects, from: number, to: number, most: number): number {
  const { newest } = state;
  const target = state.shards[to];
  if (state.isPaused(to) || !isUneven(state, from, to)) return 0;
  newest.clear();
  for (const group of state.shards[from].queue.groups) if (canMove(state, group, to)) newest.add(group);
  let moved = 0;
  for (; moved < most && target.room > 0 && newest.top !== undefined && isUneven(state, from, to); moved++) {
    const slot = newest.top.tail;
    spill(state, effects, slot, to);
    newest.topChanged();
  }
  return moved;
}

/** True when the jobs of a group may go to `to` and an active node there could serve them. */
export function canMove(state: State, group: Group, to: number): boolean {
  if (group.count === 0 || (group.visited & shardBit(to)) !== 0) return false;
  return state.candidatesFor(to, group.skillSet).activeCount > 0;
}

/** queue A / weight A - queue B / weight B > threshold, in whole numbers: all products stay below 2^53. */
function isUneven(state: State, from: number, to: number): boolean {
  const a = state.shards[from];
  const b = state.shards[to];
  const { weight, spillThreshold } = a.parameters;
  const difference = a.queue.count * b.parameters.weight - b.queue.count * weight;
  return difference > spillThreshold * weight * b.parameters.weight;
}
