import { FabricError } from "../errors.ts";
import { eventsName } from "./derivedFiles.ts";
import type { StoreReader } from "./store.ts";

const pieceBytes = 1 << 16;
const newline = 0x0a;

/**
 * Reads `events.ndjson` from a tick on, in pieces that end with a line, and goes on where it was when the file has
 * grown. A line that was begun and not ended is not given.
 */
export class EventReader {
  readonly #store: StoreReader;
  readonly #fromTick: number;
  /** Up to where lines were given, or are of earlier ticks. */
  #offset = 0;
  #found = false;

  /** @param fromTick first tick wanted; it may be one that is still to come */
  constructor(store: StoreReader, fromTick = 1) {
    this.#store = store;
    this.#fromTick = fromTick;
  }

  /**
   * The lines that come next, some 64 KiB of them; undefined when there is none before `end`, a length of the file.
   * @throws FabricError EVENTS_ALTERED
   */
  next(end: number = this.#store.size(eventsName)): string | undefined {
    if (!this.#found) this.#seek(end);
    for (let length = pieceBytes; this.#offset < end; length *= 2) {
      const bytes = this.#read(this.#offset, Math.min(length, end - this.#offset));
      const lines = bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
      if (lines.length > 0) {
        this.#offset += lines.length;
        return lines.toString("latin1");
      }
      if (bytes.length < length) return undefined;
    }
    return undefined;
  }

  /** Ticks only rise from line to line: the first line wanted is found by halving. */
  #seek(end: number): void {
    let low = this.#offset;
    let high = end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const line = this.#firstLineFrom(middle, end);
      if (line === undefined || line.tick >= this.#fromTick) high = middle;
      else low = line.end;
    }
    this.#offset = low;
    // What begins here may be a line that is not whole yet, or of a tick before the one wanted.
    this.#found = this.#firstLineFrom(low, end) !== undefined;
  }

  /** The first whole line that begins at `offset` or after it, and ends before `end`. */
  #firstLineFrom(offset: number, end: number): { readonly tick: number; readonly end: number } | undefined {
    for (let length = 512; ; length *= 2) {
      // One byte more in front shows whether a line begins at the offset.
      const from = Math.max(0, offset - 1);
      const bytes = this.#read(from, Math.min(length, end - from));
      const begin = offset === 0 ? 0 : bytes.indexOf(newline) + 1;
      const after = begin === 0 && offset > 0 ? -1 : bytes.indexOf(newline, begin);
      if (after !== -1) {
        const tick = tickOf(bytes.toString("latin1", begin, after));
        if (tick === undefined) {
          const problem = `no event begins at byte ${from + begin}`;
          throw new FabricError("EVENTS_ALTERED", { file: eventsName, problem });
        }
        return { tick, end: from + after + 1 };
      }
      if (from + bytes.length >= end || bytes.length < length) return undefined;
    }
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, this.#store.read(eventsName, offset, bytes));
  }
}

function tickOf(line: string): number | undefined {
  const found = /^\{"tick":(\d+),/.exec(line);
  return found === null ? undefined : Number(found[1]);
}
