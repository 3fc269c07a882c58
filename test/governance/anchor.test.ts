import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { hexlify, ZeroAddress } from "ethers";
import { Anchorer, type AnchorRecord, Chain, headOf, interfaceOf, readSession } from "../../src/governance/index.ts";
import { decideByOwners } from "../../src/owner/index.ts";
import { type FaultyLine, openLine } from "./faultyLine.ts";
import { decidersOf, type LocalFabric, senderOf, startFabric } from "./localChain.ts";

describe("anchorer", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  let line: FaultyLine;
  let anchorer: Anchorer;

  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
    line = await openLine(fabric.url);
    anchorer = await newAnchorer(line.url);
  });
  afterEach(async () => {
    await line.close();
    await founded.chain.rpc("evm_revert", [untouched]);
  });

  const newAnchorer = async (url: string) =>
    new Anchorer(senderOf(await Chain.open(url), fabric.keys.anchorer), fabric.deployment);
  /** Once the first such question has its answer, before the next one, the chain is again as it was then. */
  const replaceBlocksAfter = (method: string, then: unknown) => {
    line.answer = (asked, result) => {
      if (asked === method) line.hold ??= fabric.chain.rpc("evm_revert", [then]).then(() => {});
      return result;
    };
  };
  const snapshotHead = async () => (await anchorer.standing()).head;

  it("claims an epoch with the key that signs its leases", async () => {
    assert.deepEqual(await anchorer.claim(key, []), { epoch: 2, anchored: 0 });
    const { hash } = await fabric.chain.latest();
    const session = await readSession(fabric.chain, fabric.deployment, hash);
    assert.deepEqual(session, { epoch: 2, sessionKey: key });
  });

  it("anchors checkpoint after checkpoint, each on the head of the one before", async () => {
    await anchorer.claim(key, []);
    const start = await snapshotHead();
    const [first] = await anchorer.anchor(records[0]);
    const [second] = await anchorer.anchor(records[1]);
    assert.equal(first.parent, start);
    assert.equal(second.parent, first.head);
    assert.equal(await snapshotHead(), second.head);
    assert.deepEqual(second, {
      ...{ epoch: 2, seq: 2, parent: first.head, size: 20 },
      ...{ root: hexlify(records[1].root), digest: hexlify(records[1].digest) },
      head: headOf(31337, ledgerAddress(), { epoch: 2, seq: 2, parent: first.head, ...records[1] }),
      block: (await fabric.chain.latest()).number,
      transactionHash: second.transactionHash,
    });
  });

  it("anchors in order what is asked for at once", async () => {
    await anchorer.claim(key, []);
    const done = await Promise.all(records.map((record) => anchorer.anchor(record)));
    assert.deepEqual(
      done.flat().map(({ seq, size }) => [seq, size]),
      [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    );
  });

  it("gives the same transactions for the same checkpoints", async () => {
    const run = async () => {
      const before = await fabric.chain.rpc("evm_snapshot", []);
      const twin = await newAnchorer(fabric.url);
      await twin.claim(key, []);
      const [{ transactionHash }] = await twin.anchor(records[0]);
      await fabric.chain.rpc("evm_revert", [before]);
      return transactionHash;
    };
    assert.equal(await run(), await run());
  });

  it("is fenced off when another orchestrator claims, and says so", async () => {
    await anchorer.claim(key, []);
    await anchorer.anchor(records[0]);
    const successor = await newAnchorer(fabric.url);
    assert.deepEqual(await successor.claim(otherKey, [records[0]]), { epoch: 3, anchored: 1 });
    await assert.rejects(anchorer.anchor(records[1]), {
      code: "ANCHOR_FENCED",
      message: /holds epoch 2 .* at epoch 3: another one was started/,
    });
    assert.equal((await successor.anchor(records[1]))[0].seq, 2);
  });

  it("is fenced off when the owners appoint another anchorer", async () => {
    await anchorer.claim(key, []);
    const { anchorer: own, marketplace } = fabric.keys;
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("setAnchorer", [own.address, ZeroAddress]);
    const sentence = "Appoint nobody as anchorer.";
    await decideByOwners(fabric.deciders, {
      change: null,
      sentence,
      calls: [{ to: ledgerAddress(), data }],
      lane: "emergency",
    });
    await assert.rejects(anchorer.anchor(records[0]), { code: "ANCHOR_FENCED", message: /anchorer is nobody/ });
    await assert.rejects((await newAnchorer(fabric.url)).claim(key, []), { code: "ANCHORER_NOT_APPOINTED" });
    const stranger = new Anchorer(senderOf(fabric.chain, marketplace), fabric.deployment);
    await assert.rejects(stranger.claim(key, []), { code: "ANCHORER_NOT_APPOINTED" });
  });

  it("anchors once although the answer was lost, and goes on", async () => {
    await anchorer.claim(key, []);
    line.fault = (method) => (method === "eth_sendRawTransaction" ? "answerLost" : "none");
    await assert.rejects(anchorer.anchor(records[0]), { code: "CHAIN_UNREACHABLE", exitCode: 5 });
    assert.equal(anchorer.waiting, 1);
    line.fault = () => "none";
    const done = await anchorer.anchor(records[1]);
    assert.deepEqual(
      done.map(({ seq }) => seq),
      [1, 2],
    );
    assert.equal((await anchorer.standing()).seq, 2);
  });

  it("anchors what waited while the chain was away, in order, when it is back", async () => {
    await anchorer.claim(key, []);
    line.fault = () => "cut";
    for (const record of records) await assert.rejects(anchorer.anchor(record), { code: "CHAIN_UNREACHABLE" });
    assert.equal(anchorer.waiting, 3);
    line.fault = () => "none";
    const done = await anchorer.flush();
    assert.deepEqual(
      done.map(({ size }) => size),
      [10, 20, 30],
    );
    assert.equal(anchorer.waiting, 0);
  });

  it("recognises its own checkpoint in the ledger when a second inclusion of it is refused", async () => {
    await anchorer.claim(key, []);
    // The same anchor came in by another way: the transaction was sent before, with another nonce.
    const { epoch, head: parent } = await anchorer.standing();
    const [{ size, root, digest }] = records;
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("anchor", [epoch, parent, size, root, digest]);
    const sent = await senderOf(fabric.chain, fabric.keys.anchorer).send({
      action: "Before",
      to: ledgerAddress(),
      data,
    });
    const [first] = await anchorer.anchor(records[0]);
    assert.deepEqual([first.seq, first.transactionHash, first.block], [1, sent.hash, sent.block]);
    assert.equal((await anchorer.anchor(records[1]))[0].seq, 2);
  });

  it("anchors again, in order, what a reorganisation took out of the ledger", async () => {
    await anchorer.claim(key, []);
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await anchorer.anchor(records[0]);
    await anchorer.anchor(records[1]);
    await fabric.chain.rpc("evm_revert", [before]);
    const done = await anchorer.anchor(records[2]);
    assert.deepEqual(
      done.map(({ seq, size }) => [seq, size]),
      [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    );
    assert.equal(await snapshotHead(), done[2].head);
  });

  it("stops when a reorganisation took its claim back", async () => {
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await anchorer.claim(key, []);
    await fabric.chain.rpc("evm_revert", [before]);
    await assert.rejects(anchorer.anchor(records[0]), { code: "ANCHOR_FENCED", message: /took the claim back/ });
  });

  it("does not take the epoch of another for its own when a reorganisation takes its claim back at once", async () => {
    const before = await fabric.chain.rpc("evm_snapshot", []);
    replaceBlocksAfter("eth_getTransactionReceipt", before);
    await assert.rejects(anchorer.claim(key, []), { code: "ANCHOR_FENCED", message: /took the claim back/ });
  });

  it("is fenced off by one that claimed the same epoch, after a reorganisation took its own claim back", async () => {
    const before = await fabric.chain.rpc("evm_snapshot", []);
    const { epoch } = await anchorer.claim(key, []);
    await fabric.chain.rpc("evm_revert", [before]);
    const successor = await newAnchorer(fabric.url);
    assert.equal((await successor.claim(otherKey, [])).epoch, epoch);
    await successor.anchor(records[0]);
    await assert.rejects(anchorer.anchor(records[1]), { code: "ANCHOR_FENCED", message: /another one was started/ });
  });

  it("asks again where blocks are replaced between two of its questions, and does not say that the store is old", async () => {
    await anchorer.claim(key, []);
    const before = await fabric.chain.rpc("evm_snapshot", []);
    await anchorer.anchor(records[0]);
    replaceBlocksAfter("eth_call", before);
    assert.deepEqual(await (await newAnchorer(line.url)).claim(otherKey, records), { epoch: 3, anchored: 0 });
  });

  it("does not say that the store is old when the node has lost the ledger's events", async () => {
    await anchorer.claim(key, []);
    await anchorer.anchor(records[0]);
    line.answer = (method, result) => (method === "eth_getLogs" ? [] : result);
    await assert.rejects((await newAnchorer(line.url)).claim(otherKey, records), {
      code: "CHAIN_ANSWER_MALFORMED",
      message: /eth_getLogs.*number 1\./,
    });
  });

  it("sends after a restart what the store has and the ledger lacks", async () => {
    await anchorer.claim(key, []);
    await anchorer.anchor(records[0]);
    const restarted = await newAnchorer(fabric.url);
    assert.deepEqual(await restarted.claim(otherKey, records), { epoch: 3, anchored: 1 });
    assert.equal(restarted.waiting, 2);
    assert.deepEqual(
      (await restarted.flush()).map(({ seq, size }) => [seq, size]),
      [
        [2, 20],
        [3, 30],
      ],
    );
  });

  it("refuses a store that is older than the ledger, before it disturbs anybody", async () => {
    await anchorer.claim(key, []);
    await anchorer.anchor(records[0]);
    await anchorer.anchor(records[1]);
    const restarted = await newAnchorer(fabric.url);
    await assert.rejects(restarted.claim(otherKey, [records[0]]), {
      code: "LEDGER_AHEAD",
      exitCode: 6,
      message: /number 2/,
    });
    assert.equal((await anchorer.anchor(records[2]))[0].seq, 3);
  });

  it("says in words why the ledger refused a checkpoint", async () => {
    await anchorer.claim(key, []);
    await anchorer.anchor(records[1]);
    await assert.rejects(anchorer.anchor(records[0]), {
      code: "REVERTED",
      message: "The anchor of checkpoint 2 was refused: There would be 10 receipts, and only 20 to 1048596 can follow.",
      remedy: /bring back the newest/,
    });
  });

  const ledgerAddress = () => fabric.deployment.contracts.CheckpointLedger.address;
});

const sha = (text: string): Uint8Array => new Uint8Array(createHash("sha256").update(text).digest());
const key = sha("session");
const otherKey = sha("another session");
const records: readonly AnchorRecord[] = [10, 20, 30].map((size) => {
  return { size, root: sha(`root of ${size}`), digest: sha(`checkpoint with ${size}`) };
});
