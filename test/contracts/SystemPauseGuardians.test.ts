import { expect } from "chai";
import { concat, Wallet, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import { signAcceptance } from "./governedFamily.ts";
import {
  DEADLINE,
  deployGuardedPause,
  deployPause,
  EARTH,
  FABRIC,
  guardiansOf,
  HOUR,
  WEEK,
} from "./SystemPauseGuardians.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, setCode, time } = networkHelpers;

async function withoutGuardian() {
  return deployPause(ethers);
}

async function withGuardians() {
  return deployGuardedPause(ethers);
}

describe("SystemPause: guardians", () => {
  followsTree(new URL("./SystemPauseGuardians.tree", import.meta.url));

  describe("a guardian", () => {
    it("may revoke the anchorer, once", async () => {
      const { pause, byFirst, ledger, first } = await loadFixture(withGuardians);
      await expect(byFirst.revokeAnchorer()).to.emit(pause, "GuardianSpent").withArgs(first.address);
      expect((await ledger.snapshot()).anchorer).to.equal(ZeroAddress);
    });

    it("may revoke the marketplace, once", async () => {
      const { pause, byFirst, nodes, first } = await loadFixture(withGuardians);
      await expect(byFirst.revokeMarketplace()).to.emit(pause, "GuardianSpent").withArgs(first.address);
      expect(await nodes.marketplace()).to.equal(ZeroAddress);
    });

    it("is spent by any of its acts for all of them, until the owner arms it again", async () => {
      const { pause, byFirst, first } = await loadFixture(withGuardians);
      const acts = [
        () => byFirst.guardianPause(FABRIC, HOUR),
        () => byFirst.revokeAnchorer(),
        () => byFirst.revokeMarketplace(),
      ];
      for (const act of acts) {
        await act();
        for (const again of acts) {
          await expect(again())
            .to.be.revertedWithCustomError(pause, "SystemPause_GuardianIsSpent")
            .withArgs(first.address);
        }
        await expect(pause.armGuardian(first.address)).to.emit(pause, "GuardianArmed").withArgs(first.address);
      }
      await expect(pause.armGuardian(first.address))
        .to.be.revertedWithCustomError(pause, "SystemPause_GuardianIsArmed")
        .withArgs(first.address);
    });

    it("may change nothing about guardians, limits or retirement", async () => {
      const { pause, byFirst, first, second, stranger } = await loadFixture(withGuardians);
      const calls = [
        () => byFirst.appointGuardian(first.address, DEADLINE, "0x"),
        () => byFirst.dismissGuardian(second.address),
        () => byFirst.armGuardian(first.address),
        () => byFirst.setGuardianPauseLimit(WEEK, HOUR),
        () => byFirst.retire(ZeroAddress),
        () => byFirst.transferOwnership(stranger.address),
        () => byFirst.transferOwnership(second.address),
      ];
      for (const call of calls) {
        await expect(call()).to.be.revertedWithCustomError(pause, "OwnableUnauthorizedAccount").withArgs(first.address);
      }
    });

    it("cannot be made the owner of what binds it", async () => {
      const { pause, first, stranger, appoint } = await loadFixture(withGuardians);
      await expect(pause.transferOwnership(first.address))
        .to.be.revertedWithCustomError(pause, "SystemPause_GuardianCannotOwn")
        .withArgs(first.address);
      await pause.transferOwnership(stranger.address);
      await expect(appoint(stranger))
        .to.be.revertedWithCustomError(pause, "SystemPause_CannotBeGuardian")
        .withArgs(stranger.address);
      await pause.connect(stranger).acceptOwnership();
      expect(await pause.owner()).to.equal(stranger.address);
    });
  });

  describe("appointGuardian", () => {
    it("makes an account a guardian, armed, that proved to hold its key", async () => {
      const { pause, appoint, first } = await loadFixture(withoutGuardian);
      expect(await pause.isGuardian(first.address)).to.equal(false);
      await expect(appoint(first)).to.emit(pause, "GuardianAppointed").withArgs(first.address);
      expect(await pause.isGuardian(first.address)).to.equal(true);
      expect(await guardiansOf(pause)).to.deep.equal([{ account: first.address, armed: true }]);
      expect(await pause.nonces(first.address)).to.equal(1);
    });

    it("refuses an acceptance by another, for another, with another deadline, or for another contract", async () => {
      const { pause, nodes, first, second } = await loadFixture(withoutGuardian);
      const acceptances = [
        await signAcceptance(pause, second, first.address, DEADLINE),
        await signAcceptance(pause, first, second.address, DEADLINE),
        await signAcceptance(pause, first, first.address, DEADLINE + 1),
        await signAcceptance(pause, first, first.address, DEADLINE, await nodes.getAddress()),
        "0x",
      ];
      for (const acceptance of acceptances) {
        await expect(pause.appointGuardian(first.address, DEADLINE, acceptance))
          .to.be.revertedWithCustomError(pause, "SystemPause_BadAcceptance")
          .withArgs(first.address, 0);
      }
    });

    it("refuses an acceptance that was used before the guardian was dismissed", async () => {
      const { pause, first } = await loadFixture(withoutGuardian);
      const acceptance = await signAcceptance(pause, first, first.address, DEADLINE);
      await pause.appointGuardian(first.address, DEADLINE, acceptance);
      await pause.dismissGuardian(first.address);
      await expect(pause.appointGuardian(first.address, DEADLINE, acceptance))
        .to.be.revertedWithCustomError(pause, "SystemPause_BadAcceptance")
        .withArgs(first.address, 1);
    });

    it("takes an acceptance until its deadline, and refuses it later", async () => {
      const { pause, first, second } = await loadFixture(withoutGuardian);
      const deadline = (await time.latest()) + 1000;
      const acceptance = await signAcceptance(pause, first, first.address, deadline);
      await time.setNextBlockTimestamp(deadline);
      await pause.appointGuardian(
        second.address,
        deadline,
        await signAcceptance(pause, second, second.address, deadline),
      );
      await expect(pause.appointGuardian(first.address, deadline, acceptance))
        .to.be.revertedWithCustomError(pause, "SystemPause_AcceptanceExpired")
        .withArgs(deadline, deadline + 1);
    });

    it("refuses whoever holds another office", async () => {
      const { pause, appoint, owner, anchorer, marketplace, stranger } = await loadFixture(withGuardians);
      for (const account of [owner, anchorer, marketplace]) {
        await expect(appoint(account))
          .to.be.revertedWithCustomError(pause, "SystemPause_CannotBeGuardian")
          .withArgs(account.address);
      }
      // Now no office is empty, and the zero address holds none.
      await pause.transferOwnership(stranger);
      for (const account of [ZeroAddress, await pause.getAddress()]) {
        await expect(pause.appointGuardian(account, DEADLINE, "0x"))
          .to.be.revertedWithCustomError(pause, "SystemPause_CannotBeGuardian")
          .withArgs(account);
      }
    });

    it("refuses one who is a guardian, and the sixth", async () => {
      const { pause, appoint, guardians } = await loadFixture(withoutGuardian);
      const [first, second, third, fourth, fifth, sixth] = guardians;
      if (!first || !second || !third || !fourth || !fifth || !sixth) throw new Error("too few signers");
      await appoint(first);
      await expect(appoint(first))
        .to.be.revertedWithCustomError(pause, "SystemPause_AlreadyGuardian")
        .withArgs(first.address);
      for (const guardian of [second, third, fourth, fifth]) await appoint(guardian);
      await expect(appoint(sixth)).to.be.revertedWithCustomError(pause, "SystemPause_TooManyGuardians").withArgs(5);
    });

    it("asks a contract by ERC-1271, and the key of an account with an EIP-7702 delegation", async () => {
      const { pause, first, stranger } = await loadFixture(withoutGuardian);
      const account = await ethers.deployContract("SignerAccount", [first.address]);
      const address = await account.getAddress();
      await pause.appointGuardian(address, DEADLINE, await signAcceptance(pause, first, address, DEADLINE));

      const delegated = Wallet.createRandom();
      const code = await ethers.deployContract("SignerAccount", [stranger.address]);
      await setCode(delegated.address, concat(["0xef0100", await code.getAddress()]));
      const byCode = await signAcceptance(pause, stranger, delegated.address, DEADLINE);
      await expect(pause.appointGuardian(delegated.address, DEADLINE, byCode)).to.be.revertedWithCustomError(
        pause,
        "SystemPause_BadAcceptance",
      );
      const byKey = await signAcceptance(pause, delegated, delegated.address, DEADLINE);
      await pause.appointGuardian(delegated.address, DEADLINE, byKey);

      // As long as a delegation, and none: code that answers nothing.
      const coded = Wallet.createRandom();
      await setCode(coded.address, `0x${"00".repeat(23)}`);
      const itsKey = await signAcceptance(pause, coded, coded.address, DEADLINE);
      await expect(pause.appointGuardian(coded.address, DEADLINE, itsKey)).to.be.revertedWithCustomError(
        pause,
        "SystemPause_BadAcceptance",
      );
    });
  });

  describe("dismissGuardian", () => {
    it("takes the guardian's power and keeps the others and the pause it set", async () => {
      const { pause, byFirst, first, second } = await loadFixture(withGuardians);
      await byFirst.guardianPause(EARTH, HOUR);
      await expect(pause.dismissGuardian(first.address)).to.emit(pause, "GuardianDismissed").withArgs(first.address);
      expect(await guardiansOf(pause)).to.deep.equal([{ account: second.address, armed: true }]);
      expect(await pause.isPaused(EARTH)).to.equal(true);
      await expect(byFirst.guardianPause(FABRIC, HOUR)).to.be.revertedWithCustomError(pause, "SystemPause_NotGuardian");
    });

    it("refuses, as arming does, an account that is no guardian", async () => {
      const { pause, stranger } = await loadFixture(withGuardians);
      for (const call of [() => pause.dismissGuardian(stranger.address), () => pause.armGuardian(stranger.address)]) {
        await expect(call()).to.be.revertedWithCustomError(pause, "SystemPause_NotGuardian").withArgs(stranger.address);
      }
    });
  });
});
