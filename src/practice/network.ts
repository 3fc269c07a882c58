import { FabricError } from "../errors.ts";
import { loadHardhat } from "../governance/index.ts";

/**
 * URL of a node: given as such, or by its name in this project's `hardhat.config.ts`, from wherever that is asked.
 * Undefined for "drill", the chain that a drill has of its own.
 * @throws NETWORK_UNKNOWN
 */
export async function networkUrl(nameOrUrl: string): Promise<string | undefined> {
  if (nameOrUrl === "drill") return undefined;
  if (/^https?:\/\//.test(nameOrUrl) && URL.canParse(nameOrUrl)) return nameOrUrl;
  // Few drills name a network, and Hardhat takes a second to load.
  const { networks } = (await loadHardhat()).config;
  const network = Object.hasOwn(networks, nameOrUrl) ? networks[nameOrUrl] : undefined;
  if (network?.type === "http") return network.url.getUrl();
  const known = Object.keys(networks).filter((name) => networks[name].type === "http");
  throw new FabricError("NETWORK_UNKNOWN", { name: nameOrUrl, known: ["drill", ...known].join(", ") });
}
