// Documents that people write: manifests and scenarios, read with line and column, and the load they mean.

export {
  type Blueprint,
  type BlueprintNames,
  blueprintDefaults,
  blueprintSchema,
  blueprintsOf,
  budgetFor,
  contradictions,
  decodeWork,
  encodeWork,
  jobName,
  readBlueprints,
  type Work,
} from "./blueprint.ts";
export { type Checked, checkDocument, type PlacedWarning } from "./check.ts";
export { apportion, demandOf, type ShardDemand, type TemplateDemand, withJobs } from "./demand.ts";
export { type Frozen, JsonDocument, type Path } from "./document.ts";
export { type Load, type LoadRow, loadOf, manifestWarnings, type NodeLoad, type Warning } from "./load.ts";
export {
  type Manifest,
  type ManifestNode,
  type ManifestShard,
  manifestOf,
  manifestSchema,
  readManifest,
} from "./manifest.ts";
export { missionSchema, readMission } from "./missions.ts";
export { type KeyOf, parametersOf, skillBits } from "./parameters.ts";
export { readRegularFile } from "./regularFile.ts";
export {
  type Acceptance,
  type Arrival,
  type Fault,
  type JobTemplate,
  type OwnerChange,
  type Scenario,
  scenarioOf,
  scenarioSchema,
} from "./scenario.ts";
export { type LoadedScenario, readScenario, scenarioNames, scenarioWithManifest } from "./scenarios.ts";
