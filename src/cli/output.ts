import { once } from "node:events";

const heldBytes = 1 << 16;

/**
 * Standard output for much text: written in large pieces, at the pace of whoever reads it. `signal` fires when nobody
 * reads any more, as behind `| head`, or when the user says that it is enough (Ctrl-C); both are a good end.
 */
export class Output {
  readonly #over = new AbortController();
  #held = "";
  #due: NodeJS.Immediate | undefined;

  constructor() {
    process.once("SIGINT", this.#end);
    process.stdout.on("error", this.#fail);
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Leaves in this turn of the event loop or the next. */
  async add(text: string): Promise<void> {
    this.#held += text;
    if (this.#held.length >= heldBytes) await this.flush();
    else this.#due ??= setImmediate(() => void this.flush());
  }

  /** Resolves when what was added has left. */
  async flush(): Promise<void> {
    clearImmediate(this.#due);
    this.#due = undefined;
    const text = this.#held;
    this.#held = "";
    if (text === "" || this.signal.aborted || process.stdout.write(text)) return;
    await once(process.stdout, "drain", { signal: this.signal }).catch((error: unknown) => {
      if (!this.signal.aborted) throw error;
    });
  }

  async close(): Promise<void> {
    await this.flush();
    process.off("SIGINT", this.#end);
  }

  readonly #end = (): void => this.#over.abort();

  readonly #fail = (error: Error): void => {
    if (!("code" in error) || error.code !== "EPIPE") throw error;
    this.#end();
  };
}
