import { Network } from "ethers";

// What everybody calls the public networks. Chain 31337 is nobody's: chains for practice have it.

/** The id that practice chains have. */
export const practiceChainId = 31337;

/** What the network with that id is called by everybody; null for one that has no such name. */
export function commonNetworkName(chainId: number): string | null {
  const { name } = Network.from(chainId);
  return name === "unknown" ? null : name;
}

/** The id of the network that everybody calls so; null where nobody does. */
export function commonNetworkId(name: string): number | null {
  try {
    return Number(Network.from(name).chainId);
  } catch {
    return null;
  }
}
