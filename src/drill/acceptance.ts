import type { Acceptance, Scenario } from "../config/index.ts";
import type { Counters } from "../fabric/index.ts";
import type { Measurements } from "./measure.ts";

/** One thing that must hold for a drill to have passed. */
export type Check = {
  readonly id: string;
  /** What is looked at: a figure, or a sentence that holds or does not. */
  readonly title: string;
  readonly pass: boolean;
  readonly value: number | string;
  /** What the value is held against, as a person reads it: "< 200", "0". */
  readonly limit: string;
};

/** What the checks look at. */
export type Outcome = {
  readonly scenario: Scenario;
  /** Jobs that the scenario brings. */
  readonly jobs: number;
  readonly counters: Readonly<Counters>;
  /** Jobs that had not ended in the last tick, parked ones among them. */
  readonly live: number;
  readonly measured: Measurements;
  /** The same run without spillover; absent where the scenario does not ask for it. */
  readonly control?: Measurements;
  /** Absent where nobody was killed. */
  readonly crash?: { readonly resumed: boolean; readonly sameReceiptsRoot: boolean; readonly sameStateRoot: boolean };
  readonly checkpoints: { readonly count: number; readonly anchored: number };
  readonly lawsBroken: number;
  readonly faultsLeft: number;
  readonly maxLagBlocks: number;
};

/** Every check that applies to the scenario, in the order in which a person wants to know. */
export function checksOf(outcome: Outcome): Check[] {
  return [...ofEveryDrill(outcome), ...ofFaults(outcome), ...ofScenario(outcome, outcome.scenario.acceptance)];
}

function ofEveryDrill({
  jobs,
  counters,
  live,
  measured,
  checkpoints,
  lawsBroken,
  maxLagBlocks,
  scenario,
}: Outcome): Check[] {
  const { submitted, completed, failed, expired, cancelled } = counters;
  const unaccounted =
    Math.abs(jobs - submitted) + Math.abs(submitted - completed - failed - expired - cancelled - live);
  const rate = submitted === 0 ? 1 : (failed + expired) / submitted;
  const { failureRateMax } = scenario.acceptance;
  return [
    atMost("accounted", "Jobs of the scenario that were not submitted, or are not accounted for", unaccounted, 0),
    atMost("ended", "Jobs that had not ended when the drill did", live, 0),
    below("failureRate", "Failed and expired jobs, as a part of all", round(rate), failureRateMax),
    atMost("unanchored", "Checkpoints that are not on the chain", checkpoints.count - checkpoints.anchored, 0),
    atMost("aboveBudget", "Jobs that a queue held above its budget, at most", measured.mostAboveBudget, 0),
    atMost("laws", "Ticks in which a law of the machine did not hold", lawsBroken, 0),
    atMost("lag", "Blocks that the governance in force was behind, at most", measured.mostLagBlocks, maxLagBlocks),
  ];
}

function ofFaults({ scenario, counters, measured, crash, faultsLeft }: Outcome): Check[] {
  const checks: Check[] = [];
  const planned = (...kinds: string[]) => scenario.faults.filter(({ kind }) => kinds.includes(kind)).length;
  if (scenario.faults.length > 0)
    checks.push(atMost("faults", "Faults of the scenario that did not happen", faultsLeft, 0));
  if (planned("silence") > 0)
    checks.push(atLeast("interrupted", "Jobs that were interrupted, and done again", counters.interrupted, 1));
  if (planned("lateResult") > 0)
    checks.push(atLeast("late", "Late results that were refused", counters.refusedResults, planned("lateResult")));
  if (planned("forge") > 0)
    checks.push(
      atLeast("forged", "Forged messages that were refused", measured.refusedMessages.signature, planned("forge")),
    );
  const repeats = planned("duplicate", "replay");
  if (repeats > 0)
    checks.push(atLeast("repeated", "Repeated messages that were refused", measured.refusedMessages.replay, repeats));
  if (crash === undefined) return checks;
  const { resumed, sameReceiptsRoot, sameStateRoot } = crash;
  return [
    ...checks,
    holds("resumed", "The killed orchestrator went on where it was", resumed),
    holds("sameReceiptsRoot", "The killed run ends in the same receipts as the unkilled one", sameReceiptsRoot),
    holds("sameStateRoot", "The killed run ends in the same state as the unkilled one", sameStateRoot),
  ];
}

function ofScenario({ measured, control }: Outcome, acceptance: Acceptance): Check[] {
  const { skewMax, controlSkewMin, drainedWithinTicks } = acceptance;
  const checks: Check[] = [];
  if (skewMax !== undefined)
    checks.push(below("skew", "Skew of an approved route, at most", measured.skew.jobs, skewMax));
  if (controlSkewMin !== undefined) {
    const title = "Skew of the same run without spillover, which shows that spillover is needed";
    checks.push(above("controlSkew", title, control?.skew.jobs ?? 0, controlSkewMin));
  }
  if (drainedWithinTicks !== undefined)
    checks.push(atMost("drained", "Tick in which the last job ended", measured.drainedTick, drainedWithinTicks));
  return checks;
}

function atMost(id: string, title: string, value: number, limit: number): Check {
  return { id, title, pass: value <= limit, value, limit: limit === 0 ? "0" : `≤ ${limit}` };
}

function below(id: string, title: string, value: number, limit: number): Check {
  return { id, title, pass: value < limit, value, limit: `< ${limit}` };
}

function above(id: string, title: string, value: number, limit: number): Check {
  return { id, title, pass: value > limit, value, limit: `> ${limit}` };
}

function atLeast(id: string, title: string, value: number, limit: number): Check {
  return { id, title, pass: value >= limit, value, limit: `≥ ${limit}` };
}

function holds(id: string, title: string, value: boolean): Check {
  return { id, title, pass: value, value: value ? "yes" : "no", limit: "yes" };
}

function round(rate: number): number {
  return Math.round(rate * 1e6) / 1e6;
}
