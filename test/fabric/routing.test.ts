import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobClass } from "../../src/fabric/index.ts";
import { type Draft, eventsOf, job, jobs, jobsIn, manyJobs, message, node, oneShard, skills, World } from "./world.ts";

/** North alone, with these nodes. */
function worldOf(...nodes: Draft["nodes"]): World {
  return new World(
    oneShard((values) => {
      values.nodes = nodes;
    }),
  );
}

const runners = ({ leases }: { leases: readonly { node: number }[] }) => leases.map(({ node: runner }) => runner);

describe("Routing", () => {
  it("a lease says all that a node needs to know", () => {
    const world = new World(oneShard());
    const wanted = job(7, { class: "background", skills: skills.north, value: 2 ** 40, deadlineTicks: 30 });
    const { leases, events } = world.tick(jobs(2, wanted));
    assert.deepEqual(leases, [
      {
        lease: 1,
        node: 1,
        submitter: 2,
        number: 7,
        attempt: 1,
        class: "background",
        skills: skills.north,
        expiresInTicks: 20,
        value: 2 ** 40,
        payloadDigest: wanted.payloadDigest,
      },
    ]);
    assert.deepEqual(eventsOf({ events }, "assigned"), [
      { event: "assigned", submitter: 2, job: 7, shard: 1, node: 1, lease: 1 },
    ]);
  });

  it("no node is given more than it may run at once", () => {
    const world = new World(oneShard());
    assert.equal(world.tick(jobs(1, ...manyJobs(1, 9))).leases.length, 4);
    assert.equal(world.tick().leases.length, 0);
  });

  it("a job goes only to a node that has every skill it asks for, in both halves of the set", () => {
    const high = 1n << 40n;
    const world = new World(
      oneShard((values) => {
        values.skills = Array.from({ length: 64 }, (_, index) => `skill ${index}`);
        values.nodes = [
          node("low", { skills: 0b11n }),
          node("high", { skills: high | (1n << 63n) }),
          node("both", { skills: high | 0b01n }),
        ];
      }),
    );
    assert.deepEqual(runners(world.tick(jobs(1, job(1, { skills: high | 0b01n })))), [3]);
    assert.deepEqual(runners(world.tick(jobs(1, job(2, { skills: 0b10n })))), [1]);
    assert.deepEqual(runners(world.tick(jobs(1, job(3, { skills: 1n << 63n })))), [2]);
  });

  it("a specialist is chosen before a generalist", () => {
    const world = worldOf(node("generalist", { skills: 0b111n }), node("specialist"));
    assert.deepEqual(runners(world.tick(jobs(1, job(1)))), [2]);
  });

  it("work is spread by the free share of capacity, not by the number of slots", () => {
    const world = worldOf(
      node("small", { capacity: 10, maxConcurrency: 10 }),
      node("large", { capacity: 40, maxConcurrency: 40 }),
    );
    const given = runners(world.tick(jobs(1, ...manyJobs(1, 25))));
    assert.deepEqual([given.filter((runner) => runner === 1).length, given.length], [5, 25]);
  });

  it("a node that has no slot left is passed over, whatever its score", () => {
    const world = worldOf(node("one slot", { capacity: 100, maxConcurrency: 1 }), node("full score", { capacity: 4 }));
    assert.deepEqual(runners(world.tick(jobs(1, ...manyJobs(1, 6)))), [1, 2, 2, 2, 2]);
  });

  it("of two like nodes the one with more latency headroom is chosen", () => {
    const world = worldOf(node("slower"), node("faster"));
    world.latencyMs.set(1, 60).set(2, 40);
    assert.deepEqual(runners(world.tick(jobs(1, job(1)))), [2]);
  });

  it("a slot more weighs more than latency, and a fitting skill more than both", () => {
    const world = worldOf(node("first"), node("second"));
    world.latencyMs.set(1, 0).set(2, 99);
    assert.deepEqual(runners(world.tick(jobs(1, job(1), job(2)))), [1, 1 + 1]);
  });

  it("ties go by registration", () => {
    const world = worldOf(node("first"), node("second"), node("third"));
    assert.deepEqual(runners(world.tick(jobs(1, ...manyJobs(1, 6)))), [1, 2, 3, 1, 2, 3]);
  });

  it("a node over its shard's latency budget is marked, shown and given nothing, until it is within it", () => {
    const world = new World(oneShard());
    world.latencyMs.set(1, 101);
    const slow = world.tick(jobs(1, job(1)));
    assert.deepEqual(eventsOf(slow, "nodeSlow"), [{ event: "nodeSlow", node: 1, shard: 1, latencyMs: 101 }]);
    assert.deepEqual(slow.leases, []);
    assert.deepEqual(eventsOf(world.idle(3), "nodeSlow"), [], "shown once");
    world.latencyMs.set(1, 100);
    const within = world.tick();
    assert.deepEqual(eventsOf(within, "nodeWithinBudget"), [
      { event: "nodeWithinBudget", node: 1, shard: 1, latencyMs: 100 },
    ]);
    assert.equal(within.leases.length, 1);
  });

  it("a slow node may finish what it runs", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.latencyMs.set(1, 500);
    world.tick();
    world.report(lease);
    assert.equal(world.tick().receipts.length, 1);
  });

  it("a latency budget lowered below what a node reports marks it at once; raised, it lifts the mark", () => {
    const world = new World(oneShard());
    const budget = (latencyBudgetMs: number) =>
      world.adopt((values) => {
        values.shards[0].latencyBudgetMs = latencyBudgetMs;
      });
    const lowered = world.tick(budget(5), jobs(1, job(1)));
    assert.equal(eventsOf(lowered, "nodeSlow").length, 1);
    assert.deepEqual(lowered.leases, []);
    const raised = world.tick(budget(10));
    assert.equal(eventsOf(raised, "nodeWithinBudget").length, 1);
    assert.equal(raised.leases.length, 1);
  });

  it("interactive goes before background, background before maintenance, and age within a class", () => {
    const world = worldOf(node("one slot", { maxConcurrency: 1 }));
    const [first] = world.tick(jobs(1, job(1))).leases;
    const of = (jobClass: JobClass, number: number) => job(number, { class: jobClass });
    world.tick(jobs(1, of("maintenance", 2), of("background", 3), of("interactive", 4)));
    world.tick(jobs(1, of("interactive", 5), of("background", 6)));
    const given: number[] = [];
    let lease = first;
    for (let left = 5; left > 0; left--) {
      world.report(lease);
      [lease] = world.tick().leases;
      given.push(lease.number);
    }
    assert.deepEqual(given, [4, 5, 3, 6, 2]);
  });

  it("with age a job goes before younger ones of a higher class: background after 60 ticks, maintenance after 240", () => {
    for (const [jobClass, patience] of [
      ["background", 60],
      ["maintenance", 240],
    ] as const) {
      for (const [waited, expected] of [
        [patience - 1, 3],
        [patience, 2],
      ]) {
        const world = worldOf(node("one slot", { maxConcurrency: 1 }));
        const [lease] = world.tick(jobs(1, job(1, { budgetTicks: 1000 }))).leases;
        world.tick(jobs(1, job(2, { class: jobClass })));
        world.idle(waited - 1);
        world.tick(jobs(1, job(3)));
        world.report(lease);
        assert.deepEqual(
          world.tick().leases.map(({ number }) => number),
          [expected],
          `${jobClass} after ${waited}`,
        );
      }
    }
  });

  it("a job that cannot be served now holds nobody up", () => {
    const world = worldOf(node("shared", { maxConcurrency: 1 }), node("north", { skills: skills.north }));
    world.tick(jobs(1, job(1), job(2)));
    assert.deepEqual(runners(world.tick(jobs(1, job(3, { skills: skills.north })))), [2]);
  });

  it("nothing is routed when the chain has been silent for longer than allowed, and again when it speaks", () => {
    const world = new World(oneShard());
    const silence = { kind: "chainSilent" } as const;
    for (let tick = 1; tick <= 19; tick++) world.tick(silence);
    const last = world.tick(silence, jobs(1, job(1)));
    assert.deepEqual(eventsOf(last, "chainSilent"), [{ event: "chainSilent", silentTicks: 20 }]);
    assert.equal(last.leases.length, 1, "as long as allowed");
    assert.deepEqual(world.tick(silence, jobs(1, job(2))).leases, []);
    assert.deepEqual(world.tick().leases, [], "a tick without news is no answer");
    assert.equal(world.tick(world.block()).leases.length, 1);
  });

  it("nothing is routed when the block in force is further behind than allowed", () => {
    const world = new World(oneShard());
    const behind = (blocks: number) => world.block({ block: 100, latest: 100 + blocks });
    assert.equal(world.tick(behind(10), jobs(1, job(1))).leases.length, 1);
    assert.deepEqual(world.tick(behind(11), jobs(1, job(2))).leases, []);
    assert.equal(world.tick(behind(10)).leases.length, 1);
  });

  it("a node is given work in the tick in which it is first heard", () => {
    const world = new World(oneShard());
    world.silent.add(2);
    world.tick(world.adopt((values) => values.nodes.push(node("north.two", { skills: skills.south }))));
    assert.deepEqual(runners(world.tick(jobs(1, job(1, { skills: skills.south })), message(2, 1))), [2]);
  });

  it("more sets of skills than a shard keeps at hand are served as well as few", () => {
    const world = new World(
      oneShard((values) => {
        values.skills = Array.from({ length: 20 }, (_, index) => `skill ${index}`);
        values.nodes = [node("all", { capacity: 2000, maxConcurrency: 2000, skills: (1n << 20n) - 1n })];
        values.shards[0].queueBudget = 2000;
      }),
    );
    const rows = Array.from({ length: 600 }, (_, index) => job(1 + index, { skills: BigInt(1 + index) }));
    const { leases, events } = world.tick(jobs(1, ...rows));
    assert.deepEqual(
      leases.map(({ skills: set }) => set),
      rows.map(({ skills: set }) => set),
    );
    assert.equal(jobsIn({ events }, "parked").length, 0);
  });
});
