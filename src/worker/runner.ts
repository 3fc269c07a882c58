/** One attempt of one job, as whoever does the work is told of it. */
export type Task = {
  /** `<submitter's number>/<job's number>`. */
  readonly job: string;
  readonly submitter: string;
  readonly lease: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly class: string;
  readonly value: number;
  readonly skills: readonly string[];
  readonly payloadDigest: Uint8Array;
  /** How long it may take, ms; then it is stopped. */
  readonly timeMs: number;
  /** Bytes whose SHA-256 is the digest; empty where there are none. */
  readonly payload: Uint8Array;
};

/** `digest` is the SHA-256 of what came out; `reason` is for people. */
export type Ended =
  | { readonly outcome: "completed"; readonly digest: Uint8Array }
  | { readonly outcome: "failed"; readonly reason: string };

/** How work is done. What goes wrong with a job is how it ended: nothing is thrown. */
export interface Runner {
  /**
   * Resolves when nothing of the work is left.
   * @param signal aborts when the work has to end at once
   */
  run(task: Task, signal: AbortSignal): Promise<Ended>;
  /**
   * The fabric counts on this node for so many ms from now, unless this is called again: what goes on outside of this
   * process has to end by then, whatever has become of this process.
   */
  countOn?(ms: number): void;
}

/** The facts of a task by the names that commands and servers find them under: `FABRIC_JOB`, or the header `fabric-job`. */
export function factsOf(task: Task): readonly (readonly [name: string, value: string])[] {
  return [
    ["JOB", task.job],
    ["SUBMITTER", task.submitter],
    ["LEASE", String(task.lease)],
    ["ATTEMPT", String(task.attempt)],
    ["CLASS", task.class],
    ["VALUE", String(task.value)],
    ["TIME_MS", String(task.timeMs)],
    ["SKILLS", task.skills.join(",")],
    ["PAYLOAD_DIGEST", `0x${Buffer.from(task.payloadDigest).toString("hex")}`],
  ];
}

/** Most bytes that may come out of one job, unless told. */
export const outputLengthMax = 16 * 2 ** 20;
