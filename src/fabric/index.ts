// The deterministic machine: what happens to jobs, and nothing else. Pure: no clock, no disk, no chain.
export { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
export {
  decodeGenesis,
  decodeInputs,
  decodeNodeMessageBody,
  encodeGenesis,
  encodeInputs,
  encodeNodeMessageBody,
  writeInputs,
} from "./codec.ts";
export type { Effects, Lease } from "./effects.ts";
export {
  type EventKind,
  EventLog,
  eventKinds,
  type FabricEvent,
  type IntakeRefusal,
  intakeRefusals,
} from "./events.ts";
export type { Genesis } from "./genesis.ts";
export * from "./inputs.ts";
export { classes, decodeJobs, encodeJobs, type Job, type JobClass, jobRow } from "./job.ts";
export { jobStatus } from "./jobTable.ts";
export { assertLaws, type LawName, type Violation, violations } from "./laws.ts";
export { type AsciiWord, asciiWord, LineWriter, lineBytesMax, textOf } from "./lineWriter.ts";
export { Machine, tickOf } from "./machine.ts";
export { isActive, type NodeState, nodeHealth } from "./nodeTable.ts";
export * from "./parameters.ts";
export { type Outcome, outcomes, type Reason, type Receipt, reasons } from "./receipt.ts";
export { type RouteSkew, routeSkews } from "./skew.ts";
export type { Snapshot } from "./snapshot.ts";
export { type Counters, type GovernanceBlock, type State, shardBit } from "./state.ts";
export { numberWindow } from "./submitterTable.ts";
