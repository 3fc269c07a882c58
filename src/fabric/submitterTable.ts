import type { ByteWriter } from "./bytes.ts";
import type { SubmitterParameters } from "./parameters.ts";

/** Numbers above the newest one, and below it, that a submitter may still use. */
export const numberWindow = 4096;
const entryBytes = 16;
const entriesLeast = 64;

/** What the machine knows of one submitter besides the owners' parameters. */
export class SubmitterState {
  parameters: SubmitterParameters;
  /** By the time of the block in force. */
  expired = false;
  /** Jobs taken in this tick. */
  taken = 0;
  /** Highest number used. */
  highest = 0;
  // A ring over the window, an entry a number, in the bytes of the state: the number, then two words of content hash,
  // the second of which is odd where the number is used. A checkpoint copies it. Until the numbers fill the window, it
  // reaches no further than they do.
  #ring = new DataView(new ArrayBuffer(0));

  constructor(parameters: SubmitterParameters) {
    this.parameters = parameters;
  }

  /** What became of a number: free to use, used for the same content, used for another, or out of the window. */
  look(number: number, hashA: number, hashB: number): "free" | "same" | "different" | "below" | "above" {
    if (number > this.highest) return number > this.highest + numberWindow ? "above" : "free";
    if (number <= this.highest - numberWindow) return "below";
    if (!isUsed(this.#ring, number)) return "free";
    const at = entryOf(number);
    const same = this.#ring.getUint32(at + 8) === hashA && this.#ring.getUint32(at + 12) === (hashB | 1) >>> 0;
    return same ? "same" : "different";
  }

  /** Marks a free number as used; the window moves up with it. */
  use(number: number, hashA: number, hashB: number): void {
    if (this.#ring.byteLength < windowBytes) this.#reach(number);
    const ring = this.#ring;
    if (number > this.highest) {
      const skipped = Math.max(this.highest, number - numberWindow) + 1;
      for (let between = skipped; between < number; between++) ring.setUint32(entryOf(between) + 12, 0);
      this.highest = number;
    }
    const at = entryOf(number);
    ring.setUint32(at, Math.floor(number / 2 ** 32));
    ring.setUint32(at + 4, number % 2 ** 32);
    ring.setUint32(at + 8, hashA);
    ring.setUint32(at + 12, hashB | 1);
  }

  /** True when a number of the window is used. */
  isUsed(number: number): boolean {
    if (number > this.highest || number <= this.highest - numberWindow) return false;
    return number > 0 && isUsed(this.#ring, number);
  }

  /** What `writeUsed` writes at most. */
  get usedBytesMax(): number {
    return 2 + this.#ring.byteLength;
  }

  /** u16 count ‖ the used numbers of the window, rising, each as u64 number ‖ 2 × u32 hash of its content. */
  writeUsed(writer: ByteWriter): void {
    const bytes = new Uint8Array(this.#ring.buffer);
    // The oldest number of the window stands behind the newest.
    const oldest = entryOf(this.highest) + entryBytes;
    const runs = [...usedRuns(bytes, oldest, bytes.length), ...usedRuns(bytes, 0, oldest)];
    writer.u16(runs.reduce((sum, run) => sum + run.length, 0) / entryBytes);
    for (const run of runs) writer.raw(run);
  }

  #reach(number: number): void {
    let length = Math.max(this.#ring.byteLength, entriesLeast * entryBytes);
    while (length <= number * entryBytes && length < windowBytes) length *= 2;
    if (length === this.#ring.byteLength) return;
    const wider = new Uint8Array(length);
    wider.set(new Uint8Array(this.#ring.buffer));
    this.#ring = new DataView(wider.buffer);
  }
}

const windowBytes = numberWindow * entryBytes;

/** Where a number's entry begins. */
function entryOf(number: number): number {
  return (number % numberWindow) * entryBytes;
}

function isUsed(ring: DataView, number: number): boolean {
  const at = entryOf(number);
  return at < ring.byteLength && (ring.getUint8(at + 15) & 1) === 1;
}

/** Entries of used numbers between two bytes of a ring; those that stand side by side in one piece. */
function usedRuns(ring: Uint8Array, from: number, to: number): Uint8Array[] {
  const runs: Uint8Array[] = [];
  const used = (at: number) => (ring[at + entryBytes - 1] & 1) === 1;
  for (let at = from; at < to; at += entryBytes) {
    const first = at;
    while (at < to && used(at)) at += entryBytes;
    if (at > first) runs.push(ring.subarray(first, at));
  }
  return runs;
}
