import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  eventsOf,
  job,
  jobs,
  jobsIn,
  manyJobs,
  node,
  noPause,
  oneShard,
  shard,
  skills,
  twoShards,
  World,
} from "./world.ts";

describe("Owner changes", () => {
  it("a queue budget lowered below the queue sends the newest back to the head of the registry, in their order", () => {
    const world = new World(
      oneShard((values) => {
        values.shards[0].queueBudget = 6;
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 12)));
    assert.deepEqual(world.waiting(1), { queued: 2, registry: 6, parked: 0 });
    world.tick();
    assert.deepEqual(world.waiting(1), { queued: 6, registry: 2, parked: 0 });

    const lowered = world.tick(
      world.adopt((values) => {
        values.shards[0].queueBudget = 2;
      }),
    );
    assert.deepEqual(jobsIn(lowered, "returned"), [10, 9, 8, 7]);
    assert.deepEqual(world.waiting(1), { queued: 2, registry: 6, parked: 0 });

    const raised = world.tick(
      world.adopt((values) => {
        values.shards[0].queueBudget = 50;
      }),
    );
    assert.deepEqual(jobsIn(raised, "queued"), [7, 8, 9, 10, 11, 12]);
  });

  it("a budget raised again lets the registry in, and never one job more than it says", () => {
    const world = new World(
      oneShard((values) => {
        values.shards[0].queueBudget = 1;
      }),
    );
    world.silent.add(1);
    world.idle(10);
    world.tick(jobs(1, ...manyJobs(1, 10)));
    assert.deepEqual(world.waiting(1), { queued: 1, registry: 9, parked: 0 });
    world.tick(
      world.adopt((values) => {
        values.shards[0].queueBudget = 5;
      }),
    );
    assert.deepEqual(world.waiting(1), { queued: 5, registry: 5, parked: 0 });
  });

  it("a paused fabric routes nothing, takes jobs in, lets what runs finish, and goes on where it stopped", () => {
    const world = new World(oneShard());
    const [running] = world.tick(jobs(1, job(1))).leases;
    const pausing = world.tick(
      world.adopt((values) => {
        values.pause = { ownerPaused: true, guardianUntil: 0 };
      }),
    );
    assert.deepEqual(eventsOf(pausing, "paused"), [{ event: "paused", scope: 0 }]);
    world.report(running);
    const paused = world.tick(jobs(1, job(2)));
    assert.deepEqual(jobsIn(paused, "accepted"), [2]);
    assert.deepEqual(paused.leases, []);
    assert.deepEqual(
      paused.receipts.map(({ outcome }) => outcome),
      ["completed"],
    );

    const resuming = world.tick(
      world.adopt((values) => {
        values.pause = noPause;
      }),
    );
    assert.deepEqual(eventsOf(resuming, "resumed"), [{ event: "resumed", scope: 0 }]);
    assert.deepEqual(
      resuming.leases.map(({ number }) => number),
      [2],
    );
  });

  it("the pause of one shard stops that shard alone", () => {
    const world = new World();
    world.tick(
      world.adopt((values) => {
        values.shards[0].pause = { ownerPaused: true, guardianUntil: 0 };
      }),
    );
    const { leases } = world.tick(jobs(1, job(1), job(2, { shard: 2 })));
    assert.deepEqual(
      leases.map(({ number }) => number),
      [2],
    );
  });

  it("a guardian's pause ends at its block time, without anyone's transaction, and not before", () => {
    const world = new World(oneShard());
    world.tick(
      world.adopt(
        (values) => {
          values.shards[0].pause = { ownerPaused: false, guardianUntil: 5000 };
        },
        { time: 2000 },
      ),
    );
    assert.deepEqual(world.tick(jobs(1, job(1)), world.block({ time: 4999 })).leases, []);
    const over = world.tick(world.block({ time: 5000 }));
    assert.deepEqual(eventsOf(over, "resumed"), [{ event: "resumed", scope: 1 }]);
    assert.equal(over.leases.length, 1);
  });

  it("the owners' pause outlasts the guardian's", () => {
    const world = new World(oneShard());
    world.tick(
      world.adopt(
        (values) => {
          values.pause = { ownerPaused: true, guardianUntil: 5000 };
        },
        { time: 2000 },
      ),
    );
    assert.deepEqual(world.tick(jobs(1, job(1)), world.block({ time: 6000 })).leases, []);
  });

  it("resuming the fabric leaves a shard's own pause as it was", () => {
    const world = new World(oneShard());
    world.tick(
      world.adopt((values) => {
        values.pause = { ownerPaused: true, guardianUntil: 0 };
        values.shards[0].pause = { ownerPaused: true, guardianUntil: 0 };
      }),
    );
    world.tick(
      world.adopt((values) => {
        values.pause = noPause;
      }),
    );
    assert.deepEqual(world.tick(jobs(1, job(1))).leases, []);
  });

  it("a retired fabric dispatches nothing any more", () => {
    const world = new World(oneShard());
    world.tick(
      world.adopt((values) => {
        values.retired = true;
      }),
    );
    assert.deepEqual(world.tick(jobs(1, job(1))).leases, []);
  });

  it("a draining node keeps what it runs, and gets nothing new", () => {
    const world = new World(oneShard());
    const [running] = world.tick(jobs(1, job(1))).leases;
    world.tick(
      world.adopt((values) => {
        values.nodes[0].status = "draining";
      }),
    );
    world.report(running);
    const drained = world.tick(jobs(1, job(2)));
    assert.deepEqual(
      drained.receipts.map(({ number, outcome }) => [number, outcome]),
      [[1, "completed"]],
    );
    assert.deepEqual(drained.leases, []);
  });

  it("a removed node loses its work at once, and is no longer heard or watched", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes.push(node("north.two"));
      }),
    );
    const [running] = world.tick(jobs(1, job(1))).leases;
    const removed = world.tick(
      world.adopt((values) => {
        values.nodes[running.node - 1].status = "removed";
      }),
    );
    assert.deepEqual(jobsIn(removed, "interrupted"), [1]);
    assert.deepEqual(jobsIn(removed, "requeued"), [1]);
    world.report(running);
    const later = world.idle(20);
    assert.deepEqual(eventsOf(later, "nodeSuspect", "nodeOffline", "resultRefused"), []);
    assert.deepEqual(eventsOf(later, "refusedMessages")[0], {
      event: "refusedMessages",
      node: 0,
      reason: "unknownSender",
      count: 1,
    });
    assert.deepEqual(
      later.leases.map(({ number, attempt }) => [number, attempt]),
      [[1, 2]],
    );
  });

  it("a lowered limit interrupts nothing and admits nothing until the load is below it", () => {
    const world = new World(oneShard());
    const { leases } = world.tick(jobs(1, ...manyJobs(1, 6)));
    world.tick(
      world.adopt((values) => {
        values.nodes[0].maxConcurrency = 2;
      }),
    );
    world.report(leases[0]);
    world.report(leases[1]);
    assert.deepEqual(world.tick().leases, []);
    world.report(leases[2]);
    assert.deepEqual(
      world.tick().leases.map(({ number }) => number),
      [5],
    );
  });

  it("a job that no admitted node within reach can serve is parked and shown, and placed again when one can", () => {
    const world = new World();
    const parked = world.tick(jobs(1, job(1, { skills: skills.north | skills.south })));
    assert.deepEqual(eventsOf(parked, "parked"), [{ event: "parked", submitter: 1, job: 1, shard: 1 }]);
    assert.deepEqual(world.waiting(1), { queued: 0, registry: 0, parked: 1 });
    const admitted = world.tick(
      world.adopt((values) => {
        values.nodes.push(node("south.both", { shard: 2, skills: 0b111n }));
      }),
    );
    assert.deepEqual(eventsOf(admitted, "unparked"), [{ event: "unparked", submitter: 1, job: 1, shard: 1 }]);
    assert.deepEqual(
      world.tick().leases.map(({ node: runner }) => runner),
      [3],
    );
  });

  it("jobs parked by a removal leave the queue, in their order, and come back to the head of the registry in it", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 4)));
    const removed = world.tick(
      world.adopt((values) => {
        values.nodes[0].status = "draining";
      }),
    );
    assert.deepEqual(jobsIn(removed, "parked"), [2, 3, 4]);
    const back = world.tick(
      jobs(1, job(5)),
      world.adopt((values) => {
        values.nodes.push(node("north.two", { maxConcurrency: 1 }));
      }),
    );
    assert.deepEqual(jobsIn(back, "queued"), [2, 3, 4, 5]);
  });

  it("a spilled job whose new shard loses its last node may go back to where it came from", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].spillThreshold = 0;
        values.nodes[1].maxConcurrency = 1;
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    assert.deepEqual(jobsIn(world.tick(jobs(1, ...manyJobs(1, 4))), "spilled"), [4, 3]);
    const gone = world.tick(
      world.adopt((values) => {
        values.nodes[1].status = "removed";
      }),
    );
    assert.deepEqual(jobsIn(gone, "parked"), []);
    assert.deepEqual(
      eventsOf(gone, "spilled").map(({ job: number, from, to }) => [number, from, to]),
      [
        [3, 2, 1],
        [4, 2, 1],
      ],
    );
  });

  it("a shard registered while the fabric runs takes jobs in at once", () => {
    const world = new World();
    const { leases } = world.tick(
      world.adopt((values) => {
        values.shards.push(shard("east", []));
        values.nodes.push(node("east.one", { shard: 3 }));
        for (const each of values.submitters) each.shards = 0b111;
      }),
      jobs(1, job(1, { shard: 3 })),
    );
    assert.deepEqual(
      leases.map(({ number, node: runner }) => [number, runner]),
      [[1, 3]],
    );
  });

  it("the governance in force is the newest block's, and the version of its values", () => {
    const world = new World();
    world.tick(
      world.adopt(() => {}, { version: 9, hash: new Uint8Array(32).fill(3), time: 77, block: 41, latest: 42 }),
    );
    assert.deepEqual(world.machine.governance, { version: 9, block: 41, hash: new Uint8Array(32).fill(3), time: 77 });
  });
});
