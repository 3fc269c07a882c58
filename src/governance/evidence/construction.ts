import { ZeroAddress, ZeroHash } from "ethers";
import { FabricError } from "../../errors.ts";
import { artifactOf, contractNames, interfaceOf } from "../contracts.ts";
import { constructorArguments } from "../deployment.ts";
import type { Addresses } from "./history.ts";
import type { VerifiedChain } from "./verify.ts";

/**
 * Shows that the contracts were made for each other: the multisig owns all others from their creation on, and each was
 * told the addresses of those that it asks. The first constitution is free; it is in the multisig's first event.
 *
 * @throws EVIDENCE_FOREIGN_CODE
 */
export function assertConstruction(chain: VerifiedChain, addresses: Addresses): void {
  const created = new Map(chain.transactions.map((transaction) => [transaction.creates, transaction]));
  for (const contract of contractNames) {
    if (contract === "OwnerMultisig") continue;
    const founders = {
      constitution: ZeroAddress,
      verifiers: ZeroAddress,
      previousLedger: ZeroAddress,
      previousHead: ZeroHash,
    };
    const args = constructorArguments<string, string>(contract, (name) => addresses[name], founders);
    const data = artifactOf(contract).bytecode + interfaceOf(contract).encodeDeploy(args).slice(2);
    const creation = created.get(addresses[contract].toLowerCase());
    if (creation?.data === data.toLowerCase()) continue;
    throw new FabricError("EVIDENCE_FOREIGN_CODE", { contract, transaction: creation?.hash ?? "that is not there" });
  }
}
