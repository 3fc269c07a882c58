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
  type Outcome,
  oneShard,
  twoShards,
  World,
} from "./world.ts";

const health = (outcome: Outcome) =>
  outcome.events
    .filter(({ event }) => ["nodeActive", "nodeSuspect", "nodeOffline"].includes(event))
    .map(({ event, tick }) => `${event} ${tick}`);

// A node of these worlds speaks in every tick, has an interval of 3 ticks and a grace of 2.
describe("Heartbeat audit", () => {
  it("a node is suspect after interval × grace ticks of silence, and offline one interval later, not a tick earlier", () => {
    const world = new World(oneShard());
    const lastHeard = world.tick().tick;
    world.silent.add(1);
    assert.deepEqual(health(world.idle(20)), [`nodeSuspect ${lastHeard + 7}`, `nodeOffline ${lastHeard + 10}`]);
  });

  it("the interval is counted in whole ticks, no shorter than the node's", () => {
    const world = new World(
      oneShard((values) => {
        values.tickMs = 2000;
      }),
    );
    const lastHeard = world.machine.tick;
    world.silent.add(1);
    assert.deepEqual(health(world.idle(20)), [`nodeSuspect ${lastHeard + 5}`, `nodeOffline ${lastHeard + 7}`]);
  });

  it("a suspect node gets nothing new and keeps what it runs; its word makes it active again", () => {
    const world = new World(oneShard());
    const [running] = world.tick(jobs(1, job(1))).leases;
    world.silent.add(1);
    world.idle(7);
    assert.deepEqual(world.tick(jobs(1, job(2))).leases, []);
    world.silent.delete(1);
    world.report(running);
    const back = world.tick();
    assert.deepEqual(health(back), [`nodeActive ${back.tick}`]);
    assert.deepEqual(back.receipts.length, 1);
    assert.deepEqual(back.leases.length, 1);
  });

  it("when a node is offline its leases end, and its results come too late", () => {
    const world = new World(twoShards());
    const { leases } = world.tick(jobs(1, ...manyJobs(1, 3, { budgetTicks: 100 })));
    world.silent.add(1);
    const offline = world.idle(11);
    assert.deepEqual(eventsOf(offline, "nodeOffline"), [{ event: "nodeOffline", node: 1, shard: 1, interrupted: 3 }]);
    assert.deepEqual(jobsIn(offline, "interrupted"), [1, 2, 3]);
    assert.equal(world.machine.counters.interrupted, 3);
    world.silent.delete(1);
    for (const lease of leases) world.report(lease);
    const late = world.tick();
    assert.deepEqual(late.receipts, []);
    assert.equal(eventsOf(late, "resultRefused").length, 3);
  });

  it("a node that speaks again after it was offline rejoins and is given work", () => {
    const world = new World(oneShard());
    world.silent.add(1);
    world.idle(12);
    world.silent.delete(1);
    const back = world.tick(jobs(1, job(1)));
    assert.deepEqual(health(back), [`nodeActive ${back.tick}`]);
    assert.equal(back.leases.length, 1);
  });

  it("a node that was never heard is neither suspect nor offline, and gets nothing", () => {
    const world = new World(oneShard());
    world.silent.add(2);
    const admitted = world.adopt((values) => {
      values.nodes[0].status = "draining";
      values.nodes.push(node("north.two"));
    });
    const quiet = [world.tick(admitted, jobs(1, job(1))), world.idle(20)];
    assert.deepEqual(quiet.flatMap(health), []);
    assert.deepEqual(
      quiet.flatMap(({ leases }) => leases),
      [],
    );
  });

  for (const scope of ["fabric", "shard"] as const)
    it(`a pause of the ${scope}, however long, makes no node offline; silence before and after it adds up`, () => {
      const world = new World(oneShard());
      world.tick(jobs(1, job(1, { budgetTicks: 100 })));
      world.silent.add(1);
      world.idle(4);
      const paused = { ownerPaused: true, guardianUntil: 0 };
      const pause = world.adopt((values) => {
        if (scope === "fabric") values.pause = paused;
        else values.shards[0].pause = paused;
      });
      assert.deepEqual(health(world.tick(pause)), []);
      assert.deepEqual(health(world.idle(100)), []);
      const resume = world.adopt((values) => {
        values.pause = noPause;
        values.shards[0].pause = noPause;
      });
      const resumed = world.tick(resume);
      assert.deepEqual(health(resumed), [], "5 ticks of silence, pause left out");
      assert.deepEqual(health(world.idle(20)), [`nodeSuspect ${resumed.tick + 2}`, `nodeOffline ${resumed.tick + 5}`]);
    });

  it("the pause of one shard leaves the watch over another's nodes as it is", () => {
    const world = new World();
    const lastHeard = world.machine.tick;
    world.silent.add(1).add(2);
    const pause = world.adopt((values) => {
      values.shards[0].pause = { ownerPaused: true, guardianUntil: 0 };
    });
    const outcomes = [world.tick(pause), world.idle(20)];
    assert.deepEqual(outcomes.flatMap(health), [`nodeSuspect ${lastHeard + 7}`, `nodeOffline ${lastHeard + 10}`]);
  });

  it("after a crash ages start anew: nobody could hear the nodes", () => {
    const world = new World(oneShard());
    world.silent.add(1);
    world.idle(5);
    const resumed = world.tick({ kind: "resumed", downTicks: 1000 });
    assert.deepEqual(health(resumed), []);
    assert.deepEqual(health(world.idle(20)), [`nodeSuspect ${resumed.tick + 6}`, `nodeOffline ${resumed.tick + 9}`]);
  });

  it("draining nodes are watched as well: their work is not lost sight of", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { budgetTicks: 100 })));
    world.silent.add(1);
    world.tick(
      world.adopt((values) => {
        values.nodes[0].status = "draining";
      }),
    );
    assert.deepEqual(jobsIn(world.idle(12), "interrupted"), [1]);
  });
});
