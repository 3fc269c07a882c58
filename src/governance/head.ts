import { AbiCoder, hexlify, id, keccak256 } from "ethers";

/** One checkpoint as the ledger binds it. */
export type Head = {
  readonly epoch: number;
  readonly seq: number;
  /** The head before, 32 bytes in hex. */
  readonly parent: string;
  /** Leaves in the tree of receipts. */
  readonly size: number;
  /** Root of that tree, 32 bytes. */
  readonly root: Uint8Array;
  /** SHA-256 of the checkpoint document, 32 bytes. */
  readonly digest: Uint8Array;
};

const domain = id("Planetary Fabric checkpoint head v1");
const words = ["bytes32", "uint256", "address", "uint16", "uint24", "bytes32", "uint32", "bytes32", "bytes32"];

/** The head that `CheckpointLedger` makes of a checkpoint: 32 bytes in hex. */
export function headOf(chainId: number, ledger: string, head: Head): string {
  const { epoch, seq, parent, size, root, digest } = head;
  const values = [domain, chainId, ledger, epoch, seq, parent, size, hexlify(root), hexlify(digest)];
  return keccak256(AbiCoder.defaultAbiCoder().encode(words, values));
}
