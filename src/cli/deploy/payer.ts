import { FabricError } from "../../errors.ts";
import {
  type Chain,
  currentFees,
  etherText,
  practiceFees,
  type Sender,
  type SenderOptions,
} from "../../governance/index.ts";
import { practiceKeys } from "../../owner/index.ts";
import { openKey } from "../key.ts";
import { count } from "../table.ts";

/** Who pays for what is deployed; on chain 31337 the practice deployer, unless told. @throws as `openKey`; PRACTICE_ONLY */
export async function payerOn(
  chain: Chain,
  payer: string | undefined,
  feeMax: bigint | undefined,
): Promise<{ key: string; options: SenderOptions }> {
  const bounds = feeMax === undefined ? {} : { feeMax };
  if (payer !== undefined) return { key: await openKey(payer), options: { fees: null, ...bounds } };
  return { key: practiceKeys(chain.chainId).deployer.privateKey, options: { fees: practiceFees } };
}

/**
 * What so much gas may cost now, and whether the payer has it, in words.
 * @throws PAYER_POOR, FEE_TOO_HIGH
 */
export async function costWords({ chain, address }: Sender, gas: number, feeMax?: bigint): Promise<string> {
  const { maxFeePerGas } = await currentFees(chain, feeMax === undefined ? { gas } : { gas, feeMax });
  const balance = BigInt(String(await chain.rpc("eth_getBalance", [address, "latest"])));
  const most = BigInt(gas) * maxFeePerGas;
  if (balance < most)
    throw new FabricError("PAYER_POOR", { payer: address, has: etherText(balance), needs: etherText(most) });
  return `${count(gas)} gas, at most ${etherText(most)}; ${address} pays, and has ${etherText(balance)}`;
}
