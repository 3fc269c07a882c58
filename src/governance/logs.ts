import { toQuantity } from "ethers";
import { z } from "zod";
import { type Chain, ChainRefusal } from "./chain.ts";

/** What is wanted of logs, besides their blocks. */
export type LogFilter = {
  readonly address: string | readonly string[];
  readonly topics?: readonly (string | readonly string[] | null)[];
};

/**
 * Logs of the blocks from one to another, in the chain's order and as the node answers. Many nodes refuse to look at many
 * blocks at once, or to answer with many logs: what one refuses is asked for again in halves.
 * @throws CHAIN_UNREACHABLE; CHAIN_REFUSED when not even the logs of one block are to be had
 */
export async function readLogs(
  chain: Chain,
  filter: LogFilter,
  fromBlock: number,
  toBlock: number,
): Promise<readonly unknown[]> {
  try {
    const blocks = { fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) };
    return z.array(z.unknown()).parse(await chain.rpc("eth_getLogs", [{ ...filter, ...blocks }]));
  } catch (error) {
    if (!(error instanceof ChainRefusal) || fromBlock >= toBlock) throw error;
    const middle = Math.floor((fromBlock + toBlock) / 2);
    const first = await readLogs(chain, filter, fromBlock, middle);
    return [...first, ...(await readLogs(chain, filter, middle + 1, toBlock))];
  }
}
