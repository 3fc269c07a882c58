import type { ContractTransactionResponse, TransactionResponse } from "ethers";

/** What a whole transaction, or several that belong together, cost. */
export type GasUse = {
  /** The contract, or the system of several, that is used. */
  readonly by: string;
  /** What is done with it; systems that do the same say the same. */
  readonly use: string;
  readonly gas: number;
};

/** Gas of the whole transaction that is sent. */
export async function gasOf(sent: Promise<TransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("The transaction was not mined.");
  return Number(receipt.gasUsed);
}

/** What each call costs, one after the other. */
export async function usesOf(
  by: string,
  calls: Readonly<Record<string, () => Promise<ContractTransactionResponse>>>,
): Promise<GasUse[]> {
  const uses: GasUse[] = [];
  for (const [use, call] of Object.entries(calls)) uses.push({ by, use, gas: await gasOf(call()) });
  return uses;
}
