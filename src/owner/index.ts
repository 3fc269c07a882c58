// What owners and guardians decide: the changes there are, what they mean in words, and how they are signed and executed.
export * from "./batch.ts";
export { catalogue, type PlannedChange, planChange, type Severity } from "./catalogue.ts";
export {
  allRouters,
  type Change,
  type ChangeKind,
  type ChangeParameters,
  changeForms,
  changeOf,
  describeParameters,
  isChangeKind,
  type ParameterDescription,
  wholeFabric,
} from "./changes.ts";
export { type Deciders, decide, decideByOwners, decidePlanned, type OwnerLogEntry } from "./decide.ts";
export { type ExecutedBatch, readConstituted, readExecuted } from "./executed.ts";
export { type FoundingPlan, found, foundingSentence } from "./founding.ts";
export { type PracticeKeys, practiceKeys, practiceThreshold } from "./practice.ts";
export {
  helpOf,
  type Operand,
  parametersIn,
  type Spelling,
  spell,
  spellings,
  understand,
  usageOf,
} from "./spelling.ts";
export { readWorld, type World } from "./world.ts";
