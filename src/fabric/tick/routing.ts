import type { Effects } from "../effects.ts";
import { attach, leaseOf, schedule } from "../lifecycle.ts";
import type { State } from "../state.ts";

/** 6. For each shard that is not paused: the oldest job, by class and age, to the best node, while any fits. */
export function routing(state: State, effects: Effects): void {
  if (state.outOfTouch) return;
  const { oldest } = state;
  for (let shard = 1; shard < state.shards.length; shard++) {
    if (state.isPaused(shard)) continue;
    const { queue } = state.shards[shard];
    oldest.clear();
    for (const group of queue.groups)
      if (group.count > 0 && state.candidatesFor(shard, group.skillSet).best() !== 0) oldest.add(group);
    for (let group = oldest.top; group !== undefined; group = oldest.top) {
      const node = state.candidatesFor(shard, group.skillSet).best();
      if (node === 0) {
        oldest.dropTop();
        continue;
      }
      const slot = group.head;
      queue.remove(slot);
      oldest.topChanged();
      assign(state, effects, slot, node);
    }
  }
}

function assign(state: State, effects: Effects, slot: number, node: number): void {
  const { jobs } = state;
  const shard = state.shards[jobs.place[slot]];
  shard.calendar.remove(slot);
  jobs.attempts[slot]++;
  jobs.lease[slot] = ++state.leases;
  jobs.leaseEnd[slot] = shard.clock + jobs.budgetTicks[slot];
  attach(state, slot, node);
  schedule(state, slot);
  state.nodeChanged(node);
  const { submitter, number, place, lease } = jobs;
  effects.events.add("assigned", state.tick, submitter[slot], number[slot], place[slot], node, lease[slot]);
  effects.leases.push(leaseOf(state, slot));
}
