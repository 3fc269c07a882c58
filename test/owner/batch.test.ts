import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { contractAt, interfaceOf } from "../../src/governance/index.ts";
import {
  type Batch,
  batchOf,
  digestOf,
  executeBatch,
  type Lane,
  memoOf,
  type Office,
  type OwnerSignature,
  packSignatures,
  readOffice,
  signBatch,
} from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, senderOf, startFabric } from "../governance/localChain.ts";

describe("owners' batches", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  let office: Office;
  let batch: Batch;

  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
    office = await readOffice(fabric.chain, fabric.deployment);
    batch = await setLunaTo(2000);
  });
  afterEach(() => founded.chain.rpc("evm_revert", [untouched]));

  async function setLunaTo(value: number, expected = 2400, lane: Lane = "parameters"): Promise<Batch> {
    const data = interfaceOf("ShardRegistry").encodeFunctionData("setQueueBudget", [2, expected, value]);
    const calls = [{ to: fabric.deployment.contracts.ShardRegistry.address, data }];
    return batchOf(office, lane, calls, `Luna to ${value}.`, (await fabric.chain.latest()).time);
  }
  const sign = (...owners: number[]) =>
    Promise.all(owners.map((index) => signBatch(fabric.keys.owners[index], office, batch)));
  const execute = (signatures: readonly OwnerSignature[]) =>
    executeBatch(fabric.deciders.relayer, fabric.deployment, batch, signatures);
  const newest = async () => fabric.chain.at((await fabric.chain.latest()).hash);
  const lunaBudget = async () => {
    const registry = contractAt("ShardRegistry", fabric.deployment.contracts.ShardRegistry.address, await newest());
    return Number((await registry.snapshot()).shards[1].queueBudget);
  };

  it("have the digest that the contract computes", async () => {
    const multisig = contractAt("OwnerMultisig", office.multisig, await newest());
    const same = { ...batch, calls: batch.calls.map(({ to, data }) => ({ to, data })) };
    assert.equal(digestOf(office, batch), await multisig.digestOf(same));
  });

  it("carry the hash of the sentence that was read", () => {
    assert.equal(memoOf(""), "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.equal(batch.memo, memoOf("Luna to 2000."));
  });

  it("are executed by any two of three, whoever submits them, with signatures in any order", async () => {
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      office = await readOffice(fabric.chain, fabric.deployment);
      const now = await lunaBudget();
      batch = await setLunaTo(now - 100, now);
      const stranger = senderOf(fabric.chain, fabric.keys.marketplace);
      await executeBatch(stranger, fabric.deployment, batch, await sign(a, b));
      assert.equal(await lunaBudget(), now - 100);
    }
  });

  it("are packed with one byte of index and 64 of signature for each signer, indices rising", async () => {
    const signatures = await sign(2, 0);
    const packed = packSignatures(signatures).slice(2);
    assert.equal(packed.length, 2 * (1 + 64) * 2);
    const indices = [packed.slice(0, 2), packed.slice(130, 132)];
    assert.deepEqual(indices, signatures.map(({ index }) => `0${index}`).sort());
  });

  it("are refused with too few signatures, as exit code 3", async () => {
    await assert.rejects(execute(await sign(0)), {
      code: "REVERTED_UNSIGNED",
      exitCode: 3,
      message: "The batch was refused: The signers weigh 1, and 2 is needed.",
      remedy: "Gather more signatures.",
    });
  });

  it("are refused when a signature is over anything else, by the number of its member", async () => {
    const signatures = await sign(0, 1);
    batch = { ...batch, memo: memoOf("Another sentence.") };
    const { index } = [...signatures].sort((a, b) => a.index - b.index)[0];
    await assert.rejects(execute(signatures), {
      code: "REVERTED_UNSIGNED",
      message: `The batch was refused: The signature of member ${index} is not theirs over this decision.`,
    });
    assert.equal(await lunaBudget(), 2400);
  });

  it("are refused when they were signed for another chain", async () => {
    const elsewhere = { ...office, chainId: 1 };
    const signatures = await Promise.all(fabric.keys.owners.map((owner) => signBatch(owner, elsewhere, batch)));
    await assert.rejects(execute(signatures), { code: "REVERTED_UNSIGNED" });
  });

  it("are not signed by one who is no member", async () => {
    await assert.rejects(signBatch(fabric.keys.guardian, office, batch), { code: "NOT_A_MEMBER", exitCode: 3 });
  });

  it("count once: a second execution is refused, as exit code 7", async () => {
    const signatures = await sign(0, 1);
    await execute(signatures);
    await assert.rejects(execute(signatures), {
      code: "REVERTED_MOVED",
      exitCode: 7,
      message: /nonce 1, .* takes 2 next/,
    });
  });

  it("are refused when the world has moved, with what moved, and spend no number", async () => {
    batch = await setLunaTo(2000, 9999);
    await assert.rejects(execute(await sign(0, 1)), {
      code: "REVERTED_MOVED",
      message: /Call 1 of the batch \(to 0x\w+\) failed: The queue budget is 2400, and the change was made for 9999\.$/,
    });
    assert.equal((await readOffice(fabric.chain, fabric.deployment)).nonces.parameters, office.nonces.parameters);
  });

  it("are refused before their time and after it", async () => {
    const { time } = await fabric.chain.latest();
    batch = { ...batch, validAfter: time + 1000, validUntil: time + 2000 };
    await assert.rejects(execute(await sign(0, 1)), { code: "REVERTED", message: /good from 2030-01-01T\S+Z on/ });
    batch = { ...batch, validAfter: time - 10, validUntil: time - 1 };
    await assert.rejects(execute(await sign(0, 1)), { code: "REVERTED", message: /was good until 2030-01-01T/ });
  });

  it("of one lane do not wait for those of another", async () => {
    assert.deepEqual(office.nonces, { parameters: 1n, membership: 1n << 64n, emergency: 2n << 64n });
    batch = await setLunaTo(1900, 2400, "emergency");
    await execute(await sign(0, 1));
    assert.equal(await lunaBudget(), 1900);
  });
});
