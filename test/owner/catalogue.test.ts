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

const shardCalled = (name: string): Extract<Change, { kind: "registerShard" }> => ({
  ...{ kind: "registerShard", name, queueBudget: 900, latencyBudgetMs: 600, spillThreshold: 90 },
  ...{ spillBatch: 16, weight: 2 },
});
const stranger = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720";
const anchorer = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
const marketplace = "0x976EA74026E726554dB657fA54763abd0C3a0aa9";
const guardian = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
const key = `0x${"77".repeat(32)}`;
const noLuna: Change = { kind: "removeNode", node: "luna.nav-station" };

/** Those that nothing undoes, or whose undoing `undo.test.ts` tries: what is decided before, the change, its sentence. */
const others: readonly (readonly [readonly Change[], Change, string])[] = [
  [[{ kind: "pause", scope: "luna" }], { kind: "resume", scope: "luna" }, "Resume the shard luna."],
  [
    [{ kind: "drain", node: "luna.nav-station" }],
    { kind: "undrain", node: "luna.nav-station" },
    "Give the draining node luna.nav-station work again.",
  ],
  [
    [],
    {
      ...{ kind: "registerShard", name: "ceres", queueBudget: 900, latencyBudgetMs: 600, spillThreshold: 90 },
      ...{ spillBatch: 16, weight: 2, routes: ["mars"] },
    },
    "Register the shard ceres: queue budget 900 jobs, latency budget 600 ms, spill threshold 90, spill batch 16 jobs a " +
      "tick, weight 2, spills to mars.",
  ],
  [
    [noLuna],
    { kind: "retireShard", shard: "luna" },
    "Let the jobs of earth spill to mars (before: luna, then mars). " +
      "Retire the shard luna for good; what waits there stays until it is moved.",
  ],
  [[], { kind: "setTickLength", value: 2000 }, "Set the tick length from 5,000 to 2,000 ms."],
  [[], { kind: "setHeartbeatGrace", value: 5 }, "Set the heartbeat grace from 3 to 5 intervals."],
  [[], { kind: "setMaxAttempts", value: 9 }, "Set the number of attempts from 5 to 9."],
  [
    [],
    { kind: "setGuardianPauseLimit", value: 3600 },
    "Set the longest pause of a guardian from 604,800 to 3,600 seconds.",
  ],
  [[], noLuna, "Remove the node luna.nav-station for good."],
  [[], { kind: "addSkill", name: "botany" }, "Name the skill botany."],
  [
    [],
    { kind: "admitSubmitter", name: "luna.u", keyKind: "ed25519", key, shards: ["mars", "luna"], jobsPerTick: 50 },
    `Admit the submitter luna.u with 50 jobs a tick to luna, mars for ever, ed25519 key ${key}.`,
  ],
  [
    [],
    { kind: "limitSubmitter", submitter: "mars.works", jobsPerTick: 7, expiry: 2_000_000_000 },
    "Let the submitter mars.works bring 7 jobs a tick to mars until 2033-05-18T03:33:20Z " +
      "(before: 10,000 jobs a tick to mars for ever).",
  ],
  [[], { kind: "revokeSubmitter", submitter: "mars.works" }, "Revoke the submitter mars.works for good."],
  [[], { kind: "setAnchorer", account: stranger }, `Let ${stranger} be the anchorer (before: ${anchorer}).`],
  [[], { kind: "revokeAnchorer" }, `Revoke the anchorer ${anchorer}.`],
  [[], { kind: "setMarketplace", account: "none" }, `Let nobody be the marketplace (before: ${marketplace}).`],
  [[], { kind: "revokeMarketplace" }, `Revoke the marketplace ${marketplace}.`],
  [[], { kind: "dismissGuardian", guardian }, `Dismiss the guardian ${guardian}.`],
  [
    [{ kind: "guardianPause", scope: "mars", seconds: 60 }],
    { kind: "rearmGuardian", guardian },
    `Let the guardian ${guardian} act once more.`,
  ],
  [[], { kind: "retireFabric", successor: "none" }, "Retire the whole fabric for good; nothing follows it."],
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
    it(`${change.kind}: changes what it says`, async () => {
      const before = await reading();
      const planned = planChange(await world(), change);
      assert.equal(planned.sentence, sentence);
      const entry = await decide(fabric.deciders, change);
      assert.deepEqual([entry.change, entry.sentence, entry.calls], [change, sentence, planned.calls]);
      const changed = await reading();
      assert.notDeepEqual(changed, before);
      assert.equal(planned.undo === null, planned.lasts !== null);
      if (planned.undo === null) assert.deepEqual(changed.parameters, before.parameters);
      else assert.notDeepEqual(changed.parameters, before.parameters);
    });

  for (const [given, change, sentence] of others)
    it(`${change.kind}: changes what it says`, async () => {
      for (const each of given) await decide(fabric.deciders, each);
      const before = await world();
      const planned = planChange(before, change);
      assert.equal(planned.sentence, sentence);
      await decide(fabric.deciders, change);
      const { parameters, offices } = await world();
      const ruled = ({ parameters: read, offices: held }: World) => [read, { ...held, office: null }];
      assert.notDeepEqual(ruled({ ...before, parameters, ...(offices && { offices }) }), ruled(before));
    });

  it("is tried as a whole, here and in proposals.test.ts", () => {
    const kinds = new Set<string>(samples.map(([{ kind }]) => kind));
    for (const [, { kind }] of others) kinds.add(kind);
    for (const kind of ["admitNode", "appointGuardian", "constitute", "rebase"]) kinds.add(kind);
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
    [
      "a pause of what the owners paused",
      { kind: "pause", scope: "luna" },
      /shard luna is paused by the owners already/,
    ],
    ["to resume what runs", { kind: "resume", scope: "mars" }, /the shard mars is not paused by itself/],
    ["to drain what drains", { kind: "drain", node: "mars.gpu-helion" }, /mars\.gpu-helion is draining already/],
    ["to undrain what is at work", { kind: "undrain", node: "luna.nav-station" }, /is admitted already/],
    ["a shard of a name that was given", shardCalled("luna"), /a shard has or had the name luna/],
    ["a spill threshold above the budget", { ...shardCalled("ceres"), queueBudget: 5 }, /spillThreshold exceeds/],
    ["to retire a shard with nodes", { kind: "retireShard", shard: "mars" }, /nodes are still admitted to mars/],
    ["an expiry that is over", { kind: "limitSubmitter", submitter: "mars.works", expiry: 5 }, /05Z is over/],
    ["what takes to know who holds which office", { kind: "setAnchorer", account: "none" }, /is not known here/],
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
      const { shards, nodes } = fabric.parameters;
      const parameters = {
        ...fabric.parameters,
        shards: shards.map((shard) =>
          shard.name === "luna" ? { ...shard, pause: { ownerPaused: true, guardianUntil: 0 } } : shard,
        ),
        nodes: nodes.map((node) => (node.name === "mars.gpu-helion" ? { ...node, status: "draining" as const } : node)),
      };
      assert.throws(() => planChange({ deployment: fabric.deployment, parameters, time: 9 }, change), {
        code: "CHANGE_INVALID",
        exitCode: 2,
        message,
      });
    });
});
