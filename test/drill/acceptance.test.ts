import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { JsonDocument, manifestOf, type Scenario, scenarioOf } from "../../src/config/index.ts";
import { checksOf, Measurements, type Outcome } from "../../src/drill/index.ts";

/** A scenario with every kind of fault and every limit that a scenario may set. */
function fullScenario(): Scenario {
  const read = (path: string) => readFileSync(new URL(`../../config/${path}`, import.meta.url), "utf8");
  const manifest = manifestOf(new JsonDocument("fabric.json", read("fabric.json")));
  const scenario = scenarioOf(new JsonDocument("default.json", read("scenarios/default.json")), manifest);
  return { ...scenario, acceptance: { ...scenario.acceptance, drainedWithinTicks: 900 } };
}

const scenario = fullScenario();
const { acceptance } = scenario;

type Skews = { readonly skewMax: number; readonly controlSkewMin: number };
const { skewMax, controlSkewMin }: Skews = {
  skewMax: acceptance.skewMax ?? 0,
  controlSkewMin: acceptance.controlSkewMin ?? 0,
};

const refused = { signature: 9, replay: 9, unknownSender: 0, malformed: 0, tooMany: 0 };

type Figures = Partial<
  Pick<Measurements, "mostAboveBudget" | "mostLagBlocks" | "refusedMessages" | "drainedTick" | "skew">
>;

function measured(figures: Figures = {}): Measurements {
  const passing: Figures = { refusedMessages: refused, drainedTick: 900, skew: skewOf(skewMax - 1) };
  return Object.assign(new Measurements(acceptance), passing, figures);
}

function skewOf(jobs: number) {
  return { jobs, tick: 1, from: 1, to: 2 };
}

const control = measured({ skew: skewOf(controlSkewMin + 1) });
const counters: Outcome["counters"] = {
  submitted: 1000,
  completed: 981,
  failed: 10,
  expired: 9,
  cancelled: 0,
  interrupted: 1,
  requeued: 1,
  spilled: 0,
  refusedResults: 9,
};
const crash = { resumed: true, sameReceiptsRoot: true, sameStateRoot: true };

/** A run that passes, every value as close to its limit as it may be. */
const passed: Outcome = {
  ...{ scenario, jobs: 1000, counters, live: 0, measured: measured(), control, crash },
  ...{ checkpoints: { count: 3, anchored: 3 }, lawsBroken: 0, faultsLeft: 0, maxLagBlocks: 64 },
};
const counted = (change: Partial<Outcome["counters"]>): Partial<Outcome> => ({ counters: { ...counters, ...change } });

/** What would go unseen if the check with that name could not fail. */
const failures: readonly [string, string, Partial<Outcome>][] = [
  ["accounted", "a job was never submitted", { jobs: 1001 }],
  ["accounted", "a job vanished", counted({ completed: 980 })],
  ["accounted", "a job ended twice", counted({ completed: 982 })],
  ["ended", "a job is still live", { live: 1, ...counted({ completed: 980 }) }],
  ["failureRate", "one in fifty failed", counted({ completed: 980, failed: 11 })],
  ["failureRate", "one in fifty expired", counted({ completed: 980, expired: 10 })],
  ["unanchored", "a checkpoint is not on the chain", { checkpoints: { count: 3, anchored: 2 } }],
  ["aboveBudget", "a queue held a job too many", { measured: measured({ mostAboveBudget: 1 }) }],
  ["laws", "a law was broken", { lawsBroken: 1 }],
  ["lag", "governance fell behind", { measured: measured({ mostLagBlocks: 65 }) }],
  ["faults", "a fault did not happen", { faultsLeft: 1 }],
  ["interrupted", "nothing was interrupted", counted({ interrupted: 0 })],
  ["late", "a late result was believed", counted({ refusedResults: 0 })],
  [
    "forged",
    "a forged message was believed",
    { measured: measured({ refusedMessages: { ...refused, signature: 0 } }) },
  ],
  [
    "repeated",
    "a repeated message was believed",
    { measured: measured({ refusedMessages: { ...refused, replay: 0 } }) },
  ],
  ["resumed", "nobody took over", { crash: { ...crash, resumed: false } }],
  ["sameReceiptsRoot", "the kill changed a receipt", { crash: { ...crash, sameReceiptsRoot: false } }],
  ["sameStateRoot", "the kill changed the state", { crash: { ...crash, sameStateRoot: false } }],
  ["skew", "a route was skewed", { measured: measured({ skew: skewOf(skewMax) }) }],
  ["controlSkew", "spillover was not needed", { control: measured({ skew: skewOf(200) }) }],
  ["drained", "it took too long", { measured: measured({ drainedTick: 901 }) }],
];

describe("A drill's checks", () => {
  it("hold for a run that keeps every limit, or no drill would pass", () => {
    assert.deepEqual(
      checksOf(passed).filter(({ pass }) => !pass),
      [],
    );
  });

  for (const [check, what, change] of failures)
    it(`fail ${check} alone when ${what}`, () => {
      const failed = checksOf({ ...passed, ...change }).filter(({ pass }) => !pass);
      assert.deepEqual(
        failed.map(({ id }) => id),
        [check],
      );
    });

  it("are all among those seen to fail here", () => {
    const seen = new Set(failures.map(([check]) => check));
    assert.deepEqual(
      checksOf(passed).flatMap(({ id }) => (seen.has(id) ? [] : [id])),
      [],
    );
  });

  it("fail a run that did nothing at all", () => {
    const none = { submitted: 0, completed: 0, failed: 0, expired: 0 };
    const failed = checksOf({ ...passed, jobs: 0, ...counted(none) }).filter(({ pass }) => !pass);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ["failureRate"],
    );
  });

  it("leave out what the scenario does not ask for", () => {
    const bare = { failureRateMax: 1, warmUpTicks: 0, settleTicks: 0, noQueueAboveBudget: true } as const;
    const { crash: _, control: __, ...outcome } = passed;
    const checks = checksOf({ ...outcome, scenario: { ...scenario, faults: [], acceptance: bare } });
    assert.deepEqual(
      checks.map(({ id }) => id),
      ["accounted", "ended", "failureRate", "unanchored", "aboveBudget", "laws", "lag"],
    );
  });

  it("say what was found and what would be right", () => {
    const skew = checksOf(passed).find(({ id }) => id === "skew");
    assert.deepEqual({ ...skew, title: "" }, { id: "skew", title: "", pass: true, value: 199, limit: "< 200" });
  });
});
