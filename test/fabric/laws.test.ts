import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertLaws, type Effects, type LawName, Machine, violations } from "../../src/fabric/index.ts";
import { jobStatus } from "../../src/fabric/jobTable.ts";
import { LawViolated, laws } from "../../src/fabric/laws.ts";
import { genesis, governance, job, jobs, manyJobs, message, result, skills, twoShards } from "./world.ts";

/**
 * A machine in the middle of its work: 4 jobs run on each of two nodes, others are queued, in the registry and parked,
 * and in its last tick a job was completed, one assigned and two spilled.
 */
function atWork(): { machine: Machine; effects: Effects } {
  const machine = new Machine(genesis);
  const values = twoShards((draft) => {
    draft.shards[0].queueBudget = 10;
  });
  machine.step([
    governance(values),
    message(1, 1),
    message(2, 1),
    jobs(1, ...manyJobs(1, 14), job(15, { skills: skills.north | skills.south })),
    { kind: "tick", tick: 1 },
  ]);
  machine.step([jobs(1, ...manyJobs(16, 9), ...manyJobs(30, 4, { shard: 2 })), { kind: "tick", tick: 2 }]);
  const effects = machine.step([message(1, 2, { results: [result(1)] }), { kind: "tick", tick: 3 }]);
  return { machine, effects };
}

/** The laws that `tamper` breaks. */
function broken(tamper: (machine: Machine, effects: Effects) => void): LawName[] {
  const { machine, effects } = atWork();
  assert.deepEqual(violations(machine, effects), [], "nothing is wrong before");
  tamper(machine, effects);
  return [...new Set(violations(machine, effects).map(({ law }) => law))];
}

/** Slot of some live job with that status. */
function slotWith({ state: { jobs: table } }: Machine, status: keyof typeof jobStatus): number {
  for (let slot = table.firstLive; slot !== 0; slot = table.nextLive[slot])
    if (table.status[slot] === jobStatus[status]) return slot;
  throw new RangeError(`no job is ${status}`);
}

type Tampering = {
  readonly title: string;
  readonly law: LawName;
  readonly tamper: (machine: Machine, effects: Effects) => void;
};

const tamperings: readonly Tampering[] = [
  {
    title: "a job that was taken in and is nowhere",
    law: "everyJobCounted",
    tamper: ({ state }) => state.counters.submitted++,
  },
  {
    title: "a job that ended twice",
    law: "everyJobCounted",
    tamper: ({ state }) => state.counters.expired++,
  },
  {
    title: "a queued job that says it is parked",
    law: "listsAgree",
    tamper: (machine) => {
      machine.state.jobs.status[slotWith(machine, "queued")] = jobStatus.parked;
    },
  },
  {
    title: "a queued job that says it is in another shard",
    law: "listsAgree",
    tamper: (machine) => {
      machine.state.jobs.place[slotWith(machine, "queued")] = 2;
    },
  },
  {
    title: "a job left lost after the tick",
    law: "listsAgree",
    tamper: (machine) => {
      machine.state.jobs.status[slotWith(machine, "parked")] = jobStatus.lost;
    },
  },
  {
    title: "a job in the queue and in the registry",
    law: "listsAgree",
    tamper: (machine) => machine.state.shards[1].registry.pushBack(slotWith(machine, "queued")),
  },
  {
    title: "a queue that runs in a circle",
    law: "listsAgree",
    tamper: (machine) => {
      const slot = slotWith(machine, "queued");
      machine.state.jobs.next[slot] = slot;
    },
  },
  {
    title: "a queue that counts one too many",
    law: "listsAgree",
    tamper: ({ state }) => state.shards[2].queue.count++,
  },
  {
    title: "a backoff that nobody waits out",
    law: "listsAgree",
    tamper: ({ state }) => state.shards[1].delayed++,
  },
  {
    title: "a node whose load is not what it runs",
    law: "listsAgree",
    tamper: ({ state }) => state.nodes[1].load--,
  },
  {
    title: "a live list that does not hold as many jobs as are alive",
    law: "listsAgree",
    tamper: ({ state }) => state.jobs.count++,
  },
  {
    title: "a node that was given more than its limit",
    law: "nodeLimits",
    tamper: ({ state }) => {
      const node = state.nodes[1];
      node.parameters = { ...node.parameters, maxConcurrency: 3 };
    },
  },
  {
    title: "a second live lease of a job",
    law: "oneLease",
    tamper: (machine) => machine.state.slotOfLease.set(999, slotWith(machine, "running")),
  },
  {
    title: "a lease that is another job's",
    law: "oneLease",
    tamper: (machine) => {
      const { slotOfLease, jobs: table } = machine.state;
      slotOfLease.set(table.lease[slotWith(machine, "running")], slotWith(machine, "queued"));
    },
  },
  {
    title: "a job on the list of a node that does not run it",
    law: "oneLease",
    tamper: (machine) => {
      machine.state.jobs.node[slotWith(machine, "running")] = 2;
    },
  },
  {
    title: "a queue above its budget",
    law: "queueBudgets",
    tamper: ({ state }) => {
      const shard = state.shards[1];
      shard.parameters = { ...shard.parameters, queueBudget: 2 };
    },
  },
  {
    title: "a spill off a route",
    law: "approvedRoutes",
    tamper: (_, { events }) => events.add("spilled", 3, 1, 5, 2, 2),
  },
  {
    title: "a dispatch in a shard that its owners paused",
    law: "nothingWhilePaused",
    tamper: ({ state }) => pause(state, 0, { ownerPaused: true, guardianUntil: 0 }),
  },
  {
    title: "a dispatch while a guardian's pause runs",
    law: "nothingWhilePaused",
    tamper: ({ state }) => pause(state, 0, { ownerPaused: false, guardianUntil: state.transport.governance.time + 1 }),
  },
  {
    title: "a spill into a paused shard",
    law: "nothingWhilePaused",
    tamper: ({ state }, { events }) => {
      pause(state, 1, { ownerPaused: true, guardianUntil: 0 });
      events.add("spilled", 3, 1, 5, 1, 2);
    },
  },
  {
    title: "a dispatch of a paused fabric",
    law: "nothingWhilePaused",
    tamper: ({ state }) => {
      const { parameters } = state;
      if (parameters !== undefined)
        state.parameters = { ...parameters, pause: { ownerPaused: true, guardianUntil: 0 } };
    },
  },
  {
    title: "a dispatch of a retired fabric",
    law: "nothingWhilePaused",
    tamper: ({ state }) => {
      const { parameters } = state;
      if (parameters !== undefined) state.parameters = { ...parameters, retired: true };
    },
  },
  {
    title: "a dispatch while the chain is silent for too long",
    law: "nothingWhilePaused",
    tamper: ({ state }) => {
      state.silentTicks = genesis.maxSilentTicks + 1;
    },
  },
  {
    title: "an end without a receipt",
    law: "receiptsOnlyGrow",
    tamper: (_, { receipts }) => receipts.pop(),
  },
  {
    title: "a receipt twice",
    law: "receiptsOnlyGrow",
    tamper: (_, { receipts }) => receipts.push(receipts[0]),
  },
  {
    title: "a receipt of another job than the one that ended",
    law: "receiptsOnlyGrow",
    tamper: (_, { receipts }) => {
      receipts[0] = { ...receipts[0], number: 2 };
    },
  },
  {
    title: "a dispatch under governance of too long ago",
    law: "governanceFresh",
    tamper: ({ state }) => {
      state.lagBlocks = genesis.maxLagBlocks + 1;
    },
  },
];

function pause(
  { parameters, ...state }: Machine["state"],
  index: number,
  scope: { ownerPaused: boolean; guardianUntil: number },
) {
  if (parameters === undefined) return;
  Object.assign(parameters.shards[index], { pause: scope });
  Object.assign(state.shards[index + 1], { parameters: parameters.shards[index] });
}

describe("Laws", () => {
  for (const { title, law, tamper } of tamperings)
    it(`${law} fails at ${title}`, () => {
      assert.ok(broken(tamper).includes(law), `${broken(tamper)}`);
    });

  it("each has a test in which it fails", () => {
    assert.deepEqual([...new Set(tamperings.map(({ law }) => law))].sort(), Object.keys(laws).sort());
  });

  it("a violation stops the program and says which law, and what it was", () => {
    const { machine, effects } = atWork();
    assertLaws(machine, effects);
    machine.state.counters.submitted += 5;
    assert.throws(
      () => assertLaws(machine, effects),
      (error) => error instanceof LawViolated && error.message.startsWith(`tick 3: ${laws.everyJobCounted}: `),
    );
  });
});
