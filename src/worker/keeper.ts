import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("keeperProcess.ts", import.meta.url));

/**
 * A process beside this one that ends process groups when this one cannot: it was killed, or stopped for too long. It is
 * started with the first of them, and ends with this process.
 */
class Keeper {
  #process: ChildProcess | undefined;

  start(): void {
    this.#process ??= this.#spawn();
  }

  /** Ends a group in so many ms, or as soon as this process has ended. What was said of it before does not count any more. */
  keep(group: number, ms: number): void {
    this.#tell(`${group} ${Math.max(0, Math.ceil(ms))}`);
  }

  /** The group has ended. */
  release(group: number): void {
    this.#tell(`${group}`);
  }

  #tell(line: string): void {
    this.start();
    this.#process?.stdin?.write(`${line}\n`);
  }

  #spawn(): ChildProcess {
    // A group of its own: what is sent to this process from a terminal is not for it.
    const child = spawn(process.execPath, [program], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    child.unref();
    const forget = () => {
      if (this.#process === child) this.#process = undefined;
    };
    child.on("exit", forget);
    child.on("error", forget);
    child.stdin.on("error", forget);
    return child;
  }
}

export const keeper = new Keeper();
