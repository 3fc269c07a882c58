import { FabricError } from "../../errors.ts";
import { logsOf } from "./bloom.ts";
import type { VerifiedChain } from "./verify.ts";

/**
 * Shows that the evidence has every transaction, from their creation to the last block, in which one of these contracts
 * has a log. A proof of what is there cannot show that nothing else is; the headers can:
 *
 * - A contract begins with the transaction that creates it, and that is in the evidence: nothing was before.
 * - A header's bloom rules out most blocks. It is what the chain's nodes agreed on, as is every other part of a header.
 * - Of a block that its bloom does not rule out, all receipts are in the evidence; they have its `receiptsRoot`
 *   together, and those whose transaction is not in the evidence have no log of the contract.
 *
 * So the contracts' logs are all there; and the contracts log every change with its new value. What a contract's code
 * would change without a log is beyond this: hold `creates` and `data` of its creation against the compiled code.
 *
 * @param addresses in any case
 * @throws EVIDENCE_INCOMPLETE
 */
export function assertComplete(chain: VerifiedChain, addresses: readonly string[]): void {
  const created = new Set(chain.transactions.map(({ creates, succeeded }) => (succeeded ? creates : null)));
  for (const address of addresses.map((any) => any.toLowerCase())) {
    const refuse = (problem: string): never => {
      throw new FabricError("EVIDENCE_INCOMPLETE", { address, problem });
    };
    if (!created.has(address)) refuse("the transaction that creates it is not there");
    const mayBeIn = logsOf(address);
    for (const { number, logsBloom, whole, otherEmitters } of chain.blocks) {
      if (!mayBeIn(logsBloom)) continue;
      if (!whole) refuse(`block ${number} may have a log of it, and not all receipts of that block are there`);
      if (otherEmitters.includes(address)) refuse(`block ${number} has a log of it in a transaction that is not there`);
    }
  }
}
