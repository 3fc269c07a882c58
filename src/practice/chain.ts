import { fileURLToPath } from "node:url";
import type { NetworkManager } from "hardhat/types/network";
import { practiceNetwork } from "./chainTerms.ts";

/** A chain of its own, in this process, that answers at a URL of this computer. */
export type PracticeChain = { readonly url: string; close(): Promise<void> };

/** A chain in this process. What it refuses it refuses with an error that has a `code`, a `message` and `data`. */
export type ChainProvider = {
  request(asked: { readonly method: string; readonly params: readonly unknown[] }): Promise<unknown>;
};

let networks: Promise<NetworkManager> | undefined;

/** Hardhat's chain on the terms of `practiceNetwork`, on a free port of 127.0.0.1. */
export async function startPracticeChain(override: { readonly chainId?: number } = {}): Promise<PracticeChain> {
  const server = await (await openNetworks()).createServer({ network: "drill", override }, "127.0.0.1", 0);
  const { port } = await server.listen();
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/**
 * Hardhat's chain on the same terms, for this process alone.
 * @param genesisTime of its first block, Unix seconds
 */
export async function openPracticeChain(genesisTime: number): Promise<ChainProvider> {
  const initialDate = new Date(genesisTime * 1000);
  return (await (await openNetworks()).create({ network: "drill", override: { initialDate } })).provider;
}

/** Hardhat's networks, of which this process has one set that forks nothing. */
function openNetworks(): Promise<NetworkManager> {
  networks ??= makeNetworks();
  return networks;
}

/**
 * An environment without the project's plugins, and with artifacts nowhere: Hardhat would read all that the compiler ever
 * said, seconds of work, to draw stack traces that nobody looks at.
 * @param cache folder for what a fork hears of its chain
 */
export async function makeNetworks(cache = "cache"): Promise<NetworkManager> {
  // Unless told otherwise, Hardhat reports from every terminal that it was used.
  process.env.HARDHAT_DISABLE_TELEMETRY = "true";
  const { createHardhatRuntimeEnvironment } = await import("hardhat/hre");
  const config = { paths: { artifacts: "artifacts/none", cache }, networks: { drill: practiceNetwork } };
  const root = fileURLToPath(new URL("../..", import.meta.url));
  return (await createHardhatRuntimeEnvironment(config, {}, root)).network;
}
