import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import {
  type Change,
  decide,
  decidePlanned,
  planChange,
  type ReadyScript,
  readWorld,
  readyScripts,
  understand,
  type World,
} from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, startFabric } from "../governance/localChain.ts";

describe("ready scripts of owners", () => {
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

  const world = (): Promise<World> => readWorld(fabric.chain, fabric.deployment);
  const find = (scripts: readonly ReadyScript[], id: string): ReadyScript => {
    const found = scripts.find((script) => script.id === id);
    assert.ok(found !== undefined, id);
    return found;
  };

  const samples: readonly (readonly [id: string, ...given: Change[]])[] = [
    ["pauseAll"],
    ["resume", { kind: "pause", scope: "fabric" }],
    ["raiseQueue/earth"],
    ["lowerQueue/luna"],
    ["drainNode/mars.gpu-helion"],
    ["reroute/earth/helios"],
    ["checkpointNow"],
  ];
  for (const [id, ...given] of samples)
    it(`${id}: is carried out as it was prepared, and says before what it does`, async () => {
      // Prepared beforehand: nobody has the time in an emergency.
      const { changes, commands } = find(readyScripts(await world(), null), id);
      for (const each of given) await decide(fabric.deciders, each);
      for (const planned of changes) await decidePlanned(fabric.deciders, planned);
      assert.equal(changes.length, 1);
      assert.deepEqual(
        commands.map((line) => {
          const [, , verb, ...operands] = line.split(" ");
          return understand(verb, operands);
        }),
        changes.map(({ change }) => change),
      );
    });

  it("undoLast: takes back what was decided last", async () => {
    const before = await world();
    const change: Change = { kind: "setSpillBatch", value: 64 };
    const { undo } = planChange(before, change);
    await decide(fabric.deciders, change);
    const now = await world();
    const back = undo?.map((each) => planChange(now, each)) ?? null;
    for (const planned of find(readyScripts(now, back), "undoLast").changes)
      await decidePlanned(fabric.deciders, planned);
    assert.deepEqual((await world()).parameters, before.parameters);
    assert.ok(!readyScripts(now, null).some(({ id }) => id === "undoLast"));
  });

  it("are there for every shard, node and pair of shards, each once", async () => {
    const { parameters } = await world();
    const ids = readyScripts(await world(), null).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const shards = parameters.shards.map(({ name }) => name);
    const pairs = shards.flatMap((from) => shards.filter((to) => to !== from).map((to) => `reroute/${from}/${to}`));
    const expected = [
      ...["pauseAll", "resume", "checkpointNow", "rotateMember"],
      ...shards.flatMap((name) => [`raiseQueue/${name}`, `lowerQueue/${name}`]),
      ...parameters.nodes.map(({ name }) => `drainNode/${name}`),
      ...pairs,
    ];
    assert.deepEqual(ids.sort(), expected.sort());
  });

  it("leave out what the fabric's state has no use for", async () => {
    await decide(fabric.deciders, { kind: "drain", node: "luna.nav-station" });
    await decide(fabric.deciders, { kind: "setQueueBudget", shard: "luna", value: 100 });
    const ids = readyScripts(await world(), null).map(({ id }) => id);
    assert.ok(!ids.includes("drainNode/luna.nav-station"));
    // It is at its spill threshold, below which the contract lets no queue go.
    assert.ok(!ids.includes("lowerQueue/luna"));
  });

  it("have a card each that says when, what, how back, and what to look at", async () => {
    for (const { id, title, card } of readyScripts(await world(), [])) {
      for (const text of [card.when, card.happens, card.undo, ...card.checklist])
        assert.match(text, /^[A-Z`].*\.$/, id);
      assert.ok(title.length > 0 && card.checklist.length > 0, id);
    }
  });

  it("lead to runbooks that there are", async () => {
    const cards = readyScripts(await world(), []).flatMap(({ card }) => card.checklist);
    const runbooks = cards.flatMap((text) => /^`(docs\/runbooks\/.*)` /.exec(text)?.[1] ?? []);
    assert.deepEqual(
      [...new Set(runbooks)].map((file) => existsSync(file)),
      [true, true, true],
    );
  });
});
