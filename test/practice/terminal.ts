import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlClient } from "../../src/control/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import type { UpView } from "../../src/practice/index.ts";
import { fabric } from "../cli/commandLines.ts";
import { type Ended, root, type Started, startProgram } from "../cli/program.ts";

const patienceMs = 60_000;

/** Asks until it is so. */
export async function until<Found>(what: string, look: () => Found | Promise<Found>): Promise<NonNullable<Found>> {
  for (const end = Date.now() + patienceMs; ; await sleep(25)) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    assert(Date.now() < end, `${what}: not after ${patienceMs} ms`);
  }
}

/** Where control sockets are, for terminals of any folder. */
const runtime = mkdtempSync(join(tmpdir(), "fabric-run-"));

/** Of the key files that terminals are given. */
export const password = "open sesame";

/** Of every terminal. */
const env = { XDG_RUNTIME_DIR: runtime, FABRIC_PASSWORD: password };

/** The end of a command that ends by itself. */
export function endOf(cwd: string, ...words: readonly string[]): Promise<Ended> {
  return fabric(words, env, cwd);
}

/** `fabric up`, `fabric resume`, or a command beside them, in a terminal of its own. */
export class Terminal {
  static readonly #all = new Set<Terminal>();
  readonly #started: Started;
  readonly #command: string | undefined;
  readonly ended: Promise<Ended>;

  /** @param cwd where it is started, and where it leaves `.fabric` */
  constructor(cwd: string, ...words: readonly string[]) {
    const cached = { ...env, NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "fabric") };
    this.#started = startProgram(join(root, "node_modules", ".bin", "fabric"), words, cached, cwd);
    this.ended = this.#started.ended;
    this.#command = words[0];
    Terminal.#all.add(this);
  }

  /** Kills what a failed test left, and all that it had started. */
  static async closeAll(): Promise<void> {
    for (const terminal of Terminal.#all) {
      const view = terminal.#view();
      terminal.kill("SIGKILL");
      if (view !== undefined && processIdentity(view.orchestrator) !== undefined)
        process.kill(view.orchestrator, "SIGKILL");
      await terminal.ended;
    }
    rmSync(runtime, { recursive: true, force: true });
  }

  get id(): number {
    return this.#started.child.pid ?? 0;
  }

  get isAlive(): boolean {
    const { exitCode, signalCode } = this.#started.child;
    return exitCode === null && signalCode === null;
  }

  /** What it has said so far. */
  get words(): string {
    return this.#started.written.err;
  }

  kill(signal: NodeJS.Signals): void {
    this.#started.child.kill(signal);
  }

  /** What it prints when it runs. It has to be started with `--json`. */
  ready(): Promise<UpView> {
    return until("it runs", () => {
      assert(this.isAlive, this.words);
      return this.#view();
    });
  }

  /** One Ctrl-C; its end. */
  async stop(): Promise<Ended> {
    this.kill("SIGINT");
    return this.ended;
  }

  says(pattern: RegExp): Promise<true> {
    return until(`${pattern} in\n${this.words}`, () => pattern.test(this.words) || undefined);
  }

  #view(): UpView | undefined {
    if (this.#command !== "up" && this.#command !== "resume") return undefined;
    const line = this.#started.written.out.split("\n")[0] ?? "";
    return this.#started.written.out.includes("\n") ? JSON.parse(line) : undefined;
  }
}

/** Asks a running fabric, and hangs up. */
export async function asking<Answer>(socket: string, ask: (client: ControlClient) => Promise<Answer>): Promise<Answer> {
  const client = new ControlClient(socket);
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}
