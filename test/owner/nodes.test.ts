import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readParameters } from "../../src/governance/index.ts";
import { generateSigningKey } from "../../src/nodes/index.ts";
import { drainNode, type NodeOffer, registerNode, rotateNodeKey } from "../../src/owner/index.ts";
import { type LocalFabric, senderOf, startFabric } from "../governance/localChain.ts";

let fabric: LocalFabric;
before(async () => {
  fabric = await startFabric();
});
after(() => fabric.stop());

const marketplace = () => senderOf(fabric.chain, fabric.keys.marketplace);
const operators = () => [1, 2, 7].map((number) => senderOf(fabric.chain, fabric.keys.operatorOf(number)));

async function nodes() {
  const { hash } = await fabric.chain.latest();
  return (await readParameters(fabric.chain, fabric.deployment, hash)).parameters.nodes;
}

const key = generateSigningKey("p256").publicKey;
const offer: NodeOffer = {
  ...{ node: "earth.mine", shard: "earth", skills: ["finance", "edge"], capacity: 9, maxConcurrency: 3 },
  ...{ heartbeatSeconds: 2, keyKind: "p256", key: `0x${Buffer.from(key.bytes).toString("hex")}` },
};
const register = (changes: Partial<NodeOffer> = {}) =>
  registerNode(marketplace(), fabric.deployment, fabric.keys.operatorOf, { ...offer, ...changes });

describe("What a node's provider does on the chain", () => {
  it("a node that its operator registers and the marketplace admits is there as it was offered", async () => {
    const { sentence, block } = await register();
    assert.match(
      sentence,
      /^Admit the node earth\.mine of the operator 0x\w{40} to the shard earth: 9 units and 3 jobs/,
    );
    assert.ok(sentence.includes(fabric.keys.operatorOf(7).address), "the account of its number answers for it");
    assert.equal(block, (await fabric.chain.latest()).number);
    const all = await nodes();
    assert.equal(all.length, 7);
    const { skills, ...rest } = all[6];
    assert.deepEqual(rest, {
      ...{ name: "earth.mine", shard: 1, capacity: 9, maxConcurrency: 3, heartbeatSeconds: 2, status: "admitted" },
      ...{ keyKind: "p256", key: key.bytes },
    });
    assert.equal(skills, (1n << 1n) | (1n << 5n));
  });

  it("a second one of the same operator is admitted as well: its nonce has risen", async () => {
    const { publicKey } = generateSigningKey("ed25519");
    const other = `0x${Buffer.from(publicKey.bytes).toString("hex")}`;
    const operatorOf = () => fabric.keys.operatorOf(1);
    const named = { ...offer, node: "earth.other", keyKind: "ed25519", key: other } as const;
    await registerNode(marketplace(), fabric.deployment, operatorOf, named);
    assert.equal((await nodes()).at(-1)?.name, "earth.other");
  });

  it("what cannot be admitted is refused with what would be right, and nothing is sent", async () => {
    const before = (await fabric.chain.latest()).number;
    await assert.rejects(register({ node: "earth.core-alpha" }), /a node has or had the name earth\.core-alpha/);
    await assert.rejects(register({ node: "a new one" }), { code: "VALUE_INVALID" });
    await assert.rejects(register({ node: "n", shard: "pluto" }), /there is no shard pluto/);
    await assert.rejects(register({ node: "n", skills: ["magic"] }), /there is no skill magic/);
    await assert.rejects(register({ node: "n", capacity: 2 }), { exitCode: 1, message: /concurrency cannot be 3/ });
    await assert.rejects(register({ node: "n" }), { exitCode: 1, message: /key/ });
    assert.equal((await fabric.chain.latest()).number, before);
  });

  it("its operator replaces its key; the one before is nobody's then", async () => {
    const { publicKey } = generateSigningKey("ed25519");
    const fresh = { keyKind: publicKey.kind, key: publicKey.bytes };
    const { sentence } = await rotateNodeKey(fabric.chain, fabric.deployment, operators(), "earth.mine", fresh);
    assert.match(sentence, /^Replace the key of the node earth\.mine by the ed25519 key 0x\w{64}\.$/);
    const [mine] = (await nodes()).filter(({ name }) => name === "earth.mine");
    assert.deepEqual({ keyKind: mine.keyKind, key: mine.key }, fresh);
    const again = rotateNodeKey(fabric.chain, fabric.deployment, operators(), "earth.mine", fresh);
    await assert.rejects(again, /is the key of earth\.mine already/);
  });

  it("nobody but its operator can", async () => {
    const { publicKey } = generateSigningKey("ed25519");
    const fresh = { keyKind: publicKey.kind, key: publicKey.bytes };
    const rotate = (name: string) => rotateNodeKey(fabric.chain, fabric.deployment, operators(), name, fresh);
    const operator = fabric.keys.operatorOf(3).address;
    await assert.rejects(rotate("luna.nav-station"), { code: "OPERATOR_ABSENT", message: new RegExp(operator) });
    await assert.rejects(rotate("pluto.one"), /there is no node pluto\.one/);
  });

  it("the marketplace drains a node", async () => {
    const { sentence } = await drainNode(marketplace(), fabric.deployment, "earth.mine");
    assert.equal(sentence, "Drain the node earth.mine.");
    assert.equal((await nodes()).find(({ name }) => name === "earth.mine")?.status, "draining");
    await assert.rejects(drainNode(marketplace(), fabric.deployment, "earth.mine"), { code: "CHANGE_INVALID" });
  });
});
