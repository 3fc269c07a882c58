import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Input } from "../../src/fabric/index.ts";
import { DurableMachine, MemoryStore } from "../../src/journal/index.ts";
import { resumeOf } from "../../src/orchestrator/resume.ts";
import { genesis, governance, order, twoShards } from "../fabric/world.ts";

describe("where the follower goes on from", () => {
  it("is nowhere before the first tick", () => {
    const store = new MemoryStore();
    assert.deepEqual(resumeOf(new DurableMachine(store, genesis).machine, store), {});
  });

  it("is the block adopted last, with every order that was obeyed, also those before the newest snapshot", () => {
    const store = new MemoryStore();
    const record = new DurableMachine(store, genesis, { segmentBytes: 100, snapshotTicks: 1 });
    const adopted = governance(twoShards());
    const orders = [
      order(1, { type: "cancel", submitter: 1, number: 17 }),
      order(2, { type: "move", from: 1, to: 2, count: 5 }),
      order(3, { type: "checkpoint" }),
    ];
    const ticks: readonly (readonly Input[])[] = [[adopted], orders.slice(0, 2), [], orders.slice(2), []];
    ticks.forEach((inputs, index) => {
      record.write([...inputs, { kind: "tick", tick: index + 1 }]);
      record.apply();
    });
    record.close();

    const { resume } = resumeOf(new DurableMachine(store, genesis).machine, store);
    assert.ok(resume !== undefined);
    assert.deepEqual({ hash: resume.blockHash, last: resume.orderIndex }, { hash: adopted.hash, last: 3 });
    assert.deepEqual([...resume.obeyed()], orders);
  });
});
