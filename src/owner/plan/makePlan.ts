import { FabricError } from "../../errors.ts";
import type { Block, Chain, Deployment } from "../../governance/index.ts";
import { readDelay } from "../announcement.ts";
import { type Batch, batchOf, type Call } from "../batch.ts";
import { catalogue } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { describeCalls, vocabularyOf } from "../describe.ts";
import { invalid } from "../entry.ts";
import type { Lane } from "../office.ts";
import { officesKnown, readWorldAt, type World } from "../world.ts";
import { type Difference, differencesOf, governedValues } from "./governed.ts";
import { nonceOf, type Plan, sealPlan, seqOf } from "./planFile.ts";
import type { Routing } from "./routing.ts";
import { firstUses, levelOf, reasonsIn, retiredReasons } from "./severity.ts";
import { combine, laneOfAll, onFork, type Simulation, simulate } from "./simulation.ts";
import { type StandIns, standIn } from "./standIn.ts";

/** What a plan is made for. */
export type Wish =
  | {
      readonly changes: readonly Change[];
      /** Other reasons for care, as sentences. */
      readonly reasons?: readonly string[];
      /** Plays a past run again with what the change changes. */
      readonly replay?: ((differences: readonly Difference[]) => Promise<Routing>) | undefined;
    }
  /** Nothing, in the place of what was signed. */
  | { readonly withdraw: { readonly lane: Lane; readonly seq: number } };

/** A chain, and a fork of its newest state with one empty block on it. */
export type Ground = { readonly chain: Chain; readonly fork: Chain };

/**
 * Plans changes as one batch of the owners, and tries it and its undoing on the fork, which is left as it was.
 * @throws CHANGE_INVALID; REVERTED and its kin when a contract would refuse it
 */
export function makePlan(ground: Ground, deployment: Deployment, wish: Wish): Promise<Plan> {
  const { chain, fork } = ground;
  return onFork(fork, async () => {
    const changes = "changes" in wish ? wish.changes : [];
    for (const { kind } of changes)
      if (catalogue[kind].by !== "owners")
        throw invalid(
          kind,
          "a guardian decides it alone, and the owners sign nothing",
          "Make it with the guardian's key",
        );
    const block = await baseOf(ground);
    const world = await readWorldAt(chain, deployment, block);
    const { office } = officesKnown(world);
    const { calls, undo, lasts } = await onFork(fork, () => combine(fork, deployment, world, changes));
    const sentence = describeCalls(calls, vocabularyOf(world));
    const lane = "withdraw" in wish ? wish.withdraw.lane : laneOfAll(changes.map(({ kind }) => catalogue[kind].lane));
    const seq = "withdraw" in wish ? wish.withdraw.seq : seqOf(office.nonces[lane]);
    const delaySeconds = await readDelay(chain, deployment, calls);
    const first = await usesOf(chain, deployment, calls);
    const signed = batchOf(office, lane, calls, sentence, block.time + delaySeconds);
    const { validAfter, validUntil } = signed;
    const batch = { ...signed, nonce: nonceOf(lane, seq) };
    const trial = await tryOut(fork, deployment, world, batch, delaySeconds, undo);
    const differences = differencesOf(governedValues(world), governedValues(trial.change.world));
    const replay = "changes" in wish ? wish.replay : undefined;
    const extra = "changes" in wish ? (wish.reasons ?? []) : [];
    return sealPlan({
      ...{ format: "planetary-fabric/plan/v1", chainId: chain.chainId, contracts: addressesOf(deployment), changes },
      ...{ sentence, calls: [...calls], lane, seq, epoch: Number(office.epoch), validAfter, validUntil, delaySeconds },
      severity: {
        level: levelOf(changes),
        reasons: [...reasonsIn(calls, deployment), ...retiredReasons(world.parameters), ...first, ...extra],
      },
      differences,
      trial: {
        ...{ block: block.number, blockHash: block.hash },
        ...{ gas: trial.change.gasUsed, events: [...trial.change.events] },
      },
      routing: (await replay?.(differences)) ?? null,
      undo: trial.undo,
      lasts: [...lasts],
    });
  });
}

/** The block of the real chain that a fork stands on. */
export async function baseOf({ chain, fork }: Ground): Promise<Block> {
  const { parentHash } = await fork.latest();
  const block = await chain.blockOf(parentHash);
  if (block !== null) return block;
  throw new FabricError("CHAIN_REFUSED", {
    ...{ url: chain.place, method: "eth_getBlockByHash" },
    reason: `it does not have block ${parentHash} any more, which it was tried on: it was reorganised`,
  });
}

function addressesOf({ contracts }: Deployment): Plan["contracts"] {
  const { OwnerMultisig, ShardRegistry, NodeRegistry, SubmitterRegistry, CheckpointLedger, SystemPause } = contracts;
  return {
    ...{ OwnerMultisig: OwnerMultisig.address, ShardRegistry: ShardRegistry.address },
    ...{ NodeRegistry: NodeRegistry.address, SubmitterRegistry: SubmitterRegistry.address },
    ...{ CheckpointLedger: CheckpointLedger.address, SystemPause: SystemPause.address },
  };
}

/** Not every node keeps the history that it takes. */
async function usesOf(chain: Chain, deployment: Deployment, calls: readonly Call[]): Promise<string[]> {
  try {
    return await firstUses(chain, deployment, calls);
  } catch (error) {
    if (!(error instanceof FabricError) || error.code === "CHAIN_ANSWER_MALFORMED") throw error;
    return ["The chain does not tell which functions these owners have called before."];
  }
}

/** Makes the batch on a fork, and undoes it there; the fork is left so. */
async function tryOut(
  fork: Chain,
  deployment: Deployment,
  world: World,
  batch: Batch,
  delay: number,
  undo: readonly Change[] | null,
): Promise<{ readonly change: Simulation; readonly undo: Plan["undo"] }> {
  const standIns = await standIn(fork, officesKnown(world).office);
  const change = await simulate(fork, deployment, standIns, batch, delay);
  if (undo === null || undo.length === 0) return { change, undo: null };
  const { sentence, gas, outcome } = await tryUndo(
    fork,
    deployment,
    { before: world, after: change.world },
    standIns,
    undo,
  );
  return { change, undo: { changes: undo, sentence, gas, note: `It needs new signatures of the owners. ${outcome}` } };
}

type Tried = { readonly sentence: string; readonly gas: number | null; readonly outcome: string };

async function tryUndo(
  fork: Chain,
  deployment: Deployment,
  { before, after }: { readonly before: World; readonly after: World },
  standIns: StandIns,
  undo: readonly Change[],
): Promise<Tried> {
  try {
    const { calls } = await onFork(fork, () => combine(fork, deployment, after, undo));
    const sentence = describeCalls(calls, vocabularyOf(after));
    const lane = laneOfAll(undo.map(({ kind }) => catalogue[kind].lane));
    const delay = await readDelay(fork, deployment, calls);
    const office = { ...standIns.office, nonces: officesKnown(after).office.nonces };
    // By the time before the trial, which has a clock of its own: the same plan comes out however long it takes.
    const batch = batchOf(office, lane, calls, sentence, before.time + delay);
    const { world, gasUsed } = await simulate(fork, deployment, standIns, batch, delay);
    const left = differencesOf(governedValues(before), governedValues(world)).map(({ what }) => what);
    const outcome = left.length === 0 ? "Every value is again as it was." : `It leaves otherwise: ${left.join(", ")}.`;
    return { sentence, gas: gasUsed, outcome };
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    return { sentence: "", gas: null, outcome: `Right after the change it would be refused: ${error.message}` };
  }
}
