import { createHash } from "node:crypto";
import { type BytesLike, getBytes, hexlify } from "ethers";

/** RFC 9162, section 2.1, written as it reads there: to hold the contract's verification against. */

/** The root of the tree over `leaves`, MTH(D[n]). */
export const rootOf = (leaves: readonly BytesLike[]): string => hexlify(treeHash(leaves.map((leaf) => getBytes(leaf))));

/** The inclusion proof of the leaf at `index`, PATH(m, D[n]), from the leaf up. */
export const proofOf = (leaves: readonly BytesLike[], index: number): string[] =>
  path(
    leaves.map((leaf) => getBytes(leaf)),
    index,
  ).map((hash) => hexlify(hash));

function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return sha256(Uint8Array.of(0), first);
  const split = splitOf(leaves.length);
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

function path(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...path(left, index), treeHash(right)] : [...path(right, index - split), treeHash(left)];
}

/** The largest power of two below `size`. */
const splitOf = (size: number): number => 2 ** (31 - Math.clz32(size - 1));

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
