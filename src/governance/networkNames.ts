import { Network } from "ethers";

// What everybody calls the public networks. Chain 31337 is nobody's: chains for practice have it.

/** The id that practice chains have. */
export const practiceChainId = 31337;

/** What a practice chain is called. */
export const practiceNetworkName = "practice";

/** What a network may be called. */
export const networkNameForm = /^[a-z0-9][a-z0-9._-]{0,31}$/i;

/** What the network of a chain is called by everybody; null for one that has no such name. */
export function commonNetworkName(chainId: number): string | null {
  if (chainId === practiceChainId) return practiceNetworkName;
  const { name } = Network.from(chainId);
  return name === "unknown" ? null : name;
}

/**
 * Why a chain cannot be called so: it has another name with everybody, or everybody calls another one so.
 * @returns null when it can
 */
export function misnaming(chainId: number, name: string): string | null {
  const common = commonNetworkName(chainId);
  if (common !== null) return common === name ? null : `everybody calls it ${common}`;
  const other = commonNetworkId(name);
  return other === null ? null : `that is chain ${other}`;
}

/** The id of the network that everybody calls so; null where nobody does. */
function commonNetworkId(name: string): number | null {
  if (name === practiceNetworkName) return practiceChainId;
  try {
    return Number(Network.from(name).chainId);
  } catch {
    return null;
  }
}
