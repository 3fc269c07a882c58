import { toQuantity } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import { ask, bytes, quantity, type Source } from "./rpc.ts";
import type { VerifiedChain } from "./verify.ts";

/**
 * Asks a node that the reader trusts whether the evidence's last block is on its chain.
 * @throws EVIDENCE_OFF_CHAIN, EVIDENCE_UNCOLLECTABLE
 */
export async function confirmBlock(source: Source, { chainId, lastBlock }: VerifiedChain): Promise<void> {
  const { number, hash } = lastBlock;
  const id = Number(await ask(source, number, quantity, "eth_chainId", []));
  if (id !== chainId)
    throw offChain(number, hash, `the chain at hand is ${id}, and the evidence is of chain ${chainId}`);
  const form = z.object({ hash: bytes }).nullable();
  const block = await ask(source, number, form, "eth_getBlockByNumber", [toQuantity(number), false]);
  if (block === null) throw offChain(number, hash, "the chain at hand has no block of that number");
  if (block.hash !== hash) throw offChain(number, hash, `the chain at hand has ${block.hash} there`);
}

/** Holds the last block against a hash that the reader got elsewhere. @throws EVIDENCE_OFF_CHAIN */
export function trustBlock({ lastBlock }: VerifiedChain, hash: string): void {
  if (lastBlock.hash !== hash.toLowerCase())
    throw offChain(lastBlock.number, lastBlock.hash, `the block to be trusted is ${hash}`);
}

function offChain(block: number, hash: string, problem: string): FabricError {
  return new FabricError("EVIDENCE_OFF_CHAIN", { block, hash, problem });
}
