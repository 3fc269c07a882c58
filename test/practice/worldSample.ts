import { fileURLToPath } from "node:url";
import { readManifest } from "../../src/config/index.ts";
import type { Deployment } from "../../src/governance/index.ts";
import type { WorldFolder } from "../../src/practice/index.ts";
import { writeWorld } from "../../src/practice/world.ts";

const { $schema: _, ...manifest } = readManifest(fileURLToPath(new URL("../../config/fabric.json", import.meta.url)));
const contract = { address: "0x5FbDB2315678afecb367f032d93F642f64180aa3", codeHash: `0x${"12".repeat(32)}` };
const deployment: Deployment = {
  format: "planetary-fabric/deployment/v1",
  chainId: 31337,
  genesisHash: `0x${"34".repeat(32)}`,
  blocks: { first: 1, last: 6 },
  contracts: {
    ...{ OwnerMultisig: contract, ShardRegistry: contract, NodeRegistry: contract },
    ...{ SubmitterRegistry: contract, CheckpointLedger: contract, SystemPause: contract },
  },
};

/** Writes the files of a world that was founded and never ran into an empty folder. */
export function foundedFolder(folder: string): WorldFolder {
  const world: WorldFolder = {
    ...{ folder, manifest, deployment },
    file: {
      ...{ format: "planetary-fabric/world/v1", created: "2030-01-01T00:00:00.000Z", seed: 7, confirmations: 0 },
      genesis: { chainId: 31337, ledger: `0x${"5f".repeat(20)}`, seed: 7, maxLagBlocks: 64, maxSilentTicks: 60 },
      ...{ chain: { kind: "practice", port: 8545 }, simulated: ["earth.core-alpha"], anchorer: null },
    },
  };
  writeWorld(world, []);
  return world;
}
