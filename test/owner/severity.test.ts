import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Chain, readEvents } from "../../src/governance/index.ts";
import { type Change, decide, type PlannedChange, planChange, readWorld } from "../../src/owner/index.ts";
import { firstUses } from "../../src/owner/plan/severity.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";
import { type ShortSightedNode, startShortSightedNode } from "../governance/shortSightedNode.ts";

describe("A function that owners call for the first time", () => {
  let local: LocalFabric;
  let node: ShortSightedNode;
  let distant: Chain;
  before(async () => {
    local = await startFabric();
    for (const value of [5000, 5100]) await decide(local.deciders, { kind: "setQueueBudget", shard: "earth", value });
    await decide(local.deciders, { kind: "setWeight", shard: "earth", value: 5 });
    node = await startShortSightedNode(local.url, 3);
    distant = await Chain.open(node.url);
  });
  after(async () => {
    distant.close();
    await node.close();
    await local.stop();
  });

  const planned = async (change: Change): Promise<PlannedChange> =>
    planChange(await readWorld(local.chain, local.deployment, change), change);
  const uses = async (change: Change, chain = local.chain, most?: number) =>
    firstUses(chain, local.deployment, (await planned(change)).calls, most);
  const queue: Change = { kind: "setQueueBudget", shard: "mars", value: 77 };
  const latency: Change = { kind: "setLatencyBudget", shard: "mars", value: 77 };

  it("asks for care, and one that they called before does not", async () => {
    assert.deepEqual(await uses(latency), ["These owners have not called ShardRegistry.setLatencyBudget before."]);
    assert.deepEqual(await uses(queue), []);
  });

  it("is not said to be the first time where not all decisions were looked at", async () => {
    const says = "In their latest 1 decisions these owners have not called ShardRegistry.setQueueBudget.";
    assert.deepEqual(await uses(queue, local.chain, 1), [says]);
    assert.deepEqual(await uses(queue, local.chain, 2), []);
  });

  it("is looked for at nodes that look at few blocks at once, in as few questions as that takes", async () => {
    assert.deepEqual(await uses(queue, distant), []);
    assert.deepEqual(await uses(latency, distant), await uses(latency));
    const { number } = await local.chain.latest();
    const blocks = number - local.deployment.blocks.first + 1;
    assert.ok(node.asked.filter((each) => each <= 3).length <= 2 * blocks, String(node.asked));
    const [near, far] = await Promise.all(
      [local.chain, distant].map(async (chain) => {
        const events = await readEvents(chain, local.deployment, number);
        return events.map(({ name, block, transaction }) => ({ name, block, transaction }));
      }),
    );
    assert.deepEqual(far, near);
  });

  it("is not known where a node tells nothing of the past: it is not asked for each block", async () => {
    node.blocksMax = 0;
    node.asked.length = 0;
    await assert.rejects(uses(queue, distant), { code: "CHAIN_REFUSED" });
    assert.ok(node.asked.length < 12, String(node.asked));
    node.blocksMax = 3;
  });
});
