import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteWriter, encodeGenesis, Machine, MalformedBytes, type Snapshot } from "../../src/fabric/index.ts";
import { RandomWorld, worldGenesis } from "./randomWorld.ts";
import { genesis, job, jobs, message, oneShard, outcomeOf, World } from "./world.ts";

/** A machine in the middle of a random world. */
function lived(seed: number, ticks: number): Machine {
  const world = new RandomWorld(seed);
  const machine = new Machine(worldGenesis);
  for (let tick = 1; tick <= ticks; tick++) world.take(machine.step(world.inputs()));
  return machine;
}

/** Where the live jobs lie, in the order of admission. */
function slotsOf({ state: { jobs } }: Machine): number[] {
  const slots: number[] = [];
  for (let slot = jobs.firstLive; slot !== 0; slot = jobs.nextLive[slot]) slots.push(slot);
  return slots;
}

describe("Snapshot", () => {
  it("of a machine that has seen nothing is restored to one", () => {
    const machine = new Machine(genesis);
    const restored = Machine.restore(machine.snapshot());
    assert.deepEqual(restored.snapshot(), machine.snapshot());
    assert.deepEqual(restored.genesis, genesis);
  });

  it("keeps message numbers and the block in force, so that no replay passes after a restart", () => {
    const { machine } = new World();
    const restored = Machine.restore(machine.snapshot());
    assert.deepEqual(restored.governance, machine.governance);
    assert.equal(restored.state.nodes[1].lastSeq, machine.state.nodes[1].lastSeq);
    assert.deepEqual([restored.heartbeats, restored.refusedMessages], [machine.heartbeats, machine.refusedMessages]);
  });

  it("does not cover in its state what differs after a restart: message numbers, counts of messages, the block", () => {
    const world = new World(oneShard());
    const twin = new World(oneShard());
    world.tick(world.block({ block: 5, latest: 5, version: 1, hash: new Uint8Array(32).fill(9) }));
    twin.tick(twin.block({ block: 7, latest: 7, version: 1 }));
    assert.deepEqual(world.machine.snapshot().state, twin.machine.snapshot().state);
    assert.notDeepEqual(world.machine.snapshot().transport, twin.machine.snapshot().transport);
  });

  it("is the same for the same jobs wherever they lie in memory", () => {
    const machine = lived(11, 150);
    const restored = Machine.restore(machine.snapshot());
    assert.notDeepEqual(slotsOf(restored), slotsOf(machine), "another layout");
    assert.deepEqual(restored.snapshot(), machine.snapshot());
  });

  it("that is damaged is refused as malformed, or is another one: never another error", () => {
    const snapshots = [lived(3, 60), lived(5, 120), lived(9, 30)].map((machine) => machine.snapshot());
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...snapshots),
        fc.constantFrom<keyof Snapshot>("state", "transport"),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (snapshot, part, at, flip, cut) => {
          const bytes = snapshot[part].slice(0, cut ? at % snapshot[part].length : undefined);
          if (!cut) bytes[at % bytes.length] ^= flip;
          try {
            Machine.restore({ ...snapshot, [part]: bytes });
          } catch (error) {
            assert.ok(error instanceof MalformedBytes, `${error}`);
            refused++;
          }
        },
      ),
      { seed: 20260104, numRuns: 1500 },
    );
    assert.ok(refused > 800, `${refused} refused`);
  });

  it("of another version is refused with what this program reads", () => {
    const { state, transport } = new Machine(genesis).snapshot();
    state[0] = 2;
    assert.throws(() => Machine.restore({ state, transport }), {
      name: "MalformedBytes",
      message: /version 2.*version 1/,
    });
  });

  it("opens with its version, the genesis and the tick", () => {
    const { machine } = new World();
    const head = new ByteWriter().u8(1).bytes(encodeGenesis(genesis)).u64(machine.tick).finish();
    assert.deepEqual(machine.snapshot().state.subarray(0, head.length), head);
  });
});

describe("Sets of skills", () => {
  it("come and go by the thousand, and the state is laid anew without a trace", () => {
    const values = oneShard((draft) => {
      draft.skills = Array.from({ length: 20 }, (_, index) => `skill ${index}`);
      draft.nodes[0] = { ...draft.nodes[0], skills: 0n };
      draft.submitters[0].jobsPerTick = 10_000;
      draft.shards[0].queueBudget = 10;
    });
    const world = new World(values);
    const burst = (block: number) => {
      const numbers = Array.from({ length: 4096 }, (_, index) => 1 + block * 4096 + index);
      return jobs(1, ...numbers.map((number) => job(number, { skills: BigInt(number), deadlineTicks: 2 })));
    };
    for (let block = 0; block < 15; block++) world.tick(burst(block));
    const twin = Machine.restore(world.machine.snapshot());
    const layout = world.machine.state;
    for (let block = 15; block < 18; block++) {
      const outcome = world.tick(burst(block));
      const seq = twin.state.nodes[1].lastSeq + 1;
      const effects = twin.step([burst(block), message(1, seq), { kind: "tick", tick: outcome.tick }]);
      assert.deepEqual(outcomeOf(effects), outcome);
    }
    assert.notEqual(world.machine.state, layout, "laid anew");
    assert.ok(world.machine.state.skillSets.length < 30_000, "what no live job asks for is forgotten");
    assert.deepEqual(twin.snapshot(), world.machine.snapshot());
  });

  it("of jobs that are alive are never forgotten, however many they are", () => {
    const values = oneShard((draft) => {
      draft.skills = Array.from({ length: 20 }, (_, index) => `skill ${index}`);
      draft.submitters[0].jobsPerTick = 100_000;
    });
    const world = new World(values);
    for (let block = 0; block < 17; block++) {
      const numbers = Array.from({ length: 4096 }, (_, index) => 1 + block * 4096 + index);
      world.tick(jobs(1, ...numbers.map((number) => job(number, { skills: BigInt(number) }))));
    }
    const layout = world.machine.state;
    world.tick();
    assert.equal(world.machine.state, layout, "and not laid anew in each tick");
    assert.ok(layout.skillSets.length > 65_536);
  });
});
