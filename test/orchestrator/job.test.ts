import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobQuery } from "../../src/control/index.ts";
import { FabricError } from "../../src/errors.ts";
import { outcomes, reasons } from "../../src/fabric/index.ts";
import { fromHex, MemoryStore, parseReceiptLine, receiptsName, verifyInclusion } from "../../src/journal/index.ts";
import { endedJob, liveJob, liveJobs, receiptView } from "../../src/orchestrator/index.ts";
import { liveSlot } from "../../src/orchestrator/views/job.ts";
import { jobsBefore } from "../../src/orchestrator/views/turn.ts";
import { job, jobs, jobsIn, manyJobs, node, oneShard, skills, twoShards, World } from "../fabric/world.ts";
import { open, proceed, storeAt, textOf } from "../journal/world.ts";

const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;

describe("The jobs that live", () => {
  it("are told with names, and all that a submitter asked for", () => {
    const world = new World();
    const wanted = { skills: skills.shared | skills.north, class: "background", deadlineTicks: 30, value: 7 } as const;
    world.tick(jobs(2, job(9, { ...wanted, payloadDigest: new Uint8Array(32).fill(0xab) })));
    world.tick();
    assert.deepEqual(liveJob(world.machine, { submitter: "second", number: 9 }), {
      ...{ submitter: "second", number: 9, state: "running", shard: "north", origin: "north", class: "background" },
      ...{
        skills: ["shared", "north"],
        value: 7,
        attempts: 1,
        submittedTick: 2,
        payloadDigest: `0x${"ab".repeat(32)}`,
      },
      ...{ node: "north.one", lease: 1, leaseEndsInTicks: 19, deadlineInTicks: 29, releaseInTicks: null },
    });
  });

  it("are told in each state that a job can be in, with the time that it waits for", () => {
    const world = new World(
      twoShards((values) => {
        values.shards[0] = { ...values.shards[0], queueBudget: 2, routes: [] };
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 10)));
    world.tick();
    const [{ lease }] = world.machine.leasesOf(1);
    world.report({ lease, node: 1 }, "failed");
    world.tick(world.adopt((values) => Object.assign(values, { pause: { ownerPaused: true, guardianUntil: 0 } })));
    const states = liveJobs(world.machine, {}).map(({ state, node, releaseInTicks }) => ({
      state,
      node,
      releaseInTicks,
    }));
    const some = (state: string) => states.find((each) => each.state === state);
    assert.deepEqual(some("running"), { state: "running", node: "north.one", releaseInTicks: null });
    assert.deepEqual(some("queued"), { state: "queued", node: null, releaseInTicks: null });
    assert.deepEqual(some("registered"), { state: "registered", node: null, releaseInTicks: null });
    const delayed = some("delayed");
    assert.ok(delayed !== undefined && delayed.node === null);
    assert.ok(delayed.releaseInTicks !== null && delayed.releaseInTicks >= 1);
    const parked = new World(
      twoShards((values) => {
        for (const shard of values.shards) shard.routes = [];
      }),
    );
    parked.tick(jobs(1, job(1, { skills: skills.south })));
    assert.equal(liveJob(parked.machine, { submitter: "first", number: 1 })?.state, "parked");
  });

  it("are where they spilled to, and not where they came from", () => {
    const world = new World();
    world.tick(jobs(1, job(1, { skills: skills.south })));
    const view = liveJob(world.machine, { submitter: "first", number: 1 });
    assert.deepEqual([view?.origin, view?.shard], ["north", "south"]);
    assert.deepEqual(liveJobs(world.machine, { shard: "south" }), [view]);
    assert.deepEqual(liveJobs(world.machine, { shard: "north" }), []);
  });

  it("are asked for by submitter, shard and state, in the order in which they came, and no more than wanted", () => {
    const world = new World();
    world.tick(jobs(1, ...manyJobs(1, 3)), jobs(2, ...manyJobs(1, 3, { shard: 2 })));
    world.tick(jobs(1, ...manyJobs(4, 120)));
    const refs = (query: JobQuery) => liveJobs(world.machine, query).map((each) => `${each.submitter}/${each.number}`);
    assert.deepEqual(refs({ limit: 4 }), ["first/1", "first/2", "first/3", "second/1"]);
    assert.deepEqual(refs({ submitter: "second" }), ["second/1", "second/2", "second/3"]);
    assert.deepEqual(refs({ shard: "south", limit: 2 }), ["second/1", "second/2"]);
    const { queue } = world.machine.state.shards[1];
    assert.ok(queue.count > 0);
    assert.equal(refs({ shard: "north", state: "queued", limit: 1000 }).length, queue.count);
    assert.equal(liveJob(world.machine, { submitter: "second", number: 2 })?.submitter, "second");
    assert.equal(refs({}).length, 100);
    assert.equal(refs({ limit: 1000 }).length, world.machine.state.jobs.count);
  });

  it("of a name that nobody has are an error that says which names there are", () => {
    const { machine } = new World();
    for (const [query, known] of [
      [{ submitter: "frist" }, "first, second"],
      [{ shard: "east" }, "north, south"],
    ] as const)
      assert.throws(
        () => liveJobs(machine, query),
        (error) => isCode("NAME_UNKNOWN")(error) && error instanceof FabricError && error.remedy.includes(known),
      );
    assert.throws(() => liveJob(machine, { submitter: "third", number: 1 }), isCode("NAME_UNKNOWN"));
  });
});

describe("A job's turn", () => {
  it("is foretold as it comes: classes, ages and jobs that came back count as the router counts them", () => {
    const world = new World(
      twoShards((values) => {
        for (const shard of values.shards) Object.assign(shard, { queueBudget: 12, routes: [] });
        for (const node of values.nodes) Object.assign(node, { capacity: 2, maxConcurrency: 2 });
      }),
    );
    const kinds = ["interactive", "background", "maintenance"] as const;
    const { state } = world.machine;
    let turns = 0;
    for (let round = 0; round < 200; round++) {
      const first = 1 + round * 2;
      const news = [first, first + 1].map((number) =>
        job(number, { class: kinds[(number * 7) % 3], skills: number % 3 === 0 ? skills.north | 1n : skills.shared }),
      );
      const { registry } = state.shards[1];
      const waiting = registry.groups.flatMap(({ head }) => slotsFrom(head)).map((slot) => state.jobs.number[slot]);
      const turnOf = (number: number) => jobsBefore(state, registry, slotOf(number), () => true);
      const foretold = waiting.toSorted((a, b) => turnOf(a) - turnOf(b));
      assert.deepEqual(
        foretold.map(turnOf),
        foretold.map((_, index) => index),
        "every turn once",
      );
      for (const { lease } of world.machine.leasesOf(1).slice(0, round % 3))
        world.report({ lease, node: 1 }, lease % 3 === 0 ? "failed" : "completed");
      // What comes in the same tick stands behind what waited, unless its class goes before: only the old ones are compared.
      const { events } = world.tick(...(round < 100 ? [jobs(1, ...news)] : []));
      const entered = events.filter(({ event }) => event === "queued").map(({ job: number }) => Number(number));
      const old = entered.filter((number) => waiting.includes(number));
      assert.deepEqual(old, foretold.slice(0, old.length), `tick ${world.machine.tick}`);
      turns += old.length;
    }
    assert.ok(turns > 50, `${turns} turns were foretold`);

    function slotsFrom(head: number): number[] {
      return head === 0 ? [] : [head, ...slotsFrom(state.jobs.next[head])];
    }
    function slotOf(number: number): number {
      for (let slot = state.jobs.firstLive; slot !== 0; slot = state.jobs.nextLive[slot])
        if (state.jobs.number[slot] === number) return slot;
      throw new RangeError(`job ${number} does not live`);
    }
  });

  it("comes after those that came back and were put before it, and after what these wait for", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes.push(node("north.two", { skills: skills.north }));
        values.nodes[0].skills = skills.shared;
      }),
    );
    world.silent.add(2);
    const [first] = world.tick(jobs(1, job(1))).leases;
    world.tick(jobs(1, job(2, { skills: skills.north })));
    const [third] = world.tick(jobs(1, job(3))).leases;
    const budget = (queueBudget: number) =>
      world.adopt((values) => {
        values.shards[0] = { ...values.shards[0], queueBudget };
      });
    world.tick(budget(0));
    for (const lease of [first, third]) {
      world.report(lease, "failed");
      world.idle(5);
    }
    const { state } = world.machine;
    const { registry } = state.shards[1];
    const beforeOf = (number: number) => {
      const slot = liveSlot(state, { submitter: "first", number });
      return jobsBefore(state, registry, slot, () => true);
    };
    assert.deepEqual([2, 3, 1].map(beforeOf), [0, 1, 2]);
    assert.deepEqual(jobsIn(world.tick(budget(10)), "queued"), [2, 3, 1]);
  });

  it("does not count jobs that go elsewhere", () => {
    const world = new World();
    world.tick(world.adopt((values) => Object.assign(values, { pause: { ownerPaused: true, guardianUntil: 0 } })));
    world.tick(jobs(1, job(1, { skills: skills.north }), job(2, { skills: skills.south }), job(3)));
    const { state } = world.machine;
    const { jobs: table, shards, skillSets } = state;
    const last = table.nextLive[table.nextLive[table.firstLive]];
    const isNorth = (skillSet: number) => skillSets.bits(skillSet) !== skills.south;
    assert.equal(
      jobsBefore(state, shards[1].queue, last, () => true),
      2,
    );
    assert.equal(jobsBefore(state, shards[1].queue, last, isNorth), 1);
  });
});

describe("A job that has ended", () => {
  const ref = (submitter: string, number: number) => ({ submitter, number });

  it("is told from its receipt, in names", async () => {
    const record = open(new MemoryStore());
    proceed(record);
    const { size } = record.receipts;
    const found = await endedJob(record, ref("first", 4));
    assert.ok(found !== undefined);
    const { resultDigest, endedTick, submittedTick, index, attempts, ...rest } = found;
    assert.deepEqual(rest, {
      ...{ submitter: "first", number: 4, state: "ended", outcome: "completed", reason: "none", value: 5 },
      ...{ shard: "south", node: "south.one" },
    });
    assert.ok(index < size && submittedTick === 1 && endedTick > 1 && attempts >= 1);
    assert.notEqual(resultDigest, `0x${"00".repeat(32)}`);
    record.close();
  });

  it("is nobody's while it lives, or when there never was one", async () => {
    const record = open(new MemoryStore());
    proceed(record, 20);
    const live = liveJobs(record.machine, { limit: 1 })[0];
    assert.equal(await endedJob(record, live), undefined);
    assert.equal(await endedJob(record, ref("first", 1)), undefined, "numbers began at 4");
    assert.equal(await endedJob(record, ref("first", 1_000_000)), undefined);
    assert.equal(await endedJob(record, ref("second", 1)), undefined);
    await assert.rejects(endedJob(record, ref("third", 1)), isCode("NAME_UNKNOWN"));
    record.close();
  });

  it('was taken in and must have a receipt: one that is gone from the file is an error, and no "never was"', async () => {
    const store = storeAt(40);
    const text = textOf(store, receiptsName);
    const at = text.indexOf('"job":4,');
    store.alter(receiptsName, at + 6, 0x0f);
    const record = open(store);
    await assert.rejects(endedJob(record, ref("first", 4)), isCode("RECEIPTS_ALTERED"));
    record.close();
  });

  it("has a receipt whose proof leads to the root of the newest checkpoint on the chain that has it, and to no later one", async () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    const early = await receiptView(record, ref("first", 61));
    assert.ok(early !== undefined);
    assert.equal(early.proof, null, "nothing is anchored yet");
    const checkpoints = [...record.checkpoints()];
    const { index } = early.job;
    const first = checkpoints.findIndex(({ document }) => document.receipts.size > index);
    assert.ok(first > 0);
    record.noteAnchored(checkpoints[first - 1].digest);
    assert.equal(
      (await receiptView(record, ref("first", 61)))?.proof,
      null,
      "the anchored one was made before it ended",
    );
    for (const { document, digest } of checkpoints.slice(first)) {
      record.noteAnchored(digest);
      const view = await receiptView(record, ref("first", 61));
      assert.ok(view?.proof);
      const { checkpoint, size, root, path } = view.proof;
      assert.deepEqual(checkpoint, { seq: document.seq, tick: document.tick, digest });
      assert.deepEqual([size, root], [document.receipts.size, document.receipts.root]);
      const proves = (leaf: Uint8Array) => verifyInclusion(leaf, index, size, fromHex(root), path.map(fromHex));
      assert.ok(proves(fromHex(view.leafHash)));
      assert.ok(!proves(new Uint8Array(32)));
    }
    const { receipt, job: ended } = early;
    assert.deepEqual(receipt, {
      ...{ submitter: 1, number: 61, outcome: outcomes[ended.outcome], reason: reasons[ended.reason] },
      ...{
        shard: ["north", "south"].indexOf(ended.shard) + 1,
        node: 1 + ["north.one", "south.one"].indexOf(`${ended.node}`),
      },
      ...{ attempts: ended.attempts, submittedTick: 20, endedTick: ended.endedTick, value: 5 },
      resultDigest: ended.resultDigest,
    });
    assert.equal(await receiptView(record, ref("first", 1)), undefined);
    record.close();
  });

  it("is no leaf of a tree that ends right before it", async () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    record.flushDerived();
    const [checkpoint] = record.checkpoints();
    record.noteAnchored(checkpoint.digest);
    const { size } = checkpoint.document.receipts;
    const lines = textOf(store, receiptsName).split("\n");
    const [inside, outside] = [size - 1, size].map((index) => parseReceiptLine(lines[index])?.receipt.number ?? 0);
    assert.ok((await receiptView(record, ref("first", inside)))?.proof);
    assert.equal((await receiptView(record, ref("first", outside)))?.proof, null);
    record.close();
  });
});
