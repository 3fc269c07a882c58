import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routeSkews } from "../../src/fabric/index.ts";
import {
  type Draft,
  eventsOf,
  job,
  jobs,
  jobsIn,
  manyJobs,
  node,
  noPause,
  order,
  shard,
  skills,
  twoShards,
  World,
} from "./world.ts";

/** Two shards whose nodes have one slot each, which is taken: queues are what was submitted. */
function fullWorld(change: (values: Draft) => void = () => {}): World {
  const world = new World(
    twoShards((values) => {
      for (const each of values.nodes) each.maxConcurrency = 1;
      values.submitters[0].shards = 0b1111;
      change(values);
    }),
  );
  world.tick(
    jobs(
      2,
      ...world.values.nodes.map(({ shard: place, skills: set }, index) =>
        job(1 + index, { shard: place, skills: set, budgetTicks: 1000 }),
      ),
    ),
  );
  return world;
}

const queues = ({ machine }: World) => machine.state.shards.slice(1).map(({ queue }) => queue.count);

describe("Spillover", () => {
  it("jobs move while the queues are further apart than the threshold, and not one further", () => {
    const world = fullWorld();
    world.tick(jobs(1, ...manyJobs(1, 5)));
    assert.deepEqual(queues(world), [5, 0], "the threshold itself is no reason");
    world.tick(jobs(1, job(6)));
    assert.deepEqual(queues(world), [5, 1]);
    world.tick(jobs(1, ...manyJobs(7, 3)));
    assert.deepEqual(queues(world), [7, 2]);
  });

  it("at equally full queues nothing moves, however full they are", () => {
    const world = fullWorld();
    const both = [...manyJobs(1, 40), ...manyJobs(41, 40, { shard: 2 })];
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...both)), "spilled"), []);
    assert.deepEqual(jobsIn(world.idle(10), "spilled"), []);
  });

  it("the difference is that of weighted queues, and the threshold is in jobs per unit of weight", () => {
    for (const [weights, settled] of [
      [
        [1, 3],
        [11, 19],
      ],
      [
        [3, 1],
        [26, 4],
      ],
      [
        [2, 2],
        [20, 10],
      ],
    ]) {
      const world = fullWorld((values) => {
        values.shards[0].weight = weights[0];
        values.shards[1].weight = weights[1];
        values.shards[1].routes = [];
        values.shards[0].spillBatch = 100;
      });
      world.tick(jobs(1, ...manyJobs(1, 30)));
      const [a, b] = queues(world);
      assert.deepEqual([a, b], settled, `weights ${weights}`);
      assert.ok(a / weights[0] - b / weights[1] <= 5 && (a + 1) / weights[0] - (b - 1) / weights[1] > 5);
    }
  });

  it("no more than a batch leaves a shard in one tick, over all its routes", () => {
    const world = fullWorld((values) => {
      values.shards[0].routes = [2, 3];
      values.shards[0].spillThreshold = 0;
      values.shards.push(shard("east", []));
      values.nodes.push(node("east.one", { shard: 3, maxConcurrency: 1 }));
    });
    const first = world.tick(jobs(1, ...manyJobs(1, 30), ...manyJobs(31, 6, { skills: skills.south })));
    assert.equal(jobsIn(first, "spilled").length, 4);
    assert.equal(jobsIn(world.tick(), "spilled").length, 4);
  });

  it("routes are taken in the owners' order", () => {
    const toBoth = (routes: number[]) =>
      fullWorld((values) => {
        values.shards[0].routes = routes;
        values.shards[0].spillBatch = 10;
        values.shards.push(shard("east", []));
        values.nodes.push(node("east.one", { shard: 3, maxConcurrency: 1 }));
      });
    for (const routes of [
      [2, 3],
      [3, 2],
    ]) {
      const spilled = eventsOf(toBoth(routes).tick(jobs(1, ...manyJobs(1, 6))), "spilled");
      assert.deepEqual(
        spilled.map(({ to }) => to),
        [routes[0]],
      );
    }
  });

  it("a job moves only along a route that the owners approved", () => {
    const world = fullWorld((values) => {
      values.shards[0].routes = [];
    });
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(1, 40))), "spilled"), []);
    const rerouted = world.tick(
      world.adopt((values) => {
        values.shards[0].routes = [2];
      }),
    );
    assert.equal(jobsIn(rerouted, "spilled").length, 4);
  });

  it("a spilled job whose nodes fall silent returns to where it came from, rather than wait for them", () => {
    const world = fullWorld();
    world.tick(jobs(1, ...manyJobs(1, 6)));
    assert.deepEqual(queues(world), [5, 1]);
    world.silent.add(2);
    // Suspect by now, and not offline: what it runs is still its own.
    const silence = world.idle(8);
    assert.deepEqual(jobsIn(silence, "returned"), [6]);
    assert.deepEqual(queues(world), [6, 0]);
    world.silent.delete(2);
    assert.deepEqual(jobsIn(world.idle(2), "spilled"), [6], "every route is open to it again");
  });

  it("a stranded job does not return to a paused shard, and does as soon as that is resumed", () => {
    const world = fullWorld();
    world.tick(jobs(1, ...manyJobs(1, 6)));
    world.silent.add(2);
    world.tick(
      world.adopt((values) => {
        values.shards[0].pause = { ownerPaused: true, guardianUntil: 0 };
      }),
    );
    assert.deepEqual(jobsIn(world.idle(20), "returned"), []);
    const resumed = world.tick(
      world.adopt((values) => {
        values.shards[0].pause = noPause;
      }),
    );
    assert.deepEqual(jobsIn(resumed, "returned"), [6]);
  });

  it("stranded jobs return no faster than a batch a tick, and keep their order", () => {
    const world = fullWorld((values) => {
      values.shards[0].spillBatch = 20;
      values.shards[1].spillBatch = 3;
    });
    world.tick(jobs(1, ...manyJobs(1, 13)));
    assert.deepEqual(queues(world), [9, 4]);
    world.silent.add(2);
    world.idle(6);
    assert.deepEqual(jobsIn(world.tick(), "returned"), [13, 12, 11]);
    const next = world.tick();
    assert.deepEqual(jobsIn(next, "queued"), [11, 12, 13]);
    assert.deepEqual(jobsIn(next, "returned"), [10]);
  });

  it("a full target takes no job, and a nearly full one no more than it has room for", () => {
    const world = fullWorld((values) => {
      values.shards[1].queueBudget = 2;
      values.shards[1].routes = [];
    });
    assert.equal(jobsIn(world.tick(jobs(1, ...manyJobs(1, 40))), "spilled").length, 2);
    assert.deepEqual(jobsIn(world.idle(5), "spilled"), []);
  });

  it("what came last leaves first, and loses no place by it", () => {
    const world = fullWorld();
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(1, 9))), "spilled"), [9, 8]);
  });

  it("a paused target gets nothing, and a paused shard sends nothing", () => {
    for (const paused of [0, 1]) {
      const world = fullWorld((values) => {
        values.shards[paused].pause = { ownerPaused: true, guardianUntil: 0 };
      });
      assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(1, 30))), "spilled"), []);
      const resumed = world.tick(
        world.adopt((values) => {
          values.shards[paused].pause = noPause;
        }),
      );
      assert.equal(jobsIn(resumed, "spilled").length, 4);
    }
  });

  it("nothing moves while the fabric is out of touch with the chain", () => {
    const world = fullWorld();
    const { events } = world.tick(world.block({ block: 1, latest: 12 }), jobs(1, ...manyJobs(1, 30)));
    assert.deepEqual(jobsIn({ events }, "spilled"), []);
  });

  it("a job that no active node at home can serve leaves at once, whatever the queues, the oldest first", () => {
    const world = fullWorld((values) => {
      values.shards[0].spillThreshold = 1000;
      values.shards[1].routes = [];
    });
    const rows = [...manyJobs(1, 3), ...manyJobs(4, 6, { skills: skills.south })];
    const first = world.tick(jobs(1, ...rows), jobs(1, ...manyJobs(20, 20, { shard: 2 })));
    assert.deepEqual(jobsIn(first, "spilled"), [4, 5, 6, 7]);
    assert.deepEqual(jobsIn(world.tick(), "spilled"), [8, 9]);
  });

  it("jobs that home cannot serve have the batch before those that only find it crowded", () => {
    const world = fullWorld();
    const rows = [...manyJobs(1, 30), ...manyJobs(31, 3, { skills: skills.south })];
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...rows)), "spilled"), [31, 32, 33, 30]);
  });

  it("jobs leave a shard whose only node has fallen silent or slow", () => {
    for (const fault of ["silent", "slow"]) {
      const world = fullWorld();
      if (fault === "silent") world.silent.add(1);
      else world.latencyMs.set(1, 1000);
      world.idle(7);
      assert.deepEqual(jobsIn(world.tick(jobs(1, job(1))), "spilled"), [1], fault);
    }
  });

  it("a job moves only where an active node has its skills", () => {
    const world = fullWorld();
    const rows = manyJobs(1, 30, { skills: skills.north });
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...rows)), "spilled"), []);
    world.silent.add(2);
    world.idle(7);
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(31, 30))), "spilled"), [], "silent there");
  });

  it("a job does not come back in the same attempt: no ping-pong between shards", () => {
    const world = fullWorld((values) => {
      for (const each of values.shards) each.spillThreshold = 0;
    });
    const { events } = world.tick(jobs(1, ...manyJobs(1, 20)));
    const later = world.idle(30);
    const moves = new Map<unknown, number>();
    for (const { job: number } of eventsOf({ events: [...events, ...later.events] }, "spilled"))
      moves.set(number, (moves.get(number) ?? 0) + 1);
    assert.ok(moves.size > 0 && [...moves.values()].every((count) => count === 1));
    world.tick(order(1, { type: "move", from: 1, to: 2, count: 50 }));
    assert.deepEqual(jobsIn(world.idle(30), "spilled"), [], "nor after the owners moved it");
  });

  it("a job may go on along a second shard's routes", () => {
    const world = fullWorld((values) => {
      values.shards[1].routes = [3, 1];
      values.shards[1].spillThreshold = 0;
      values.shards.push(shard("east", []));
      values.nodes.push(node("east.one", { shard: 3, maxConcurrency: 1 }));
    });
    world.tick(jobs(1, ...manyJobs(1, 20)));
    const lines = eventsOf(world.idle(20), "spilled");
    assert.ok(lines.some(({ from, to }) => from === 2 && to === 3));
    assert.ok(!lines.some(({ from, to }) => from === 2 && to === 1), "but not back");
  });

  it("a spilled job is bound by the latency budget of the shard that serves it", () => {
    const world = fullWorld((values) => {
      values.shards[1].latencyBudgetMs = 20;
    });
    world.latencyMs.set(2, 50);
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(1, 30))), "spilled"), []);
  });
});

describe("Skew of a route", () => {
  const skews = (world: World) => routeSkews(world.machine.state, (from) => world.values.shards[from - 1].routes);

  it("is how far one queue exceeds the other, in jobs", () => {
    const world = fullWorld((values) => {
      values.shards[0].spillThreshold = 1000;
    });
    world.tick(jobs(1, ...manyJobs(1, 12), ...manyJobs(13, 5, { shard: 2 })));
    assert.deepEqual(skews(world), [
      { from: 1, to: 2, jobs: 7 },
      { from: 2, to: 1, jobs: 0 },
    ]);
  });

  it("counts no job that could not be served there, or has been there", () => {
    const world = fullWorld((values) => {
      values.shards[0].spillThreshold = 1000;
    });
    world.tick(jobs(1, ...manyJobs(1, 3), ...manyJobs(4, 9, { skills: skills.north })));
    assert.deepEqual(skews(world)[0], { from: 1, to: 2, jobs: 3 });
    world.tick(order(1, { type: "move", from: 1, to: 2, count: 3 }));
    world.tick(order(2, { type: "move", from: 2, to: 1, count: 3 }));
    assert.deepEqual(skews(world)[0], { from: 1, to: 2, jobs: 0 });
  });

  it("leaves out routes from or to a paused shard", () => {
    const world = fullWorld((values) => {
      values.shards[0].pause = { ownerPaused: true, guardianUntil: 0 };
    });
    assert.deepEqual(skews(world), []);
  });
});
