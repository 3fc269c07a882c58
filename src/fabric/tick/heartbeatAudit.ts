import type { Effects } from "../effects.ts";
import { interrupt, jobsOf } from "../lifecycle.ts";
import { nodeHealth } from "../nodeTable.ts";
import type { State } from "../state.ts";

/**
 * 4. A node that was silent for longer than interval × grace is suspect and gets no new work; one interval later it is
 * offline and its leases end. The node knows the rule and has stopped by itself by then. Ages follow the shard's clock,
 * which stands still in a pause, so a pause never makes a node offline.
 */
export function heartbeatAudit(state: State, effects: Effects): void {
  const { parameters } = state;
  if (parameters === undefined) return;
  for (let number = 1; number < state.nodes.length; number++) {
    const node = state.nodes[number];
    if (node.health !== nodeHealth.active && node.health !== nodeHealth.suspect) continue;
    const { shard, heartbeatSeconds } = node.parameters;
    const intervalTicks = Math.ceil((heartbeatSeconds * 1000) / parameters.tickMs);
    const age = state.shards[shard].clock - node.lastHeard;
    if (age > intervalTicks * (parameters.heartbeatGrace + 1)) {
      node.health = nodeHealth.offline;
      const slots = jobsOf(state, number);
      effects.events.add("nodeOffline", state.tick, 0, 0, number, shard, slots.length);
      for (const slot of slots) interrupt(state, effects, slot);
      state.nodeChanged(number);
    } else if (age > intervalTicks * parameters.heartbeatGrace && node.health === nodeHealth.active) {
      node.health = nodeHealth.suspect;
      effects.events.add("nodeSuspect", state.tick, 0, 0, number, shard);
      state.nodeChanged(number);
    }
  }
}
