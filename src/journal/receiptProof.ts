import { digestBytes, equalBytes } from "./digest.ts";
import { nodeHash } from "./receiptTree.ts";

/** Gives the hash at a position that `nodePosition` counts. */
export type NodeReader = (position: number) => Uint8Array;

/**
 * Where the root of the complete subtree over leaves `first` … `first + leaves - 1` stands among the hashes that
 * `ReceiptTree.append` tells of: behind those of all leaves before it, and behind its own. `leaves` is a power of two
 * that divides `first`.
 */
export function nodePosition(first: number, leaves: number): number {
  return nodesOf(first) + 2 * leaves - 2;
}

/** Hashes told of by the time that the tree has `size` leaves: two a leaf, but one for each subtree not yet paired. */
export function nodesOf(size: number): number {
  let peaks = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) peaks += rest % 2;
  return 2 * size - peaks;
}

/** Root of the tree of the first `size` leaves, at least one. */
export function rootOf(size: number, node: NodeReader): Uint8Array {
  return subtree(0, size, node);
}

/**
 * Proves that leaf `index` is in the tree of the first `size` leaves, RFC 9162 section 2.1.3.1.
 * @throws RangeError unless index < size
 */
export function inclusionProof(index: number, size: number, node: NodeReader): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`receipt ${index} of ${size}`);
  const path: Uint8Array[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    path.push(index < middle ? subtree(middle, to, node) : subtree(from, middle, node));
    if (index < middle) to = middle;
    else from = middle;
  }
  return path.reverse();
}

/**
 * Proves that the tree of the first `to` leaves begins with that of the first `from`, RFC 9162 section 2.1.4.1.
 * @throws RangeError unless 0 < from ≤ to
 */
export function consistencyProof(from: number, to: number, node: NodeReader): Uint8Array[] {
  if (!(from > 0 && from <= to)) throw new RangeError(`from ${from} receipts to ${to}`);
  const path: Uint8Array[] = [];
  let [first, end] = [0, to];
  while (end !== from) {
    const middle = first + splitOf(end - first);
    path.push(from <= middle ? subtree(middle, end, node) : subtree(first, middle, node));
    if (from <= middle) end = middle;
    else first = middle;
  }
  if (first > 0) path.push(subtree(first, end, node));
  return path.reverse();
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || ![leaf, ...proof].every(isDigest)) return false;
  let [node, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(hash, root);
}

/** RFC 9162 section 2.1.4.2; every tree also follows from the empty one, by an empty proof. */
export function verifyConsistency(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(from) || !isCount(to) || from > to || ![fromRoot, ...proof].every(isDigest)) return false;
  if (from === to) return proof.length === 0 && equalBytes(fromRoot, toRoot);
  if (from === 0) return proof.length === 0;
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [start, ...siblings] = path;
  if (start === undefined) return false;
  let [node, last] = [from - 1, to - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [oldHash, newHash] = [start, start];
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(oldHash, fromRoot) && equalBytes(newHash, toRoot);
}

/** Root of leaves `from` … `to - 1`, which the RFC's splits make start at a multiple of their largest power of two. */
function subtree(from: number, to: number, node: NodeReader): Uint8Array {
  const leaves = to - from;
  if (isPowerOfTwo(leaves)) return node(nodePosition(from, leaves));
  const middle = from + splitOf(leaves);
  return nodeHash(subtree(from, middle, node), subtree(middle, to, node));
}

/** The largest power of two below `leaves`, which is at least 2. */
function splitOf(leaves: number): number {
  let split = 1;
  while (split * 2 < leaves) split *= 2;
  return split;
}

function isPowerOfTwo(value: number): boolean {
  return splitOf(2 * value) === value;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isDigest(bytes: Uint8Array): boolean {
  return bytes.length === digestBytes;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
