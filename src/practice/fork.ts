import type { Chain } from "../governance/index.ts";
import { openNetworks, type PracticeChain } from "./chain.ts";
import { ChainServer } from "./chainServer.ts";

/**
 * A chain of one's own that begins as another one stands, with an empty block a second later: what is done there leaves
 * that one untouched.
 * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED
 */
export async function startFork(chain: Chain): Promise<PracticeChain> {
  const { number, time } = await chain.latest();
  const source = await ChainServer.listen(0, remembering(chain));
  try {
    const networks = await openNetworks();
    const override = { chainId: chain.chainId, forking: { url: source.url, blockNumber: number } };
    const { provider } = await networks.create({ network: "drill", override });
    await provider.request({ method: "evm_mine", params: [time + 1] });
    const server = await ChainServer.listen(0, (method, params) => provider.request({ method, params: [...params] }));
    return {
      url: server.url,
      close: async () => {
        server.close();
        source.close();
      },
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** A fork asks for the same state again and again; the chain is asked once. */
function remembering(chain: Chain) {
  const answers = new Map<string, Promise<unknown>>();
  return (method: string, params: readonly unknown[]): Promise<unknown> => {
    if (!isPinned(method, params)) return chain.rpc(method, params);
    const asked = JSON.stringify([method, params]);
    const answer = answers.get(asked) ?? chain.rpc(method, params);
    answers.set(asked, answer);
    return answer;
  };
}

/** Whether a call is about one block by its number, whose state stays as it is while the fork lives. */
function isPinned(method: string, params: readonly unknown[]): boolean {
  const block = method === "eth_getBlockByNumber" ? params[0] : params.at(-1);
  return typeof block === "string" && /^0x[0-9a-f]{1,12}$/.test(block);
}
