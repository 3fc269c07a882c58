import type { Effects } from "../effects.ts";
import type { Input } from "../inputs.ts";
import type { State } from "../state.ts";

/** 8. A checkpoint every `checkpointIntervalTicks`, at an owners' order, when much is on record, and on an orderly stop. */
export function checkpoint(state: State, inputs: readonly Input[], previousTick: number, effects: Effects): void {
  const interval = state.parameters?.checkpointIntervalTicks;
  if (interval !== undefined && Math.floor(state.tick / interval) > Math.floor(previousTick / interval))
    effects.checkpoint = true;
  if (inputs.some(({ kind }) => kind === "stopped" || kind === "checkpointDue")) effects.checkpoint = true;
  if (effects.checkpoint) effects.events.add("checkpoint", state.tick);
}
