import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes, FabricError } from "../../errors.ts";

/** How long the orchestrator may be away before a command gives up, and how often it is asked meanwhile. */
export const patienceMs = 30_000;
const askAgainMs = 250;

/** True when nobody answered, or the answer was lost: asked again, it may come. */
export function isUnanswered(error: unknown): error is FabricError {
  return error instanceof FabricError && error.exitCode === exitCodes.unreachable;
}

/** Waits a moment; false when `since`, a reading of `performance.now`, is longer ago than `patience`, milliseconds. */
export async function askAgain(since: number, patience: number = patienceMs): Promise<boolean> {
  if (performance.now() - since >= patience) return false;
  await sleep(askAgainMs);
  return true;
}

/** Asks until there is an answer, for as long as patience lasts; then throws what was thrown last. */
export async function answered<View>(ask: () => Promise<View>, patience: number = patienceMs): Promise<View> {
  for (const since = performance.now(); ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnanswered(error) || !(await askAgain(since, patience))) throw error;
    }
  }
}
