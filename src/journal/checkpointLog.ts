import { FabricError } from "../errors.ts";
import { type Checkpoint, type CheckpointHead, differingField, parseCheckpoint } from "./checkpoint.ts";
import type { Store } from "./store.ts";

export const checkpointsName = "checkpoints.ndjson";

const newline = 0x0a;
const chunkBytes = 1 << 16;

/**
 * The checkpoints in order, one line of canonical JSON each, durable before they are anchored. When the journal is
 * replayed, those that are on record must come out of it again.
 */
export class CheckpointLog {
  readonly #store: Store;
  /** Up to where checkpoints were added, or found to be those added. */
  #length: number;
  #stored: number;

  /** @param length up to where the log need not be compared any more */
  constructor(store: Store, length: number) {
    this.#store = store;
    this.#length = length;
    this.#stored = store.size(checkpointsName);
  }

  get length(): number {
    return this.#length;
  }

  /** True when there are checkpoints on record that were not added again. */
  get isBehind(): boolean {
    return this.#length < this.#stored;
  }

  /** @throws FabricError CHECKPOINT_DIFFERS when another one is on record in its place */
  add(checkpoint: Checkpoint): void {
    const line = Buffer.from(`${checkpoint.text}\n`);
    if (this.isBehind) {
      this.#compare(checkpoint);
    } else {
      this.#store.append(checkpointsName, line);
      this.#store.sync(checkpointsName);
      this.#stored += line.length;
    }
    this.#length += line.length;
  }

  /**
   * The checkpoints after `head`, which ends at byte `offset`, up to `last`.
   * @throws FabricError CHECKPOINTS_ALTERED unless each names the one before it as its parent
   */
  *after(head: CheckpointHead, offset: number, last: CheckpointHead): Generator<CheckpointEntry, void, undefined> {
    let parent = head;
    let at = offset;
    for (const line of linesOf(this.#store, offset, this.#length)) {
      const checkpoint = parseCheckpoint(line);
      const { seq, parent: parentDigest } = checkpoint?.document ?? {};
      if (checkpoint === undefined || seq !== parent.seq + 1 || parentDigest !== parent.digest) throw altered(at);
      parent = { seq, digest: checkpoint.digest };
      at += line.length + 1;
      yield { checkpoint, end: at };
    }
    if (parent.digest !== last.digest) throw altered(at);
  }

  /**
   * A checkpoint that is on record, by the byte after its line; undefined for none at all.
   * @throws FabricError CHECKPOINTS_ALTERED when another one ends there
   */
  endingAt({ seq, digest, end }: CheckpointHead & { readonly end: number }): Checkpoint | undefined {
    if (end === 0) return undefined;
    const tail = Buffer.alloc(Math.min(end, chunkBytes));
    this.#store.read(checkpointsName, end - tail.length, tail);
    const begin = tail.lastIndexOf(newline, -2) + 1;
    const checkpoint = parseCheckpoint(tail.toString("utf8", begin, tail.length - 1));
    if (checkpoint?.digest !== digest || checkpoint.document.seq !== seq) throw altered(end - tail.length + begin);
    return checkpoint;
  }

  #compare(checkpoint: Checkpoint): void {
    const [line] = linesOf(this.#store, this.#length, this.#stored);
    if (line === checkpoint.text) return;
    const found = line === undefined ? undefined : parseCheckpoint(line);
    if (found === undefined) throw altered(this.#length);
    const { seq, tick } = checkpoint.document;
    const field = differingField(checkpoint.document, found.document);
    throw new FabricError("CHECKPOINT_DIFFERS", { seq, tick, file: checkpointsName, field });
  }
}

/** `end` is the byte after its line. */
export type CheckpointEntry = { readonly checkpoint: Checkpoint; readonly end: number };

/**
 * Cuts what a crash left of a line that was being written: it has no end, or holds bytes that were never filled.
 * @returns where it began; undefined when there was none
 */
export function cutTornCheckpoint(store: Store): number | undefined {
  const size = store.size(checkpointsName);
  const tail = new Uint8Array(Math.min(size, chunkBytes));
  store.read(checkpointsName, size - tail.length, tail);
  const isWhole = size === 0 || tail[tail.length - 1] === newline;
  const start = tail.lastIndexOf(newline, isWhole ? -2 : -1) + 1;
  if (isWhole && !tail.subarray(start).includes(0)) return undefined;
  const offset = size - tail.length + start;
  store.truncate(checkpointsName, offset);
  return offset;
}

function* linesOf(store: Store, from: number, to: number): Generator<string, void, undefined> {
  let rest = Buffer.alloc(0);
  for (let at = from; at < to; ) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, to - at));
    const count = store.read(checkpointsName, at, chunk);
    if (count === 0) break;
    at += count;
    rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      yield rest.toString("utf8", 0, end);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

function altered(offset: number): FabricError {
  return new FabricError("CHECKPOINTS_ALTERED", { file: checkpointsName, offset });
}
