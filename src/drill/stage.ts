import type { Genesis } from "../fabric/index.ts";
import { type Chain, type Deployment, Reader, readSession } from "../governance/index.ts";
import type { NodeView } from "../nodes/index.ts";
import type { Deciders, OwnerLogEntry, PracticeKeys } from "../owner/index.ts";
import { foundPractice } from "../practice/index.ts";
import { DrillClock } from "./clock.ts";
import { type Play, purposeOf } from "./play.ts";

/** The chain of a run, made ready: contracts deployed, the manifest's fabric founded by its practice owners. */
export type Stage = {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** What the nodes read with: nothing on the chain of a run is ever taken back. */
  readonly reader: Reader;
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
  let time = (await chain.latest()).time + 1;
  const beforeTransaction = async () => {
    await chain.rpc("evm_setNextBlockTimestamp", [time++]);
  };
  const fabric = await foundPractice(chain, manifest, { seed, purpose: purposeOf(play), beforeTransaction });
  const clock = new DrillClock((await chain.latest()).time, manifest.fabric.tickMs);
  const setBlockTime = (next: number) => {
    time = next;
  };
  return { chain, ...fabric, reader: new Reader(chain, fabric.deployment), clock, setBlockTime };
}

/** What nodes read on the chain by themselves, at the newest block. */
export async function readNodeView({ chain, deployment, reader }: Stage): Promise<NodeView> {
  const { hash, number, time } = await chain.latest();
  const { parameters } = await reader.read(hash);
  const { epoch, sessionKey } = await readSession(chain, deployment, hash);
  return { epoch, sessionKey, block: number, time, parameters };
}
