import type { DurableMachine } from "../../src/journal/index.ts";
import { type Books, Broken } from "./books.ts";
import type { Disk } from "./disk.ts";

/**
 * Holds what was recovered against what the process before left in memory, which nobody has in the real world. That may
 * be one record behind: it was written, and not obeyed.
 * @throws Broken
 */
export function compareRecovered(
  recovered: DurableMachine,
  remains: DurableMachine | undefined,
  disk: Disk,
  books: Books,
): void {
  const { lastStep } = recovered.recovery;
  const { tick } = recovered.machine;
  if (tick < disk.durableTick)
    throw new Broken("nothingLost", `tick ${disk.durableTick} was on disk, and ${tick} is the last one now`);
  disk.recovered(tick);
  if (remains !== undefined) {
    const { machine } = remains;
    if (tick < machine.tick)
      throw new Broken("nothingLost", `tick ${machine.tick} was obeyed, and ${tick} is the last one now`);
    if (tick > machine.tick && lastStep !== undefined) machine.step(lastStep.inputs);
    if (tick !== machine.tick) throw new Broken("nothingLost", `tick ${tick} came from nowhere`);
    const [before, after] = [machine.snapshot(), recovered.machine.snapshot()];
    for (const part of ["state", "transport"] as const)
      if (Buffer.compare(before[part], after[part]) !== 0) throw new Broken("sameState", `${part} of tick ${tick}`);
  }
  if (lastStep !== undefined && tick > books.tick) books.see(lastStep.inputs, lastStep.effects, recovered.machine);
}
