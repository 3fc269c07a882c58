import { hash } from "node:crypto";
import { type TickStep, tickSteps } from "../orchestrator/index.ts";
import type { Play } from "./play.ts";

/** Where the orchestrator is killed. */
export type KillPlan = { readonly tick: number; readonly step: TickStep };

/** The point that the seed draws from the range that the scenario gives; null when the scenario kills nobody. */
export function killPlanOf({ scenario, manifest, seed }: Play): KillPlan | null {
  const fault = scenario.faults.find(({ kind }) => kind === "kill");
  if (fault?.kind !== "kill") return null;
  const draw = hash("sha256", `planetary-fabric/kill/v1/${seed}`, "buffer");
  const tick = fault.fromTick + (draw.readUInt32BE(0) % (fault.toTick - fault.fromTick + 1));
  const step = tickSteps[draw.readUInt32BE(4) % tickSteps.length];
  if (step !== "afterAnchorSent") return { tick, step };
  // Anchors are sent at checkpoints only.
  const interval = manifest.fabric.checkpointIntervalTicks;
  return { tick: Math.ceil(tick / interval) * interval, step };
}
