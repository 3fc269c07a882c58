// A node in a process of its own: takes signed leases, does the work, and answers for it with its key.
export { ChainSight } from "./chainSight.ts";
export { CommandRunner } from "./commandRunner.ts";
export { HttpRunner } from "./httpRunner.ts";
export { IdleRunner } from "./idleRunner.ts";
export { makeKeyFile, readKeyFile } from "./keyFile.ts";
export type { NodeLink } from "./link.ts";
export type { Ended, Runner, Task } from "./runner.ts";
export { type JobEvent, type PayloadPolicy, Worker, type WorkerEvent, type WorkerSetup } from "./worker.ts";
