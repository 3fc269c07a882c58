import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { GovernanceFollower, readParameters } from "../../src/governance/index.ts";
import {
  type Change,
  catalogue,
  decide,
  decideByOwners,
  memoOf,
  planChange,
  readWorld,
  type World,
} from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, startFabric } from "../governance/localChain.ts";

/** One of each kind, and what an owner reads before signing it. */
const samples: readonly (readonly [Change, string])[] = [
  [{ kind: "pause", scope: "fabric" }, "Pause the whole fabric."],
  [{ kind: "guardianPause", scope: "mars", seconds: 7200 }, "Pause the shard mars for at most 7,200 seconds."],
  [{ kind: "setQueueBudget", shard: "earth", value: 5000 }, "Set the queue budget of earth from 6,000 to 5,000 jobs."],
  [{ kind: "setLatencyBudget", shard: "helios", value: 900 }, "Set the latency budget of helios from 850 to 900 ms."],
  [{ kind: "setSpillThreshold", shard: "luna", value: 0 }, "Set the spill threshold of luna from 100 to 0 jobs."],
  [{ kind: "setSpillBatch", shard: "mars", value: 64 }, "Set the spill batch of mars from 32 to 64 jobs a tick."],
  [
    { kind: "setSpillBatch", value: 64 },
    "Set the spill batch of earth from 32 to 64 jobs a tick. Set the spill batch of luna from 32 to 64 jobs a tick. " +
      "Set the spill batch of mars from 32 to 64 jobs a tick. Set the spill batch of helios from 32 to 64 jobs a tick.",
  ],
  [{ kind: "setWeight", shard: "earth", value: 3 }, "Set the weight of earth from 1 to 3."],
  [
    { kind: "setRoutes", shard: "luna", routes: ["mars", "earth"] },
    "Let the jobs of luna spill to mars, then earth (before: earth).",
  ],
  [
    { kind: "reroute", from: "mars", to: ["helios"] },
    "Let the jobs of mars spill to helios (before: earth, then helios). " +
      "Move up to 2,200 waiting jobs of mars that helios can serve to helios.",
  ],
  [{ kind: "drain", node: "mars.gpu-helion" }, "Drain the node mars.gpu-helion."],
  [
    { kind: "limit", node: "earth.core-alpha", capacity: 12, maxConcurrency: 6 },
    "Set the limits of the node earth.core-alpha from 24 units and 24 jobs at once to 12 units and 6 jobs at once.",
  ],
  [{ kind: "setCheckpointInterval", value: 20 }, "Set the checkpoint interval from 40 to 20 ticks."],
  [{ kind: "cancel", submitter: "mars.works", number: 17 }, "Cancel job 17 of mars.works."],
  [{ kind: "checkpointNow" }, "Make a checkpoint now."],
  [
    { kind: "move", from: "earth", to: "luna", count: 1500 },
    "Move up to 1,500 waiting jobs of earth that luna can serve to luna.",
  ],
];

describe("catalogue of changes", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
  });
  afterEach(() => founded.chain.rpc("evm_revert", [untouched]));

  const reading = async () => readParameters(fabric.chain, fabric.deployment, (await fabric.chain.latest()).hash);
  const world = (): Promise<World> => readWorld(fabric.chain, fabric.deployment);

  for (const [change, sentence] of samples)
    it(`${change.kind}: changes what it says, and its undo brings back what was`, async () => {
      const before = await reading();
      const planned = planChange(await world(), change);
      assert.equal(planned.sentence, sentence);
      const entry = await decide(fabric.deciders, change);
      assert.deepEqual([entry.change, entry.sentence, entry.calls], [change, sentence, planned.calls]);
      const changed = await reading();
      assert.notDeepEqual(changed, before);
      if (planned.undo === null) assert.deepEqual(changed.parameters, before.parameters);
      else assert.notDeepEqual(changed.parameters, before.parameters);
      for (const undo of planned.undo ?? []) await decide(fabric.deciders, undo);
      assert.deepEqual((await reading()).parameters, before.parameters);
    });

  it("is tried as a whole above, with what undoes it", () => {
    const kinds = new Set<string>(samples.map(([{ kind }]) => kind));
    for (const undone of ["resume", "undrain"]) kinds.add(undone);
    assert.deepEqual([...kinds].sort(), Object.keys(catalogue).sort());
  });

  it("leaves for each change who signed what, and where the chain has it", async () => {
    const { batch, signers, block } = await decide(fabric.deciders, { kind: "drain", node: "luna.nav-station" });
    const threshold = fabric.keys.owners
      .map(({ address }) => address.toLowerCase())
      .sort()
      .slice(0, 2);
    assert.deepEqual(
      signers.map((signer) => signer.toLowerCase()),
      threshold,
    );
    assert.equal(batch?.lane, "parameters");
    assert.equal(batch?.seq, 1);
    assert.equal(batch?.memo, memoOf("Drain the node luna.nav-station."));
    assert.equal(block, (await fabric.chain.latest()).number);
    const byGuardian = await decide(fabric.deciders, { kind: "guardianPause", scope: "fabric", seconds: 60 });
    assert.deepEqual([byGuardian.batch, byGuardian.signers], [null, [fabric.keys.guardian.address]]);
  });

  it("lets a guardian act once, and says so the second time", async () => {
    await decide(fabric.deciders, { kind: "guardianPause", scope: "fabric", seconds: 60 });
    await assert.rejects(decide(fabric.deciders, { kind: "guardianPause", scope: "mars", seconds: 60 }), {
      code: "REVERTED",
      message: /^The guardian's call was refused: The guardian 0x\w+ has acted once/,
    });
  });

  it("carries out a reroute as new routes and an order, in one batch", async () => {
    const follower = new GovernanceFollower(fabric.chain, fabric.deployment, { confirmations: 0 });
    await follower.poll();
    await decide(fabric.deciders, { kind: "reroute", from: "mars", to: ["helios"], count: 300 });
    const [adopted, order] = await follower.poll();
    assert.ok(adopted.kind === "governance");
    assert.deepEqual(adopted.values?.shards[2].routes, [4]);
    assert.deepEqual(order, { kind: "order", index: 1, order: { type: "move", from: 3, to: 4, count: 300 } });
  });

  it("expects what was in force when it was planned: executed later, it does nothing", async () => {
    const { sentence, calls, lane } = planChange(await world(), {
      kind: "setQueueBudget",
      shard: "earth",
      value: 5000,
    });
    await decide(fabric.deciders, { kind: "setQueueBudget", shard: "earth", value: 5500 });
    await assert.rejects(decideByOwners(fabric.deciders, { change: null, sentence, calls, lane }), {
      code: "REVERTED_MOVED",
    });
    assert.equal((await reading()).parameters.shards[0].queueBudget, 5500);
  });

  const refused: readonly (readonly [string, Change, RegExp])[] = [
    ["an unknown shard", { kind: "setWeight", shard: "venus", value: 2 }, /no shard venus.*/],
    ["an unknown node", { kind: "drain", node: "mars.nobody" }, /no node mars\.nobody/],
    ["an unknown submitter", { kind: "cancel", submitter: "nobody", number: 1 }, /no submitter nobody/],
    ["a negative budget", { kind: "setQueueBudget", shard: "earth", value: -5 }, /value cannot be/],
    ["half a job", { kind: "setSpillBatch", value: 0.5 }, /value cannot be/],
    ["what is so already", { kind: "setQueueBudget", shard: "earth", value: 6000 }, /is 6,000 jobs already/],
    [
      "routes that are so already",
      { kind: "setRoutes", shard: "luna", routes: ["earth"] },
      /is earth already|are earth already/,
    ],
    ["an interval that is so already", { kind: "setCheckpointInterval", value: 40 }, /is 40 ticks already/],
    [
      "limits that are so already",
      { kind: "limit", node: "earth.core-alpha", capacity: 24, maxConcurrency: 24 },
      /already/,
    ],
  ];
  for (const [what, change, message] of refused)
    it(`refuses ${what} before anybody signs`, () => {
      assert.throws(
        () => planChange({ deployment: fabric.deployment, parameters: fabric.parameters, time: 0 }, change),
        { code: "CHANGE_INVALID", exitCode: 2, message },
      );
    });
});
