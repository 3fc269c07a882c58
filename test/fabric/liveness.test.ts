import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assertLaws, Machine } from "../../src/fabric/index.ts";
import { Bookkeeper } from "./bookkeeper.ts";
import { RandomWorld, worldGenesis } from "./randomWorld.ts";
import { job, jobs, manyJobs, oneShard, outcomeOf, World } from "./world.ts";

/**
 * Ticks in which a fabric without faults ends all its work: a node that ran leases in vain has lost them (28, the longest
 * lease and delay of these worlds) or is offline, a backoff has run out (32), and then each job takes at most 3 ticks to
 * run and 1 to be reported, on one slot at worst, after one move at most.
 */
const drainedWithin = (liveJobs: number) => 28 + 32 + 5 * liveJobs;

describe("Liveness", () => {
  it("when faults cease, every job ends within a bound, each with one receipt", () => {
    let drained = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 20, max: 120 }), (seed, ticks) => {
        const world = new RandomWorld(seed);
        const machine = new Machine(worldGenesis);
        const books = new Bookkeeper();
        const turn = () => {
          const effects = machine.step(world.inputs());
          assertLaws(machine, effects);
          world.take(effects);
          books.see(outcomeOf(effects));
        };
        for (let tick = 1; tick <= ticks; tick++) turn();
        world.calm();
        const { jobs: live } = machine.state;
        drained += live.count;
        for (let left = drainedWithin(live.count); live.count > 0; left--) {
          assert.ok(left > 0, `${live.count} jobs are still alive`);
          turn();
        }
        assert.deepEqual([...books.receipts.keys()].sort(), [...books.taken].sort());
      }),
      { seed: 20260102, numRuns: 40 },
    );
    assert.ok(drained > 500, "there was work left to drain");
  });

  it("maintenance is served while more interactive work comes than can be done", () => {
    const world = new World(oneShard((values) => Object.assign(values.shards[0], { queueBudget: 2000 })));
    const patient = jobs(2, job(1, { class: "maintenance" }), job(2, { class: "background" }));
    const begun = new Map<number, number>();
    // 4 slots, each job done in the tick after the one in which it was given: 6 come for every 4 that are served.
    for (let tick = 0; tick < 400; tick++) {
      const { leases } = world.tick(...(tick === 0 ? [patient] : []), jobs(1, ...manyJobs(1 + tick * 6, 6)));
      for (const lease of leases) {
        world.report(lease);
        if (lease.submitter === 2) begun.set(lease.number, tick);
      }
    }
    // Before it go those who came in its first 240 ticks (60 for background), and no one else.
    assert.equal(begun.get(1), Math.floor((240 * 6 + 1) / 4));
    assert.equal(begun.get(2), Math.floor((60 * 6) / 4));
  });

  it("registry and queue are emptied in the order of age: a burst above the budget starves nobody", () => {
    const world = new World(oneShard((values) => Object.assign(values.shards[0], { queueBudget: 5 })));
    const given = world.tick(jobs(1, ...manyJobs(1, 200))).leases.map(({ number }) => number);
    for (const first of [1, 2, 3, 4]) world.report({ lease: first, node: 1 });
    while (given.length < 200) {
      const { leases } = world.tick();
      for (const lease of leases) {
        world.report(lease);
        given.push(lease.number);
      }
    }
    assert.deepEqual(
      given,
      manyJobs(1, 200).map(({ number }) => number),
    );
  });
});
