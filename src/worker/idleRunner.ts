import { hash } from "node:crypto";
import type { Ended, Runner, Task } from "./runner.ts";

/** Does nothing, for as long as it is told, and completes: for a first look. The digest is that of simulated nodes. */
export class IdleRunner implements Runner {
  readonly #durationMs: number;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  run({ payloadDigest }: Task, signal: AbortSignal): Promise<Ended> {
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        resolve({ outcome: "failed", reason: "it was stopped" });
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve({ outcome: "completed", digest: hash("sha256", Buffer.concat([payloadDigest, doneMark]), "buffer") });
      }, this.#durationMs);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
}

const doneMark = Buffer.from("done");
