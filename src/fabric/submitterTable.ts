import type { SubmitterParameters } from "./parameters.ts";

/** Numbers above the newest one, and below it, that a submitter may still use. */
export const numberWindow = 4096;

/** What the machine knows of one submitter besides the owners' parameters. */
export class SubmitterState {
  parameters: SubmitterParameters;
  /** By the time of the block in force. */
  expired = false;
  /** Jobs taken in this tick. */
  taken = 0;
  /** Highest number used. */
  highest = 0;
  // Two words of content hash a number, in a ring over the window; the second is odd where the number is used.
  #contents: Uint32Array | undefined;

  constructor(parameters: SubmitterParameters) {
    this.parameters = parameters;
  }

  /** What became of a number: free to use, used for the same content, used for another, or out of the window. */
  look(number: number, hashA: number, hashB: number): "free" | "same" | "different" | "below" | "above" {
    if (number > this.highest) return number > this.highest + numberWindow ? "above" : "free";
    if (number <= this.highest - numberWindow) return "below";
    const at = (number % numberWindow) * 2;
    if (this.#contents === undefined || (this.#contents[at + 1] & 1) === 0) return "free";
    return this.#contents[at] === hashA && this.#contents[at + 1] === (hashB | 1) >>> 0 ? "same" : "different";
  }

  /** Marks a free number as used; the window moves up with it. */
  use(number: number, hashA: number, hashB: number): void {
    this.#contents ??= new Uint32Array(numberWindow * 2);
    if (number > this.highest) {
      const skipped = Math.max(this.highest, number - numberWindow) + 1;
      for (let between = skipped; between < number; between++) this.#contents[(between % numberWindow) * 2 + 1] = 0;
      this.highest = number;
    }
    const at = (number % numberWindow) * 2;
    this.#contents[at] = hashA;
    this.#contents[at + 1] = hashB | 1;
  }

  /** The used numbers of the window, rising, each with its content hash. */
  *used(): Generator<readonly [number: number, hashA: number, hashB: number]> {
    if (this.#contents === undefined) return;
    for (let number = Math.max(1, this.highest - numberWindow + 1); number <= this.highest; number++) {
      const at = (number % numberWindow) * 2;
      if ((this.#contents[at + 1] & 1) === 1) yield [number, this.#contents[at], this.#contents[at + 1]];
    }
  }
}
