import { setTimeout as wait } from "node:timers/promises";
import type { ControlClient, StatusView } from "../control/index.ts";
import { exitCodes, FabricError } from "../errors.ts";
import { changeSentences } from "./changeWords.ts";
import { Live, type Screen } from "./live.ts";
import { statusSentences, statusText } from "./statusText.ts";
import { count, countOf } from "./table.ts";

const watchMs = 1000;
/** Without a terminal: a fabric may run for months. */
const lineMs = 60_000;

/** A fabric that runs, as a picture below what is said of it; without a terminal a line a minute. */
export class FabricView {
  readonly #live: Live;
  readonly #over = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #last: StatusView | undefined;

  constructor(screen: Screen, env = process.env) {
    this.#live = new Live(screen, { env, lineMs });
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
    for (const words of this.#last === undefined ? [] : changesSince(this.#last, view)) this.#live.say(`  ${words}`);
    this.#last = view;
    const reading = { nowMs: Date.now(), terminal: true, colour: false };
    this.#live.show(
      (columns) => {
        const [sentences, ...rest] = statusText(view, reading).trimEnd().split("\n");
        return [...wrapped(sentences, columns), jobsWords(view), ...rest];
      },
      () => `  tick ${count(view.tick)}: ${statusSentences(view, reading.nowMs)} ${jobsWords(view)}`,
    );
  }
}

/** Of what the status does not tell, that it changed is all there is to say. */
function changesSince(before: StatusView, after: StatusView): string[] {
  const { version, changedTick } = after.governance;
  const isNew = before.governance.block > 0 && version > before.governance.version;
  const tick = isNew && changedTick !== null ? changedTick : after.tick;
  const sentences = changeSentences(before, after);
  const unseen =
    isNew && sentences.length === 0 ? [`What the owners changed is in force (version ${count(version)}).`] : [];
  return [...sentences, ...unseen].map((words) => `tick ${count(tick)}: ${words}`);
}

/** Since the fabric was founded. */
function jobsWords({ counters, live }: StatusView): string {
  const { completed = 0, failed = 0, expired = 0, interrupted = 0 } = counters;
  return `${countOf(completed, "job")} completed, ${count(failed + expired)} failed, ${count(interrupted)} interrupted; ${count(live)} live.`;
}

/** At its spaces, into lines of so many columns. */
function wrapped(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last === "") lines.splice(-1, 1, word);
    else if (last.length + 1 + word.length <= columns) lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
}
