// Drills: a scenario played against real contracts by a real orchestrator that is killed, and what counts as passed.
export { type Check, checksOf, type Outcome } from "./acceptance.ts";
export { type Drill, type DrillSetup, drill, type RunName } from "./drill.ts";
export { type KillPlan, killPlanOf } from "./killPlan.ts";
export {
  type ClassFigures,
  type Flow,
  type Gap,
  type Mark,
  Measurements,
  type NodeFigures,
  type ShardFigures,
  type Skew,
} from "./measure.ts";
export { type Play, purposeOf } from "./play.ts";
export { type RehearsedTick, rehearse, type Timeline } from "./rehearsal.ts";
export type { News, Run } from "./run.ts";
