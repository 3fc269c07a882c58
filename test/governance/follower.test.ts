import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { getBytes } from "ethers";
import type { GovernanceInput, Input, OrderInput } from "../../src/fabric/inputs.ts";
import { Chain, GovernanceFollower, Reader } from "../../src/governance/index.ts";
import { decide } from "../../src/owner/index.ts";
import { type FaultyLine, openLine } from "./faultyLine.ts";
import { decidersOf, type LocalFabric, startChain, startFabric } from "./localChain.ts";

describe("follower", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  let line: FaultyLine;
  let follower: GovernanceFollower;
  /** Blocks made by nobody's decision. */
  const mine = (count = 1) => fabric.chain.rpc("hardhat_mine", [`0x${count.toString(16)}`]);

  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
    line = await openLine(fabric.url);
    follower = new GovernanceFollower(await Chain.open(line.url), fabric.deployment, { confirmations: 0 });
  });
  afterEach(async () => {
    await line.close();
    await founded.chain.rpc("evm_revert", [untouched]);
  });

  it("hands over everything that the owners founded, once", async () => {
    const [input, ...more] = await follower.poll();
    const { number, hash, time } = await fabric.chain.latest();
    const block = { block: number, latest: number, hash: getBytes(hash), time };
    assert.deepEqual(input, { kind: "governance", version: 12, ...block, values: fabric.parameters });
    assert.deepEqual(more, []);
    assert.deepEqual(await follower.poll(), []);
  });

  it("asks the chain one question when nothing has happened", async () => {
    await follower.poll();
    line.asked.length = 0;
    for (let poll = 0; poll < 10; poll++) await follower.poll();
    assert.deepEqual(line.asked, Array(10).fill("eth_getBlockByNumber"));
  });

  it("tells a change by its new values, and a block without one by none", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "setQueueBudget", shard: "earth", value: 5000 });
    const changed = governance(await follower.poll());
    assert.equal(changed.version, 13);
    assert.equal(changed.values?.shards[0].queueBudget, 5000);
    await mine();
    const unchanged = governance(await follower.poll());
    assert.equal(unchanged.block, changed.block + 1);
    assert.equal(unchanged.values, null);
  });

  it("reads nodes again when one of them changed", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "drain", node: "mars.gpu-helion" });
    assert.equal(governance(await follower.poll()).values?.nodes[4].status, "draining");
  });

  it("does not see a block before its time has come, and costs one question until then", async () => {
    await follower.poll();
    const { number, time } = await fabric.chain.latest();
    await fabric.nextBlockAfter(100);
    await decide(fabric.deciders, { kind: "setQueueBudget", shard: "luna", value: 2000 });
    assert.deepEqual(await follower.poll(time + 99), []);
    line.asked.length = 0;
    assert.deepEqual(await follower.poll(time + 99), []);
    assert.deepEqual(line.asked, ["eth_getBlockByNumber"]);
    const seen = governance(await follower.poll(time + 100));
    assert.equal(seen.block, number + 1);
    assert.equal(seen.values?.shards[1].queueBudget, 2000);
  });

  it("hands on a guardian's pause with its end, which others judge by block time", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "guardianPause", scope: "mars", seconds: 600 });
    const { values, time } = governance(await follower.poll());
    assert.deepEqual(values?.shards[2].pause, { ownerPaused: false, guardianUntil: time + 600 });
    assert.deepEqual(values?.pause, { ownerPaused: false, guardianUntil: 0 });
  });

  it("gives each order once, in the owners' order, after the block that holds it", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "checkpointNow" });
    await decide(fabric.deciders, { kind: "cancel", submitter: "mars.works", number: 17 });
    await decide(fabric.deciders, { kind: "move", from: "earth", to: "luna", count: 50 });
    const [first, ...orders] = await follower.poll();
    assert.equal(first.kind, "governance");
    assert.deepEqual(orders, [
      { kind: "order", index: 1, order: { type: "checkpoint" } },
      { kind: "order", index: 2, order: { type: "cancel", submitter: 3, number: 17 } },
      { kind: "order", index: 3, order: { type: "move", from: 1, to: 2, count: 50 } },
    ]);
    await decide(fabric.deciders, { kind: "checkpointNow" });
    assert.deepEqual(orderNumbers(await follower.poll()), [4]);
    await mine();
    assert.deepEqual(orderNumbers(await follower.poll()), []);
  });

  it("knows that it missed an order, and fetches it", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "checkpointNow" });
    let withheld = 1;
    line.answer = (method, result) => (method === "eth_getLogs" && withheld-- > 0 ? [] : result);
    assert.deepEqual(orderNumbers(await follower.poll()), [1]);
  });

  it("does not obey an order that the contract did not give", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "move", from: "earth", to: "luna", count: 50 });
    line.answer = (method, result) =>
      method === "eth_getLogs" ? JSON.parse(JSON.stringify(result).replaceAll("0032", "0033")) : result;
    await assert.rejects(follower.poll(), { code: "ORDERS_DIVERGED", exitCode: 6 });
  });

  it("takes back what a reorganisation took away", async () => {
    await follower.poll();
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await decide(fabric.deciders, { kind: "pause", scope: "fabric" });
    assert.equal(governance(await follower.poll()).values?.pause.ownerPaused, true);
    await fabric.chain.rpc("evm_revert", [before]);
    await fabric.nextBlockAfter(50);
    await mine();
    const { block, hash, values } = governance(await follower.poll());
    const latest = await fabric.chain.latest();
    assert.deepEqual({ block, hash }, { block: latest.number, hash: getBytes(latest.hash) });
    assert.deepEqual(values, fabric.parameters);
  });

  it("reads everything again after a reorganisation, also when the versions look the same", async () => {
    await follower.poll();
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await decide(fabric.deciders, { kind: "drain", node: "mars.gpu-helion" });
    await follower.poll();
    await fabric.chain.rpc("evm_revert", [before]);
    await fabric.nextBlockAfter(50);
    await decide(fabric.deciders, { kind: "drain", node: "luna.nav-station" });
    const { values } = governance(await follower.poll());
    const draining = values?.nodes.filter(({ status }) => status === "draining").map(({ name }) => name);
    assert.deepEqual(draining, ["luna.nav-station"]);
  });

  it("keeps nothing of a block that it read by halves and that was replaced meanwhile", async () => {
    await follower.poll();
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await decide(fabric.deciders, { kind: "drain", node: "mars.gpu-helion" });
    await decide(fabric.deciders, { kind: "checkpointNow" });
    line.fault = (method) => (method === "eth_getLogs" ? "cut" : "none");
    assert.deepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
    line.fault = () => "none";
    await fabric.chain.rpc("evm_revert", [before]);
    await decide(fabric.deciders, { kind: "drain", node: "luna.nav-station" });
    const { values } = governance(await follower.poll());
    const draining = values?.nodes.filter(({ status }) => status === "draining").map(({ name }) => name);
    assert.deepEqual(draining, ["luna.nav-station"]);
  });

  it("stops when a reorganisation took away an order that was obeyed", async () => {
    await follower.poll();
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await decide(fabric.deciders, { kind: "cancel", submitter: "mars.works", number: 17 });
    await follower.poll();
    await fabric.chain.rpc("evm_revert", [before]);
    await fabric.nextBlockAfter(50);
    await mine(2);
    await assert.rejects(follower.poll(), { code: "ORDERS_DIVERGED", message: /Order 1 .* lost|Order 1 / });
  });

  it("says that the chain is silent, and says so when it is back, though nothing changed", async () => {
    const { block } = governance(await follower.poll());
    line.fault = () => "cut";
    assert.deepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
    assert.match(follower.silence ?? "", /No chain answers at/);
    assert.deepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
    line.fault = () => "none";
    const back = governance(await follower.poll());
    assert.deepEqual({ block: back.block, values: back.values }, { block, values: null });
    assert.equal(follower.silence, null);
    assert.deepEqual(await follower.poll(), []);
  });

  it("loses no order and no change when the chain falls silent half-way through a reading", async () => {
    await follower.poll();
    await decide(fabric.deciders, { kind: "reroute", from: "mars", to: ["helios"] });
    for (const cut of ["eth_call", "eth_getLogs"]) {
      line.fault = (method) => (method === cut ? "cut" : "none");
      assert.deepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
    }
    line.fault = () => "none";
    const inputs = await follower.poll();
    assert.deepEqual(governance(inputs).values?.shards[2].routes, [4]);
    assert.deepEqual(orderNumbers(inputs), [1]);
  });

  it("goes on where another process stopped: nothing twice, nothing lost", async () => {
    await decide(fabric.deciders, { kind: "checkpointNow" });
    const adopted = governance(await follower.poll());
    const { parameters } = fabric;
    const resumed = async () =>
      new GovernanceFollower(await Chain.open(fabric.url), fabric.deployment, {
        confirmations: 0,
        resume: { blockHash: adopted.hash, orderIndex: 1, parameters, obeyed: () => assert.fail("the block stands") },
      });
    assert.deepEqual(await (await resumed()).poll(), []);
    await mine();
    const inputs = await (await resumed()).poll();
    assert.equal(governance(inputs).values, null);
    assert.deepEqual(orderNumbers(inputs), []);
    await decide(fabric.deciders, { kind: "move", from: "earth", to: "luna", count: 1 });
    await decide(fabric.deciders, { kind: "setWeight", shard: "earth", value: 2 });
    const more = await (await resumed()).poll();
    assert.equal(governance(more).values?.shards[0].weight, 2);
    assert.deepEqual(orderNumbers(more), [2]);
  });

  it("hands over everything again when the block it went on from is gone", async () => {
    const blockHash = new Uint8Array(32).fill(7);
    const resumed = new GovernanceFollower(fabric.chain, fabric.deployment, {
      confirmations: 0,
      resume: { blockHash, orderIndex: 0, parameters: undefined, obeyed: () => [] },
    });
    assert.deepEqual(governance(await resumed.poll()).values, fabric.parameters);
  });

  it("stops when a reorganisation gave a number that was admitted to something else, also one that starts after it", async () => {
    let before = await fabric.chain.rpc("evm_snapshot", []);
    const addSkill = async (name: string) => {
      await fabric.chain.rpc("evm_revert", [before]);
      before = await fabric.chain.rpc("evm_snapshot", []);
      await fabric.nextBlockAfter(50);
      await decide(decidersOf(fabric.chain, fabric.deployment), { kind: "addSkill", name });
    };
    await addSkill("welding");
    const { hash: blockHash, values } = governance(await follower.poll());
    const parameters = values ?? assert.fail("they are new");
    const resume = { blockHash, orderIndex: 0, parameters, obeyed: () => [] };
    const resumed = () => new GovernanceFollower(fabric.chain, fabric.deployment, { confirmations: 0, resume });
    await addSkill("mining");
    const code = "ADMISSIONS_DIVERGED";
    const number = fabric.parameters.skills.length + 1;
    const message = `Skill ${number} is welding to this fabric, and the chain has mining under that number.`;
    for (const each of [follower, resumed()]) await assert.rejects(each.poll(), { code, message, exitCode: 6 });
    await fabric.chain.rpc("evm_revert", [before]);
    before = await fabric.chain.rpc("evm_snapshot", []);
    await mine();
    await assert.rejects(resumed().poll(), { code, message: /the chain has none/ });
    await addSkill("welding");
    await mine();
    assert.equal(governance(await resumed().poll()).values, null);
  });

  it("goes on after a reorganisation only if it left the orders that were obeyed, or gave them again", async () => {
    let before = await fabric.chain.rpc("evm_snapshot", []);
    await decide(fabric.deciders, { kind: "cancel", submitter: "mars.works", number: 17 });
    const inputs = await follower.poll();
    const resume = {
      blockHash: governance(inputs).hash,
      orderIndex: 1,
      parameters: undefined,
      obeyed: () => ordersOf(inputs),
    };
    const resumed = () => new GovernanceFollower(fabric.chain, fabric.deployment, { confirmations: 0, resume });
    const reorganise = async (number: number) => {
      await fabric.chain.rpc("evm_revert", [before]);
      before = await fabric.chain.rpc("evm_snapshot", []);
      await fabric.nextBlockAfter(50);
      await decide(decidersOf(fabric.chain, fabric.deployment), { kind: "cancel", submitter: "mars.works", number });
    };
    await reorganise(17);
    assert.deepEqual(orderNumbers(await resumed().poll()), []);
    await reorganise(18);
    await assert.rejects(resumed().poll(), { code: "ORDERS_DIVERGED", message: /"number":18.*"number":17/ });
  });

  it("lets changes wait for confirmations, but not pauses and revocations", async () => {
    const patient = new GovernanceFollower(fabric.chain, fabric.deployment, { confirmations: 3 });
    assert.deepEqual(await patient.poll(), [], "the founding is not confirmed yet");
    await mine(3);
    const { block, latest } = governance(await patient.poll());
    assert.equal(latest - block, 3);
    await decide(fabric.deciders, { kind: "setQueueBudget", shard: "earth", value: 5000 });
    await decide(fabric.deciders, { kind: "pause", scope: "luna" });
    const paused = governance(await patient.poll());
    assert.equal(paused.values?.shards[1].pause.ownerPaused, true);
    assert.equal(paused.values?.shards[0].queueBudget, 6000);
    await mine(2);
    assert.equal(governance(await patient.poll()).values?.shards[0].queueBudget, 5000);
  });

  it("waits when the newest block lacks a node that is in force: the chain contradicts itself", async () => {
    await mine(3);
    const newest = await fabric.chain.latest();
    const openReader = () => {
      const reader = new Reader(fabric.chain, fabric.deployment);
      return {
        read: async (hash: string) => {
          const reading = await reader.read(hash);
          const nodes = reading.parameters.nodes.slice(hash === newest.hash ? 1 : 0);
          return { ...reading, parameters: { ...reading.parameters, nodes } };
        },
      };
    };
    const patient = new GovernanceFollower(fabric.chain, fabric.deployment, { confirmations: 3, openReader });
    assert.deepEqual(await patient.poll(), [{ kind: "chainSilent" }]);
    assert.match(String(patient.silence), /fewer nodes/);
    await mine();
    assert.equal(governance(await patient.poll()).values?.nodes.length, fabric.parameters.nodes.length);
  });

  it("takes no chance with a chain whose blocks may be replaced", async () => {
    const other = await startChain({ chainId: 5 });
    try {
      assert.throws(() => new GovernanceFollower(other.chain, fabric.deployment, { confirmations: 0 }), {
        code: "VALUE_INVALID",
      });
    } finally {
      await other.stop();
    }
  });
});

function governance(inputs: readonly Input[]): GovernanceInput {
  const [first] = inputs;
  assert.ok(first?.kind === "governance", first?.kind);
  return first;
}

function ordersOf(inputs: readonly Input[]): OrderInput[] {
  return inputs.filter((input) => input.kind === "order");
}

function orderNumbers(inputs: readonly Input[]): number[] {
  return ordersOf(inputs).map(({ index }) => index);
}
