import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { hexlify, ZeroHash } from "ethers";
import { outcomes, type Receipt, reasons } from "../../src/fabric/index.ts";
import { interfaceOf } from "../../src/governance/contracts.ts";
import { Anchorer, type AnchorRecord, confirmReceipt, type ReceiptClaim } from "../../src/governance/index.ts";
import { inclusionProof, nodePosition, ReceiptEncoder, ReceiptTree, toHex } from "../../src/journal/index.ts";
import { decideByOwners } from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, senderOf, startFabric } from "./localChain.ts";

describe("a receipt, asked of the chain", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  let anchorer: Anchorer;

  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
    anchorer = new Anchorer(senderOf(fabric.chain, fabric.keys.anchorer), fabric.deployment);
    await anchorer.claim(sha("session"), []);
  });
  afterEach(() => founded.chain.rpc("evm_revert", [untouched]));

  const confirm = (claim: ReceiptClaim) => confirmReceipt(fabric.chain, fabric.deployment, claim);
  const isUnconfirmed = (problem: RegExp) => ({ code: "RECEIPT_UNCONFIRMED", exitCode: 6, message: problem });

  /** Receipts 0 … count - 1 as the journal has them, and what it says of each in the tree of the first `size`. */
  function receiptsOf(count: number) {
    const ledger = fabric.deployment.contracts.CheckpointLedger.address.toLowerCase();
    const encoder = new ReceiptEncoder({ chainId: 31337, ledger });
    const tree = new ReceiptTree();
    const nodes: Uint8Array[] = [];
    const receipts = Array.from({ length: count }, (_, index) => receiptAt(index));
    const roots = receipts.map((receipt) => {
      tree.append(encoder.leafHash(receipt), (hash) => nodes.push(hash.slice()));
      return toHex(tree.root());
    });
    const claim = (index: number, size: number): ReceiptClaim => {
      const { resultDigest, outcome, reason, ...fields } = receipts[index];
      assert.equal(toHex(nodes[nodePosition(index, 1)]), toHex(encoder.leafHash(receipts[index])));
      return {
        receipt: { ...fields, outcome: outcomes[outcome], reason: reasons[reason], resultDigest: toHex(resultDigest) },
        ...{ index, size, root: roots[size - 1], digest: hexlify(record(size).digest) },
        path: inclusionProof(index, size, (position) => nodes[position]).map(toHex),
      };
    };
    const record = (size: number): AnchorRecord => {
      return { size, root: Buffer.from(roots[size - 1].slice(2), "hex"), digest: sha(`checkpoint with ${size}`) };
    };
    return { claim, record };
  }

  it("is confirmed, every one of a tree, with the block that anchored it", async () => {
    const { claim, record } = receiptsOf(7);
    const [first] = await anchorer.anchor(record(3));
    const [second] = await anchorer.anchor(record(7));
    for (const index of [0, 3, 6]) {
      const { time, askedAtBlock, ...anchor } = await confirm(claim(index, 7));
      const { epoch, seq, head, block, transactionHash } = second;
      assert.deepEqual(anchor, { epoch, seq, head, block, transactionHash });
      assert.equal(time, (await fabric.chain.block(block))?.time);
      assert.equal(askedAtBlock, (await fabric.chain.latest()).number);
    }
    assert.equal((await confirm(claim(2, 3))).head, first.head);
  });

  it("that was forged in any field is refused: nobody sells a result that the fabric did not anchor", async () => {
    const { claim, record } = receiptsOf(7);
    await anchorer.anchor(record(7));
    const sound = claim(4, 7);
    for (const field of Object.keys(sound.receipt)) {
      const receipt = { ...sound.receipt, [field]: field === "resultDigest" ? ZeroHash : 77 };
      await assert.rejects(confirm({ ...sound, receipt }), isUnconfirmed(/not in the tree of receipts/), field);
    }
  });

  it("with a path, place or tree that is not its own is refused", async () => {
    const { claim, record } = receiptsOf(7);
    await anchorer.anchor(record(7));
    const sound = claim(4, 7);
    const notThere = isUnconfirmed(/job 5: it is not in the tree of receipts/);
    await assert.rejects(confirm({ ...sound, path: sound.path.with(1, ZeroHash) }), notThere);
    await assert.rejects(confirm({ ...sound, path: sound.path.slice(1) }), notThere);
    await assert.rejects(confirm({ ...sound, index: 5 }), notThere);
    const otherTree = isUnconfirmed(/another tree of receipts/);
    await assert.rejects(confirm({ ...sound, size: 6 }), otherTree);
    await assert.rejects(confirm({ ...sound, root: ZeroHash }), otherTree);
  });

  it("that the ledger could not even be asked about is refused in words", async () => {
    const { claim, record } = receiptsOf(2);
    await anchorer.anchor(record(2));
    const sound = claim(1, 2);
    await assert.rejects(
      confirm({ ...sound, receipt: { ...sound.receipt, shard: 70_000 } }),
      isUnconfirmed(/it is none \(value out-of-bounds\)/),
    );
    await assert.rejects(confirm({ ...sound, path: ["0x12"] }), isUnconfirmed(/it is none/));
  });

  it("is not confirmed by a checkpoint that nobody anchored, nor before there is one", async () => {
    const { claim, record } = receiptsOf(7);
    const nowhere = isUnconfirmed(/none of the ledger's last 64 heads is checkpoint 0x/);
    await assert.rejects(confirm(claim(1, 3)), nowhere);
    await anchorer.anchor(record(7));
    await assert.rejects(confirm(claim(1, 3)), nowhere);
  });

  it("is not confirmed by a head that the owners took back", async () => {
    const { claim, record } = receiptsOf(7);
    const [first] = await anchorer.anchor(record(3));
    await anchorer.anchor(record(7));
    await confirm(claim(5, 7));
    const { epoch, seq, parent, size, root, digest } = first;
    const target = { epoch, seq, parent, size, root, digest };
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("rebase", [target]);
    const to = fabric.deployment.contracts.CheckpointLedger.address;
    await decideByOwners(fabric.deciders, {
      ...{ change: null, sentence: "Take the ledger back.", lane: "emergency" },
      calls: [{ to, data }],
    });
    const takenBack = isUnconfirmed(/none of the ledger's last 64 heads/);
    await assert.rejects(confirm(claim(5, 7)), takenBack);
    await confirm(claim(2, 3));
    // The number of the void head is given again.
    const next = new Anchorer(senderOf(fabric.chain, fabric.keys.anchorer), fabric.deployment);
    await next.claim(sha("next session"), [record(3)]);
    await next.anchor(record(6));
    await assert.rejects(confirm(claim(5, 7)), takenBack);
    await confirm(claim(5, 6));
  });

  it("of an anchor that is long past is not, and a newer proof of it is", async () => {
    const { claim, record } = receiptsOf(2);
    await anchorer.anchor(record(1));
    for (let anchors = 1; anchors < 64; anchors++)
      await anchorer.anchor({ ...record(1), digest: sha(`another checkpoint ${anchors}`) });
    await confirm(claim(0, 1));
    await anchorer.anchor(record(2));
    await assert.rejects(confirm(claim(0, 1)), {
      ...isUnconfirmed(/last 64 heads/),
      remedy: /Ask for the receipt again/,
    });
    await confirm(claim(0, 2));
  });
});

function receiptAt(index: number): Receipt {
  return {
    ...{ submitter: 1, number: index + 1, outcome: "completed", reason: "none", shard: 1, node: 2, attempts: 1 },
    ...{ submittedTick: 10, endedTick: 12 + index, value: 5, resultDigest: sha(`result ${index}`) },
  };
}

function sha(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}
