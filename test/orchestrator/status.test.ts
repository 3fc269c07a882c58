import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StatusView } from "../../src/control/index.ts";
import { Machine } from "../../src/fabric/index.ts";
import { type StatusFacts, statusView, submitterView } from "../../src/orchestrator/index.ts";
import { Fleet, genesis, jobs, manyJobs, node, noPause, skills, twoShards, World } from "../fabric/world.ts";

const facts: StatusFacts = {
  atMs: 1_700_000_000_000,
  epoch: 3,
  silence: null,
  changedTick: 1,
  checkpoint: null,
  anchored: null,
  anchorsWaiting: 0,
  isConnected: () => false,
};

const view = (machine: Machine, change: Partial<StatusFacts> = {}): StatusView =>
  statusView(machine, { ...facts, ...change });
const named = <Entry extends { readonly name: string }>(entries: readonly Entry[], name: string): Entry => {
  const found = entries.find((entry) => entry.name === name);
  assert.ok(found !== undefined, `${name} is there`);
  return found;
};

describe("The status of a fabric", () => {
  it("is there before the chain has said anything: no shards, nobody paused, nothing in force", () => {
    const machine = new Machine(genesis);
    machine.step([{ kind: "chainSilent" }, { kind: "tick", tick: 1 }]);
    const status = view(machine, { silence: "nothing answers" });
    assert.deepEqual([status.shards, status.nodes, status.submitters], [[], [], []]);
    assert.deepEqual(status.chain, {
      chainId: genesis.chainId,
      ledger: genesis.ledger,
      silentTicks: 1,
      silence: "nothing answers",
    });
    assert.deepEqual([status.tick, status.tickMs, status.pause, status.governance.block], [1, 0, null, 0]);
  });

  it("says where jobs are, and counts each where it runs, also when it spilled", () => {
    const world = new World();
    world.silent.add(1);
    world.idle(20);
    // Nobody is alive in the north: its jobs go south, and run there.
    world.tick(jobs(1, ...manyJobs(1, 60)));
    const [lease] = world.idle(6).leases;
    // One attempt fails: its job waits before the next.
    world.report(lease, "failed");
    world.tick();
    assert.ok(world.machine.state.shards[1].delayed > 0);
    const { shards, nodes, live } = view(world.machine);
    const { slotOfLease } = world.machine.state;
    for (const [index, shard] of shards.entries()) {
      const { queued, registry, parked } = world.waiting(index + 1);
      assert.deepEqual([shard.queued, shard.registered, shard.parked], [queued, registry, parked], shard.name);
    }
    const [north, south] = [named(shards, "north"), named(shards, "south")];
    assert.deepEqual([north.running, south.running], [0, slotOfLease.size]);
    assert.ok(south.running > 0);
    assert.equal(named(nodes, "south.one").load, south.running);
    assert.equal(north.queueBudget, 50);
    const inAll = shards.reduce(
      (sum, shard) => sum + shard.queued + shard.registered + shard.parked + shard.running,
      0,
    );
    assert.equal(inAll, live, "every job is somewhere");
  });

  it("names who paused a shard, and until when by the time of the block in force", () => {
    const guardianUntil = 5000;
    const world = new World();
    const pauseOf = (ownerPaused: boolean, until: number, time: number) => {
      const change = world.adopt(
        (values) => {
          values.shards[1].pause = { ownerPaused, guardianUntil: until };
        },
        { time },
      );
      world.tick(change);
      return named(view(world.machine).shards, "south").pause;
    };
    assert.equal(pauseOf(false, 0, 4000), null);
    assert.deepEqual(pauseOf(false, guardianUntil, 4999), { by: "guardian", until: guardianUntil });
    assert.deepEqual(pauseOf(true, guardianUntil, 4999), { by: "both", until: null });
    assert.deepEqual(pauseOf(true, guardianUntil, 5000), { by: "owners", until: null });
    assert.equal(pauseOf(false, guardianUntil, 5000), null, "a guardian's pause ends by itself");
    assert.equal(view(world.machine).pause, null, "the fabric as a whole runs");
    const all = world.adopt(
      (values) => {
        values.pause = { ...noPause, ownerPaused: true };
        values.retired = true;
      },
      { time: 5001 },
    );
    world.tick(all);
    const { pause, retired } = view(world.machine);
    assert.deepEqual([pause, retired], [{ by: "owners", until: null }, true]);
  });

  it("marks nodes that are silent, slow, draining or removed, and keeps their places", () => {
    const values = twoShards((draft) => {
      draft.nodes.push(node("north.two", { status: "draining" }), node("north.gone", { status: "removed" }));
    });
    const world = new World(values);
    for (const number of [2, 3, 4]) world.silent.add(number);
    world.latencyMs.set(1, 150);
    world.idle(7);
    const { nodes } = view(world.machine, { isConnected: (number) => number === 2 });
    assert.deepEqual(
      nodes.map(({ name, status }) => `${name} ${status}`),
      ["north.one admitted", "south.one admitted", "north.two draining", "north.gone removed"],
    );
    const [one, south, , gone] = nodes;
    assert.deepEqual(
      [one.health, one.slow, one.latencyMs, one.heartbeatAgeMs, one.connected],
      ["active", true, 150, 0, false],
    );
    assert.deepEqual([south.health, south.slow, south.heartbeatAgeMs, south.connected], ["suspect", false, 7000, true]);
    assert.deepEqual([gone.health, gone.heartbeatAgeMs], ["unheard", null]);
    world.idle(3);
    assert.equal(view(world.machine).nodes[1].health, "offline");
    assert.equal(named(view(world.machine).shards, "north").latencyBudgetMs, 100);
  });

  it("says that the fabric is out of touch, and how far behind it is", () => {
    const world = new World();
    world.tick(world.block({ block: 40, latest: 51, time: 2000 }));
    const { outOfTouch, governance } = view(world.machine);
    assert.deepEqual([outOfTouch, governance.block, governance.lagBlocks, governance.time], [true, 40, 11, 2000]);
    assert.equal(governance.hash, `0x${"02".repeat(32)}`);
  });

  it("costs the same however many jobs there are", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0].queueBudget = 5000;
      }),
    );
    for (let batch = 0; batch < 5; batch++) world.tick(jobs(1, ...manyJobs(1 + batch * 1000, 1000)));
    // Walking the jobs is what touches these columns.
    const columns = ["nextLive", "next", "status", "place", "admission"] as const;
    const table = world.machine.state.jobs;
    const expected = view(world.machine);
    for (const column of columns)
      Object.defineProperty(table, column, { get: () => assert.fail(`${column} of the jobs is read`) });
    assert.deepEqual(view(world.machine), expected);
    assert.equal(expected.live, 5000);
  });

  it("passes on what the machine does not know, and counts all that it does", () => {
    const fleet = new Fleet();
    const machine = new Machine(genesis);
    machine.step([...fleet.messages(1, 2), { kind: "tick", tick: 1 }]);
    const anchored = { seq: 1, tick: 10, digest: "0x01", atMs: 5 } as const;
    const status = view(machine, { anchored, anchorsWaiting: 2, changedTick: null, epoch: 9 });
    assert.deepEqual(
      [status.anchored, status.checkpoint, status.anchorsWaiting, status.epoch, status.governance.changedTick],
      [anchored, null, 2, 9, null],
    );
    assert.equal(status.counters.refusedMessages, 2, "nobody is known yet");
    assert.equal(status.counters.submitted, 0);
  });
});

describe("A submitter's view", () => {
  it("says what it may do, and which number is free", () => {
    const world = new World(
      twoShards((values) => {
        values.submitters[1].shards = 0b10;
        values.submitters[1].expiry = 2000;
        values.submitters[1].key = new Uint8Array(32).fill(0xab);
      }),
    );
    world.tick(jobs(2, ...manyJobs(1, 3, { shard: 2, skills: skills.shared })));
    const second = submitterView(world.machine, "second");
    assert.deepEqual(second, {
      name: "second",
      number: 2,
      shards: ["south"],
      jobsPerTick: 1000,
      expiry: 2000,
      expired: false,
      revoked: false,
      keyKind: "ed25519",
      key: `0x${"ab".repeat(32)}`,
      highest: 3,
    });
    assert.deepEqual(submitterView(world.machine, "first")?.shards, ["north", "south"]);
    world.tick(world.block({ time: 2000 }));
    assert.equal(submitterView(world.machine, "second")?.expired, true);
  });

  it("is not there for somebody unknown, nor before there is governance", () => {
    assert.equal(submitterView(new World().machine, "third"), undefined);
    assert.equal(submitterView(new Machine(genesis), "first"), undefined);
  });
});
