import type { Wallet } from "ethers";
import { readManifest } from "../../src/config/manifest.ts";
import { type KeyOf, parametersOf } from "../../src/config/parameters.ts";
import type { Parameters } from "../../src/fabric/parameters.ts";
import { Chain, type Deployment, deployFabric, practiceFees, Sender } from "../../src/governance/index.ts";
import { type Deciders, found, type OwnerLogEntry, type PracticeKeys, practiceKeys } from "../../src/owner/index.ts";
import { startPracticeChain } from "../../src/practice/chain.ts";

/** A chain of a test's own, served on 127.0.0.1. */
export type LocalChain = { readonly url: string; readonly chain: Chain; stop(): Promise<void> };

export async function startChain(override: { chainId?: number } = {}): Promise<LocalChain> {
  const { url, close } = await startPracticeChain(override);
  const chain = await Chain.open(url);
  const stop = async () => {
    chain.close();
    await close();
  };
  return { url, chain, stop };
}

/** A fabric as its manifest describes it, deployed and founded by the practice owners. */
export type LocalFabric = LocalChain & {
  readonly deployment: Deployment;
  readonly parameters: Parameters;
  readonly keys: PracticeKeys;
  readonly deciders: Deciders;
  readonly founding: readonly OwnerLogEntry[];
  /** Sets the time of the next block, `seconds` after the newest. */
  readonly nextBlockAfter: (seconds: number) => Promise<void>;
};

export async function startFabric(): Promise<LocalFabric> {
  const local = await startChain();
  const { chain } = local;
  const keys = practiceKeys(chain.chainId);
  const deployment = await deployFabric(senderOf(chain, keys.deployer), { constitution: keys.constitution });
  const parameters = parametersOf(dossier, keyOf);
  const deciders = decidersOf(chain, deployment);
  const founding = await found(deciders, {
    parameters,
    guardianPauseSecondsMax: dossier.fabric.guardianPauseSecondsMax,
    anchorer: keys.anchorer.address,
    marketplace: keys.marketplace.address,
    guardians: [keys.guardian],
    operatorOf: keys.operatorOf,
  });
  const nextBlockAfter = async (seconds: number) => {
    await chain.rpc("evm_setNextBlockTimestamp", [(await chain.latest()).time + seconds]);
  };
  return { ...local, deployment, parameters, keys, deciders, founding, nextBlockAfter };
}

/** The practice owners anew: their senders have not counted anything yet. */
export function decidersOf(chain: Chain, deployment: Deployment): Deciders {
  const { deployer, guardian, owners } = practiceKeys(chain.chainId);
  return { deployment, relayer: senderOf(chain, deployer), guardian: senderOf(chain, guardian), owners };
}

export function senderOf(chain: Chain, wallet: Wallet): Sender {
  return new Sender(chain, wallet, { fees: practiceFees });
}

export const dossier = readManifest(new URL("../../config/fabric.json", import.meta.url).pathname);

/** Public keys that differ, of the three kinds by turns. */
export const keyOf: KeyOf = (role, id) => {
  const text = Buffer.alloc(32, `${role}/${id}/`);
  return { keyKind: "ed25519", key: new Uint8Array(text) };
};
