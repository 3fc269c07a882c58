import type { Effects } from "../effects.ts";
import { classes } from "../job.ts";
import { attach, schedule } from "../lifecycle.ts";
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
  const { submitter, number, place, lease, attempts, deadline } = jobs;
  effects.events.add("assigned", state.tick, submitter[slot], number[slot], place[slot], node, lease[slot]);
  const ends = deadline[slot] === 0 ? jobs.leaseEnd[slot] : Math.min(jobs.leaseEnd[slot], deadline[slot]);
  effects.leases.push({
    lease: lease[slot],
    node,
    submitter: submitter[slot],
    number: number[slot],
    attempt: attempts[slot],
    class: classes[jobs.class[slot]],
    skills: state.skillSets.bits(jobs.skillSet[slot]),
    expiresInTicks: ends - shard.clock,
    value: jobs.value[slot],
    payloadDigest: jobs.payloadDigest.slice(slot * 32, slot * 32 + 32),
  });
}
