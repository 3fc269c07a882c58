import { exitCodes, FabricError } from "../../errors.ts";
import { openDeployment, practiceFees, Sender } from "../../governance/index.ts";
import {
  announce,
  type Change,
  cancelAnnounced,
  type Deciders,
  decidePlanned,
  type Lane,
  type OwnerLogEntry,
  planChange,
  practiceKeys,
  readDelay,
  readWorld,
  runAnnounced,
  spell,
} from "../../owner/index.ts";
import { announcedIn, forgetAnnounced, keepAnnounced } from "./announced.ts";
import type { Place } from "./place.ts";
import { addToLog } from "./worldLog.ts";

/** A decision that is made. */
export type Made = {
  readonly state: "made";
  readonly entry: OwnerLogEntry;
  /** Since when the fabric obeys it; null when that is not known, and then `waits` says why. */
  readonly inForceTick: number | null;
  readonly waits: string | null;
  /** Why it is not in the log of the world; null when it is. */
  readonly unlogged: string | null;
};

/** What undoes a decision. */
export type Undo = {
  /** What to type to take it back, from the verb on; null when nothing does. */
  readonly undo: readonly string[] | null;
  /** Why nothing does, without a full stop; null when something does. */
  readonly lasts: string | null;
};

/** A decision that was announced, and waits. */
export type Waits = {
  readonly state: "announced";
  readonly entry: OwnerLogEntry;
  readonly lane: Lane;
  /** First block time at which it may be run, Unix seconds. */
  readonly readyAt: number;
  /** Why the announcement is not in the log of the world; null when it is. */
  readonly unlogged: string | null;
};

/** A decision that was announced, and will not be. */
export type Recalled = { readonly entry: OwnerLogEntry; readonly unlogged: string | null };

/** How long to wait for the orchestrator to obey, in milliseconds. */
const patienceMs = 60_000;

/**
 * Has the practice owners, or the guardian, make a change at once, and waits until the fabric has it in force. A change
 * that has to wait by the constitution's delays is announced.
 * @param reason why, for the log; null when nobody said
 * @throws CHANGE_INVALID, PRACTICE_ONLY, REVERTED and its kin, errors of the chain
 */
export function decideNow(place: Place, change: Change, reason: string | null = null): Promise<(Made & Undo) | Waits> {
  return withDeciders(place, async (deciders) => {
    const { deployment, relayer } = deciders;
    const planned = planChange(await readWorld(relayer.chain, deployment, change), change);
    const { by, calls, lane, lasts } = planned;
    const delay = by === "owners" ? await readDelay(relayer.chain, deployment, calls) : 0;
    if (delay > 0) {
      const announced = await announce(deciders, planned, delay);
      keepAnnounced(place.world, lane, announced);
      const { entry, readyAt } = announced;
      const unlogged = await addToLog(place.world, entry, { act: "announced", reason, plan: null });
      return { state: "announced", entry, lane, readyAt, unlogged };
    }
    const entry = await decidePlanned(deciders, planned);
    return { ...(await made(place, entry, reason)), undo: planned.undo?.map(spell) ?? null, lasts };
  });
}

/**
 * Runs what was announced in a lane and has waited.
 * @throws NOTHING_ANNOUNCED; REVERTED when it has to wait longer, REVERTED_MOVED when it does not wait any more
 */
export function runNow(place: Place, lane: Lane, reason: string | null = null): Promise<Made> {
  return withDeciders(place, async (deciders) => {
    const entry = await runAnnounced(deciders, announcedIn(place.world, lane));
    forgetAnnounced(place.world, lane);
    return made(place, entry, reason);
  });
}

/**
 * Cancels what was announced in a lane.
 * @returns what will not be
 * @throws NOTHING_ANNOUNCED, REVERTED and its kin
 */
export function recallNow(place: Place, lane: Lane, reason: string | null = null): Promise<Recalled> {
  return withDeciders(place, async (deciders) => {
    const { world } = place;
    const entry = await cancelAnnounced(deciders, announcedIn(world, lane));
    forgetAnnounced(world, lane);
    return { entry, unlogged: await addToLog(world, entry, { act: "cancelled", reason, plan: null }) };
  });
}

async function withDeciders<Result>(
  { url, deployment }: Place,
  act: (deciders: Deciders) => Promise<Result>,
): Promise<Result> {
  const keys = practiceKeys(deployment.chainId);
  const chain = await openDeployment(url, deployment);
  const senderOf = (key: typeof keys.guardian) => new Sender(chain, key, { fees: practiceFees });
  try {
    return await act({
      ...{ deployment, owners: keys.owners },
      ...{ relayer: senderOf(keys.deployer), guardian: senderOf(keys.guardian) },
    });
  } finally {
    chain.close();
  }
}

async function made({ world, control }: Place, entry: OwnerLogEntry, reason: string | null): Promise<Made> {
  const unlogged = await addToLog(world, entry, { act: "made", reason, plan: null });
  return { state: "made", entry, unlogged, ...(await whenInForce(control, entry.block)) };
}

/** Waits until the fabric obeys what a block says. */
export async function whenInForce(
  control: Place["control"],
  block: number,
): Promise<Pick<Made, "inForceTick" | "waits">> {
  try {
    const { tick } = await control.inForce(block, AbortSignal.timeout(patienceMs));
    return { inForceTick: tick, waits: null };
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    if (late) return { inForceTick: null, waits: `no tick obeys it after ${patienceMs / 1000} s` };
    // The change is made, whoever obeys it.
    if (!(error instanceof FabricError) || error.exitCode !== exitCodes.unreachable) throw error;
    return { inForceTick: null, waits: `no orchestrator obeys it yet: ${error.message}` };
  }
}
