import { FabricError } from "../errors.ts";
import { treeName } from "./derivedFiles.ts";
import {
  consistencyProof,
  inclusionProof,
  type NodeReader,
  nodePosition,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "./receiptProof.ts";
import type { ReceiptTree } from "./receiptTree.ts";

/**
 * Gives proofs of RFC 9162 about the receipts, from hashes on the disk, at a cost that grows with the logarithm of their
 * number. Every proof is checked against the root in memory before it is given.
 */
export class ReceiptProver {
  readonly #tree: ReceiptTree;
  readonly #node: NodeReader;

  constructor(tree: ReceiptTree, node: NodeReader) {
    this.#tree = tree;
    this.#node = node;
  }

  /**
   * Proves that receipt `index` is among the first `size`.
   *
   * @throws RangeError unless 0 ≤ index < size ≤ number of receipts
   * @throws FabricError RECEIPTS_ALTERED
   */
  inclusion(index: number, size: number = this.#tree.size): Uint8Array[] {
    const root = this.#rootAt(size);
    const proof = inclusionProof(index, size, this.#node);
    if (!verifyInclusion(this.#node(nodePosition(index, 1)), index, size, root, proof)) throw this.#altered();
    return proof;
  }

  /**
   * Proves that the first `to` receipts begin with the first `from`.
   *
   * @throws RangeError unless 0 < from ≤ to ≤ number of receipts
   * @throws FabricError RECEIPTS_ALTERED
   */
  consistency(from: number, to: number = this.#tree.size): Uint8Array[] {
    const proof = consistencyProof(from, to, this.#node);
    if (!verifyConsistency(from, to, this.#rootAt(from), this.#rootAt(to), proof)) throw this.#altered();
    return proof;
  }

  /** Of the first `size` receipts, having seen that all receipts begin with them. */
  #rootAt(size: number): Uint8Array {
    const { size: all } = this.#tree;
    const proof = consistencyProof(size, all, this.#node);
    const root = rootOf(size, this.#node);
    if (!verifyConsistency(size, all, root, this.#tree.root(), proof)) throw this.#altered();
    return root;
  }

  #altered(): FabricError {
    return new FabricError("RECEIPTS_ALTERED", { file: treeName, size: this.#tree.size });
  }
}
