import { RecordWorld } from "./recordWorld.ts";
import { World } from "./world.ts";

/**
 * What is played. *whole*: the orchestrator in real time with its journal, its chain, its nodes and submitters; *record*:
 * the machine and its journal alone, with more crashes.
 */
export type WorldKind = "whole" | "record";

export type Played = {
  readonly seed: number;
  readonly ticks: number;
  readonly recoveries: number;
  readonly jobs: number;
  readonly receipts: number;
  /** Results that came too late, twice, or for a lease of others. */
  readonly staleResults: number;
  readonly faults: Readonly<Record<string, number>>;
  /** What was wrong first. */
  readonly violation?: Violation;
};
export type Violation = { readonly law: string; readonly tick: number; readonly detail: string };

/** Plays one world, to its end or to the first thing that is wrong. */
export async function play(kind: WorldKind, seed: number, liveness = false): Promise<Played> {
  const world = kind === "whole" ? new World({ seed, liveness }) : new RecordWorld(seed);
  try {
    return await world.run();
  } catch (error) {
    const { ticks, recoveries, jobs, receipts, staleResults, tick } = world.books;
    const violation = { law: lawOf(error), tick, detail: error instanceof Error ? detailOf(error) : String(error) };
    return { seed, ticks, recoveries, jobs, receipts, staleResults, faults: world.faults, violation };
  }
}

/** What fails in any other way than by a law was not planned. */
function lawOf(error: unknown): string {
  if (error instanceof Error && "law" in error) return String(error.law);
  if (error instanceof Error && "violations" in error && Array.isArray(error.violations))
    return String(error.violations[0].law);
  return "noFailure";
}

function detailOf(error: Error): string {
  const { message, name } = error;
  return "code" in error ? `${error.code}: ${message}` : "law" in error ? message : `${name}: ${message}`;
}
