import { setTimeout as wait } from "node:timers/promises";
import type { ControlClient } from "../control/index.ts";
import { exitCodes, FabricError } from "../errors.ts";
import { Live, type Screen } from "./live.ts";
import { statusText } from "./statusText.ts";

const watchMs = 1000;

/** A fabric that runs, as a picture below what is said of it. */
export class FabricView {
  readonly #live: Live;
  readonly #over = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #version: number | undefined;

  constructor(screen: Screen, env?: NodeJS.ProcessEnv) {
    this.#live = new Live(screen, env);
  }

  say(line: string): void {
    this.#live.say(line);
  }

  /** Shows how it is each second until the end; `connect` gives who is asked, and is not asked twice. */
  begin(connect: () => Promise<ControlClient>): void {
    this.#watching = this.#watch(connect);
  }

  /** Resolves when the terminal is as it was. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#watching;
    this.#live.end();
  }

  async #watch(connect: () => Promise<ControlClient>): Promise<void> {
    const { signal } = this.#over;
    let client: ControlClient | undefined;
    try {
      client = await connect();
      while (!signal.aborted) {
        await this.#show(client);
        await wait(watchMs, undefined, { signal });
      }
    } catch (error) {
      // What is shown is beside the point: the fabric goes on, and what happens to it is said by whoever runs it.
      if (!signal.aborted) this.#live.say(`The fabric is not shown any more: ${String(error)}`);
    } finally {
      client?.close();
    }
  }

  async #show(client: ControlClient): Promise<void> {
    const view = await client.status(this.#over.signal).catch((error: unknown) => {
      // A new orchestrator takes the place of one that died.
      if (error instanceof FabricError && error.exitCode === exitCodes.unreachable) return undefined;
      throw error;
    });
    if (view === undefined || this.#over.signal.aborted) {
      this.#live.end();
      return;
    }
    const { version, changedTick } = view.governance;
    if (this.#version !== undefined && version > this.#version)
      this.#live.say(
        `What the owners changed is in force since tick ${changedTick ?? view.tick} (version ${version}).`,
      );
    this.#version = version;
    const reading = { nowMs: Date.now(), terminal: true, colour: false };
    this.#live.show(
      () => statusText(view, reading).trimEnd().split("\n"),
      () => `  tick ${view.tick}: ${view.live} live jobs`,
    );
  }
}
