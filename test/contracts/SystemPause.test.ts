import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import { asFields, fieldOf } from "./governedFamily.ts";
import {
  deployGuardedPause,
  deployPause,
  EARTH,
  FABRIC,
  guardiansOf,
  HOUR,
  LAST_SHARD,
  scopeOf,
  WEEK,
} from "./SystemPauseGuardians.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

/** Places in storage; 0 to 4 hold the owner, the owner to be, the EIP-712 names and the nonces. */
const [STATE_SLOT, SCOPES_SLOT] = [5, 6];

async function withoutGuardian() {
  return deployPause(ethers);
}

async function withGuardians() {
  return deployGuardedPause(ethers);
}

const NOT_PAUSED = { ownerPaused: false, guardianUntil: 0n };

describe("SystemPause", () => {
  followsTree(new URL("./SystemPause.tree", import.meta.url));

  describe("constructor", () => {
    it("begins with nothing paused, no guardian, and pauses of a week", async () => {
      const { pause, nodes, ledger } = await loadFixture(withoutGuardian);
      const { retired, successor, scopes } = await pause.snapshot();
      expect([retired, successor, scopes.length]).to.deep.equal([false, ZeroAddress, 33]);
      expect(scopes.map(asFields)).to.deep.equal(Array(33).fill(NOT_PAUSED));
      expect(await pause.guardians()).to.have.lengthOf(0);
      expect(await pause.guardianPauseLimit()).to.equal(WEEK);
      const limitsSet = await pause.queryFilter(pause.filters.GuardianPauseLimitSet());
      expect(limitsSet.map(({ args }) => [...args])).to.deep.equal([[WEEK]]);
      expect([await pause.nodes(), await pause.ledger()]).to.deep.equal([
        await nodes.getAddress(),
        await ledger.getAddress(),
      ]);
    });

    it("refuses to stand anywhere else than where the others look for it", async () => {
      const { pause, nodes, ledger, shards, owner } = await loadFixture(withoutGuardian);
      const factory = await ethers.getContractFactory("SystemPause");
      const told = await pause.getAddress();
      await expect(factory.deploy(owner.address, nodes, ledger))
        .to.be.revertedWithCustomError(pause, "SystemPause_WrongAddress")
        .withArgs(await nodes.getAddress(), told);

      const [deployer] = await ethers.getSigners();
      const nonce = (await deployer?.getNonce()) ?? 0;
      const next = ethers.getCreateAddress({ from: deployer?.address ?? "", nonce: nonce + 1 });
      const strayNodes = await ethers.deployContract("NodeRegistry", [owner.address, shards, next]);
      await expect(factory.deploy(owner.address, strayNodes, ledger))
        .to.be.revertedWithCustomError(pause, "SystemPause_WrongAddress")
        .withArgs(await shards.getAddress(), told);
    });

    it("refuses a ledger that looks for it elsewhere", async () => {
      const { pause, ledger, owner } = await loadFixture(withoutGuardian);
      const [deployer] = await ethers.getSigners();
      const nonce = (await deployer?.getNonce()) ?? 0;
      const next = ethers.getCreateAddress({ from: deployer?.address ?? "", nonce: nonce + 2 });
      const shards = await ethers.deployContract("ShardRegistry", [owner.address, next]);
      const nodes = await ethers.deployContract("NodeRegistry", [owner.address, shards, next]);
      const factory = await ethers.getContractFactory("SystemPause");
      await expect(factory.deploy(owner.address, nodes, ledger))
        .to.be.revertedWithCustomError(pause, "SystemPause_WrongAddress")
        .withArgs(await ledger.getAddress(), await pause.getAddress());
    });
  });

  describe("pause and resume", () => {
    it("stop the fabric and every shard, and leave each shard's own pause as it was", async () => {
      const { pause } = await loadFixture(withoutGuardian);
      await expect(pause.pause(EARTH)).to.emit(pause, "Paused").withArgs(EARTH);
      expect([await pause.isPaused(FABRIC), await pause.isPaused(EARTH), await pause.isPaused(2)]).to.deep.equal([
        false,
        true,
        false,
      ]);
      await pause.pause(FABRIC);
      for (let scope = 0; scope <= LAST_SHARD; scope++) expect(await pause.isPaused(scope)).to.equal(true);
      await expect(pause.resume(FABRIC)).to.emit(pause, "Resumed").withArgs(FABRIC);
      expect([await pause.isPaused(FABRIC), await pause.isPaused(EARTH), await pause.isPaused(2)]).to.deep.equal([
        false,
        true,
        false,
      ]);
      await pause.resume(EARTH);
      expect(await scopeOf(pause, EARTH)).to.deep.equal(NOT_PAUSED);
    });

    it("refuse what is so already", async () => {
      const { pause } = await loadFixture(withoutGuardian);
      await expect(pause.resume(EARTH)).to.be.revertedWithCustomError(pause, "SystemPause_NotPaused").withArgs(EARTH);
      await pause.pause(EARTH);
      await expect(pause.pause(EARTH))
        .to.be.revertedWithCustomError(pause, "SystemPause_AlreadyPaused")
        .withArgs(EARTH);
    });

    it("refuse a scope that is not there", async () => {
      const { pause, byFirst } = await loadFixture(withGuardians);
      await pause.pause(LAST_SHARD);
      for (const call of [
        () => pause.pause(33),
        () => pause.resume(33),
        () => byFirst.guardianPause(33, HOUR),
        () => pause.isPaused(33),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(pause, "SystemPause_NoSuchScope").withArgs(33, 32);
      }
    });

    it("are the owner's alone", async () => {
      const { pause, byFirst, first, stranger } = await loadFixture(withGuardians);
      for (const [by, account] of [[byFirst, first] as const, [pause.connect(stranger), stranger] as const]) {
        for (const call of [() => by.pause(FABRIC), () => by.resume(FABRIC)]) {
          await expect(call())
            .to.be.revertedWithCustomError(pause, "OwnableUnauthorizedAccount")
            .withArgs(account.address);
        }
      }
    });
  });

  describe("guardianPause", () => {
    it("stops a scope until its time, spends the guardian and leaves the owner's pause alone", async () => {
      const { pause, byFirst, first, second } = await loadFixture(withGuardians);
      const now = BigInt(await time.latest()) + 10n;
      await time.setNextBlockTimestamp(now);
      const sent = byFirst.guardianPause(FABRIC, HOUR);
      await expect(sent)
        .to.emit(pause, "GuardianPaused")
        .withArgs(FABRIC, first.address, now + HOUR);
      await expect(sent).to.emit(pause, "GuardianSpent").withArgs(first.address);
      expect(await scopeOf(pause, FABRIC)).to.deep.equal({ ownerPaused: false, guardianUntil: now + HOUR });
      expect(await guardiansOf(pause)).to.deep.equal([
        { account: first.address, armed: false },
        { account: second.address, armed: true },
      ]);
      await time.increaseTo(now + HOUR - 1n);
      expect(await pause.isPaused(EARTH)).to.equal(true);
      await time.increaseTo(now + HOUR);
      expect(await pause.isPaused(EARTH)).to.equal(false);
    });

    it("keeps a scope in one slot", async () => {
      const { pause, byFirst } = await loadFixture(withGuardians);
      await byFirst.guardianPause(LAST_SHARD, HOUR);
      await pause.pause(LAST_SHARD);
      const slot = await ethers.provider.getStorage(pause, SCOPES_SLOT + LAST_SHARD);
      const { guardianUntil } = await scopeOf(pause, LAST_SHARD);
      expect([fieldOf(slot, 0, 1), fieldOf(slot, 1, 8), fieldOf(slot, 9, 23)]).to.deep.equal([1n, guardianUntil, 0n]);
      const state = await ethers.provider.getStorage(pause, STATE_SLOT);
      expect([fieldOf(state, 0, 20), fieldOf(state, 20, 1), fieldOf(state, 21, 8)]).to.deep.equal([0n, 0n, WEEK]);
    });

    it("is made the owner's by the owner, and ended by the owner", async () => {
      const { pause, byFirst, bySecond } = await loadFixture(withGuardians);
      await byFirst.guardianPause(EARTH, HOUR);
      await pause.pause(EARTH);
      await time.increase(2n * HOUR);
      expect(await pause.isPaused(EARTH)).to.equal(true);
      await pause.resume(EARTH);
      expect(await scopeOf(pause, EARTH)).to.deep.equal(NOT_PAUSED);
      await bySecond.guardianPause(EARTH, HOUR);
      await pause.resume(EARTH);
      expect(await scopeOf(pause, EARTH)).to.deep.equal(NOT_PAUSED);
    });

    it("leaves nothing to resume once its time is over", async () => {
      const { pause, byFirst } = await loadFixture(withGuardians);
      await byFirst.guardianPause(EARTH, HOUR);
      await time.increase(2n * HOUR);
      await expect(pause.resume(EARTH)).to.be.revertedWithCustomError(pause, "SystemPause_NotPaused").withArgs(EARTH);
    });

    it("lasts at most as long as the owner allows", async () => {
      const { pause, byFirst } = await loadFixture(withGuardians);
      for (const duration of [0n, WEEK + 1n, 2n ** 64n - 1n]) {
        await expect(byFirst.guardianPause(FABRIC, duration))
          .to.be.revertedWithCustomError(pause, "SystemPause_DurationOutOfBounds")
          .withArgs(duration, WEEK);
      }
      await byFirst.guardianPause(FABRIC, WEEK);
    });

    it("is refused where it would change nothing, and does not spend the guardian", async () => {
      const { pause, byFirst, bySecond } = await loadFixture(withGuardians);
      const now = BigInt(await time.latest()) + 10n;
      await time.setNextBlockTimestamp(now);
      await byFirst.guardianPause(FABRIC, HOUR);
      await time.setNextBlockTimestamp(now + 60n);
      await expect(bySecond.guardianPause(FABRIC, HOUR - 60n))
        .to.be.revertedWithCustomError(pause, "SystemPause_NotLonger")
        .withArgs(FABRIC, now + HOUR, now + HOUR);
      await pause.pause(EARTH);
      await expect(bySecond.guardianPause(EARTH, HOUR))
        .to.be.revertedWithCustomError(pause, "SystemPause_AlreadyPaused")
        .withArgs(EARTH);
      await bySecond.guardianPause(FABRIC, HOUR);
    });

    it("is a guardian's alone", async () => {
      const { pause, owner } = await loadFixture(withGuardians);
      const calls = [
        () => pause.guardianPause(FABRIC, HOUR),
        () => pause.revokeAnchorer(),
        () => pause.revokeMarketplace(),
      ];
      for (const call of calls) {
        await expect(call()).to.be.revertedWithCustomError(pause, "SystemPause_NotGuardian").withArgs(owner.address);
      }
    });
  });

  describe("setGuardianPauseLimit", () => {
    it("sets the longest pause of a guardian, from a minute to thirty days", async () => {
      const { pause } = await loadFixture(withGuardians);
      await expect(pause.setGuardianPauseLimit(WEEK, 60)).to.emit(pause, "GuardianPauseLimitSet").withArgs(60);
      await pause.setGuardianPauseLimit(60, 2_592_000);
      expect(await pause.guardianPauseLimit()).to.equal(2_592_000);
      for (const value of [0, 59, 2_592_001]) {
        await expect(pause.setGuardianPauseLimit(2_592_000, value))
          .to.be.revertedWithCustomError(pause, "SystemPause_LimitOutOfBounds")
          .withArgs(value, 60, 2_592_000);
      }
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { pause } = await loadFixture(withGuardians);
      await expect(pause.setGuardianPauseLimit(HOUR, 60))
        .to.be.revertedWithCustomError(pause, "Moved")
        .withArgs("guardianPauseLimit", HOUR, WEEK);
      await expect(pause.setGuardianPauseLimit(WEEK, WEEK))
        .to.be.revertedWithCustomError(pause, "Unchanged")
        .withArgs("guardianPauseLimit", WEEK);
    });
  });

  describe("retire", () => {
    it("stops everything for good and names what follows", async () => {
      const { pause, byFirst, ledger } = await loadFixture(withGuardians);
      const successor = await ledger.getAddress();
      await expect(pause.retire(successor)).to.emit(pause, "Retired").withArgs(successor);
      const { retired, successor: named } = await pause.snapshot();
      expect([retired, named]).to.deep.equal([true, successor]);
      for (let scope = 0; scope <= LAST_SHARD; scope++) expect(await pause.isPaused(scope)).to.equal(true);
      const calls = [
        () => pause.retire(ZeroAddress),
        () => pause.pause(EARTH),
        () => pause.resume(FABRIC),
        () => byFirst.guardianPause(EARTH, HOUR),
      ];
      for (const call of calls) {
        await expect(call()).to.be.revertedWithCustomError(pause, "SystemPause_IsRetired").withArgs(successor);
      }
    });

    it("may name nothing, but no account without code, nor itself", async () => {
      const { pause, stranger } = await loadFixture(withGuardians);
      await expect(pause.retire(stranger.address))
        .to.be.revertedWithCustomError(pause, "SystemPause_SuccessorWithoutCode")
        .withArgs(stranger.address);
      await expect(pause.retire(await pause.getAddress())).to.be.revertedWithCustomError(
        pause,
        "SystemPause_SuccessorIsItself",
      );
      await pause.retire(ZeroAddress);
      expect((await pause.snapshot()).retired).to.equal(true);
    });

    it("leaves guardians able to revoke the anchorer", async () => {
      const { pause, byFirst, ledger } = await loadFixture(withGuardians);
      await pause.retire(ZeroAddress);
      await byFirst.revokeAnchorer();
      expect((await ledger.snapshot()).anchorer).to.equal(ZeroAddress);
    });
  });
});
