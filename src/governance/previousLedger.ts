import { getAddress } from "ethers";
import { FabricError } from "../errors.ts";
import { type Chain, ChainRefusal } from "./chain.ts";
import { contractAt } from "./contracts.ts";
import type { Founders } from "./deployment.ts";

/**
 * The ledger that a new one is to go on from, with its head, on the same chain.
 * @param expected the head that it is to have; whatever it has, unless told
 * @throws PREVIOUS_LEDGER_UNFIT
 */
export async function previousLedger(
  chain: Chain,
  address: string,
  expected?: string,
): Promise<NonNullable<Founders["previous"]>> {
  const unfit = (problem: string, cause?: unknown) =>
    new FabricError("PREVIOUS_LEDGER_UNFIT", { ledger: address, problem }, { cause });
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw unfit("it is no address of a contract");
  const ledger = checksummed(address);
  if (ledger === null) throw unfit("its checksum (EIP-55) is wrong, so that something in it is mistyped");
  const { hash } = await chain.latest();
  let head: string;
  try {
    [, , , , , head] = await contractAt("CheckpointLedger", ledger, chain.at(hash)).snapshot();
  } catch (cause) {
    // Another contract refuses, or answers something else.
    const isAnswer = cause instanceof ChainRefusal || isMalformed(cause);
    if (cause instanceof FabricError && !isAnswer) throw cause;
    throw unfit("no ledger answers there", cause);
  }
  if (expected !== undefined && expected.toLowerCase() !== head)
    throw unfit(`its head is ${head} now, and not ${expected}`);
  return { ledger, head };
}

function isMalformed(error: unknown): boolean {
  return error instanceof FabricError && error.code === "CHAIN_ANSWER_MALFORMED";
}

function checksummed(address: string): string | null {
  try {
    return getAddress(address);
  } catch {
    return null;
  }
}
