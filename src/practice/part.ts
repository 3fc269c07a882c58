import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** How a process ended: by itself, or by a signal. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A part of a running fabric in a process of its own, which speaks with its supervisor over a channel. */
export class Part<To extends object, From> {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ending>;

  /**
   * @param program path of its program
   * @param listener for each message of the process
   */
  constructor(program: string, listener: (message: From) => void) {
    this.#child = fork(program, [], { serialization: "advanced", execArgv: [], stdio: ["ignore", 2, 2, "ipc"] });
    this.#child.on("message", listener);
    this.ended = once(this.#child, "exit").then(([code, signal]) => ({ code, signal }));
  }

  /** Id of the process. */
  get id(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** To a process that is gone nothing can be said; `ended` tells of its end. */
  tell(message: To): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
