import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  eventsOf,
  genesis,
  job,
  jobs,
  jobsIn,
  manyJobs,
  node,
  noPause,
  oneShard,
  skills,
  twoShards,
  World,
} from "./world.ts";

describe("Recovery", () => {
  it("an attempt that takes longer than the job's budget ends; the job comes back, with one attempt spent", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1, { budgetTicks: 3 }))).leases;
    assert.equal(lease.expiresInTicks, 3);
    assert.deepEqual(jobsIn(world.idle(2), "interrupted"), []);
    const ended = world.tick();
    assert.deepEqual(eventsOf(ended, "interrupted"), [
      { event: "interrupted", submitter: 1, job: 1, shard: 1, node: 1, lease: 1 },
    ]);
    assert.deepEqual(
      eventsOf(ended, "requeued").map(({ attempts }) => attempts),
      [1],
    );
    const again = world.nextLease();
    assert.deepEqual([again.number, again.attempt, again.lease], [1, 2, 2]);
  });

  it("a lease never outlasts the job's deadline", () => {
    const world = new World(oneShard());
    const { leases } = world.tick(jobs(1, job(1, { budgetTicks: 9, deadlineTicks: 4 })));
    assert.deepEqual(
      leases.map(({ expiresInTicks }) => expiresInTicks),
      [4],
    );
  });

  it("the last attempt lost ends the job, with the reason", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { budgetTicks: 1 })));
    const { receipts, events } = world.idle(60);
    assert.deepEqual(
      receipts.map(({ outcome, reason, attempts }) => [outcome, reason, attempts]),
      [["failed", "attemptsSpent", 3]],
    );
    assert.equal(jobsIn({ events }, "requeued").length, 2);
    assert.equal(world.machine.counters.interrupted, 3);
  });

  it("the wait before attempt n + 1 is 1 to 2^n ticks, drawn from the seed, and the job is out of the queue until then", () => {
    const waits = (seed: number) => {
      const world = new World(
        oneShard((values) => Object.assign(values, { maxAttempts: 8 })),
        { ...genesis, seed },
      );
      world.tick(jobs(1, ...manyJobs(1, 4, { budgetTicks: 1 })));
      const found: number[][] = [];
      for (const { event, tick, job: number, backoffTicks, attempts } of world.idle(400).events)
        if (event === "requeued") found.push([Number(attempts), Number(backoffTicks), tick, Number(number)]);
      return found;
    };
    const drawn = waits(7);
    for (const [attempts, wait] of drawn)
      assert.ok(wait >= 1 && wait <= 2 ** Math.min(attempts, 5), `${attempts}: ${wait}`);
    const longest = Math.max(...drawn.filter(([attempts]) => attempts >= 5).map(([, wait]) => wait));
    assert.ok(longest > 8, "later waits are longer");
    const firsts = drawn.filter(([attempts]) => attempts === 3).map(([, wait]) => wait);
    assert.ok(new Set(firsts).size > 1, "each is drawn anew");
    assert.deepEqual(waits(7), drawn);
    assert.notDeepEqual(waits(8), drawn);
  });

  it("a job waits out exactly its backoff", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { budgetTicks: 1 })));
    const [{ tick, backoffTicks }] = world.tick().events.filter(({ event }) => event === "requeued");
    assert.equal(world.nextLease().attempt, 2);
    // It is taken from the registry in the tick after the one in which it comes back there.
    assert.equal(world.machine.tick, tick + Number(backoffTicks) + 1);
  });

  it("jobs that come back go ahead of younger ones, and keep their order among themselves", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes[0].maxConcurrency = 3;
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 3, { budgetTicks: 100 })));
    world.tick(jobs(1, ...manyJobs(4, 6)));
    world.silent.add(1);
    assert.deepEqual(jobsIn(world.idle(15), "interrupted"), [1, 2, 3]);
    world.silent.delete(1);
    assert.deepEqual(
      world.tick().leases.map(({ number }) => number),
      [1, 2, 3],
    );
  });

  it("a job lost abroad goes back to the registry of its origin, and may be spilled anew", () => {
    const world = new World(
      twoShards((values) => {
        values.nodes[0].skills = skills.north;
      }),
    );
    const spilled = world.tick(jobs(1, job(1, { budgetTicks: 2 })));
    assert.deepEqual(eventsOf(spilled, "spilled"), [{ event: "spilled", submitter: 1, job: 1, from: 1, to: 2 }]);
    const lost = world.idle(3);
    assert.deepEqual(
      eventsOf(lost, "requeued").map(({ shard }) => shard),
      [1],
    );
    const again = world.idle(6);
    assert.deepEqual(jobsIn(again, "spilled").slice(0, 1), [1]);
    assert.equal(again.leases[0].attempt, 2);
  });

  it("a job that was lost abroad may go there again while home is crowded: the shards it visited count for one attempt", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].spillThreshold = 0;
        for (const each of values.nodes) each.maxConcurrency = 1;
      }),
    );
    world.tick(jobs(1, job(1, { budgetTicks: 1000 }), job(2), job(3, { budgetTicks: 2 })));
    const fate = world.idle(12).events.filter(({ job: number }) => number === 3);
    assert.deepEqual(
      fate.slice(0, 5).map(({ event }) => event),
      ["assigned", "interrupted", "requeued", "queued", "spilled"],
    );
  });

  it("a deadline ends a job wherever it waits, and not a tick early", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes[0].maxConcurrency = 1;
        values.shards[0].queueBudget = 1;
      }),
    );
    const rest = [job(2), job(3), job(4, { skills: skills.south })].map((each) => ({ ...each, deadlineTicks: 5 }));
    world.tick(jobs(1, job(1)));
    const { tick } = world.tick(jobs(1, ...rest));
    assert.deepEqual(world.idle(4).receipts, []);
    const { receipts } = world.tick();
    assert.deepEqual(
      receipts.map(({ number, outcome, reason, endedTick }) => [number, outcome, reason, endedTick]),
      [2, 3, 4].map((number) => [number, "expired", "deadlinePassed", tick + 5]),
    );
  });

  it("a deadline ends a running job and one that waits out its backoff; attempts are not what it died of", () => {
    const world = new World(oneShard((values) => Object.assign(values, { maxAttempts: 200 })));
    world.tick(jobs(1, job(1, { deadlineTicks: 40, budgetTicks: 1 }), job(2, { deadlineTicks: 40, budgetTicks: 100 })));
    const { receipts } = world.idle(60);
    assert.deepEqual(
      receipts.map(({ number, outcome, reason, endedTick }) => [number, outcome, reason, endedTick]),
      [
        [1, "expired", "deadlinePassed", 42],
        [2, "expired", "deadlinePassed", 42],
      ],
    );
    assert.equal(world.machine.state.slotOfLease.size, 0);
  });

  it("a lease lost in the tick of the deadline ends in the deadline", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { deadlineTicks: 3 })));
    world.idle(2);
    const { receipts } = world.tick(
      world.adopt((values) => {
        values.nodes[0].status = "removed";
      }),
    );
    assert.deepEqual(
      receipts.map(({ outcome }) => outcome),
      ["expired"],
    );
  });

  it("deadlines and leases stand still in a pause", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { budgetTicks: 5 }), job(2, { deadlineTicks: 6, budgetTicks: 100 })));
    const pause = world.adopt((values) => {
      values.pause = { ownerPaused: true, guardianUntil: 0 };
    });
    assert.deepEqual(eventsOf(world.tick(pause), "interrupted", "ended"), []);
    assert.deepEqual(eventsOf(world.idle(50), "interrupted", "ended"), []);
    const resume = world.adopt((values) => {
      values.pause = noPause;
    });
    const { tick } = world.tick(resume);
    const after = world.idle(6);
    assert.deepEqual(
      after.events
        .filter(({ event }) => event === "interrupted" || event === "ended")
        .map(({ event, job: number, tick: at }) => [event, number, at - tick]),
      [
        ["interrupted", 1, 4],
        ["ended", 2, 5],
      ],
    );
  });

  it("after a crash deadlines count the lost ticks, and leases start anew", () => {
    const world = new World(oneShard());
    const { leases } = world.tick(
      jobs(1, job(1, { budgetTicks: 5 }), job(2, { deadlineTicks: 50 }), job(3, { deadlineTicks: 49 })),
    );
    const back = world.tick({ kind: "resumed", downTicks: 48 });
    assert.deepEqual(eventsOf(back, "restarted"), [{ event: "restarted", downTicks: 48 }]);
    assert.deepEqual(
      back.receipts.map(({ number, outcome }) => [number, outcome]),
      [[3, "expired"]],
    );
    assert.deepEqual(jobsIn(world.idle(3), "interrupted"), []);
    world.report(leases[0]);
    assert.deepEqual(
      world.tick().receipts.map(({ number }) => number),
      [1],
      "its node worked on while the orchestrator was away",
    );
  });

  it("after a crash a lease has its whole budget again, and no more", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { budgetTicks: 5 })));
    world.idle(3);
    world.tick({ kind: "resumed", downTicks: 2000 });
    assert.deepEqual(jobsIn(world.idle(3), "interrupted"), []);
    assert.deepEqual(jobsIn(world.tick(), "interrupted"), [1]);
  });

  it("a crash of longer than the calendar goes round loses no deadline", () => {
    const world = new World(oneShard((values) => Object.assign(values.nodes[0], { maxConcurrency: 1 })));
    const rows = Array.from({ length: 40 }, (_, index) => job(2 + index, { deadlineTicks: 10 + index * 70 }));
    world.tick(jobs(1, job(1, { budgetTicks: 9999 }), ...rows));
    const { receipts } = world.tick({ kind: "resumed", downTicks: 2000 });
    assert.equal(receipts.length, rows.filter(({ deadlineTicks }) => deadlineTicks <= 2001).length);
    assert.equal(world.idle(900).receipts.length, 40 - receipts.length);
  });

  it("attempts that the owners take away count at the next loss", () => {
    const world = new World(oneShard((values) => values.nodes.push(node("north.two"))));
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.tick(world.adopt((values) => Object.assign(values, { maxAttempts: 1 })));
    world.report(lease, "failed");
    assert.deepEqual(
      world.tick().receipts.map(({ outcome }) => outcome),
      ["failed"],
    );
  });
});
