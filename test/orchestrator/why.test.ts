import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EndedJobView, WhyView } from "../../src/control/index.ts";
import { MemoryStore } from "../../src/journal/index.ts";
import { duration, endedJob, instant, inTicks, liveJob, whyEnded, whyLive } from "../../src/orchestrator/index.ts";
import { type Draft, job, jobs, manyJobs, node, oneShard, skills, twoShards, World } from "../fabric/world.ts";
import { open, proceed } from "../journal/world.ts";

/** Why `first/<number>` is where it is. */
function why(world: World, number: number): WhyView {
  const live = liveJob(world.machine, { submitter: "first", number });
  assert.ok(live !== undefined, `first/${number} lives`);
  return whyLive(world.machine, live);
}

const pauseFabric = (values: Draft) => Object.assign(values, { pause: { ownerPaused: true, guardianUntil: 0 } });
describe("Why a job is where it is", () => {
  it("in the registry: the queue is full, and so many stand before it", () => {
    const world = new World(
      oneShard((values) => {
        values.shards[0].queueBudget = 3;
        values.nodes[0].maxConcurrency = 1;
      }),
    );
    world.tick(jobs(1, ...manyJobs(1, 10)));
    world.tick();
    const view = why(world, 7);
    assert.equal(
      view.sentence,
      "first/7 waits in the registry of north behind 2 jobs: the queue of north has 3 jobs, and 3 are its budget.",
    );
    assert.deepEqual(view.details, ["It was taken in by north 1 tick (1 s) ago, at tick 2."]);
    world.tick(world.adopt(pauseFabric));
    assert.equal(
      why(world, 7).details[0],
      "The queue stands still: the owners have paused the fabric, until they resume it.",
    );
  });

  it("in the registry, and its turn has come", () => {
    const world = new World(oneShard((values) => Object.assign(values.shards[0], { queueBudget: 2 })));
    world.tick(jobs(1, ...manyJobs(1, 8)));
    world.tick();
    assert.equal(why(world, 5).sentence, "first/5 is in the registry of north, and enters its queue in the next tick.");
  });

  it("before another attempt: which one, and when", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.report(lease, "failed");
    const { events } = world.tick();
    const ticks = Number(events.find(({ event }) => event === "requeued")?.backoffTicks);
    const left = inTicks(ticks, 1000);
    assert.equal(
      why(world, 1).sentence,
      `first/1 waits before attempt 2 of 3: it goes back to the registry of north in ${left}.`,
    );
    world.tick(world.adopt(pauseFabric));
    assert.equal(
      why(world, 1).details[0],
      "That time stands still: the owners have paused the fabric, until they resume it.",
    );
  });

  const stops: readonly (readonly [title: string, stop: (world: World) => void, reason: string])[] = [
    [
      "the owners paused the fabric",
      (world) => world.tick(world.adopt(pauseFabric)),
      "the owners have paused the fabric, until they resume it",
    ],
    [
      "a guardian paused the fabric",
      (world) =>
        world.tick(
          world.adopt((values) =>
            Object.assign(values, { pause: { ownerPaused: false, guardianUntil: 1_893_456_600 } }),
          ),
        ),
      "a guardian has paused the fabric until 2030-01-01 00:10:00 UTC, by the chain's clock",
    ],
    [
      "the owners and a guardian paused its shard",
      (world) =>
        world.tick(
          world.adopt((values) => {
            values.shards[0] = { ...values.shards[0], pause: { ownerPaused: true, guardianUntil: 1_893_456_600 } };
          }),
        ),
      "the owners have paused north, until they resume it; a guardian has, too, until 2030-01-01 00:10:00 UTC, by the chain's clock",
    ],
    [
      "the owners retired the fabric",
      (world) => {
        // A job that came before: a retired fabric takes none.
        world.tick(world.adopt(pauseFabric));
        world.tick(jobs(1, job(1)));
        const pause = { ownerPaused: false, guardianUntil: 0 };
        world.tick(world.adopt((values) => Object.assign(values, { retired: true, pause })));
      },
      "the owners have retired the fabric, and no node is given work any more",
    ],
    [
      "the chain has been silent for too long",
      (world) => {
        for (let tick = 0; tick < 21; tick++) world.tick({ kind: "chainSilent" });
      },
      "the chain has not answered for 21 ticks (21 s), and nodes are given work for 20 ticks (20 s) without it",
    ],
    [
      "the block in force is too old",
      (world) => world.tick(world.block({ latest: 100 })),
      "the block in force is 98 behind the newest, and nodes are given work up to 10 behind",
    ],
  ];
  for (const [title, stop, reason] of stops)
    it(`in the queue: ${title}`, () => {
      const world = new World(oneShard());
      stop(world);
      world.tick(jobs(1, job(1)));
      assert.equal(why(world, 1).sentence, `first/1 waits in the queue of north: ${reason}.`);
    });

  it("in the queue: who stopped it, one after the other, when several did", () => {
    const world = new World(oneShard());
    world.tick(
      world.adopt((values) => {
        pauseFabric(values);
        values.shards[0] = { ...values.shards[0], pause: { ownerPaused: true, guardianUntil: 0 } };
      }),
    );
    world.tick(jobs(1, job(1)));
    assert.equal(why(world, 1).details[0], "And the owners have paused north, until they resume it.");
  });

  it("in the queue: no node with the skills may be given work, and what is wrong with each of them and each route", () => {
    const named = (name: string, change: Parameters<typeof node>[1] = {}) =>
      node(name, { skills: skills.shared | skills.north, ...change });
    const world = new World(
      twoShards((values) => {
        values.shards.push({ ...values.shards[1], name: "east", routes: [] });
        values.shards[0].routes = [2, 3];
        values.nodes = [
          named("north.draining", { status: "draining" }),
          named("north.offline"),
          named("north.suspect"),
          named("north.slow"),
          node("north.other", { skills: skills.shared }),
          node("south.one", { shard: 2, skills: skills.shared | skills.north }),
          node("east.one", { shard: 3, skills: skills.shared }),
        ];
      }),
    );
    for (const number of [2, 3]) world.silent.add(number);
    world.silent.add(8);
    world.tick(world.adopt((values) => values.nodes.push(named("north.unheard"))));
    world.latencyMs.set(4, 500);
    world.tick();
    world.silent.delete(3);
    for (let tick = 0; tick < 3; tick++) world.tick();
    world.silent.add(3);
    world.tick(
      world.adopt((values) => {
        values.shards[1] = { ...values.shards[1], pause: { ownerPaused: true, guardianUntil: 0 } };
      }),
      jobs(1, job(1, { skills: skills.shared | skills.north })),
    );
    world.idle(7);
    const { sentence, details } = why(world, 1);
    assert.equal(
      sentence,
      "first/1 waits in the queue of north: no node there with the skills shared and north may be given work.",
    );
    assert.deepEqual(details, [
      "north.draining is draining: the owners let it finish, and give it nothing new.",
      "north.offline is offline: silent for 13 ticks (13 s).",
      "north.suspect is suspect: silent for 8 ticks (8 s).",
      "north.slow is slow: it reports 500 ms, and 100 are allowed.",
      "north.unheard was never heard of.",
      "The route to south: south is paused.",
      "The route to east: no node there with the skills shared and north may be given work.",
      "It was taken in by north 7 ticks (7 s) ago, at tick 7.",
    ]);
  });

  it("in the queue: every slot is taken, and so many are before it on the same nodes", () => {
    const world = new World(
      twoShards((values) => {
        for (const each of values.nodes) Object.assign(each, { capacity: 2, maxConcurrency: 2, skills: skills.shared });
        values.nodes.push(node("north.two", { skills: skills.north }));
      }),
    );
    world.silent.add(3);
    world.idle(10);
    // The fourth waits for a node that is silent, and so before nobody else.
    const news = [...manyJobs(1, 3), job(4, { skills: skills.north }), job(5, { skills: 0n })];
    world.tick(jobs(1, ...news, ...manyJobs(11, 2, { shard: 2 })));
    world.tick();
    const { sentence, details } = why(world, 5);
    assert.equal(
      sentence,
      "first/5 waits in the queue of north for a free slot on the one node, behind one job that they could take.",
    );
    assert.deepEqual(details, [
      "north.one is full: it runs 2 of 2.",
      "north.two is offline: silent for 12 ticks (12 s).",
      "The route to south is open, for 4 jobs in a tick, once the queue of north is longer by more than 5.",
      "It was taken in by north 1 tick (1 s) ago, at tick 12.",
    ]);
    const third = "first/3 waits in the queue of north for a free slot on the one node with the skill shared.";
    assert.equal(why(world, 3).sentence, third);
  });

  it("in the queue: it leaves along a route that is open, is full, or that it has come by", () => {
    const world = new World();
    world.silent.add(1);
    world.idle(10);
    world.tick(
      world.adopt((values) => {
        values.shards[0] = { ...values.shards[0], spillBatch: 1 };
        values.shards[1] = { ...values.shards[1], queueBudget: 4 };
      }),
      jobs(1, ...manyJobs(1, 9)),
    );
    assert.match(why(world, 9).details.join("\n"), /^It was taken in by north just now, at tick 12\.$/m);
    assert.match(why(world, 9).details.join("\n"), /^The route to south is open, for one job in a tick\.$/m);
    world.idle(8);
    assert.match(why(world, 9).details.join("\n"), /^The route to south: the queue of south is full \(4 jobs\)\.$/m);
    world.silent.add(2);
    world.silent.delete(1);
    const spilled = why(world, 5);
    assert.match(spilled.details.join("\n"), /^The route to north: it was there already in this attempt\.$/m);
    assert.match(spilled.details.join("\n"), /^It was taken in by north .+, and moved on to south\.$/m);
  });

  it("in the queue: nodes have slots for it and for those before it", () => {
    const world = new World();
    world.silent.add(1);
    world.idle(10);
    world.tick(
      world.adopt((values) => {
        values.shards[0] = { ...values.shards[0], spillBatch: 6 };
      }),
      jobs(1, ...manyJobs(1, 6)),
    );
    const next = (number: number) =>
      `first/${number} waits in the queue of south, and is given to a node in the next tick.`;
    for (const number of [1, 4]) assert.equal(why(world, number).sentence, next(number));
    for (const number of [5, 6]) assert.notEqual(why(world, number).sentence, next(number));
    world.tick();
    for (const number of [1, 4]) assert.match(why(world, number).sentence, /runs on south\.one/);
    for (const number of [5, 6]) assert.match(why(world, number).sentence, /waits in the queue/);
  });

  it("parked: nobody whom the owners admitted can do it, and what each lacks", () => {
    const world = new World(twoShards((values) => values.nodes.pop()));
    world.tick(jobs(1, job(1, { skills: skills.south | skills.shared }), job(2, { shard: 2, skills: 0n })));
    const { sentence, details } = why(world, 1);
    assert.equal(
      sentence,
      "first/1 is parked in north: the owners have admitted no node with the skills shared and south, there or along its routes (south).",
    );
    assert.deepEqual(details.slice(0, 2), [
      "north.one lacks south.",
      "It is placed anew as soon as the owners admit such a node, give one the skills, or open a route to one.",
    ]);
    const alone = new World(oneShard((values) => values.nodes.pop()));
    alone.tick(jobs(1, job(1, { skills: 0n })));
    assert.equal(
      why(alone, 1).sentence,
      "first/1 is parked in north: the owners have admitted no node there, and it has no routes.",
    );
    assert.equal(why(alone, 1).details[0], "There is no node in north.");
  });

  it("of many nodes, the first ones are named and the rest are counted", () => {
    const world = new World(
      oneShard((values) => {
        values.nodes = Array.from({ length: 30 }, (_, index) => node(`north.${index}`));
      }),
    );
    world.tick(jobs(1, job(1, { skills: skills.south })));
    const { details } = why(world, 1);
    assert.equal(details.filter((line) => line.endsWith("lacks south.")).length, 20);
    assert.ok(details.includes("And 10 more nodes."));
  });

  it("running: where, in which attempt, and for how long it may", () => {
    const world = new World(oneShard());
    world.tick(jobs(1, job(1, { deadlineTicks: 300 })));
    world.tick();
    const { sentence, details } = why(world, 1);
    assert.equal(sentence, "first/1 runs on north.one, attempt 1 of 3, with 19 ticks (19 s) of its lease left.");
    assert.deepEqual(details, [
      "It was taken in by north 1 tick (1 s) ago, at tick 2.",
      "It expires in 299 ticks (4 min 59 s), pauses not counted.",
    ]);
    world.silent.add(1);
    world.idle(7);
    assert.match(why(world, 1).details[0], /^north\.one has been silent for longer than it may/);
    world.tick(world.adopt(pauseFabric));
    assert.match(
      why(world, 1).details[0],
      /^Its node may finish it, and the lease does not run out meanwhile: the owners/,
    );
  });
});

describe("Why a job has ended", () => {
  it("is said with its place, its attempts, and where the proof is", async () => {
    const record = open(new MemoryStore());
    proceed(record);
    const ended = await endedJob(record, { submitter: "first", number: 61 });
    assert.ok(ended !== undefined);
    assert.deepEqual(whyEnded(record.machine, ended), {
      job: ended,
      sentence: "first/61 was completed at tick 29 by north.one.",
      details: [
        "It was taken in at tick 20, and ended 9 ticks (9 s) later in north.",
        "It had 1 attempt; north.one ran it last.",
        `Its receipt has the index ${ended.index}; \`fabric job watch first/61\` shows it with its proof.`,
      ],
    });
    record.close();
  });

  const base: EndedJobView = {
    ...{ submitter: "first", number: 1, state: "ended", outcome: "failed", reason: "attemptsSpent", shard: "north" },
    ...{ node: "north.one", attempts: 3, submittedTick: 2, endedTick: 40, value: 0, resultDigest: "0x00", index: 7 },
  };
  const ends: readonly (readonly [change: Partial<EndedJobView>, says: string])[] = [
    [{}, "failed at tick 40: none of its 3 attempts brought a result"],
    [
      { reason: "reportedByNode" },
      "failed at tick 40: north.one reported that it could not be done, and it was the last attempt",
    ],
    [{ outcome: "expired", reason: "deadlinePassed" }, "expired at tick 40: its deadline passed before it was done"],
    [{ outcome: "cancelled", reason: "ownersOrder" }, "was cancelled at tick 40 by the owners' order"],
  ];
  for (const [change, says] of ends)
    it(`reads: ${says}`, () => {
      assert.equal(whyEnded(new World().machine, { ...base, ...change }).sentence, `first/1 ${says}.`);
    });

  it("without a node, when none ever had it", () => {
    const never = { ...base, node: null, attempts: 0, outcome: "expired", reason: "deadlinePassed" } as const;
    assert.equal(whyEnded(new World().machine, never).details[1], "It was given to no node.");
  });
});

describe("Times in words", () => {
  it("are as long as they are, in the two largest units", () => {
    const said = [0, 850, 1000, 1500, 59_949, 60_000, 299_000, 3_600_000, 4_320_000, 86_400_000, 263_000_000].map(
      duration,
    );
    assert.deepEqual(said, [
      ...["0 ms", "850 ms", "1 s", "1.5 s", "59.9 s", "1 min", "4 min 59 s", "1 h", "1 h 12 min", "1 d", "3 d 1 h"],
    ]);
    assert.deepEqual(
      [1, 2, 1200].map((ticks) => inTicks(ticks, 500)),
      ["1 tick (500 ms)", "2 ticks (1 s)", "1,200 ticks (10 min)"],
    );
    assert.equal(instant(1_893_456_600), "2030-01-01 00:10:00 UTC");
  });
});
