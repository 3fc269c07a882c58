import { expect } from "chai";
import { dataSlice, id, TypedDataEncoder, toBeHex, type Wallet } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import {
  accept,
  type Batch,
  batchTypes,
  type Call,
  cancel,
  cancellationTypes,
  constitutionOf,
  domainOf,
  ownersOf,
  sign,
} from "./OwnerMultisigSigning.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

const [HOUR, DAY] = [3600, 86_400];
const [PARAMETERS, MEMBERSHIP, EMERGENCY] = [0n, 1n << 64n, 2n << 64n];
const lanes = [PARAMETERS, MEMBERSHIP, EMERGENCY];

const { interface: probeAbi } = await ethers.getContractFactory("Probe");
const { interface: abi } = await ethers.getContractFactory("OwnerMultisig");

/** A 2-of-3: `set` waits an hour, `refuse` two days, `count` and `callBack` not at all, and everything else a day. */
async function deploy2of3() {
  const owners = ownersOf(3);
  const probe = await ethers.deployContract("Probe");
  const target = await probe.getAddress();
  const delays = { set: HOUR, refuse: 2 * DAY, count: 0, callBack: 0 };
  const rules = Object.entries(delays)
    .map(([name, delay]) => ({ target, selector: probeAbi.getFunction(name)?.selector ?? "", delay }))
    .concat({ target, selector: "0x00000000", delay: 0 }, { target, selector: "0xf2fde38b", delay: 0 })
    .sort((a, b) => (a.selector < b.selector ? -1 : 1));
  const constitution = { ...constitutionOf(owners, 2), defaultDelay: DAY, rules };
  const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
  const domain = await domainOf(multisig);
  const self = await multisig.getAddress();
  const now = await time.latest();

  const set = (value: number): Call => ({ to: target, data: probeAbi.encodeFunctionData("set", [value]) });
  const count = { to: target, data: probeAbi.encodeFunctionData("count") };
  const refuse = { to: target, data: probeAbi.encodeFunctionData("refuse", [7]) };
  const batch = (calls: Call[], changes: Partial<Batch> = {}): Batch => {
    const validity = { validAfter: now, validUntil: now + 14 * DAY };
    return { calls, nonce: PARAMETERS, ...validity, epoch: 1n, memo: id("a memo"), ...changes };
  };
  const execute = async (signed: Batch, who = [0, 1]) =>
    multisig.execute(signed, await sign(domain, signed, owners, who));
  const announce = async (signed: Batch, who = [0, 1]) =>
    multisig.announce(signed, await sign(domain, signed, owners, who));
  const cancelled = async (signed: Batch, who: number[], by: Wallet[] = owners) =>
    multisig.cancel(signed, await cancel(domain, signed, by, who));
  /** The present constitution once more, accepted under the epoch to come. */
  const constitute = async (): Promise<Call> => {
    const acceptances = await accept(domain, 2, constitution, owners, [0, 1]);
    return { to: self, data: abi.encodeFunctionData("constitute", [constitution, acceptances]) };
  };
  const digestOf = (signed: Batch) => TypedDataEncoder.hash(domain, batchTypes, signed);
  const wait = { set, count, refuse, batch, execute, announce, cancelled, constitute, digestOf };
  return { multisig, probe, domain, self, target, owners, constitution, now, ...wait };
}

describe("OwnerMultisig's delays", () => {
  followsTree(new URL("./OwnerMultisigDelays.tree", import.meta.url));

  describe("execute", () => {
    it("makes a call at once whose rule lets it", async () => {
      const { multisig, probe, count, batch, execute } = await loadFixture(deploy2of3);
      expect(await multisig.delayOf(batch([count]))).to.equal(0n);
      await execute(batch([count]));
      expect(await probe.calls()).to.equal(1n);
    });

    it("refuses a call whose rule has it wait, and one that no rule names", async () => {
      const { multisig, target, set, batch, execute } = await loadFixture(deploy2of3);
      const unnamed = { to: target, data: probeAbi.encodeFunctionData("value") };
      for (const [call, delay] of [
        [set(1), HOUR],
        [unnamed, DAY],
      ] as const) {
        expect(await multisig.delayOf(batch([call]))).to.equal(delay);
        await expect(execute(batch([call])))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MustWait")
          .withArgs(delay);
      }
    });

    it("has a call wait a second where that is the longest delay", async () => {
      const { constitution, set, batch } = await loadFixture(deploy2of3);
      const brief = { ...constitution, defaultDelay: 1, rules: [] };
      const multisig = await ethers.deployContract("OwnerMultisig", [brief, []]);
      expect(await multisig.delayOf(batch([set(1)]))).to.equal(1n);
    });

    it("goes by the longest delay in a batch, wherever it stands", async () => {
      const { multisig, set, count, refuse, batch } = await loadFixture(deploy2of3);
      expect(await multisig.delayOf(batch([refuse, set(1), count]))).to.equal(2 * DAY);
      expect(await multisig.delayOf(batch([count, set(1)]))).to.equal(HOUR);
      expect(await multisig.delayOf(batch([count, set(1), refuse]))).to.equal(2 * DAY);
    });

    it("has a call without a selector wait the default, also where a rule lets zeros pass", async () => {
      const { multisig, target, batch } = await loadFixture(deploy2of3);
      for (const data of ["0x", "0x000000"])
        expect(await multisig.delayOf(batch([{ to: target, data }]))).to.equal(DAY);
      expect(await multisig.delayOf(batch([{ to: target, data: "0x00000000" }]))).to.equal(0n);
    });

    it("has every change of a contract's owner wait the longest delay, also where a rule lets it pass", async () => {
      const { multisig, target, self, batch } = await loadFixture(deploy2of3);
      for (const to of [target, self])
        for (const signature of ["transferOwnership(address)", "renounceOwnership()"]) {
          const data = dataSlice(id(signature), 0, 4);
          expect(await multisig.delayOf(batch([{ to, data }]))).to.equal(2 * DAY);
        }
    });

    it("has a new constitution wait the longest delay", async () => {
      const { multisig, batch, execute, constitute } = await loadFixture(deploy2of3);
      await expect(execute(batch([await constitute()], { nonce: MEMBERSHIP })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MustWait")
        .withArgs(2 * DAY);
    });

    it("withdraws at once by an empty batch, in every lane", async () => {
      const { multisig, batch, execute } = await loadFixture(deploy2of3);
      for (const nonce of lanes) await execute(batch([], { nonce }));
      expect((await multisig.snapshot()).nonces).to.deep.equal(lanes.map((nonce) => nonce + 1n));
    });

    it("finds each of 32 rules, and none for what lies between them", async () => {
      const { owners, batch } = await loadFixture(deploy2of3);
      const at = (i: number) => ({ target: toBeHex(10 + (i >> 2), 20), selector: toBeHex(2 * (i % 4) + 1, 4) });
      const rules = Array.from({ length: 32 }, (_, i) => ({ ...at(i), delay: i }));
      const constitution = { ...constitutionOf(owners, 2), defaultDelay: DAY, rules };
      const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
      const delayOf = (to: string, data: string) => multisig.delayOf(batch([{ to, data }]));
      for (const { target, selector, delay } of rules) {
        expect(await delayOf(target, selector)).to.equal(delay);
        expect(await delayOf(target, toBeHex(Number(selector) + 1, 4))).to.equal(DAY);
      }
      expect(await delayOf(toBeHex(9, 20), "0x00000001")).to.equal(DAY);
      expect(await delayOf(toBeHex(18, 20), "0x00000001")).to.equal(DAY);
    });
  });

  describe("announce", () => {
    it("spends the nonce and says who signed, and when the batch can be run", async () => {
      const { multisig, set, batch, announce, digestOf } = await loadFixture(deploy2of3);
      const signed = batch([set(1)], { nonce: EMERGENCY, memo: id("why") });
      const at = (await time.latest()) + 10;
      await time.setNextBlockTimestamp(at);
      await expect(announce(signed, [0, 2]))
        .to.emit(multisig, "Announced")
        .withArgs(digestOf(signed), EMERGENCY, 0b101n, id("why"), at + HOUR);
      expect((await multisig.snapshot()).nonces[2]).to.equal(EMERGENCY + 1n);
      const [parameters, membership, emergency] = await multisig.waiting();
      expect([...emergency]).to.deep.equal([dataSlice(digestOf(signed), 0, 25), 0b101n, BigInt(at)]);
      for (const nothing of [parameters, membership]) expect([...nothing]).to.deep.equal([toBeHex(0, 25), 0n, 0n]);
    });

    it("needs the threshold", async () => {
      const { multisig, set, batch, announce } = await loadFixture(deploy2of3);
      await expect(announce(batch([set(1)]), [1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BelowThreshold")
        .withArgs(1n, 2n);
    });

    it("refuses what need not wait, so that one member cannot put it off and cancel it", async () => {
      const { multisig, count, batch, announce } = await loadFixture(deploy2of3);
      for (const calls of [[count], []])
        await expect(announce(batch(calls))).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NothingToWaitFor");
    });

    it("refuses what would be over before it is ready, and takes what can be run in its last second", async () => {
      const { multisig, now, set, batch, announce } = await loadFixture(deploy2of3);
      const late = batch([set(1)], { validUntil: now + 2 * HOUR });
      await time.setNextBlockTimestamp(now + HOUR + 1);
      await expect(announce(late))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_OverBeforeReady")
        .withArgs(now + 2 * HOUR + 1, now + 2 * HOUR);
      const closed = batch([set(1)], { validAfter: now + 5 * DAY, validUntil: now + 4 * DAY });
      await expect(announce(closed))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_OverBeforeReady")
        .withArgs(now + 5 * DAY, now + 4 * DAY);
      const last = batch([set(1)], { validUntil: now + 3 * HOUR });
      await time.setNextBlockTimestamp(now + 2 * HOUR);
      await announce(last);
      await time.setNextBlockTimestamp(now + 3 * HOUR);
      await multisig.run(last);
    });

    it("refuses what has expired, and a window longer than 14 days", async () => {
      const { multisig, now, set, batch, announce } = await loadFixture(deploy2of3);
      await expect(announce(batch([set(1)], { validUntil: now + 14 * DAY + 1 })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WindowTooLong")
        .withArgs(14 * DAY + 1, 14 * DAY);
      await time.setNextBlockTimestamp(now + DAY + 1);
      await expect(announce(batch([set(1)], { validUntil: now + DAY })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_Expired")
        .withArgs(now + DAY, now + DAY + 1);
    });

    it("refuses calls that do not belong in the lane, which could never be run", async () => {
      const { multisig, self, target, set, batch, announce, constitute } = await loadFixture(deploy2of3);
      for (const nonce of [PARAMETERS, EMERGENCY])
        await expect(announce(batch([set(1), { to: self, data: "0x" }], { nonce })))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MembershipLaneOnly")
          .withArgs(1n);
      await expect(announce(batch([set(1)], { nonce: MEMBERSHIP })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotMembership")
        .withArgs(target);
      await expect(announce(batch([await constitute(), set(1)], { nonce: MEMBERSHIP })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MembershipNotAlone")
        .withArgs(2n);
    });

    it("keeps one announcement a lane, and lanes apart", async () => {
      const { multisig, set, batch, announce, digestOf } = await loadFixture(deploy2of3);
      await announce(batch([set(1)]));
      const since = await time.latest();
      await expect(announce(batch([set(2)], { nonce: 1n })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_LaneTaken")
        .withArgs(0n, since);
      const emergency = batch([set(2)], { nonce: EMERGENCY });
      await announce(emergency);
      const kept = (signed: Batch) => dataSlice(digestOf(signed), 0, 25);
      const slot = (BigInt(kept(batch([set(1)]))) << 56n) | (0b11n << 40n) | BigInt(since);
      expect(BigInt(await ethers.provider.getStorage(multisig, 3))).to.equal(slot);
      expect((await multisig.waiting()).map(({ digest }) => digest)).to.deep.equal([
        kept(batch([set(1)])),
        toBeHex(0, 25),
        kept(emergency),
      ]);
      await time.increase(HOUR);
      await multisig.run(batch([set(1)]));
      await announce(batch([set(2)], { nonce: 1n }));
    });

    it("holds up nothing in its lane that need not wait", async () => {
      const { probe, set, count, batch, announce, execute } = await loadFixture(deploy2of3);
      await announce(batch([set(1)]));
      await execute(batch([count], { nonce: 1n }));
      expect(await probe.calls()).to.equal(1n);
    });
  });

  describe("run", () => {
    it("makes the calls when the delay is over, for anyone, and says who signed", async () => {
      const { multisig, probe, set, count, batch, announce, digestOf } = await loadFixture(deploy2of3);
      const signed = batch([count, set(5)], { memo: id("why") });
      await announce(signed, [0, 2]);
      expect(await probe.calls()).to.equal(0n);
      await time.increase(HOUR);
      const [, , stranger] = await ethers.getSigners();
      await expect(multisig.connect(stranger).run(signed))
        .to.emit(multisig, "Executed")
        .withArgs(digestOf(signed), 0n, 0b101n, id("why"));
      expect([await probe.calls(), await probe.value()]).to.deep.equal([1n, 5n]);
    });

    it("waits to the last second of the delay", async () => {
      const { multisig, set, batch, announce } = await loadFixture(deploy2of3);
      await announce(batch([set(1)]));
      const ready = (await time.latest()) + HOUR;
      await time.setNextBlockTimestamp(ready - 1);
      await expect(multisig.run(batch([set(1)])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotReady")
        .withArgs(ready, ready - 1);
      await time.setNextBlockTimestamp(ready);
      await multisig.run(batch([set(1)]));
    });

    it("keeps to the batch's window, however long it has waited", async () => {
      const { multisig, now, set, batch, announce } = await loadFixture(deploy2of3);
      const later = batch([set(1)], { validAfter: now + 20 * DAY, validUntil: now + 21 * DAY });
      await announce(later);
      await time.setNextBlockTimestamp(now + 20 * DAY - 1);
      await expect(multisig.run(later))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotYetValid")
        .withArgs(now + 20 * DAY, now + 20 * DAY - 1);
      await time.setNextBlockTimestamp(now + 21 * DAY + 1);
      await expect(multisig.run(later))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_Expired")
        .withArgs(now + 21 * DAY, now + 21 * DAY + 1);
    });

    it("runs a batch once", async () => {
      const { multisig, set, batch, announce, digestOf } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      await announce(signed);
      await time.increase(HOUR);
      await multisig.run(signed);
      await expect(multisig.run(signed))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced")
        .withArgs(digestOf(signed));
      expect([...(await multisig.waiting())[0]]).to.deep.equal([toBeHex(0, 25), 0n, 0n]);
    });

    it("refuses what was never announced, and any other batch than the one that was", async () => {
      const { multisig, set, batch, announce } = await loadFixture(deploy2of3);
      const empty = batch([], { nonce: 5n });
      for (const never of [batch([set(1)]), empty])
        await expect(multisig.run(never)).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced");
      await announce(batch([set(1)]));
      await time.increase(HOUR);
      const others = [{ calls: [set(2)] }, { memo: id("another") }, { nonce: EMERGENCY }, { epoch: 2n }];
      for (const other of others)
        await expect(multisig.run(batch([set(1)], other))).to.be.revertedWithCustomError(
          multisig,
          "OwnerMultisig_NotAnnounced",
        );
      await expect(multisig.run(batch([set(1)], { nonce: 3n << 64n })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_UnknownLane")
        .withArgs(3n);
    });

    it("leaves a batch waiting whose call fails", async () => {
      const { multisig, target, set, refuse, batch, announce } = await loadFixture(deploy2of3);
      const signed = batch([set(1), refuse]);
      await announce(signed);
      const [before] = await multisig.waiting();
      await time.increase(2 * DAY);
      await expect(multisig.run(signed))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(1n, target, probeAbi.encodeErrorResult("Probe_Refused", [7]));
      expect((await multisig.waiting())[0]).to.deep.equal(before);
    });

    it("lets no batch execute, announce, run or cancel another from within", async () => {
      const { multisig, domain, owners, target, set, count, batch, announce, execute } = await loadFixture(deploy2of3);
      const ready = batch([set(1)], { nonce: EMERGENCY });
      await announce(ready);
      await time.increase(HOUR);
      const [atOnce, later] = [batch([count], { nonce: EMERGENCY + 1n }), batch([set(2)], { nonce: EMERGENCY + 1n })];
      const ways = [
        abi.encodeFunctionData("execute", [atOnce, await sign(domain, atOnce, owners, [0, 1])]),
        abi.encodeFunctionData("announce", [later, await sign(domain, later, owners, [0, 1])]),
        abi.encodeFunctionData("run", [ready]),
        abi.encodeFunctionData("cancel", [ready, await cancel(domain, ready, owners, [2])]),
      ];
      for (const way of ways) {
        const outer = { to: target, data: probeAbi.encodeFunctionData("callBack", [way]) };
        await expect(execute(batch([outer])))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
          .withArgs(0n, target, abi.encodeErrorResult("ReentrancyGuardReentrantCall"));
      }
    });
  });

  describe("cancel", () => {
    it("takes one member, whichever, and anyone to submit it", async () => {
      const { multisig, set, batch, announce, cancelled, digestOf } = await loadFixture(deploy2of3);
      for (const [i, nonce] of [PARAMETERS, 1n, EMERGENCY].entries()) {
        const signed = batch([set(1)], { nonce });
        await announce(signed, [0, 1]);
        await expect(cancelled(signed, [i]))
          .to.emit(multisig, "Cancelled")
          .withArgs(digestOf(signed), nonce, 1 << i);
        await time.increase(HOUR);
        await expect(multisig.run(signed)).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced");
      }
    });

    it("takes nobody else", async () => {
      const { multisig, set, batch, announce, cancelled } = await loadFixture(deploy2of3);
      await announce(batch([set(1)]));
      await expect(cancelled(batch([set(1)]), []))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BelowThreshold")
        .withArgs(0n, 1n);
      await expect(cancelled(batch([set(1)]), [0], ownersOf(3, "stranger")))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
        .withArgs(1n);
    });

    it("needs the threshold for a change of the constitution, so that nobody can cling to office", async () => {
      const { multisig, batch, announce, cancelled, constitute } = await loadFixture(deploy2of3);
      const signed = batch([await constitute()], { nonce: MEMBERSHIP });
      await announce(signed);
      await expect(cancelled(signed, [2]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BelowThreshold")
        .withArgs(1n, 2n);
      await cancelled(signed, [1, 2]);
      await time.increase(2 * DAY);
      await expect(multisig.run(signed)).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced");
    });

    it("is a decision of its own: signatures that decided the batch, or cancel another, do not cancel it", async () => {
      const { multisig, domain, owners, set, batch, announce } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      await announce(signed);
      for (const signatures of [
        await sign(domain, signed, owners, [0, 1]),
        await cancel(domain, batch([set(2)]), owners, [0]),
      ])
        await expect(multisig.cancel(signed, signatures))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
          .withArgs(1n);
      expect(await multisig.cancellationDigestOf(signed)).to.equal(
        TypedDataEncoder.hash(domain, cancellationTypes, { batch: signed }),
      );
    });

    it("refuses what does not wait", async () => {
      const { multisig, count, set, batch, execute, announce, cancelled } = await loadFixture(deploy2of3);
      await execute(batch([count]));
      await expect(cancelled(batch([count]), [0])).to.be.revertedWithCustomError(
        multisig,
        "OwnerMultisig_NotAnnounced",
      );
      const signed = batch([set(1)], { nonce: 1n });
      await announce(signed);
      await cancelled(signed, [0]);
      await expect(cancelled(signed, [0])).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced");
    });

    it("leaves the nonce spent, so that the batch cannot be announced again", async () => {
      const { multisig, set, batch, announce, cancelled } = await loadFixture(deploy2of3);
      await announce(batch([set(1)]));
      await cancelled(batch([set(1)]), [2]);
      await expect(announce(batch([set(1)])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongNonce")
        .withArgs(1n, 0n);
      await announce(batch([set(2)], { nonce: 1n }));
    });

    it("takes no signature once the batch's time is over, so that no lane stays taken", async () => {
      const { multisig, now, set, batch, announce, constitute, digestOf } = await loadFixture(deploy2of3);
      const parameters = batch([set(1)], { validUntil: now + 3 * DAY });
      const membership = batch([await constitute()], { nonce: MEMBERSHIP, validUntil: now + 3 * DAY });
      for (const signed of [parameters, membership]) await announce(signed);
      await time.setNextBlockTimestamp(now + 3 * DAY);
      await expect(multisig.cancel(parameters, "0x")).to.be.revertedWithCustomError(
        multisig,
        "OwnerMultisig_BelowThreshold",
      );
      await time.setNextBlockTimestamp(now + 3 * DAY + 1);
      for (const signed of [parameters, membership])
        await expect(multisig.cancel(signed, "0x"))
          .to.emit(multisig, "Cancelled")
          .withArgs(digestOf(signed), signed.nonce, 0n);
      await announce(batch([set(1)], { nonce: 1n }));
    });
  });

  describe("a new constitution", () => {
    it("is run when it has waited the longest delay, and voids what waits in every lane", async () => {
      const { multisig, set, batch, announce, constitute } = await loadFixture(deploy2of3);
      const change = batch([await constitute()], { nonce: MEMBERSHIP });
      await announce(change);
      const ready = (await time.latest()) + 2 * DAY;
      const others = [batch([set(1)]), batch([set(2)], { nonce: EMERGENCY })];
      for (const other of others) await announce(other);

      await time.setNextBlockTimestamp(ready - 1);
      await expect(multisig.run(change))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotReady")
        .withArgs(ready, ready - 1);
      await time.setNextBlockTimestamp(ready);
      await multisig.run(change);
      expect((await multisig.snapshot()).epoch).to.equal(2n);
      for (const signed of [...others, change])
        await expect(multisig.run(signed)).to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotAnnounced");
      for (const [i, nonce] of [1n, MEMBERSHIP + 1n, EMERGENCY + 1n].entries()) {
        const anew = batch([i === 1 ? await constitute() : set(3)], { nonce, epoch: 2n });
        await announce(anew);
      }
    });
  });
});
