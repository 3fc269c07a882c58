import type { Effects } from "../effects.ts";
import { jobStatus } from "../jobTable.ts";
import { changePlace, end, interrupt, schedule } from "../lifecycle.ts";
import { nextRandom, randomOf } from "../random.ts";
import { type State, shardBit } from "../state.ts";
import { maxAttempts } from "./signals.ts";

/** Backoff before attempt n + 1 is 1 … 2^n ticks, drawn from the state's generator, n no more than this. */
const backoffDoublingsMax = 5;

/**
 * 5. Jobs past their deadline end; leases past their budget end; backoffs run out. Every job whose lease ended goes back
 * to its origin's registry with one attempt spent, or fails with its last one. All in the order of admission, so that
 * no list's layout decides.
 */
export function recovery(state: State, effects: Effects): void {
  fallDue(state, effects);
  const { jobs, lost } = state;
  for (const slot of lost.splice(0).sort((a, b) => jobs.admission[a] - jobs.admission[b])) {
    const { clock } = state.shards[jobs.place[slot]];
    if (jobs.deadline[slot] !== 0 && jobs.deadline[slot] <= clock)
      end(state, effects, slot, "expired", "deadlinePassed");
    else if (jobs.attempts[slot] >= maxAttempts(state)) end(state, effects, slot, "failed", "attemptsSpent");
    else requeue(state, effects, slot);
  }
}

function fallDue(state: State, effects: Effects): void {
  const { jobs } = state;
  for (let number = 1; number < state.shards.length; number++) {
    const shard = state.shards[number];
    const due: number[] = [];
    shard.calendar.takeDue(shard.scannedTo, shard.clock, due);
    shard.scannedTo = shard.clock;
    due.sort((a, b) => jobs.admission[a] - jobs.admission[b]);
    const released: number[] = [];
    for (const slot of due) {
      if (jobs.deadline[slot] !== 0 && jobs.deadline[slot] <= shard.clock) {
        end(state, effects, slot, "expired", "deadlinePassed");
      } else if (jobs.status[slot] === jobStatus.running) interrupt(state, effects, slot);
      else released.push(slot);
    }
    for (const slot of released.reverse()) {
      shard.delayed--;
      jobs.status[slot] = jobStatus.registry;
      jobs.releaseAt[slot] = 0;
      shard.registry.pushFront(slot);
      schedule(state, slot);
    }
  }
}

function requeue(state: State, effects: Effects, slot: number): void {
  const { jobs } = state;
  const origin = jobs.origin[slot];
  const shard = state.shards[origin];
  state.random = nextRandom(state.random);
  const backoffTicks = 1 + (randomOf(state.random) % 2 ** Math.min(jobs.attempts[slot], backoffDoublingsMax));
  changePlace(state, slot, origin);
  jobs.visited[slot] = shardBit(origin);
  jobs.status[slot] = jobStatus.delayed;
  jobs.releaseAt[slot] = shard.clock + backoffTicks;
  shard.delayed++;
  schedule(state, slot);
  state.counters.requeued++;
  const { submitter, number, attempts } = jobs;
  effects.events.add("requeued", state.tick, submitter[slot], number[slot], origin, attempts[slot], backoffTicks);
}
