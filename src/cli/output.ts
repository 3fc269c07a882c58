import { once } from "node:events";
import { FabricError } from "../errors.ts";

const heldBytes = 1 << 16;

let lost: Error | undefined;

/** From now on neither output ends this process by failing: what was lost on its way, `outputLeft` says. */
export function heedOutput(): void {
  process.stdout.off("error", lose).on("error", lose);
  process.stderr.off("error", forget).on("error", forget);
}

function lose(error: Error): void {
  if (!isUnread(error)) lost ??= error;
}

/** Nobody can be told that words are lost, and what is done goes on without them. */
function forget(): void {}

/**
 * Waits until standard output has left.
 * @throws FabricError OUTPUT_LOST when some of it did not; that nobody read it, as behind `| head`, is a good end
 */
export async function outputLeft(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  if (lost !== undefined) throw new FabricError("OUTPUT_LOST", { reason: lost.message }, { cause: lost });
}

function isUnread(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}

/**
 * Standard output for much text: written in large pieces, at the pace of whoever reads it. `signal` fires when nobody
 * reads any more, as behind `| head`, when it cannot be written, or when the user says that it is enough (Ctrl-C).
 */
export class Output {
  readonly #over = new AbortController();
  #held = "";
  #due: NodeJS.Immediate | undefined;

  constructor() {
    process.once("SIGINT", this.#end);
    process.stdout.on("error", this.#end);
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
    process.stdout.off("error", this.#end);
  }

  readonly #end = (): void => this.#over.abort();
}
