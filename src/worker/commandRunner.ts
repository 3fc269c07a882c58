import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FabricError } from "../errors.ts";
import { keeper } from "./keeper.ts";
import { type Ended, factsOf, outputLengthMax, type Runner, type Task } from "./runner.ts";

/** How long output may stay open after a command has ended and its process group with it, ms. */
const lingerMs = 2000;
/** How much later than its node somebody else ends a command, ms. */
const keeperSlackMs = 200;
/** Of what a command complains, so many bytes from the end are kept. */
const complaintLength = 400;

/**
 * Runs a program for each job, without a shell: the payload comes on stdin, the facts in the environment, and the result
 * is the SHA-256 of stdout. It fails when it does not exit with 0. It has a process group of its own, all of which is
 * killed when the work has to end. That is so also when this process is killed, or stopped: somebody beside it sees to it.
 */
export class CommandRunner implements Runner {
  readonly #program: string;
  readonly #words: readonly string[];
  readonly #lengthMax: number;
  readonly #groups = new Set<ProcessGroup>();
  #silentAtMs = Number.POSITIVE_INFINITY;

  /** @throws USAGE when there is no such program */
  constructor([program, ...words]: readonly string[], lengthMax: number = outputLengthMax) {
    this.#program = findProgram(program);
    this.#words = words;
    this.#lengthMax = lengthMax;
  }

  countOn(ms: number): void {
    this.#silentAtMs = performance.now() + ms;
    // Before the first job: from its first moment on there is somebody who ends it.
    keeper.start();
    for (const group of this.#groups) group.keep(this.#silentAtMs);
  }

  async run(task: Task, signal: AbortSignal): Promise<Ended> {
    if (signal.aborted) return failed("it was stopped before it began");
    const facts = Object.fromEntries(factsOf(task).map(([name, value]) => [`FABRIC_${name}`, value]));
    const child = spawn(this.#program, this.#words, {
      detached: true,
      env: { ...process.env, ...facts },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const group = new ProcessGroup(child, performance.now() + task.timeMs);
    group.keep(this.#silentAtMs);
    this.#groups.add(group);
    const stop = () => group.kill();
    signal.addEventListener("abort", stop, { once: true });
    const digest = createHash("sha256");
    let length = 0;
    let complaint = Buffer.alloc(0);
    child.stdout.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > this.#lengthMax) group.kill();
      else digest.update(piece);
    });
    child.stderr.on("data", (piece: Buffer) => {
      complaint = Buffer.concat([complaint, piece]).subarray(-complaintLength);
    });
    // A command need not read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(task.payload);
    const exit = await group.ended();
    this.#groups.delete(group);
    signal.removeEventListener("abort", stop);
    if ("error" in exit) return failed(`it could not be started: ${exit.error}`);
    if (signal.aborted) return failed("it was stopped");
    if (length > this.#lengthMax) return failed(`its output is longer than ${this.#lengthMax} bytes`);
    if (exit.code !== 0) return failed(`${exit.says}${lastLine(complaint)}`);
    if (exit.open) return failed("it left a process behind that holds its output");
    return { outcome: "completed", digest: digest.digest() };
  }
}

type Exit =
  | { readonly error: string }
  /** `open`: somebody outside of the group still holds the output. */
  | { readonly code: number | null; readonly says: string; readonly open: boolean };

/** A command and all that it started, as far as that has not left the group on purpose. */
class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #endsMs: number;

  constructor(child: ChildProcess, endsMs: number) {
    this.#child = child;
    this.#endsMs = endsMs;
  }

  /** Has it ended by somebody else at that time, or when its own is over, should this process not be able to. */
  keep(untilMs: number): void {
    const { pid } = this.#child;
    if (pid !== undefined) keeper.keep(pid, Math.min(this.#endsMs, untilMs) - performance.now() + keeperSlackMs);
  }

  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody is left of it.
    }
  }

  /** Resolves when the command has ended, those it left behind are killed, and its output is read. */
  ended(): Promise<Exit> {
    const child = this.#child;
    return new Promise<Exit>((resolve) => {
      let linger: NodeJS.Timeout | undefined;
      const end = (exit: Exit) => {
        clearTimeout(linger);
        resolve(exit);
      };
      child.on("error", ({ message }) => {
        // Also a signal that could not be sent is told here.
        if (child.pid === undefined) end({ error: message });
      });
      child.on("exit", (code, signal) => {
        this.kill();
        const says = code === null ? `it was ended by ${signal}` : `it exited with ${code}`;
        child.on("close", () => end({ code, says, open: false }));
        linger = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
          end({ code, says, open: true });
        }, lingerMs);
      });
    }).finally(() => {
      if (child.pid !== undefined) keeper.release(child.pid);
    });
  }
}

function failed(reason: string): Ended {
  return { outcome: "failed", reason };
}

function lastLine(complaint: Buffer): string {
  const line = complaint.toString("utf8").trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line}`;
}

/** A missing program would fail every job, so it is looked for before the first. */
function findProgram(program: string | undefined): string {
  if (program === undefined || program === "") throw new FabricError("USAGE", { problem: "No command is named." });
  const places = program.includes("/")
    ? [program]
    : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, program));
  const found = places.find(isProgram);
  if (found === undefined) throw new FabricError("USAGE", { problem: `There is no program ${program}.` });
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
