import { FabricError } from "../errors.ts";

/**
 * URL of a node: given as such, or by its name in `hardhat.config.ts`. Undefined for "drill", the chain that a drill has
 * of its own.
 * @throws NETWORK_UNKNOWN
 */
export async function networkUrl(nameOrUrl: string): Promise<string | undefined> {
  if (nameOrUrl === "drill") return undefined;
  if (/^https?:\/\//.test(nameOrUrl)) return nameOrUrl;
  // Hardhat takes a second to load, and few drills name a network.
  const { networks } = (await import("hardhat")).config;
  const network = networks[nameOrUrl];
  if (network?.type === "http") return network.url.getUrl();
  const known = Object.keys(networks).filter((name) => networks[name].type === "http");
  throw new FabricError("NETWORK_UNKNOWN", { name: nameOrUrl, known: ["drill", ...known].join(", ") });
}
