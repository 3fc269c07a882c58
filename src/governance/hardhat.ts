import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

/** Hardhat with this project's `hardhat.config.ts`, from wherever that is asked. It takes a second to load. */
export async function loadHardhat(): Promise<HardhatRuntimeEnvironment> {
  const { createHardhatRuntimeEnvironment, importUserConfig } = await import("hardhat/hre");
  const config = fileURLToPath(new URL("../../hardhat.config.ts", import.meta.url));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  return createHardhatRuntimeEnvironment(await importUserConfig(config), { config }, root);
}
