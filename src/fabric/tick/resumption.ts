import type { Effects } from "../effects.ts";
import type { Input } from "../inputs.ts";
import { schedule } from "../lifecycle.ts";
import { leasesOfEpoch, type State } from "../state.ts";

/**
 * 0. The orchestrator did not exist for some ticks. Deadlines count them; heartbeat ages and leases start anew, since
 * nobody could hear the nodes. In a new epoch it numbers its leases where no orchestrator of another one does: what a node
 * signed for one that was replaced, and that goes on from the same journal, is about no lease of its own.
 */
export function resumption(state: State, inputs: readonly Input[], effects: Effects): void {
  for (const input of inputs) {
    if (input.kind === "claimed") state.leases = Math.max(state.leases, input.epoch * leasesOfEpoch);
    if (input.kind !== "resumed") continue;
    const { jobs, shards } = state;
    for (let shard = 1; shard < shards.length; shard++)
      if (!state.isPaused(shard)) shards[shard].clock += input.downTicks;
    for (const node of state.nodes.slice(1)) {
      const { clock, calendar } = shards[node.parameters.shard];
      node.lastHeard = clock;
      for (let slot = node.firstJob; slot !== 0; slot = jobs.next[slot]) {
        calendar.remove(slot);
        jobs.leaseEnd[slot] = clock + jobs.budgetTicks[slot];
        schedule(state, slot);
      }
    }
    effects.events.add("restarted", state.tick, 0, 0, input.downTicks);
  }
}
