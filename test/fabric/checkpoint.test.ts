import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Machine, tickOf } from "../../src/fabric/index.ts";
import { eventsOf, genesis, twoShards, World } from "./world.ts";

describe("Checkpoints", () => {
  it("come every interval, at ticks that are its multiples", () => {
    const world = new World();
    const ticks = Array.from({ length: 35 }, () => world.tick()).filter(({ checkpoint }) => checkpoint);
    assert.deepEqual(
      ticks.map(({ tick }) => tick),
      [10, 20, 30],
    );
    assert.deepEqual(eventsOf(ticks[0], "checkpoint"), [{ event: "checkpoint" }]);
  });

  it("follow a changed interval from the tick of the change on", () => {
    const world = new World();
    world.tick(world.adopt((values) => Object.assign(values, { checkpointIntervalTicks: 4 })));
    const ticks = Array.from({ length: 10 }, () => world.tick()).filter(({ checkpoint }) => checkpoint);
    assert.deepEqual(
      ticks.map(({ tick }) => tick),
      [4, 8, 12],
    );
  });

  it("are made on an orderly stop", () => {
    assert.equal(new World().tick({ kind: "stopped" }).checkpoint, true);
  });

  it("are made when one is due by what is on record, for a snapshot of it", () => {
    const world = new World();
    assert.equal(world.tick({ kind: "checkpointDue" }).checkpoint, true);
    assert.equal(world.tick().checkpoint, false);
  });

  it("that a gap skipped are made up for by one, in the first tick after it", () => {
    const world = new World();
    assert.equal(world.tick({ kind: "resumed", downTicks: 25 }).checkpoint, true);
    assert.equal(world.machine.tick, 27);
    assert.equal(world.tick().checkpoint, false);
    assert.equal(new World().tick({ kind: "resumed", downTicks: 3 }).checkpoint, false);
  });

  it("go on in a pause", () => {
    const world = new World(twoShards((values) => Object.assign(values, { retired: true })));
    assert.equal(world.idle(10).checkpoint, true);
  });

  it("are none before there are parameters", () => {
    assert.equal(new Machine(genesis).step([{ kind: "tick", tick: 1 }]).checkpoint, false);
  });
});

describe("The number of a tick", () => {
  it("is the next one, or the next after the ticks that were lost", () => {
    assert.equal(tickOf([{ kind: "tick", tick: 8 }], 7), 8);
    assert.equal(
      tickOf(
        [
          { kind: "resumed", downTicks: 3 },
          { kind: "tick", tick: 11 },
        ],
        7,
      ),
      11,
    );
  });

  it("that is another, missing, double or not last is refused, and the machine is as it was", () => {
    const { machine } = new World();
    const before = machine.snapshot();
    const tick = { kind: "tick", tick: machine.tick + 1 } as const;
    const wrong = [
      [],
      [{ kind: "stopped" } as const],
      [{ ...tick, tick: machine.tick }],
      [{ ...tick, tick: machine.tick + 2 }],
      [tick, tick],
      [tick, { kind: "stopped" } as const],
      [{ kind: "resumed", downTicks: 1 } as const, tick],
    ];
    for (const inputs of wrong) assert.throws(() => machine.step(inputs), RangeError);
    assert.deepEqual(machine.snapshot(), before);
  });
});
