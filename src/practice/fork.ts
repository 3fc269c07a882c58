import { FabricError } from "../errors.ts";
import { type Chain, ChainRefusal, malformed } from "../governance/index.ts";
import { openNetworks, type PracticeChain } from "./chain.ts";
import { ChainServer } from "./chainServer.ts";

/**
 * A chain of one's own that begins as another one stands, with an empty block a second later: what is done there leaves
 * that one untouched.
 * @throws CHAIN_UNREACHABLE, CHAIN_ANSWER_MALFORMED
 */
export async function startFork(chain: Chain): Promise<Fork> {
  const { number, time } = await chain.latest();
  let asked = "eth_getBlockByNumber";
  let failure: FabricError | null = null;
  const ask = remembering(chain);
  const source = await ChainServer.listen(0, async (method, params) => {
    asked = method;
    try {
      return await ask(method, params);
    } catch (error) {
      // What a node refuses, a fork can often do without.
      if (error instanceof FabricError && !(error instanceof ChainRefusal)) failure ??= error;
      throw error;
    }
  });
  try {
    const networks = await openNetworks();
    const override = { chainId: chain.chainId, forking: { url: source.url, blockNumber: number } };
    const { provider } = await networks.create({ network: "drill", override });
    await provider.request({ method: "evm_mine", params: [time + 1] });
    const server = await ChainServer.listen(0, (method, params) => provider.request({ method, params: [...params] }));
    return {
      url: server.url,
      get failure() {
        return failure;
      },
      close: async () => {
        server.close();
        source.close();
      },
    };
  } catch (error) {
    source.close();
    if (failure !== null) throw failure;
    throw malformed(asked, "no fork can be made from it", error);
  }
}

/** A fork, and why it could not hear of the chain what it needed; null as long as it could. */
export type Fork = PracticeChain & { readonly failure: FabricError | null };

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
