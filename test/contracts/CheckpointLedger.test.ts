import { expect } from "chai";
import { AbiCoder, type BytesLike, getBytes, id, keccak256, MaxUint256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { CheckpointLedger, ICheckpointLedger } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import { snapshotGas } from "./gasSnapshot.ts";
import { asFields, deployFamily, fieldOf, signAcceptance } from "./governedFamily.ts";
import { proofOf, rootOf } from "./receiptTree.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, setStorageAt, time } = networkHelpers;
const abi = AbiCoder.defaultAbiCoder();

/** Places in storage; slots 0 and 1 hold the owner and the owner to be. */
const [STATE_SLOT, RING_SLOT] = [2, 3];
const RING = 64;

type Head = ICheckpointLedger.HeadStruct;
type Receipt = ICheckpointLedger.ReceiptStruct;

const sessionKey = id("session");
const headTypes = ["uint16", "uint24", "bytes32", "uint32", "bytes32", "bytes32"];

/** The head as the documentation gives it. */
async function hashOf(ledger: CheckpointLedger, head: Head): Promise<string> {
  return keccak256(
    abi.encode(
      ["bytes32", "uint256", "address", ...headTypes],
      [id("Planetary Fabric checkpoint head v1"), 31337, await ledger.getAddress(), ...Object.values(head)],
    ),
  );
}

/** The preimage of the head at seq 0. */
function genesisOf(previous = ZeroAddress, parent = ZeroHash): Head {
  return { epoch: 0, seq: 0, parent, size: 0, root: rootOf([]), digest: toBeHex(previous, 32) };
}

async function withoutAnchorer() {
  const family = await deployFamily(ethers);
  return { ...family, byAnchorer: family.ledger.connect(family.anchorer) };
}

/** A ledger whose anchorer claimed epoch 2 and has anchored nothing. */
async function withEpoch() {
  const family = await withoutAnchorer();
  await family.ledger.setAnchorer(ZeroAddress, family.anchorer.address);
  await family.byAnchorer.claim(sessionKey);
  return family;
}

/** Anchors `count` checkpoints, each `growth` receipts larger, and gives their preimages. */
async function anchorMany(ledger: CheckpointLedger, count: number, growth = 1, tag = "digest"): Promise<Head[]> {
  const heads: Head[] = [];
  let { epoch, seq, size, head: parent } = await ledger.snapshot();
  for (let i = 0; i < count; i++) {
    seq += 1n;
    size += BigInt(growth);
    const head = { epoch, seq, parent, size, root: id(`root ${size}`), digest: id(`${tag} ${seq}`) };
    await ledger.anchor(epoch, parent, size, head.root, head.digest);
    heads.push(head);
    parent = await hashOf(ledger, head);
  }
  return heads;
}

async function lastHead(ledger: CheckpointLedger): Promise<string> {
  return (await ledger.snapshot()).head;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

describe("CheckpointLedger", () => {
  followsTree(new URL("./CheckpointLedger.tree", import.meta.url));

  describe("constructor", () => {
    it("begins with a head of its own, at seq 0, of an empty tree", async () => {
      const { ledger, owner, pause } = await loadFixture(withoutAnchorer);
      const head = await hashOf(ledger, genesisOf());
      expect([...(await ledger.snapshot())]).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n, head, "0x"]);
      expect(await ledger.owner()).to.equal(owner.address);
      expect(await ledger.systemPause()).to.equal(await pause.getAddress());
      await expect(ledger.deploymentTransaction() ?? ethers.provider.getTransactionReceipt(ZeroHash)).to.not.equal(
        null,
      );
      expect(await ledger.isKept(genesisOf())).to.equal(true);
    });

    it("goes on from the head of a previous ledger", async () => {
      const { ledger, byAnchorer, owner, pause } = await loadFixture(withEpoch);
      await anchorMany(byAnchorer, 3);
      const previous = await ledger.getAddress();
      const previousHead = await lastHead(ledger);
      const next = await ethers.deployContract("CheckpointLedger", [owner.address, pause, previous, previousHead]);
      const genesis = genesisOf(previous, previousHead);
      const head = await hashOf(next, genesis);
      expect(await lastHead(next)).to.equal(head);
      await expect(next.deploymentTransaction())
        .to.emit(next, "Anchored")
        .withArgs(0, 0, previousHead, head, 0, genesis.root, genesis.digest);
    });

    it("refuses a head that is not the previous ledger's, and a head without a ledger", async () => {
      const { ledger, owner, pause } = await loadFixture(withoutAnchorer);
      const factory = await ethers.getContractFactory("CheckpointLedger");
      const wrong = id("another head");
      await expect(factory.deploy(owner.address, pause, ledger, wrong))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotPreviousHead")
        .withArgs(wrong, await lastHead(ledger));
      await expect(factory.deploy(owner.address, pause, ZeroAddress, wrong))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotPreviousHead")
        .withArgs(wrong, ZeroHash);
    });
  });

  describe("claim", () => {
    it("raises the epoch and names the session key", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      expect(await byAnchorer.claim.staticCall(id("another"))).to.equal(3n);
      await expect(byAnchorer.claim(id("another")))
        .to.emit(ledger, "Claimed")
        .withArgs(3, id("another"));
      const { epoch, sessionKey: key } = await ledger.snapshot();
      expect([epoch, key]).to.deep.equal([3n, id("another")]);
    });

    it("fences off the process that claimed before", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      const parent = await lastHead(byAnchorer);
      await byAnchorer.claim(id("another"));
      await expect(byAnchorer.anchor(2, parent, 1, id("root"), id("digest")))
        .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_WrongEpoch")
        .withArgs(2, 3);
      await byAnchorer.anchor(3, parent, 1, id("root"), id("digest"));
    });

    it("refuses whoever is not the anchorer, the owner too", async () => {
      const { ledger, owner, anchorer } = await loadFixture(withEpoch);
      await expect(ledger.claim(sessionKey))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotAnchorer")
        .withArgs(owner.address, anchorer.address);
    });

    it("refuses a session key that is not 32 bytes, or all zero", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      for (const key of ["0x", `${sessionKey}00`, sessionKey.slice(0, -2), ZeroHash]) {
        await expect(byAnchorer.claim(key))
          .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_BadSessionKey")
          .withArgs(key);
      }
    });

    it("leaves the last epochs to the owner, so that an anchorer cannot use up what revoking it takes", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      const state = BigInt(await ethers.provider.getStorage(ledger, STATE_SLOT));
      const withEpochNumber = (epoch: bigint) => (state & ~(0xffffn << 160n)) | (epoch << 160n);
      await setStorageAt(await ledger.getAddress(), STATE_SLOT, withEpochNumber(0xff00n));
      await expect(byAnchorer.claim(sessionKey)).to.be.revertedWithCustomError(ledger, "CheckpointLedger_Exhausted");
      await ledger.setAnchorer(anchorer.address, ZeroAddress);
      await setStorageAt(await ledger.getAddress(), STATE_SLOT, withEpochNumber(0xffffn));
      await expect(ledger.setAnchorer(anchorer.address, ZeroAddress)).to.be.revertedWithCustomError(
        ledger,
        "CheckpointLedger_Exhausted",
      );
    });
  });

  describe("anchor", () => {
    it("chains the head to all before it and says everything in one event", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      const parent = await lastHead(ledger);
      const preimage = { epoch: 2, seq: 1, parent, size: 7, root: id("root"), digest: id("digest") };
      const head = await hashOf(ledger, preimage);
      await time.setNextBlockTimestamp((await ledger.createdAt()) + 3600n);
      await expect(byAnchorer.anchor(2, parent, 7, id("root"), id("digest")))
        .to.emit(ledger, "Anchored")
        .withArgs(2, 1, parent, head, 7, id("root"), id("digest"));
      expect([...(await ledger.snapshot())]).to.deep.equal([anchorer.address, 2n, 1n, 7n, 60n, head, sessionKey]);
    });

    it("keeps its state in one slot, where a storage proof finds it, and creates none", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      await time.setNextBlockTimestamp((await ledger.createdAt()) + 120n);
      await anchorMany(byAnchorer, 1, 5);
      const state = await ethers.provider.getStorage(ledger, STATE_SLOT);
      const parts = [fieldOf(state, 20, 2), fieldOf(state, 22, 3), fieldOf(state, 25, 4), fieldOf(state, 29, 3)];
      expect(fieldOf(state, 0, 20)).to.equal(BigInt(anchorer.address));
      expect(parts).to.deep.equal([2n, 1n, 5n, 2n]);
      await anchorMany(byAnchorer, RING);
      expect(await ethers.provider.getStorage(ledger, RING_SLOT + 1)).to.equal(await lastHead(ledger));
      expect(await ethers.provider.getStorage(ledger, RING_SLOT + RING)).to.equal(toBeHex(sessionKey, 32));
      expect(await ethers.provider.getStorage(ledger, RING_SLOT + RING + 1)).to.equal(ZeroHash);
    });

    it("refuses whoever is not the anchorer", async () => {
      const { ledger, owner, anchorer } = await loadFixture(withEpoch);
      await expect(ledger.anchor(2, await lastHead(ledger), 1, id("root"), id("digest")))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotAnchorer")
        .withArgs(owner.address, anchorer.address);
    });

    it("refuses every epoch but the present one", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      for (const epoch of [0, 1, 3]) {
        await expect(byAnchorer.anchor(epoch, await lastHead(byAnchorer), 1, id("root"), id("digest")))
          .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_WrongEpoch")
          .withArgs(epoch, 2);
      }
    });

    it("refuses to be included a second time, or on another head", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      const first = await lastHead(byAnchorer);
      await byAnchorer.anchor(2, first, 1, id("root"), id("digest"));
      for (const parent of [first, ZeroHash]) {
        await expect(byAnchorer.anchor(2, parent, 1, id("root"), id("digest")))
          .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_WrongParent")
          .withArgs(parent, await lastHead(byAnchorer));
      }
    });

    it("takes a size from the last one to 2^20 more, and no other", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      const grow = async (size: number) => byAnchorer.anchor(2, await lastHead(byAnchorer), size, id("r"), id("d"));
      await grow(2 ** 20);
      await grow(2 ** 20);
      await expect(grow(2 ** 20 - 1))
        .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_SizeOutOfBounds")
        .withArgs(2 ** 20 - 1, 2 ** 20, 2 ** 21);
      await expect(grow(2 ** 21 + 1))
        .to.be.revertedWithCustomError(byAnchorer, "CheckpointLedger_SizeOutOfBounds")
        .withArgs(2 ** 21 + 1, 2 ** 20, 2 ** 21);
      await grow(2 ** 21);
    });

    it("ends when seq is used up, instead of starting over", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const state = BigInt(await ethers.provider.getStorage(ledger, STATE_SLOT));
      await setStorageAt(await ledger.getAddress(), STATE_SLOT, state | (0xffffffn << 176n));
      await expect(byAnchorer.anchor(2, await lastHead(ledger), 1, id("r"), id("d"))).to.be.revertedWithCustomError(
        ledger,
        "CheckpointLedger_Exhausted",
      );
    });

    it("shows the highest minute from the thirty-second year on", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      await time.setNextBlockTimestamp((await ledger.createdAt()) + 60n * 2n ** 24n);
      await anchorMany(byAnchorer, 1);
      expect((await ledger.snapshot()).minutes_).to.equal(2n ** 24n - 1n);
    });

    it("works while the fabric is paused", async () => {
      const { byAnchorer, pause } = await loadFixture(withEpoch);
      await pause.pause(0);
      await anchorMany(byAnchorer, 1);
    });
  });

  describe("the ring", () => {
    it("keeps the last 64 heads, wherever it wraps around, and no older one", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const heads = [genesisOf(), ...(await anchorMany(byAnchorer, 2 * RING + 3))];
      const kept: boolean[] = [];
      for (const head of heads) kept.push(await ledger.isKept(head));
      expect(kept).to.deep.equal(heads.map((_, seq) => seq > heads.length - 1 - RING));
    });

    it("knows no head that differs in anything", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const head = at(await anchorMany(byAnchorer, 3), -1);
      expect(await ledger.isKept(head)).to.equal(true);
      const forged: Head[] = [
        { ...head, epoch: 1 },
        { ...head, seq: 2 },
        { ...head, seq: 3 + RING },
        { ...head, parent: ZeroHash },
        { ...head, size: 4 },
        { ...head, root: ZeroHash },
        { ...head, digest: ZeroHash },
      ];
      for (const other of forged) expect(await ledger.isKept(other)).to.equal(false);
    });
  });

  describe("setAnchorer", () => {
    it("appoints, raises the epoch and ends the session that was running", async () => {
      const { ledger, anchorer, stranger } = await loadFixture(withEpoch);
      await expect(ledger.setAnchorer(anchorer.address, stranger.address))
        .to.emit(ledger, "AnchorerSet")
        .withArgs(stranger.address, 3);
      const now = await ledger.snapshot();
      expect([now.anchorer, now.epoch, now.sessionKey]).to.deep.equal([stranger.address, 3n, "0x"]);
    });

    it("is the owner's alone", async () => {
      const { ledger, byAnchorer, anchorer, stranger } = await loadFixture(withEpoch);
      await expect(byAnchorer.setAnchorer(anchorer.address, stranger.address))
        .to.be.revertedWithCustomError(ledger, "OwnableUnauthorizedAccount")
        .withArgs(anchorer.address);
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { ledger, anchorer, stranger } = await loadFixture(withEpoch);
      await expect(ledger.setAnchorer(stranger.address, ZeroAddress))
        .to.be.revertedWithCustomError(ledger, "Moved")
        .withArgs("anchorer", BigInt(stranger.address), BigInt(anchorer.address));
      await expect(ledger.setAnchorer(anchorer.address, anchorer.address))
        .to.be.revertedWithCustomError(ledger, "Unchanged")
        .withArgs("anchorer", BigInt(anchorer.address));
    });

    it("refuses a guardian", async () => {
      const { ledger, pause, anchorer, stranger } = await loadFixture(withEpoch);
      const acceptance = await signAcceptance(pause, stranger, stranger.address);
      await pause.appointGuardian(stranger.address, 2_000_000_000, acceptance);
      await expect(ledger.setAnchorer(anchorer.address, stranger.address))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_GuardianCannotAnchor")
        .withArgs(stranger.address);
    });
  });

  describe("revokeAnchorer", () => {
    it("is a guardian's, by way of the pause, and nobody else's", async () => {
      const { ledger, pause, owner } = await loadFixture(withEpoch);
      await expect(ledger.revokeAnchorer())
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotSystemPause")
        .withArgs(owner.address, await pause.getAddress());
    });

    it("leaves no anchorer, raises the epoch and ends the session that was running", async () => {
      const { ledger, byAnchorer, pause, anchorer, stranger } = await loadFixture(withEpoch);
      const acceptance = await signAcceptance(pause, stranger, stranger.address);
      await pause.appointGuardian(stranger.address, 2_000_000_000, acceptance);
      await expect(pause.connect(stranger).revokeAnchorer()).to.emit(ledger, "AnchorerSet").withArgs(ZeroAddress, 3);
      const now = await ledger.snapshot();
      expect([now.anchorer, now.epoch, now.sessionKey]).to.deep.equal([ZeroAddress, 3n, "0x"]);
      await expect(byAnchorer.claim(sessionKey))
        .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotAnchorer")
        .withArgs(anchorer.address, ZeroAddress);
    });

    it("refuses where there is no anchorer, and leaves the guardian armed", async () => {
      const { ledger, pause, anchorer, stranger } = await loadFixture(withEpoch);
      const acceptance = await signAcceptance(pause, stranger, stranger.address);
      await pause.appointGuardian(stranger.address, 2_000_000_000, acceptance);
      await ledger.setAnchorer(anchorer.address, ZeroAddress);
      await expect(pause.connect(stranger).revokeAnchorer())
        .to.be.revertedWithCustomError(ledger, "Unchanged")
        .withArgs("anchorer", 0);
      expect(asFields((await pause.guardians())[0]).armed).to.equal(true);
    });
  });

  describe("rebase", () => {
    it("takes head, seq and size back, in a new epoch without a session", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      const heads = await anchorMany(byAnchorer, 5, 10);
      const target = at(heads, 1);
      const [head, voided] = [await hashOf(ledger, target), await lastHead(ledger)];
      await expect(ledger.rebase(target)).to.emit(ledger, "Rebased").withArgs(3, 2, head, voided, 20);
      const now = await ledger.snapshot();
      const found = [now.anchorer, now.epoch, now.seq, now.size, now.head, now.sessionKey];
      expect(found).to.deep.equal([anchorer.address, 3n, 2n, 20n, head, "0x"]);
    });

    it("voids the later heads for good, also while their places are written over", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const before = await anchorMany(byAnchorer, RING + 10);
      await ledger.rebase(at(before, RING - 1));
      const voided = before.slice(RING);
      const lost = before.slice(0, 10);
      for (let i = 0; i <= voided.length; i++) {
        for (const head of [...voided, ...lost]) expect(await ledger.isKept(head)).to.equal(false);
        for (const head of before.slice(10 + Math.max(0, i - 1), RING))
          expect(await ledger.isKept(head)).to.equal(true);
        await anchorMany(byAnchorer, 1, 1, "after");
      }
      await expect(ledger.rebase(at(voided, 0))).to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotKept");
    });

    it("may go back to the beginning", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      await anchorMany(byAnchorer, 1);
      await ledger.rebase(genesisOf());
      const now = await ledger.snapshot();
      expect([now.seq, now.size, now.head]).to.deep.equal([0n, 0n, await hashOf(ledger, genesisOf())]);
    });

    it("refuses the present head", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const head = at(await anchorMany(byAnchorer, 2), -1);
      await expect(ledger.rebase(head))
        .to.be.revertedWithCustomError(ledger, "Unchanged")
        .withArgs("head", await lastHead(ledger));
    });

    it("refuses a head that fell out of the ring, or was never there", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const heads = await anchorMany(byAnchorer, RING + 1);
      for (const head of [genesisOf(), at(heads, 0), { ...at(heads, 5), size: 1 }]) {
        await expect(ledger.rebase(head))
          .to.be.revertedWithCustomError(ledger, "CheckpointLedger_NotKept")
          .withArgs(await hashOf(ledger, head), head.seq);
      }
    });

    it("is the owner's alone", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      await anchorMany(byAnchorer, 1);
      await expect(byAnchorer.rebase(genesisOf()))
        .to.be.revertedWithCustomError(ledger, "OwnableUnauthorizedAccount")
        .withArgs(anchorer.address);
    });
  });

  describe("verifyReceipt", () => {
    const fieldTypes = "uint32,uint64,uint8,uint8,uint16,uint32,uint8,uint64,uint64,uint64,bytes32".split(",");
    const typehash = id(
      "Receipt(uint256 chainId,address ledger,uint32 submitter,uint64 number,uint8 outcome,uint8 reason,uint16 shard," +
        "uint32 node,uint8 attempts,uint64 submittedTick,uint64 endedTick,uint64 value,bytes32 resultDigest)",
    );

    function receiptOf(number: number): Receipt {
      return {
        ...{ submitter: 1, number, outcome: 1 + (number % 4), reason: number % 3, shard: 1, node: 6, attempts: 2 },
        ...{ submittedTick: 10, endedTick: 2n ** 40n, value: 500, resultDigest: id(`result ${number}`) },
      };
    }

    /** The leaf as the documentation gives it: fourteen words. */
    function leafOf(ledger: string, receipt: Receipt, chainId = 31337): string {
      const fields = Object.values(receipt);
      return abi.encode(["bytes32", "uint256", "address", ...fieldTypes], [typehash, chainId, ledger, ...fields]);
    }

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

  describe("gas", () => {
    it("of an anchor, with the ring created", async () => {
      const { byAnchorer } = await loadFixture(withEpoch);
      await anchorMany(byAnchorer, RING);
      const { epoch, size, head } = await byAnchorer.snapshot();
      const sent = await byAnchorer.anchor(epoch, head, size + 40_000n, id("root"), id("digest"));
      const gasUsed = (await sent.wait())?.gasUsed ?? 0n;
      expect(gasUsed > 0n && gasUsed <= 39_000n, `${gasUsed} gas`).to.equal(true);
      snapshotGas("CheckpointLedger", "anchor", gasUsed);
    });

    it("of claim, setAnchorer and rebase", async () => {
      const { ledger, byAnchorer, anchorer, stranger } = await loadFixture(withEpoch);
      const heads = await anchorMany(byAnchorer, 3);
      const claimed = await byAnchorer.claim(id("another"));
      snapshotGas("CheckpointLedger", "claim", (await claimed.wait())?.gasUsed ?? 0n);
      const rebased = await ledger.rebase(at(heads, 0));
      snapshotGas("CheckpointLedger", "rebase", (await rebased.wait())?.gasUsed ?? 0n);
      const appointed = await ledger.setAnchorer(anchorer.address, stranger.address);
      snapshotGas("CheckpointLedger", "setAnchorer", (await appointed.wait())?.gasUsed ?? 0n);
    });
  });
});
