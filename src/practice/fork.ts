import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricError } from "../errors.ts";
import { type Chain, ChainRefusal, malformed } from "../governance/index.ts";
import { makeNetworks, type PracticeChain } from "./chain.ts";
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
  const source = await ChainServer.listen(0, async (method, params) => {
    asked = method;
    // A fork keeps nothing of blocks that may be reorganised, and would ask a thousand times for the same state. This one
    // is over before that matters, and asks for no newer block.
    if (method === "eth_blockNumber") return `0x${(number + reorganisedMost).toString(16)}`;
    try {
      return await chain.rpc(method, params);
    } catch (error) {
      // What a node refuses, a fork can often do without.
      if (error instanceof FabricError && !(error instanceof ChainRefusal)) failure ??= error;
      throw error;
    }
  });
  // Kept by the port of `source`, which another fork will have one day: a folder of its own, and gone with it.
  const cache = mkdtempSync(join(tmpdir(), "fabric-fork-"));
  const end = () => {
    source.close();
    rmSync(cache, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const networks = await makeNetworks(cache);
    // Nobody has wealth or code there that they have not on the chain; Hardhat would also work out the addresses of twenty.
    const override = { chainId: chain.chainId, accounts: [], forking: { url: source.url, blockNumber: number } };
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
        end();
      },
    };
  } catch (error) {
    end();
    if (failure !== null) throw failure;
    throw malformed(asked, "no fork can be made from it", error);
  }
}

/** Blocks that a fork takes to be safe when so many came after them. */
const reorganisedMost = 1024;

/** A fork, and why it could not hear of the chain what it needed; null as long as it could. */
export type Fork = PracticeChain & { readonly failure: FabricError | null };
