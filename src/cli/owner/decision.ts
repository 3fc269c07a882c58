import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, FabricError } from "../../errors.ts";
import { openDeployment, practiceFees, Sender } from "../../governance/index.ts";
import {
  type Change,
  decidePlanned,
  type OwnerLogEntry,
  planChange,
  practiceKeys,
  readWorld,
  spell,
} from "../../owner/index.ts";
import type { Place } from "./place.ts";

/** What became of a decision. */
export type Outcome = {
  readonly entry: OwnerLogEntry;
  /** What to type to take it back, from the verb on; null when nothing does. */
  readonly undo: readonly string[] | null;
  /** Why nothing does, without a full stop; null when something does. */
  readonly lasts: string | null;
  /** Since when the fabric obeys it; null when that is not known, and then `waits` says why. */
  readonly inForceTick: number | null;
  readonly waits: string | null;
  /** Why it is not in the log of the world; null when it is. */
  readonly unlogged: string | null;
};

/** How long to wait for the orchestrator to obey, in milliseconds. */
const patienceMs = 60_000;

/**
 * Has the practice owners, or the guardian, make a change at once, and waits until the fabric has it in force.
 * @throws CHANGE_INVALID, PRACTICE_ONLY, REVERTED and its kin, errors of the chain
 */
export async function decideNow({ url, deployment, world, control }: Place, change: Change): Promise<Outcome> {
  const keys = practiceKeys(deployment.chainId);
  const chain = await openDeployment(url, deployment);
  try {
    const [relayer, guardian] = [keys.deployer, keys.guardian].map(
      (key) => new Sender(chain, key, { fees: practiceFees }),
    );
    const planned = planChange(await readWorld(chain, deployment, change), change);
    const entry = await decidePlanned({ deployment, relayer, owners: keys.owners, guardian }, planned);
    const unlogged = addToLog(world, entry);
    const undo = planned.undo?.map(spell) ?? null;
    return { entry, undo, lasts: planned.lasts, unlogged, ...(await whenInForce(control, entry.block)) };
  } finally {
    chain.close();
  }
}

/** What is decided is decided: a log that cannot be written is no reason to say otherwise. */
function addToLog(world: string, entry: OwnerLogEntry): string | null {
  try {
    appendFileSync(join(world, "owner-log.ndjson"), `${JSON.stringify(entry)}\n`);
    return null;
  } catch (error) {
    return String(error);
  }
}

async function whenInForce(control: Place["control"], block: number): Promise<Pick<Outcome, "inForceTick" | "waits">> {
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
