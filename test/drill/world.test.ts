import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scenario } from "../../src/config/index.ts";
import { Measurements } from "../../src/drill/index.ts";
import { rehearsed, smallPlay } from "./plays.ts";

type Faults = Scenario["faults"];

/** Plays a scenario to tick `lastTick` with these faults, and tells what became of them. */
async function outcomeOf(faults: Faults, lastTick = 40) {
  const play = smallPlay({ faults, owners: [] });
  const measured = new Measurements(play.scenario.acceptance);
  let left = 0;
  const offline = new Map<number, number>();
  let counters = { interrupted: 0, refusedResults: 0, completed: 0 };
  for await (const { machine, effects, faultsLeft } of rehearsed(play, lastTick)) {
    measured.observe(machine, effects);
    for (const { kind, tick, values } of effects.events) if (kind === "nodeOffline") offline.set(values[0], tick);
    left = faultsLeft;
    counters = { ...machine.counters };
  }
  return { left, offline, measured, ...counters };
}

const node = "earth.core-alpha";

describe("What goes wrong in a drill", () => {
  it("is nothing unless the scenario says so", async () => {
    const { left, offline, interrupted, refusedResults, measured } = await outcomeOf([]);
    assert.deepEqual(
      { left, offline: offline.size, interrupted, refusedResults },
      { left: 0, offline: 0, interrupted: 0, refusedResults: 0 },
    );
    assert.deepEqual(new Set(Object.values(measured.refusedMessages)), new Set([0]));
  });

  it("silence: a node goes offline, its work is interrupted, and it comes back", async () => {
    const { left, offline, interrupted, measured } = await outcomeOf([
      { kind: "silence", node, atTick: 8, forTicks: 20 },
    ]);
    assert.equal(left, 0);
    assert.deepEqual([...offline.keys()], [1]);
    assert.ok(interrupted > 0);
    const back = measured.marks.filter(({ kind, subject, tick }) => kind === "nodeActive" && subject === 1 && tick > 1);
    assert.deepEqual(
      back.map(({ tick }) => tick),
      [28],
    );
  });

  it("silence for 0 ticks: it never comes back", async () => {
    const { offline, measured } = await outcomeOf([{ kind: "silence", node, atTick: 8, forTicks: 0 }]);
    assert.equal(offline.size, 1);
    const back = measured.marks.filter(({ kind, subject, tick }) => kind === "nodeActive" && subject === 1 && tick > 8);
    assert.deepEqual(back, []);
  });

  it("a late result of a lease that ran out is refused, and the job is done again", async () => {
    const { left, refusedResults, interrupted, completed } = await outcomeOf(
      [{ kind: "lateResult", node, atTick: 8 }],
      60,
    );
    assert.deepEqual(
      { left, refusedResults, interrupted, completed },
      { left: 0, refusedResults: 1, interrupted: 1, completed: 240 },
    );
  });

  it("forged, duplicated and replayed messages are refused, each for its reason", async () => {
    const { left, measured } = await outcomeOf([
      { kind: "forge", node, atTick: 8 },
      { kind: "duplicate", node, atTick: 10 },
      { kind: "replay", node, atTick: 12 },
    ]);
    assert.equal(left, 0);
    const { signature, replay } = measured.refusedMessages;
    assert.deepEqual({ signature, replay }, { signature: 1, replay: 2 });
  });

  it("is counted as left when there is nothing to work on", async () => {
    // The node has said nothing yet that could be repeated, and is silent from then on.
    const silenced: Faults = [
      { kind: "silence", node, atTick: 1, forTicks: 0 },
      { kind: "duplicate", node, atTick: 1 },
      { kind: "replay", node, atTick: 5 },
    ];
    assert.equal((await outcomeOf(silenced)).left, 2);
    // It is silent already.
    const twice: Faults = [
      { kind: "silence", node, atTick: 4, forTicks: 0 },
      { kind: "silence", node, atTick: 6, forTicks: 0 },
    ];
    assert.equal((await outcomeOf(twice)).left, 1);
  });

  it("waits until there is something to work on", async () => {
    // In the first tick no message has arrived; in the second there is one to repeat.
    const { left, measured } = await outcomeOf([{ kind: "duplicate", node, atTick: 1 }]);
    assert.equal(left, 0);
    assert.equal(measured.refusedMessages.replay, 1);
  });
});
