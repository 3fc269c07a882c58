import { type Command, InvalidArgumentError } from "commander";
import {
  type Chain,
  etherText,
  gwei,
  practiceChainId,
  type SenderOptions,
  usualFeeMax,
  usualTipMax,
} from "../governance/index.ts";

// What sending costs, said to whoever pays.

/** Lets a command that sends be told the most that is paid. */
export function takeMaxFee(command: Command): Command {
  return command.option(
    "--max-fee <gwei>",
    `most to pay for a unit of gas (default: ${usualFeeMax / gwei} gwei, of which a tip of ${usualTipMax / gwei}, or as much as the base fee)`,
    maxFee,
  );
}

/** @returns wei */
function maxFee(text: string): bigint {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("A whole number of gwei is right, as 800.");
  return BigInt(text) * gwei;
}

/** As the chain asks, within bounds; where it costs money, it is said before and after what. */
export function payingOn(chain: Pick<Chain, "chainId">, feeMax: bigint | undefined): SenderOptions {
  const bounds = { fees: null, ...(feeMax === undefined ? {} : { feeMax }) };
  if (chain.chainId === practiceChainId) return bounds;
  return {
    ...bounds,
    onSending: (wei) => console.error(`Sending costs at most ${etherText(wei)}.`),
    onPaid: (wei) => console.error(`It cost ${etherText(wei)}.`),
  };
}

/** What a transaction cost, for programs; null where none was sent. */
export function costOf({ costWei }: { readonly costWei: bigint | null }): { readonly costWei: string | null } {
  return { costWei: costWei === null ? null : String(costWei) };
}
