import { type Manifest, parametersOf } from "../config/index.ts";
import type { Genesis } from "../fabric/index.ts";
import {
  type Chain,
  type Deployment,
  deployFabric,
  practiceFees,
  readParameters,
  readSession,
  Sender,
} from "../governance/index.ts";
import type { NodeView } from "../nodes/index.ts";
import { type Deciders, found, type OwnerLogEntry, type PracticeKeys, practiceKeys } from "../owner/index.ts";
import { DrillClock } from "./clock.ts";
import { nodeKey, submitterKey } from "./keys.ts";
import { type Play, purposeOf } from "./play.ts";

/** The chain of a run, made ready: contracts deployed, the manifest's fabric founded by its practice owners. */
export type Stage = {
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly genesis: Genesis;
  readonly clock: DrillClock;
  readonly keys: PracticeKeys;
  readonly deciders: Deciders;
  readonly founding: readonly OwnerLogEntry[];
  /** Says when the next block is, before each transaction of the owners and the guardian. */
  readonly setBlockTime: (time: number) => void;
};

/**
 * Deploys and founds a fabric on a chain that takes the times of its blocks from outside.
 * @throws PRACTICE_ONLY on any chain but 31337
 * @throws TICK_TOO_SHORT
 */
export async function setStage(play: Play, chain: Chain): Promise<Stage> {
  const { manifest, seed } = play;
  const keys = practiceKeys(chain.chainId);
  let time = (await chain.latest()).time + 1;
  const beforeTransaction = async () => {
    await chain.rpc("evm_setNextBlockTimestamp", [time++]);
  };
  const options = { fees: practiceFees, beforeTransaction };
  const relayer = new Sender(chain, keys.deployer, options);
  const deployment = await deployFabric(relayer, { constitution: keys.constitution });
  const deciders = { deployment, relayer, owners: keys.owners, guardian: new Sender(chain, keys.guardian, options) };
  const founding = await found(deciders, {
    parameters: foundingParameters(manifest, seed),
    guardianPauseSecondsMax: manifest.fabric.guardianPauseSecondsMax,
    anchorer: keys.anchorer.address,
    purpose: purposeOf(play),
    marketplace: keys.marketplace.address,
    guardians: [keys.guardian],
    operatorOf: keys.operatorOf,
  });
  const clock = new DrillClock((await chain.latest()).time, manifest.fabric.tickMs);
  const { maxLagBlocks, maxSilentTicks } = manifest.chain;
  const ledger = deployment.contracts.CheckpointLedger.address.toLowerCase();
  const genesis = { chainId: chain.chainId, ledger, seed, maxLagBlocks, maxSilentTicks };
  const setBlockTime = (next: number) => {
    time = next;
  };
  return { chain, deployment, genesis, clock, keys, deciders, founding, setBlockTime };
}

export function foundingParameters(manifest: Manifest, seed: number) {
  return parametersOf(manifest, (role, id) => {
    const { publicKey } = role === "node" ? nodeKey(seed, id) : submitterKey(seed, id);
    return { keyKind: publicKey.kind, key: publicKey.bytes };
  });
}

/** What nodes read on the chain by themselves, at the newest block. */
export async function readNodeView({ chain, deployment }: Stage): Promise<NodeView> {
  const { hash, number, time } = await chain.latest();
  const { parameters } = await readParameters(chain, deployment, hash);
  const { epoch, sessionKey } = await readSession(chain, deployment, hash);
  return { epoch, sessionKey, block: number, time, parameters };
}
