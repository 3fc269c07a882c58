import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { killPlanOf } from "../../src/drill/index.ts";
import { tickSteps } from "../../src/orchestrator/index.ts";
import { playOf } from "./plays.ts";

describe("Where the orchestrator is killed", () => {
  const play = playOf("default");
  const plans = Array.from({ length: 200 }, (_, seed) => killPlanOf({ ...play, seed }));
  const planned = plans.flatMap((plan) => plan ?? []);

  it("is drawn from the seed, within the scenario's range, at every step of a tick", () => {
    assert.equal(planned.length, 200);
    assert.deepEqual(killPlanOf({ ...play, seed: 7 }), plans[7]);
    assert.deepEqual(new Set(planned.map(({ step }) => step)), new Set(tickSteps));
    const ticks = planned.filter(({ step }) => step !== "afterAnchorSent").map(({ tick }) => tick);
    assert.equal(Math.min(...ticks), 330);
    assert.equal(Math.max(...ticks), 350);
  });

  it("is a checkpoint's tick, the next one, where an anchor is to have been sent", () => {
    const ticks = planned.filter(({ step }) => step === "afterAnchorSent").map(({ tick }) => tick);
    assert.deepEqual(new Set(ticks), new Set([360]));
  });

  it("is nowhere when the scenario kills nobody", () => {
    assert.equal(killPlanOf(playOf("default", { faults: [] })), null);
  });
});
