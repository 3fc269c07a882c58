import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classes, encodeJobs, type Input, type Job, jobRow, Machine } from "../../src/fabric/index.ts";
import {
  type Draft,
  eventsOf,
  genesis,
  job,
  jobs,
  jobsIn,
  manyJobs,
  oneShard,
  outcomeOf,
  shard,
  skills,
  twoShards,
  World,
} from "./world.ts";

/** Why the world refuses one submission of these jobs, in order; undefined where it took the job. */
function verdicts(world: World, ...inputs: Input[]): unknown[] {
  const lines = world.tick(...inputs).events.filter(({ event }) => ["accepted", "repeated", "refused"].includes(event));
  return lines.map(({ event, reason }) => reason ?? event);
}

function worldWith(change: (values: Draft) => void): World {
  return new World(twoShards(change));
}

describe("Intake", () => {
  it("a repeated job is acknowledged again and taken once", () => {
    const world = worldWith(() => {});
    assert.deepEqual(verdicts(world, jobs(1, job(1))), ["accepted"]);
    assert.deepEqual(verdicts(world, jobs(1, job(1)), jobs(1, job(1))), ["repeated", "repeated"]);
    assert.equal(world.machine.counters.submitted, 1);
  });

  it("a job that has ended is still known: a repeat is acknowledged, and not done twice", () => {
    const world = worldWith(() => {});
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.report(lease);
    world.tick();
    assert.deepEqual(verdicts(world, jobs(1, job(1))), ["repeated"]);
    assert.equal(world.machine.state.jobs.count, 0);
  });

  it("another job under a used number is refused, whatever it is that differs", () => {
    const changes: Partial<Job>[] = [
      { shard: 2 },
      { class: "background" },
      { skills: skills.north },
      { skills: skills.shared | (1n << 40n) },
      { deadlineTicks: 9 },
      { budgetTicks: 9 },
      { value: 2 ** 40 },
      { payloadDigest: new Uint8Array(32) },
      { payloadDigest: Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 2 : 1)) },
    ];
    const world = worldWith(() => {});
    world.tick(jobs(1, job(1)));
    for (const change of changes) assert.deepEqual(verdicts(world, jobs(1, job(1, change))), ["differentContent"]);
    assert.deepEqual(verdicts(world, jobs(1, job(1))), ["repeated"], "a refusal changes nothing");
  });

  it("numbers are free within the window, in any order", () => {
    const world = worldWith(() => {});
    assert.deepEqual(verdicts(world, jobs(1, job(4096), job(2), job(4000))), Array(3).fill("accepted"));
  });

  it("a number too far ahead is refused, and does not move the window", () => {
    const world = worldWith(() => {});
    assert.deepEqual(verdicts(world, jobs(1, job(4097))), ["tooFarAhead"]);
    assert.deepEqual(verdicts(world, jobs(1, job(1), job(4097), job(4098 + 4096))), [
      "accepted",
      "accepted",
      "tooFarAhead",
    ]);
  });

  it("below the window nothing is taken any more, used or not", () => {
    const world = worldWith(() => {});
    world.tick(jobs(1, job(1), job(4097)));
    assert.deepEqual(verdicts(world, jobs(1, job(1), job(2))), ["alreadyDecided", "accepted"]);
    world.tick(jobs(1, job(4097 + 4096)));
    assert.deepEqual(verdicts(world, jobs(1, job(4097), job(4098))), ["alreadyDecided", "accepted"]);
  });

  it("a number whose place in the window was someone else's is free", () => {
    const world = worldWith(() => {});
    world.tick(jobs(1, job(5), job(4096)));
    world.tick(jobs(1, job(4096 + 4)));
    assert.deepEqual(verdicts(world, jobs(1, job(4096 + 5))), ["accepted"]);
    world.tick(jobs(1, job(4096 + 5 + 4096)));
    assert.deepEqual(verdicts(world, jobs(1, job(4096 + 4))), ["alreadyDecided"]);
    assert.deepEqual(verdicts(world, jobs(1, job(2 * 4096 + 4))), ["accepted"]);
  });

  it("submitters do not take each other's numbers", () => {
    const world = worldWith(() => {});
    assert.deepEqual(verdicts(world, jobs(1, job(1)), jobs(2, job(1, { value: 1 }))), ["accepted", "accepted"]);
  });

  it("a submitter brings no more than its quota a tick, over all its messages; the next tick is a new one", () => {
    const world = worldWith((values) => {
      values.submitters[0].jobsPerTick = 3;
    });
    assert.deepEqual(verdicts(world, jobs(1, job(1), job(2)), jobs(1, job(3), job(4)), jobs(2, job(1))), [
      "accepted",
      "accepted",
      "accepted",
      "overQuota",
      "accepted",
    ]);
    assert.deepEqual(verdicts(world, jobs(1, job(4))), ["accepted"]);
  });

  it("a repeat costs no quota", () => {
    const world = worldWith((values) => {
      values.submitters[0].jobsPerTick = 1;
    });
    world.tick(jobs(1, job(1)));
    assert.deepEqual(verdicts(world, jobs(1, job(1), job(2))), ["repeated", "accepted"]);
  });

  it("an admission ends with the block time of its expiry, not before", () => {
    const world = worldWith((values) => {
      values.submitters[0].expiry = 5000;
    });
    assert.deepEqual(verdicts(world, world.block({ time: 4999 }), jobs(1, job(1))), ["accepted"]);
    assert.deepEqual(verdicts(world, world.block({ time: 5000 }), jobs(1, job(2))), ["submitterExpired"]);
    const renewed = world.adopt(
      (values) => {
        values.submitters[0].expiry = 9000;
      },
      { time: 5001 },
    );
    assert.deepEqual(verdicts(world, renewed, jobs(1, job(2))), ["accepted"]);
  });

  it("who is revoked, or unknown, brings nothing", () => {
    const world = worldWith((values) => {
      values.submitters[0].revoked = true;
    });
    assert.deepEqual(verdicts(world, jobs(1, job(1)), jobs(3, job(1)), jobs(0, job(1))), [
      "submitterRevoked",
      "unknownSubmitter",
      "unknownSubmitter",
    ]);
  });

  it("a fabric that the owners retired takes no job, which could never end", () => {
    const world = worldWith((values) => {
      values.retired = true;
    });
    assert.deepEqual(verdicts(world, jobs(1, job(1))), ["fabricRetired"]);
    assert.equal(world.machine.counters.submitted, 0);
  });

  it("a job goes into the shards that its submitter may use, and no others", () => {
    const world = worldWith((values) => {
      values.shards.push({ ...shard("old", []), retired: true });
      values.submitters[0].shards = 0b110;
    });
    const rows = [1, 2, 3, 4, 0].map((place, index) => job(index + 1, { shard: place }));
    assert.deepEqual(verdicts(world, jobs(1, ...rows)), [
      "shardNotAllowed",
      "accepted",
      "shardNotAllowed",
      "shardNotAllowed",
      "shardNotAllowed",
    ]);
  });

  it("a skill that the owners have not named is refused, at each end of the set", () => {
    const names = (count: number) => (values: Draft) => {
      values.skills = Array.from({ length: count }, (_, index) => `skill ${index}`);
    };
    for (const count of [1, 3, 31, 32, 33, 63, 64]) {
      const world = worldWith(names(count));
      const last = job(1, { skills: 1n << BigInt(count - 1) });
      assert.deepEqual(verdicts(world, jobs(1, last)), ["accepted"], `the last of ${count}`);
      if (count === 64) continue;
      const beyond = job(2, { skills: 1n << BigInt(count) });
      assert.deepEqual(verdicts(world, jobs(1, beyond)), ["unknownSkill"], `one more than ${count}`);
    }
  });

  it("a class, budget, value or number that means nothing is refused", () => {
    const world = worldWith(() => {});
    const rows = (change: (view: DataView) => void, of = job(1)): Input => {
      const bytes = encodeJobs([of]);
      change(new DataView(bytes.buffer));
      return { kind: "jobs", submitter: 1, rows: bytes, signature: new Uint8Array(64) };
    };
    assert.deepEqual(
      verdicts(
        world,
        rows((view) => view.setUint8(jobRow.class, 3)),
      ),
      ["badClass"],
    );
    assert.deepEqual(
      verdicts(
        world,
        rows((view) => view.setUint32(jobRow.budgetTicks, 0)),
      ),
      ["badBudget"],
    );
    assert.deepEqual(
      verdicts(
        world,
        rows((view) => view.setUint32(jobRow.value, 2 ** 21)),
      ),
      ["badBudget"],
    );
    assert.deepEqual(
      verdicts(
        world,
        rows((view) => view.setUint32(jobRow.number, 2 ** 21)),
      ),
      ["badNumber"],
    );
    assert.deepEqual(verdicts(world, jobs(1, job(0))), ["badNumber"]);
    assert.deepEqual(verdicts(world, jobs(1, job(1, { value: Number.MAX_SAFE_INTEGER }))), ["accepted"]);
    assert.equal(world.machine.counters.submitted, 1);
  });

  it("what was refused may come again, better", () => {
    const world = worldWith(() => {});
    assert.deepEqual(verdicts(world, jobs(1, job(1, { budgetTicks: 0 }), job(1))), ["badBudget", "accepted"]);
  });

  it("before the first governance nothing is taken, since nobody is admitted", () => {
    const effects = new Machine(genesis).step([jobs(1, job(1)), { kind: "tick", tick: 1 }]);
    assert.deepEqual(
      eventsOf(outcomeOf(effects), "refused").map(({ reason }) => reason),
      ["unknownSubmitter"],
    );
  });

  it("from the registry the oldest goes first, by class and age, however it came in", () => {
    const world = new World(
      oneShard((values) => {
        values.shards[0].queueBudget = 2;
      }),
    );
    world.silent.add(1);
    world.idle(10);
    world.tick(jobs(1, job(1), job(2)));
    const rest = [...classes].reverse().map((jobClass, index) => job(10 + index, { class: jobClass }));
    world.tick(jobs(1, ...rest));
    world.tick(jobs(1, job(20)));
    const raised = world.tick(
      world.adopt((values) => {
        values.shards[0].queueBudget = 9;
      }),
    );
    assert.deepEqual(jobsIn(raised, "queued"), [12, 20, 11, 10], "interactive, then background, then maintenance");
  });

  it("a job's way in is told: accepted in its shard, then queued there", () => {
    const world = worldWith(() => {});
    assert.deepEqual(eventsOf(world.tick(jobs(2, job(3, { shard: 2 }))), "accepted", "queued"), [
      { event: "accepted", submitter: 2, job: 3, shard: 2 },
      { event: "queued", submitter: 2, job: 3, shard: 2 },
    ]);
  });

  it("a queue with room for none takes none", () => {
    const world = new World(oneShard((values) => Object.assign(values.shards[0], { queueBudget: 0 })));
    const { leases } = world.tick(jobs(1, ...manyJobs(1, 3)));
    assert.deepEqual(leases, []);
    assert.deepEqual(world.waiting(1), { queued: 0, registry: 3, parked: 0 });
  });
});
