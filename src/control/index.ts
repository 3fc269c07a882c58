// The control socket of a running fabric: what can be asked and told there, from either side, and where it is found.
export * from "./api.ts";
export { ControlClient, type LeaseStream, notRunning } from "./client.ts";
export { type Desk, jobsMax, payloadLengthMax } from "./desk.ts";
export { type ControlLimits, controlLimits } from "./limits.ts";
export { ControlRefusal } from "./refusal.ts";
export {
  findRun,
  type OpenRun,
  openRun,
  type RunFile,
  type Running,
  removeRun,
  runFolder,
  runName,
  running,
  writeRun,
} from "./running.ts";
export { ControlServer } from "./server.ts";
export { shellWord } from "./shellWord.ts";
export { socketOf } from "./socket.ts";
