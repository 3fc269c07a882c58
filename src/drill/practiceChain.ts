import { network } from "hardhat";

/** A chain of its own for one run, in this process, that answers at a URL of this computer. */
export type PracticeChain = { readonly url: string; close(): Promise<void> };

/** Hardhat's chain "drill" of `hardhat.config.ts`, on a free port of 127.0.0.1. */
export async function startPracticeChain(): Promise<PracticeChain> {
  const server = await network.createServer("drill", "127.0.0.1", 0);
  const { port } = await server.listen();
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
