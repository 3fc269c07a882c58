import type { Effects } from "../effects.ts";
import type { Input, NodeMessageInput, RefusedInput } from "../inputs.ts";
import { refusals } from "../inputs.ts";
import { end, lose } from "../lifecycle.ts";
import { nodeHealth } from "../nodeTable.ts";
import type { State } from "../state.ts";
import { judgeLatency } from "./ownerChanges.ts";

/** 2. Heartbeats and results. A result counts only for the current lease of the node that sends it. */
export function signals(state: State, inputs: readonly Input[], effects: Effects): void {
  for (const input of inputs) {
    if (input.kind === "nodeMessage") hear(state, input, effects);
    else if (input.kind === "refused") countRefused(state, input, effects);
  }
}

function hear(state: State, message: NodeMessageInput, effects: Effects): void {
  const { node: number, seq } = message;
  const node = state.nodes[number];
  if (node === undefined || node.parameters.status === "removed") {
    countRefused(state, { kind: "refused", from: 0, reason: "unknownSender", count: 1 }, effects);
    return;
  }
  if (seq <= node.lastSeq) {
    countRefused(state, { kind: "refused", from: number, reason: "replay", count: 1 }, effects);
    return;
  }
  node.lastSeq = seq;
  if (message.heartbeat) state.transport.heartbeats++;
  node.lastHeard = state.shards[node.parameters.shard].clock;
  node.latencyMs = message.latencyMs;
  if (node.health !== nodeHealth.active) {
    node.health = nodeHealth.active;
    effects.events.add("nodeActive", state.tick, 0, 0, number, node.parameters.shard);
  }
  judgeLatency(state, number, effects);
  state.nodeChanged(number);
  for (const { lease, outcome, digest } of message.results) {
    const slot = state.slotOfLease.get(lease);
    if (slot === undefined || state.jobs.node[slot] !== number) {
      state.counters.refusedResults++;
      effects.events.add("resultRefused", state.tick, 0, 0, number, lease);
    } else if (outcome === "completed") {
      end(state, effects, slot, "completed", "none", digest);
    } else if (state.jobs.attempts[slot] >= maxAttempts(state)) {
      end(state, effects, slot, "failed", "reportedByNode");
    } else {
      lose(state, slot);
    }
  }
}

function countRefused(state: State, { from, reason, count }: RefusedInput, effects: Effects): void {
  state.transport.refusedMessages += count;
  effects.events.add("refusedMessages", state.tick, 0, 0, from, refusals.indexOf(reason), count);
}

export function maxAttempts(state: State): number {
  return state.parameters?.maxAttempts ?? 1;
}
