import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DrillClock } from "../../src/drill/clock.ts";

describe("The drill's clock", () => {
  const clock = new DrillClock(1000, 5000);

  it("puts the owners' blocks before the tick that they govern, each a second from the next", () => {
    const times = [1, 0].map((left) => clock.beforeStart(7, left));
    assert.deepEqual(times, [clock.startOf(7) - 1, clock.startOf(7)]);
  });

  it("leaves room between a tick's blocks after a kill and the owners' before the next tick", () => {
    // After the claim of the restart there is an anchor, a second later.
    const last = clock.afterStart(6, 1) + 1;
    assert.ok(clock.afterStart(6, 0) > clock.startOf(6));
    assert.ok(last < clock.beforeStart(7, 1));
  });

  it("refuses ticks that are too short, or of no whole seconds, and says what would be right", () => {
    for (const tickMs of [4000, 5500, 0])
      assert.throws(() => new DrillClock(0, tickMs), { code: "TICK_TOO_SHORT", remedy: /5000 or more/ });
    assert.equal(new DrillClock(0, 6000).startOf(2), 12);
  });

  it("refuses more changes at one tick than their blocks have seconds", () => {
    const at = (...ticks: number[]) => ticks.map((atTick) => ({ atTick }));
    clock.requireRoom(at(3, 3, 4, 4));
    new DrillClock(0, 6000).requireRoom(at(3, 3, 3));
    assert.throws(() => clock.requireRoom(at(3, 4, 3, 3)), { code: "TICK_CROWDED", message: /more than 2 .* tick 3/ });
  });
});
