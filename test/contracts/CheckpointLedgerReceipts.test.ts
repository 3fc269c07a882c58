import { expect } from "chai";
import { type BytesLike, getBytes, id, MaxUint256, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { CheckpointLedger } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import {
  anchorMany,
  at,
  deployLedger,
  deployLedgerInEpoch,
  genesisOf,
  type Head,
  leafOf,
  receiptOf,
} from "./CheckpointLedgerHeads.ts";
import { proofOf, rootOf } from "./receiptTree.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture } = networkHelpers;
const RING = 64;

async function withoutAnchorer() {
  return deployLedger(ethers);
}

async function withEpoch() {
  return deployLedgerInEpoch(ethers);
}

describe("CheckpointLedger: receipts", () => {
  followsTree(new URL("./CheckpointLedgerReceipts.tree", import.meta.url));

  async function anchorTree(ledger: CheckpointLedger, leaves: readonly BytesLike[]): Promise<Head> {
    const { epoch, seq, head: parent } = await ledger.snapshot();
    const digest = id("digest");
    const head = { epoch, seq: seq + 1n, parent, size: leaves.length, root: rootOf(leaves), digest };
    await ledger.anchor(epoch, parent, head.size, head.root, digest);
    return head;
  }

  async function withTree(size: number) {
    const { ledger, byAnchorer } = await loadFixture(withEpoch);
    const address = await ledger.getAddress();
    const receipts = Array.from({ length: size }, (_, number) => receiptOf(number));
    const leaves = receipts.map((receipt) => leafOf(address, receipt));
    return { ledger, byAnchorer, address, receipts, leaves, head: await anchorTree(byAnchorer, leaves) };
  }

  it("finds every receipt of every tree of 1 to 70 at its place, and at no other", async () => {
    const { ledger, byAnchorer } = await loadFixture(withEpoch);
    const reader = await ethers.deployContract("CheckpointLedgerReader");
    const address = await ledger.getAddress();
    const receipts = Array.from({ length: 70 }, (_, number) => receiptOf(number));
    const leaves = receipts.map((receipt) => getBytes(leafOf(address, receipt)));
    for (let size = 1; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size);
      const head = await anchorTree(byAnchorer, tree);
      const proofs = tree.map((_, i) => proofOf(tree, i));
      const { there, elsewhere } = await reader.verifyTree(address, head, receipts.slice(0, size), proofs);
      expect([there, elsewhere], `size ${size}`).to.deep.equal([true, false]);
    }
  });

  it("refuses a receipt that differs in any field", async () => {
    const { ledger, receipts, leaves, head } = await withTree(7);
    const receipt = at(receipts, 4);
    const proof = proofOf(leaves, 4);
    expect(await ledger.verifyReceipt(receipt, 4, head, proof)).to.equal(true);
    for (const field of Object.keys(receipt)) {
      const value = field === "resultDigest" ? ZeroHash : 77;
      expect(await ledger.verifyReceipt({ ...receipt, [field]: value }, 4, head, proof), field).to.equal(false);
    }
  });

  it("refuses a proof that is altered, too short, too long, or in another order", async () => {
    const { ledger, receipts, leaves, head } = await withTree(7);
    const proof = proofOf(leaves, 4);
    const forged = [
      [],
      proof.slice(1),
      proof.slice(0, -1),
      [...proof, ZeroHash],
      [...proof].reverse(),
      ...proof.map((_, i) => proof.with(i, id("altered"))),
    ];
    for (const other of forged) {
      expect(await ledger.verifyReceipt(at(receipts, 4), 4, head, other)).to.equal(false);
    }
  });

  it("refuses an index beyond the tree, and whatever is asked of an empty one", async () => {
    const { ledger, receipts, leaves, head } = await withTree(7);
    for (const index of [7n, 8n, 2n ** 64n + 4n, MaxUint256]) {
      expect(await ledger.verifyReceipt(at(receipts, 4), index, head, proofOf(leaves, 4))).to.equal(false);
    }
    const fresh = await loadFixture(withoutAnchorer);
    expect(await fresh.ledger.verifyReceipt(receiptOf(0), 0, genesisOf(), [])).to.equal(false);
  });

  it("refuses a proof that goes on above the tree, though an anchorer made the root fit", async () => {
    const { ledger, byAnchorer } = await loadFixture(withEpoch);
    const address = await ledger.getAddress();
    const leaves = [receiptOf(0), receiptOf(1)].map((receipt) => leafOf(address, receipt));
    const { epoch, head: parent } = await ledger.snapshot();
    const lying = { epoch, seq: 1, parent, size: 1, root: rootOf(leaves), digest: id("digest") };
    await byAnchorer.anchor(epoch, parent, 1, lying.root, lying.digest);
    expect(await ledger.isKept(lying)).to.equal(true);
    expect(await ledger.verifyReceipt(receiptOf(1), 0, lying, proofOf(leaves, 1))).to.equal(false);
  });

  it("refuses more than 40 steps", async () => {
    const { ledger, receipts, leaves, head } = await withTree(1);
    expect(await ledger.verifyReceipt(at(receipts, 0), 0, head, proofOf(leaves, 0))).to.equal(true);
    expect(await ledger.verifyReceipt(at(receipts, 0), 0, head, Array(41).fill(ZeroHash))).to.equal(false);
  });

  it("refuses a head that the ledger does not keep, though its tree holds the receipt", async () => {
    const { ledger, byAnchorer, receipts, leaves, head } = await withTree(3);
    const proof = proofOf(leaves, 1);
    for (const forged of [
      { ...head, digest: ZeroHash },
      { ...head, seq: 2 },
      { ...head, epoch: 1 },
    ]) {
      expect(await ledger.verifyReceipt(at(receipts, 1), 1, forged, proof)).to.equal(false);
    }
    await anchorMany(byAnchorer, RING - 1);
    expect(await ledger.verifyReceipt(at(receipts, 1), 1, head, proof)).to.equal(true);
    await anchorMany(byAnchorer, 1);
    expect(await ledger.verifyReceipt(at(receipts, 1), 1, head, proof)).to.equal(false);
  });

  it("refuses a leaf of another chain, of another ledger, and an inner node passed off as one", async () => {
    const { ledger, byAnchorer, address, receipts } = await withTree(2);
    const foreign = [
      leafOf(address, at(receipts, 0), 1),
      leafOf(ZeroAddress, at(receipts, 0)),
      leafOf(address, at(receipts, 0)),
    ];
    const head = await anchorTree(byAnchorer, foreign);
    const found = foreign.map((_, i) => ledger.verifyReceipt(at(receipts, 0), i, head, proofOf(foreign, i)));
    expect(await Promise.all(found)).to.deep.equal([false, false, true]);
  });
});
