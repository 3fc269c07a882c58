import { FabricError } from "../../errors.ts";
import type { Chain, Deployment } from "../../governance/index.ts";
import { readDelay } from "../announcement.ts";
import { type Batch, batchOf, type Call } from "../batch.ts";
import { catalogue } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { describeCalls, vocabularyOf } from "../describe.ts";
import { invalid } from "../entry.ts";
import type { Lane, Office } from "../office.ts";
import { officesOf, readWorld } from "../world.ts";
import { differencesOf, governedValues } from "./governed.ts";
import { nonceOf, type Plan, sealPlan, seqOf } from "./planFile.ts";
import { firstUses, levelOf, reasonsIn } from "./severity.ts";
import { combine, laneOfAll, onFork, type Simulation, simulate } from "./simulation.ts";
import { type StandIns, standIn } from "./standIn.ts";

/** What a plan is made for. */
export type Wish =
  | {
      readonly changes: readonly Change[] /** Other reasons for care, as sentences. */;
      readonly reasons?: readonly string[];
    }
  /** Nothing, in the place of what was signed. */
  | { readonly withdraw: { readonly lane: Lane; readonly seq: number } };

/**
 * Plans changes as one batch of the owners, and tries it and its undoing on a fork.
 * @param fork of the newest state, with one empty block on it; it is left as it was
 * @throws CHANGE_INVALID; REVERTED and its kin when a contract would refuse it
 */
export function makePlan(fork: Chain, deployment: Deployment, wish: Wish): Promise<Plan> {
  return onFork(fork, async () => {
    const changes = "changes" in wish ? wish.changes : [];
    for (const { kind } of changes)
      if (catalogue[kind].by !== "owners")
        throw invalid(
          kind,
          "a guardian decides it alone, and the owners sign nothing",
          "Make it with the guardian's key",
        );
    const world = await readWorld(fork, deployment);
    const { office } = officesOf(world, "constitute");
    const { calls, undo, lasts } = await onFork(fork, () => combine(fork, deployment, changes));
    const sentence = describeCalls(calls, vocabularyOf(world));
    const lane = "withdraw" in wish ? wish.withdraw.lane : laneOfAll(changes.map(({ kind }) => catalogue[kind].lane));
    const seq = "withdraw" in wish ? wish.withdraw.seq : seqOf(office.nonces[lane]);
    const delaySeconds = await readDelay(fork, deployment, calls);
    const block = await baseOf(fork);
    const first = await usesOf(fork, deployment, calls);
    const signed = batchOf(office, lane, calls, sentence, block.time + delaySeconds);
    const { validAfter, validUntil } = signed;
    const trial = await tryOut(fork, deployment, { ...signed, nonce: nonceOf(lane, seq) }, delaySeconds, undo);
    const extra = "changes" in wish ? (wish.reasons ?? []) : [];
    return sealPlan({
      ...{ format: "planetary-fabric/plan/v1", chainId: fork.chainId, contracts: addressesOf(deployment), changes },
      ...{ sentence, calls: [...calls], lane, seq, epoch: Number(office.epoch), validAfter, validUntil, delaySeconds },
      severity: {
        level: levelOf(changes),
        reasons: [...reasonsIn(calls, deployment), ...first, ...extra],
      },
      differences: [...trial.change.differences],
      trial: {
        ...{ block: block.number, blockHash: block.hash },
        ...{ gas: trial.change.gasUsed, events: [...trial.change.events] },
      },
      undo: trial.undo,
      lasts: [...lasts],
    });
  });
}

/** The block of the real chain that a fork stands on. */
export async function baseOf(fork: Chain) {
  const { number } = await fork.latest();
  const block = await fork.block(number - 1);
  if (block === null) throw new RangeError("a fork stands on a block of the chain");
  return block;
}

export function addressesOf({ contracts }: Deployment): Plan["contracts"] {
  const { OwnerMultisig, ShardRegistry, NodeRegistry, SubmitterRegistry, CheckpointLedger, SystemPause } = contracts;
  return {
    ...{ OwnerMultisig: OwnerMultisig.address, ShardRegistry: ShardRegistry.address },
    ...{ NodeRegistry: NodeRegistry.address, SubmitterRegistry: SubmitterRegistry.address },
    ...{ CheckpointLedger: CheckpointLedger.address, SystemPause: SystemPause.address },
  };
}

/** Not every node keeps the history that it takes. */
async function usesOf(fork: Chain, deployment: Deployment, calls: readonly Call[]): Promise<string[]> {
  try {
    return await firstUses(fork, deployment, calls);
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    return ["The chain does not tell which functions these owners have called before."];
  }
}

/** Makes the batch on a fork, and undoes it there; the fork is left so. */
async function tryOut(
  fork: Chain,
  deployment: Deployment,
  batch: Batch,
  delay: number,
  undo: readonly Change[] | null,
): Promise<{ readonly change: Simulation; readonly undo: Plan["undo"] }> {
  const world = await readWorld(fork, deployment);
  const standIns = await standIn(fork, officesOf(world, "constitute").office);
  const change = await simulate(fork, deployment, standIns, batch, delay);
  if (undo === null || undo.length === 0) return { change, undo: null };
  const tried = await tryUndo(fork, deployment, standIns, undo);
  const left = differencesOf(governedValues(world), governedValues(await readWorld(fork, deployment)));
  const kept = left.map(({ what }) => what).join(", ");
  const brings =
    tried.gas === null ? tried.why : kept === "" ? "Every value is again as it was." : `It leaves: ${kept}.`;
  const { sentence, gas } = tried;
  return { change, undo: { changes: undo, sentence, gas, note: `It needs new signatures of the owners. ${brings}` } };
}

type Tried = { readonly sentence: string; readonly gas: number | null; readonly why: string };

async function tryUndo(
  fork: Chain,
  deployment: Deployment,
  standIns: StandIns,
  undo: readonly Change[],
): Promise<Tried> {
  try {
    const { calls } = await onFork(fork, () => combine(fork, deployment, undo));
    const world = await readWorld(fork, deployment);
    const { nonces }: Office = officesOf(world, "constitute").office;
    const sentence = describeCalls(calls, vocabularyOf(world));
    const lane = laneOfAll(undo.map(({ kind }) => catalogue[kind].lane));
    const delay = await readDelay(fork, deployment, calls);
    const batch = batchOf({ ...standIns.office, nonces }, lane, calls, sentence, world.time + delay);
    const { gasUsed } = await simulate(fork, deployment, standIns, batch, delay);
    return { sentence, gas: gasUsed, why: "" };
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    return { sentence: "", gas: null, why: `Right after the change it would be refused: ${error.message}` };
  }
}
