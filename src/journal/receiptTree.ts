import { digestBytes, sha256, sha256Into } from "./digest.ts";

const leafPrefix = 0;
const nodePrefix = 1;
const peaksMax = 53;

/** SHA-256(0x00 ‖ leaf), RFC 9162 section 2.1.1. */
export function leafHash(leaf: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1 + leaf.length);
  bytes[0] = leafPrefix;
  bytes.set(leaf, 1);
  return sha256(bytes);
}

/** SHA-256(0x01 ‖ left ‖ right), RFC 9162 section 2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1 + 2 * digestBytes);
  bytes[0] = nodePrefix;
  bytes.set(left, 1);
  bytes.set(right, 1 + digestBytes);
  return sha256(bytes);
}

/**
 * The Merkle tree of RFC 9162 (SHA-256) over all receipts, as far as growing it needs: the roots of its complete
 * subtrees, one for each bit of its size, called the frontier.
 */
export class ReceiptTree {
  #size = 0;
  /** Root of the complete subtree of 2^level leaves, where the size has that bit. */
  readonly #peaks: Uint8Array[] = [];
  readonly #pair = Buffer.alloc(1 + 2 * digestBytes, nodePrefix);
  readonly #left = new Uint8Array(this.#pair.buffer, this.#pair.byteOffset + 1, digestBytes);
  readonly #right = new Uint8Array(this.#pair.buffer, this.#pair.byteOffset + 1 + digestBytes, digestBytes);

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param onNode told the leaf's hash and then that of each subtree the leaf completes, from small to large; the view is
   * good during the call only. Told so of all leaves, it has every complete subtree once, at `nodePosition`.
   */
  append(leaf: Uint8Array, onNode: (hash: Uint8Array) => void = ignore): void {
    this.#right.set(leaf);
    onNode(this.#right);
    let level = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      this.#left.set(this.#peaks[level++]);
      sha256Into(this.#pair, this.#pair, 1 + digestBytes);
      onNode(this.#right);
    }
    this.#peaks[level] ??= new Uint8Array(digestBytes);
    this.#peaks[level].set(this.#right);
    this.#size++;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    this.#forEachPeak((peak) => {
      root = root === undefined ? peak.slice() : nodeHash(peak, root);
    });
    return root ?? sha256(new Uint8Array());
  }

  /** u64 size ‖ the frontier's hashes, smallest subtree first. */
  frontier(): Uint8Array<ArrayBuffer> {
    const hashes: Uint8Array[] = [];
    this.#forEachPeak((peak) => hashes.push(peak));
    const bytes = new Uint8Array(8 + hashes.length * digestBytes);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#size));
    for (const [index, hash] of hashes.entries()) bytes.set(hash, 8 + index * digestBytes);
    return bytes;
  }

  /** @throws RangeError when the bytes are not those of a frontier. */
  static restore(frontier: Uint8Array): ReceiptTree {
    const tree = new ReceiptTree();
    const size = Number(new DataView(frontier.buffer, frontier.byteOffset, 8).getBigUint64(0));
    let at = 8;
    let level = 0;
    for (let rest = size; rest > 0 && level < peaksMax; rest = Math.floor(rest / 2), level++) {
      if (rest % 2 === 0) continue;
      tree.#peaks[level] = frontier.slice(at, at + digestBytes);
      at += digestBytes;
    }
    if (!Number.isSafeInteger(size) || at !== frontier.length)
      throw new RangeError(`${frontier.length} bytes are no frontier of ${size} receipts`);
    tree.#size = size;
    return tree;
  }

  #forEachPeak(visit: (peak: Uint8Array) => void): void {
    let level = 0;
    for (let rest = this.#size; rest > 0; rest = Math.floor(rest / 2), level++)
      if (rest % 2 === 1) visit(this.#peaks[level]);
  }
}

function ignore(): void {}
