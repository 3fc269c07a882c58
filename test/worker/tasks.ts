import type { Task } from "../../src/worker/index.ts";

export function taskWith(changes: Partial<Task> = {}): Task {
  return {
    job: "3/17",
    submitter: "earth.exchange",
    lease: 9,
    attempt: 2,
    class: "interactive",
    value: 5,
    skills: ["general", "gpu"],
    payloadDigest: new Uint8Array(32).fill(0xab),
    timeMs: 60_000,
    payload: Buffer.from("what to do"),
    ...changes,
  };
}
