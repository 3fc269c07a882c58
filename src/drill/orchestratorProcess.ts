import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import { FabricError } from "../errors.ts";
import type { FromOrchestrator, Start, ToOrchestrator } from "../orchestrator/index.ts";

const program = fileURLToPath(new URL("../orchestrator/process.ts", import.meta.url));

/** The orchestrator in a process of its own, which can be killed like any other. */
export class OrchestratorProcess {
  readonly #child: ChildProcess;
  readonly #messages: NodeJS.AsyncIterator<FromOrchestrator[]>;
  readonly #exited: Promise<(number | string | null)[]>;

  constructor(start: Start) {
    this.#child = fork(program, [], { serialization: "advanced", execArgv: [], stdio: ["ignore", 2, 2, "ipc"] });
    this.#exited = once(this.#child, "exit");
    this.#messages = on(this.#child, "message", { close: ["disconnect"] });
    this.tell(start);
  }

  /** To a process that is gone nothing can be said; `next` tells of its end. */
  tell(message: ToOrchestrator): void {
    this.#child.send(message, () => {});
  }

  /**
   * The next message of the process.
   * @throws ORCHESTRATOR_FAILED when it says that it cannot go on, or ends without a word
   */
  async next(): Promise<Exclude<FromOrchestrator, { kind: "failed" }>> {
    const { value, done } = await this.#messages.next();
    if (done === true) throw new FabricError("ORCHESTRATOR_FAILED", { reason: await this.#ending() });
    const [message]: FromOrchestrator[] = value;
    if (message.kind === "failed") throw new FabricError("ORCHESTRATOR_FAILED", { reason: message.reason });
    return message;
  }

  /** SIGKILL: no handler runs, nothing is flushed. Returns when the process is gone, as it may be already. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Returns when the process has ended by itself. */
  async end(): Promise<void> {
    await this.#exited;
  }

  async #ending(): Promise<string> {
    const [code, signal] = await this.#exited;
    return `it ended without a word, by ${signal === null ? `exit code ${code}` : signal}.`;
  }
}
