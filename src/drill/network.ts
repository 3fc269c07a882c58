import { config } from "hardhat";
import { FabricError } from "../errors.ts";

/**
 * URL of a node: given as such, or by its name in `hardhat.config.ts`.
 * @throws NETWORK_UNKNOWN
 */
export async function networkUrl(nameOrUrl: string): Promise<string> {
  if (/^https?:\/\//.test(nameOrUrl)) return nameOrUrl;
  const network = config.networks[nameOrUrl];
  if (network?.type === "http") return network.url.getUrl();
  const known = Object.entries(config.networks).flatMap(([name, { type }]) => (type === "http" ? [name] : []));
  throw new FabricError("NETWORK_UNKNOWN", { name: nameOrUrl, known: known.join(", ") });
}
