import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventsOf, job, jobs, jobsIn, manyJobs, noPause, oneShard, order, skills, twoShards, World } from "./world.ts";

describe("Owners' orders", () => {
  it("a checkpoint is made in the tick in which it was ordered", () => {
    const world = new World();
    assert.equal(world.tick().checkpoint, false);
    const ordered = world.tick(order(1, { type: "checkpoint" }));
    assert.equal(ordered.checkpoint, true);
    assert.deepEqual(eventsOf(ordered, "ordered"), [{ event: "ordered", index: 1, block: 1 }]);
  });

  it("a cancelled job ends wherever it is: running, queued, in the registry, waiting out its backoff, parked", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes[0].maxConcurrency = 1;
        values.shards[0].queueBudget = 2;
      }),
    );
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.tick(jobs(1, job(2, { skills: skills.south }), job(3), job(4), job(5)));
    const places = world.machine.state.shards[1];
    assert.deepEqual([places.queue.count, places.registry.count, places.parked.count], [2, 1, 1]);
    const cancel = (number: number) => order(number, { type: "cancel", submitter: 1, number });
    const cancelled = world.tick(cancel(1), cancel(2), cancel(3), cancel(5));
    assert.deepEqual(
      cancelled.receipts.map(({ number, outcome, reason }) => [number, outcome, reason]),
      [1, 2, 3, 5].map((number) => [number, "cancelled", "ownersOrder"]),
    );
    world.report(lease);
    assert.equal(eventsOf(world.tick(), "resultRefused").length, 1);

    world.report({ lease: 2, node: 1 }, "failed");
    world.tick();
    assert.equal(places.delayed, 1);
    assert.deepEqual(
      world.tick(cancel(4)).receipts.map(({ outcome }) => outcome),
      ["cancelled"],
    );
    assert.equal(world.machine.state.jobs.count, 0);
  });

  it("a job that lost its node in the very tick of its cancellation ends once", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1)));
    const removal = world.adopt((values) => {
      values.nodes[0].status = "removed";
    });
    const { receipts } = world.tick(removal, order(1, { type: "cancel", submitter: 1, number: 1 }), jobs(1, job(2)));
    assert.deepEqual(
      receipts.map(({ number, outcome }) => [number, outcome]),
      [[1, "cancelled"]],
    );
    assert.deepEqual(world.waiting(1), { queued: 0, registry: 0, parked: 1 });
  });

  it("cancelling a job that is not alive harms nobody", () => {
    const world = new World();
    world.tick(jobs(1, job(1)));
    assert.deepEqual(world.tick(order(1, { type: "cancel", submitter: 2, number: 1 })).receipts, []);
  });

  it("backlog moves in order of age, up to the count, to the other shard's registry", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].routes = [];
        values.shards[0].queueBudget = 3;
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 3), job(4, { skills: skills.north }), ...manyJobs(5, 3)));
    const moved = world.tick(order(1, { type: "move", from: 1, to: 2, count: 4 }));
    assert.deepEqual(
      eventsOf(moved, "moved").map(({ job: number, from, to }) => [number, from, to]),
      [
        [2, 1, 2],
        [3, 1, 2],
        [5, 1, 2],
        [6, 1, 2],
      ],
    );
    assert.deepEqual(
      moved.leases.map(({ number, node: runner }) => [number, runner]),
      [
        [2, 2],
        [3, 2],
        [5, 2],
        [6, 2],
      ],
    );
  });

  it("the backlog of a retired shard can still be moved, and does not go back there", () => {
    const world = new World(
      twoShards((values) => {
        values.nodes[0].maxConcurrency = 1;
        values.shards[0].routes = [];
      }),
    );
    world.tick(jobs(1, job(1), job(2)));
    const retired = world.tick(
      world.adopt((values) => {
        values.shards[1].routes = [];
        values.shards[0].retired = true;
        values.nodes[0].status = "removed";
      }),
    );
    assert.deepEqual(jobsIn(retired, "parked"), [2]);
    world.idle(4);
    assert.deepEqual(world.waiting(1), { queued: 0, registry: 0, parked: 2 });
    const moved = world.tick(order(1, { type: "move", from: 1, to: 2, count: 10 }));
    assert.deepEqual(jobsIn(moved, "moved"), [1, 2]);
    assert.equal(moved.leases.length, 2);
    for (const lease of moved.leases) world.report(lease, "failed");
    assert.deepEqual(
      eventsOf(world.tick(), "requeued").map(({ shard: origin }) => origin),
      [2, 2],
    );
  });

  it("a move between shards that are not there, or the same, does nothing", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, ...manyJobs(1, 8)));
    const { events } = world.tick(
      order(1, { type: "move", from: 1, to: 7, count: 1 }),
      order(2, { type: "move", from: 7, to: 1, count: 1 }),
      order(3, { type: "move", from: 1, to: 1, count: 1 }),
    );
    assert.deepEqual(jobsIn({ events }, "moved"), []);
  });

  it("a moved job keeps what was left of its deadline, whatever the two shards' clocks say", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].routes = [];
        values.shards[1].pause = { ownerPaused: true, guardianUntil: 0 };
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    world.idle(30);
    world.tick(jobs(1, job(1), job(2, { deadlineTicks: 5 })));
    world.tick(order(1, { type: "move", from: 1, to: 2, count: 1 }));
    assert.deepEqual(world.idle(20).receipts, []);
    const resume = world.adopt((values) => {
      values.shards[1].pause = noPause;
      values.nodes[1].status = "draining";
    });
    const ended = [world.tick(resume), world.tick(), world.tick(), world.tick(), world.tick()].map(
      ({ receipts }) => receipts.length,
    );
    assert.deepEqual(ended, [0, 0, 0, 0, 1]);
  });

  it("a job whose deadline passed while the orchestrator was away expires, also when it is moved in that tick", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].routes = [];
        values.shards[1].pause = { ownerPaused: true, guardianUntil: 0 };
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    world.tick(jobs(1, job(1, { budgetTicks: 1000 }), job(2, { deadlineTicks: 10 })));
    world.tick({ kind: "resumed", downTicks: 10 }, order(1, { type: "move", from: 1, to: 2, count: 1 }));
    const resume = world.adopt((values) => {
      values.shards[1].pause = noPause;
    });
    assert.deepEqual(
      world.tick(resume).receipts.map(({ number, outcome }) => [number, outcome]),
      [[2, "expired"]],
    );
  });
});
