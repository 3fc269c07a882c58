import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Longer than anything here takes on a computer that has much else to do. */
const patienceMs = 180_000;

/** How a command ended, and what it said. */
export type Ending = { readonly code: number | null; readonly said: string };

/** `fabric up` or `fabric resume`, which runs. */
export type Running = {
  /** Id of the orchestrator's process. */
  readonly orchestrator: number;
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
};

/** Starts `up` or `resume`; resolves when it runs, or has ended before it did. */
export async function startFabric(words: readonly string[], cwd: string): Promise<Running | Ending> {
  const child = spawn(process.execPath, [program, ...words, "--json"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece) => {
    said += piece;
  });
  const ended = once(child, "close").then(([code]): Ending => ({ code, said }));
  const ready = once(createInterface({ input: child.stdout }), "line").then(([line]): Running => {
    return { orchestrator: JSON.parse(String(line)).orchestrator, process: child, ended };
  });
  return within(`fabric ${words[0]}`, Promise.race([ready, ended]));
}

/** A node in a process of its own, whose work is waiting. */
export function startNode(node: string, world: string, cwd: string): ChildProcess {
  const words = ["node", "run", "--node", node, "--practice-key", "--idle", "100", "--world", world];
  return spawn(process.execPath, [program, ...words], { cwd, stdio: "ignore" });
}

/** @throws when it takes too long */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const waiting = new AbortController();
  try {
    const late = sleep(patienceMs, undefined, { signal: waiting.signal }).then(() => {
      throw new Error(`${what}: not within ${patienceMs / 1000} s`);
    });
    return await Promise.race([promise, late]);
  } finally {
    waiting.abort();
  }
}

/** Asks until it is so. @throws when it takes too long */
export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patienceMs; !(await look()); await sleep(50))
    if (performance.now() > end) throw new Error(`${what}: not within ${patienceMs / 1000} s`);
}
