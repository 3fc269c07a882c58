import { type Manifest, parametersOf } from "../config/index.ts";
import type { Genesis, Parameters } from "../fabric/index.ts";
import { type Chain, type Deployment, deployFabric, practiceFees, Sender } from "../governance/index.ts";
import { type Deciders, found, type OwnerLogEntry, type PracticeKeys, practiceKeys } from "../owner/index.ts";
import { nodeKey, submitterKey } from "./keys.ts";

/** A fabric that practice owners founded: what a manifest says, on a chain that is for practice. */
export type PracticeFabric = {
  readonly deployment: Deployment;
  readonly genesis: Genesis;
  readonly keys: PracticeKeys;
  readonly deciders: Deciders;
  readonly founding: readonly OwnerLogEntry[];
};

export type FoundingOptions = {
  /** u32; all keys of nodes and submitters are made from it. */
  readonly seed: number;
  /** What the owners sign that the fabric is for. */
  readonly purpose?: string;
  /** Awaited before each transaction: a drill sets the time of the next block here. */
  readonly beforeTransaction?: () => Promise<void>;
};

/**
 * Deploys the contracts, and has the practice owners order everything that the manifest says.
 * @throws PRACTICE_ONLY on any chain but 31337; errors of the chain
 */
export async function foundPractice(
  chain: Chain,
  manifest: Manifest,
  { seed, purpose, beforeTransaction }: FoundingOptions,
): Promise<PracticeFabric> {
  const keys = practiceKeys(chain.chainId);
  const options = { fees: practiceFees, ...(beforeTransaction === undefined ? {} : { beforeTransaction }) };
  const relayer = new Sender(chain, keys.deployer, options);
  const deployment = await deployFabric(relayer, { constitution: keys.constitution });
  const deciders = { deployment, relayer, owners: keys.owners, guardian: new Sender(chain, keys.guardian, options) };
  const founding = await found(deciders, {
    parameters: foundingParameters(manifest, seed),
    guardianPauseSecondsMax: manifest.fabric.guardianPauseSecondsMax,
    anchorer: keys.anchorer.address,
    ...(purpose === undefined ? {} : { purpose }),
    marketplace: keys.marketplace.address,
    guardians: [keys.guardian],
    operatorOf: keys.operatorOf,
  });
  const { maxLagBlocks, maxSilentTicks } = manifest.chain;
  const ledger = deployment.contracts.CheckpointLedger.address.toLowerCase();
  const genesis = { chainId: chain.chainId, ledger, seed, maxLagBlocks, maxSilentTicks };
  return { deployment, genesis, keys, deciders, founding };
}

/** What the chain is to say after the founding, with keys that are made from the seed. */
export function foundingParameters(manifest: Manifest, seed: number): Parameters {
  return parametersOf(manifest, (role, id) => {
    const { publicKey } = role === "node" ? nodeKey(seed, id) : submitterKey(seed, id);
    return { keyKind: publicKey.kind, key: publicKey.bytes };
  });
}
