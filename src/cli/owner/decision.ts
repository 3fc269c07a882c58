import type { ControlClient, EndedJobView, JobRef } from "../../control/index.ts";
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
import { refText } from "../job/ref.ts";
import { span } from "../wording.ts";
import { announcedIn, forgetAnnounced, keepAnnounced } from "./announced.ts";
import type { Place } from "./place.ts";
import { addToLog, checkLog } from "./worldLog.ts";

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

/** How long to wait for the orchestrator to obey, besides a tick, and for its status, in milliseconds. */
const patienceMs = 60_000;
const statusMs = 2000;

/**
 * Has the practice owners, or the guardian, make a change at once, and waits until the fabric has it in force. A change
 * that has to wait by the constitution's delays is announced.
 * @param reason why, for the log; null when nobody said
 * @throws CHANGE_INVALID, JOB_ENDED, JOB_UNKNOWN, PRACTICE_ONLY, REVERTED and its kin, errors of the chain
 */
export function decideNow(place: Place, change: Change, reason: string | null = null): Promise<(Made & Undo) | Waits> {
  return withDeciders(place, async (deciders) => {
    if (change.kind === "cancel") await refuseNeedless(place.control, change);
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
  { url, deployment, world }: Place,
  act: (deciders: Deciders) => Promise<Result>,
): Promise<Result> {
  const keys = practiceKeys(deployment.chainId);
  checkLog(world);
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

/** Puts a decision that was made into the log of a world, and waits until its fabric obeys. */
export async function made({ world, control }: Place, entry: OwnerLogEntry, reason: string | null): Promise<Made> {
  const unlogged = await addToLog(world, entry, { act: "made", reason, plan: null });
  return { state: "made", entry, unlogged, ...(await whenInForce(control, entry.block)) };
}

/**
 * Refuses to end a job that has ended, or never was: it would be signed and paid for nothing. Where no orchestrator
 * answers, nobody knows.
 * @throws JOB_ENDED, JOB_UNKNOWN
 */
export async function refuseNeedless(control: Pick<ControlClient, "job" | "submitter">, ref: JobRef): Promise<void> {
  try {
    const job = await control.job(ref);
    if (job?.state === "ended") throw jobEnded(job);
    if (job !== undefined) return;
    const submitter = await control.submitter(ref.submitter);
    // Whoever is no submitter is refused by the plan, with those that there are.
    if (submitter !== undefined)
      throw new FabricError("JOB_UNKNOWN", {
        ...{ job: refText(ref), submitter: ref.submitter, highest: submitter.highest ?? 0 },
      });
  } catch (error) {
    if (!isAway(error)) throw error;
  }
}

export function jobEnded(job: EndedJobView): FabricError {
  return new FabricError("JOB_ENDED", { job: refText(job), outcome: job.outcome, tick: job.endedTick });
}

/**
 * Says that a change is on the chain, and waits until the fabric obeys what its block says. Ctrl-C ends the waiting and
 * nothing else.
 */
export async function whenInForce(
  control: Pick<Place["control"], "inForce" | "status">,
  block: number,
): Promise<Pick<Made, "inForceTick" | "waits">> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  process.once("SIGINT", stop);
  const waitMs = patienceMs + (await sayingSent(control, block));
  try {
    const { tick } = await control.inForce(block, AbortSignal.any([enough.signal, AbortSignal.timeout(waitMs)]));
    return { inForceTick: tick, waits: null };
  } catch (error) {
    if (enough.signal.aborted)
      return { inForceTick: null, waits: "nobody waited for it. It is on the chain all the same, and will be obeyed." };
    const isLate = error instanceof Error && error.name === "TimeoutError";
    if (isLate) return { inForceTick: null, waits: `no tick obeys it after ${waitMs / 1000} s` };
    // The change is made, whoever obeys it.
    if (!isAway(error)) throw error;
    return { inForceTick: null, waits: `no orchestrator obeys it yet: ${error.message}` };
  } finally {
    process.off("SIGINT", stop);
  }
}

/** @returns the length of a tick in milliseconds; 0 when nobody says */
async function sayingSent(control: Pick<Place["control"], "status">, block: number): Promise<number> {
  const sent = `Sent, and in block ${block}.`;
  const status = await control.status(AbortSignal.timeout(statusMs)).catch(() => undefined);
  if (status === undefined) {
    process.stderr.write(`${sent}\n`);
    return 0;
  }
  const within = span(Math.max(1000, status.tickMs));
  const words = "It comes into force with the next tick, within about";
  process.stderr.write(`${sent} ${words} ${within}; Ctrl-C ends the waiting, not the change.\n`);
  return status.tickMs;
}

function isAway(error: unknown): error is FabricError {
  return error instanceof FabricError && error.exitCode === exitCodes.unreachable;
}
