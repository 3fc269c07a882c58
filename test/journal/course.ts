import { type Input, Machine } from "../../src/fabric/index.ts";
import { Fleet, genesis, governance, job, jobs, twoShards } from "../fabric/world.ts";

/** The last tick of the course. */
export const courseTicks = 40;

/**
 * The inputs of a short run, tick by tick: jobs come in, are spilled and done; a node falls silent and comes back; a
 * checkpoint every five ticks and one at the end.
 */
export const course: readonly (readonly Input[])[] = record();

function record(): Input[][] {
  const machine = new Machine(genesis);
  const fleet = new Fleet();
  fleet.durationOf = ({ lease }) => 1 + (lease % 3);
  fleet.isSilent = (node, tick) => node === 2 && tick > 12 && tick < 25;
  const ticks: Input[][] = [];
  for (let tick = 1; tick <= courseTicks; tick++) {
    const inputs: Input[] = [];
    if (tick === 1)
      inputs.push(governance(twoShards((values) => Object.assign(values, { checkpointIntervalTicks: 5 }))));
    inputs.push(...fleet.messages(tick, 2));
    if (tick < 30) inputs.push(jobs(1, ...[1, 2, 3].map((each) => job(tick * 3 + each, { shard: 1 + (each % 2) }))));
    if (tick === courseTicks) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    fleet.take(machine.step(inputs));
    ticks.push(inputs);
  }
  return ticks;
}
