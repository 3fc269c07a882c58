import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Acceptance } from "../../src/config/index.ts";
import { Measurements } from "../../src/drill/index.ts";
import { type GovernanceInput, type Input, Machine } from "../../src/fabric/index.ts";
import {
  genesis,
  governance,
  job,
  jobs,
  manyJobs,
  message,
  noPause,
  oneShard,
  skills,
  twoShards,
} from "../fabric/world.ts";

const acceptance: Acceptance = { failureRateMax: 0.02, warmUpTicks: 0, settleTicks: 0, noQueueAboveBudget: true };

/** Plays ticks and measures them; entry t - 1 holds the inputs of tick t. */
function measured(ticks: readonly (readonly Input[])[], limits: Partial<Acceptance> = {}): Measurements {
  const machine = new Machine(genesis);
  const measurements = new Measurements({ ...acceptance, ...limits });
  for (const [index, inputs] of ticks.entries())
    measurements.observe(machine, machine.step([...inputs, { kind: "tick", tick: index + 1 }]));
  return measurements;
}

/** The node has one slot and reports each job's result a tick after it got it. */
const oneSlot = oneShard(({ nodes }) => {
  nodes[0].capacity = 1;
  nodes[0].maxConcurrency = 1;
});
const result = (lease: number) => ({ lease, outcome: "completed", digest: new Uint8Array(32) }) as const;
const done = (seq: number) => message(1, seq, { results: [result(seq - 1)] });

describe("What is measured of a run", () => {
  it("waits from submission to the first lease, and their percentiles", () => {
    const first = [governance(oneSlot), jobs(1, ...manyJobs(1, 20)), message(1, 1)];
    const ticks = [first, ...Array.from({ length: 20 }, (_, index) => [done(index + 2)])];
    const [north] = measured(ticks).shardFigures(["north"]);
    // Twenty jobs, one after the other: they wait 0, 1 … 19 ticks. Ten of them wait 9 or less, nineteen 18 or less.
    assert.equal(north.waitP50Ticks, 9);
    assert.equal(north.waitP95Ticks, 18);
    assert.deepEqual(
      [north.submitted, north.completed, north.spilledIn, north.spilledOut, north.deepestQueue],
      [20, 20, 0, 0, 19],
    );
  });

  it("waits of each class, and how long the longest was", () => {
    const load = jobs(1, ...manyJobs(1, 4), job(5, { class: "maintenance" }));
    const ticks = [
      [governance(oneSlot), load, message(1, 1)],
      ...Array.from({ length: 6 }, (_, tick) => [done(tick + 2)]),
    ];
    const [interactive, background, maintenance] = measured(ticks).classFigures();
    assert.deepEqual(interactive, {
      ...{ class: "interactive", leased: 4, longestWaitTicks: 3 },
      ...{ waitP50Ticks: 1, waitP95Ticks: 3, waitP99Ticks: 3 },
    });
    assert.deepEqual([background.leased, background.waitP99Ticks], [0, 0]);
    assert.deepEqual([maintenance.leased, maintenance.waitP50Ticks, maintenance.longestWaitTicks], [1, 4, 4]);
  });

  it("what moves along each route", () => {
    const values = twoShards(({ shards, nodes }) => {
      shards[0].spillThreshold = 1;
      for (const node of nodes) node.maxConcurrency = node.capacity = 1;
    });
    const load = jobs(1, ...manyJobs(1, 20, { skills: skills.shared }));
    const run = measured([
      [governance(values), load, message(1, 1), message(2, 1)],
      [message(1, 2), message(2, 2)],
      [],
    ]);
    const [north, south] = run.shardFigures(["north", "south"]);
    assert.ok(north.spilledOut > 0);
    assert.deepEqual(
      run.flows().find(({ from }) => from === 1),
      { from: 1, to: 2, jobs: north.spilledOut },
    );
    assert.equal(
      run.flows().reduce((sum, { jobs }) => sum + jobs, 0),
      south.spilledIn + north.spilledIn,
    );
  });

  it("a queue's budget as it began, and each time the owners changed it", () => {
    const budgetOf = (budget: number) => oneShard(({ shards }) => (shards[0].queueBudget = budget));
    const run = measured([
      [governance(budgetOf(70))],
      [],
      [governance(budgetOf(50), 2)],
      [governance(budgetOf(50), 3)],
    ]);
    assert.deepEqual(run.budgets, [
      { tick: 1, shard: 1, jobs: 70 },
      { tick: 3, shard: 1, jobs: 50 },
    ]);
  });

  it("why jobs ended without a result, and when they came in", () => {
    const failed = { lease: 1, outcome: "failed", digest: new Uint8Array(32) } as const;
    const once = { ...oneSlot, maxAttempts: 1 };
    const run = measured([[governance(once), jobs(1, job(1)), message(1, 1)], [message(1, 2, { results: [failed] })]]);
    assert.deepEqual(
      [...run.endings].map(([, jobs]) => jobs),
      [1],
    );
    assert.match([...run.endings][0][0], /^failed /);
    assert.deepEqual(run.submissions, [1, 0]);
  });

  it("nothing waits where nothing was submitted", () => {
    const [north] = measured([[governance(oneSlot)]]).shardFigures(["north"]);
    assert.deepEqual([north.waitP50Ticks, north.waitP95Ticks], [0, 0]);
  });

  it("utilisation: busy slots at the end of each tick, of all slots in all ticks", () => {
    const values = oneShard(({ nodes }) => {
      nodes[0].capacity = 4;
      nodes[0].maxConcurrency = 4;
    });
    // Two jobs of four slots in the first of four ticks, one in the second, none in the others: 3 of 16.
    const ticks = [
      [governance(values), jobs(1, job(1), job(2)), message(1, 1)],
      [done(2)],
      [message(1, 3, { results: [result(2)] })],
      [message(1, 4)],
    ];
    const run = measured(ticks);
    const [node] = run.nodeFigures([{ name: "north.one", maxConcurrency: 4 }]);
    assert.deepEqual(node, {
      name: "north.one",
      leases: 2,
      completed: 2,
      interrupted: 0,
      silences: 0,
      utilisation: 0.1875,
    });
    assert.deepEqual(run.completions, [0, 1, 1, 0]);
    assert.equal(run.drainedTick, 3);
  });

  it("silences, and the work that they interrupt", () => {
    const ticks = [[governance(oneSlot), jobs(1, job(1)), message(1, 1)], ...Array.from({ length: 10 }, () => [])];
    const run = measured(ticks);
    const [node] = run.nodeFigures([{ name: "north.one", maxConcurrency: 1 }]);
    assert.deepEqual([node.silences, node.interrupted, node.completed], [1, 1, 0]);
    assert.deepEqual(
      run.marks.map(({ kind }) => kind),
      ["governed", "nodeActive", "nodeOffline"],
    );
    const [{ fromTick }] = run.gaps;
    assert.ok(fromTick > 1 && fromTick < run.marks[2].tick, "it was not suspected before it was given up");
    assert.deepEqual(run.gaps, [{ node: 1, fromTick, toTick: undefined }]);
    const back = measured([...ticks, [message(1, 2)]]);
    assert.deepEqual(back.gaps, [{ node: 1, fromTick, toTick: ticks.length + 1 }]);
  });

  it("refused messages by reason, and refused jobs", () => {
    const run = measured([
      [
        governance(oneSlot),
        jobs(1, job(1), job(2, { skills: 1n << 60n })),
        { kind: "refused", from: 1, reason: "signature", count: 3 },
        { kind: "refused", from: 0, reason: "malformed", count: 2 },
      ],
    ]);
    assert.equal(run.refusedMessages.signature, 3);
    assert.equal(run.refusedMessages.malformed, 2);
    assert.equal(run.refusedMessages.replay, 0);
    assert.equal(run.refusedJobs, 1);
    assert.deepEqual([...run.turnedAway], [["unknownSkill", 1]]);
  });

  it("how many blocks the governance in force was behind", () => {
    const lagging: GovernanceInput = { ...governance(null, 2), latest: 6 };
    const run = measured([[governance(oneSlot)], [lagging]]);
    assert.equal(run.mostLagBlocks, 4);
  });
});

describe("Skew", () => {
  /** Nothing spills: what is skewed stays so. South's node could serve what waits in north. */
  const values = twoShards(({ shards, nodes }) => {
    for (const shard of shards) shard.spillBatch = 0;
    for (const node of nodes) node.maxConcurrency = 1;
    for (const node of nodes) node.capacity = 1;
  });
  const south = () => message(2, ++seq);
  let seq = 0;
  const paused = { ...values, pause: { ...noPause, ownerPaused: true } };
  const load = jobs(1, ...manyJobs(1, 40, { skills: skills.shared }));

  it("is what north has more than south, of the jobs that south could take", () => {
    seq = 0;
    const run = measured([
      [governance(values), load, message(1, 1), south()],
      [message(1, 2), south()],
    ]);
    assert.deepEqual(run.skew, { jobs: 39, tick: 1, from: 1, to: 2 });
  });

  it("is not judged in the warm-up", () => {
    seq = 0;
    const ticks = [
      [governance(values), load, message(1, 1), south()],
      [done(2), south()],
      [done(3), south()],
    ];
    assert.equal(measured(ticks, { warmUpTicks: 1 }).skew.tick, 2);
    seq = 0;
    assert.equal(measured(ticks, { warmUpTicks: 3 }).skew.jobs, 0);
  });

  it("is not judged in a pause, nor for a stated time after it", () => {
    seq = 0;
    const ticks = [
      [governance(paused), load, message(1, 1), south()],
      [message(1, 2), south()],
      [governance(values, 2), message(1, 3), south()],
      [message(1, 4), south()],
      [message(1, 5), south()],
    ];
    assert.equal(measured(ticks).skew.tick, 3);
    assert.equal(measured(ticks, { settleTicks: 1 }).skew.tick, 4);
    assert.equal(measured(ticks, { settleTicks: 3 }).skew.jobs, 0);
  });

  it("is measured over given routes where others are in force", () => {
    seq = 0;
    const cut = { ...values, shards: values.shards.map((shard) => ({ ...shard, routes: [] })) };
    const machine = new Machine(genesis);
    const routes = new Measurements(acceptance, (shard) => (shard === 1 ? [2] : []));
    const none = new Measurements(acceptance);
    const effects = machine.step([governance(cut), load, message(1, 1), south(), { kind: "tick", tick: 1 }]);
    for (const each of [routes, none]) each.observe(machine, effects);
    assert.equal(routes.skew.jobs, 39);
    assert.equal(none.skew.jobs, 0);
  });
});
