import hre from "hardhat";
import { readManifest } from "../../src/config/manifest.ts";
import { type KeyOf, parametersOf } from "../../src/config/parameters.ts";
import type { Parameters } from "../../src/fabric/parameters.ts";
import { Chain, type Deployment, deployFabric, practiceFees, Sender } from "../../src/governance/index.ts";
import { type Deciders, found, type OwnerLogEntry, type PracticeKeys, practiceKeys } from "../../src/owner/index.ts";

/** A chain of a test's own, served on 127.0.0.1. */
export type LocalChain = { readonly url: string; readonly chain: Chain; stop(): Promise<void> };

export async function startChain(): Promise<LocalChain> {
  const server = await hre.network.createServer("drill", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const url = `http://${address}:${port}`;
  const chain = await Chain.open(url);
  const stop = async () => {
    chain.close();
    await server.close();
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
  const relayer = new Sender(chain, keys.deployer, { fees: practiceFees });
  const guardian = new Sender(chain, keys.guardian, { fees: practiceFees });
  const deployment = await deployFabric(relayer, { constitution: keys.constitution });
  const parameters = parametersOf(dossier, keyOf);
  const deciders = { deployment, relayer, guardian, owners: keys.owners };
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

export const dossier = readManifest(new URL("../../config/fabric.json", import.meta.url).pathname);

/** Public keys that differ, of the three kinds by turns. */
export const keyOf: KeyOf = (role, id) => {
  const text = Buffer.alloc(32, `${role}/${id}/`);
  return { keyKind: "ed25519", key: new Uint8Array(text) };
};
