import { expect } from "chai";
import { id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import {
  anchorMany,
  at,
  deployLedger,
  deployLedgerInEpoch,
  genesisOf,
  type Head,
  hashOf,
  lastHead,
  sessionKey,
} from "./CheckpointLedgerHeads.ts";
import { asFields, fieldOf, signAcceptance } from "./governedFamily.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, setBalance, setStorageAt, time } = networkHelpers;

/** Places in storage; slots 0 and 1 hold the owner and the owner to be. */
const [STATE_SLOT, RING_SLOT] = [2, 3];
const RING = 64;

async function withoutAnchorer() {
  return deployLedger(ethers);
}

async function withEpoch() {
  return deployLedgerInEpoch(ethers);
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
      await setStorageAt(await ledger.getAddress(), STATE_SLOT, withEpochNumber(0xfeffn));
      await byAnchorer.claim(sessionKey);
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

    it("leaves the anchorer its office, whatever its address", async () => {
      const { ledger, anchorer } = await loadFixture(withEpoch);
      const highest = ethers.getAddress(`0x${"ff".repeat(20)}`);
      await ledger.setAnchorer(anchorer.address, highest);
      await setBalance(highest, 10n ** 18n);
      await anchorMany(ledger.connect(await ethers.getImpersonatedSigner(highest)), 1);
      expect((await ledger.snapshot()).anchorer).to.equal(highest);
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

    it("shows the minute of the last anchor, also after a rebase", async () => {
      const { ledger, byAnchorer } = await loadFixture(withEpoch);
      const created = await ledger.createdAt();
      const anchorAt = async (minute: bigint) => {
        await time.setNextBlockTimestamp(created + 60n * minute);
        return anchorMany(byAnchorer, 1);
      };
      const [first] = await anchorAt(11n);
      await anchorAt(13n);
      expect((await ledger.snapshot()).minutes_).to.equal(13n);
      await ledger.rebase(first);
      expect((await ledger.snapshot()).minutes_).to.equal(13n);
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

    it("leaves the anchorer its office, whatever its address", async () => {
      const { ledger, byAnchorer, anchorer } = await loadFixture(withEpoch);
      const heads = await anchorMany(byAnchorer, 2);
      const highest = ethers.getAddress(`0x${"ff".repeat(20)}`);
      await ledger.setAnchorer(anchorer.address, highest);
      await ledger.rebase(at(heads, 0));
      expect((await ledger.snapshot()).anchorer).to.equal(highest);
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
});
