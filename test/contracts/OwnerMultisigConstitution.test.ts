import { expect } from "chai";
import { concat, getCreateAddress, id, TypedDataEncoder, toBeHex, type Wallet } from "ethers";
import { network } from "hardhat";
import type { IOwnerMultisig } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import {
  accept,
  acceptanceTypes,
  type Batch,
  type Call,
  type Constitution,
  constitutionOf,
  domainOf,
  ownersOf,
  sign,
} from "./OwnerMultisigSigning.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

const MEMBERSHIP = 1n << 64n;

const { interface: abi } = await ethers.getContractFactory("OwnerMultisig");

/** The constitution as bytes, so that what was given can be held against what is read back. */
const encoded = (constitution: IOwnerMultisig.ConstitutionStruct): string =>
  abi.encodeFunctionData("constitute", [constitution, "0x"]);

/** A 2-of-3 of the old owners, and what it takes to give it to the new ones, 3-of-4. */
async function deploy2of3() {
  const old = ownersOf(3);
  const founding = constitutionOf(old, 2);
  const multisig = await ethers.deployContract("OwnerMultisig", [founding, []]);
  const probe = await ethers.deployContract("Probe");
  const domain = await domainOf(multisig);
  const self = await multisig.getAddress();
  const now = await time.latest();
  const young = ownersOf(4, "new owner");
  const next = constitutionOf(young, 3);

  const batch = (calls: Call[], changes: Partial<Batch> = {}): Batch => {
    const validity = { validAfter: now, validUntil: now + 86_400 };
    return { calls, nonce: MEMBERSHIP, ...validity, epoch: 1n, memo: id("a change of owners"), ...changes };
  };
  const constitute = (constitution: Constitution, acceptances: string): Call => ({
    to: self,
    data: multisig.interface.encodeFunctionData("constitute", [constitution, acceptances]),
  });
  const execute = async (signed: Batch, owners: Wallet[], who: number[]) =>
    multisig.execute(signed, await sign(domain, signed, owners, who));
  /** The old owners put `next` in force. */
  const change = async () =>
    execute(batch([constitute(next, await accept(domain, 2, next, young, [0, 1, 2]))]), old, [0, 1]);
  const count = { to: await probe.getAddress(), data: probe.interface.encodeFunctionData("count") };
  return { multisig, probe, domain, self, old, founding, young, next, batch, constitute, execute, change, count };
}

describe("OwnerMultisig's constitution", () => {
  followsTree(new URL("./OwnerMultisigConstitution.tree", import.meta.url));

  it("may have a member at the first address that is not kept for precompiles", async () => {
    const key = ethers.getAddress(toBeHex(0x10000, 20));
    const constitution = { ...constitutionOf(ownersOf(1), 1), members: [{ kind: 1, weight: 1, key }] };
    const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
    expect(encoded((await multisig.snapshot()).constitution)).to.equal(encoded(constitution));
  });

  describe("constitute", () => {
    it("is for the multisig alone, also when a target calls back", async () => {
      const { multisig, probe, next, old, batch, constitute, execute } = await loadFixture(deploy2of3);
      const [anyone] = await ethers.getSigners();
      await expect(multisig.constitute(next, "0x"))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_OnlySelf")
        .withArgs(anyone.address);

      const target = await probe.getAddress();
      const { data } = constitute(next, "0x");
      const callBack = { to: target, data: probe.interface.encodeFunctionData("callBack", [data]) };
      await expect(execute(batch([callBack], { nonce: 0n }), old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(0n, target, multisig.interface.encodeErrorResult("OwnerMultisig_OnlySelf", [target]));
    });

    it("puts what the old order and the new accept in force, with one event, and the lanes go on", async () => {
      const { multisig, old, young, next, batch, count, execute, change } = await loadFixture(deploy2of3);
      await execute(batch([count], { nonce: 0n }), old, [0, 2]);
      await change();

      const [event, ...more] = await multisig.queryFilter(multisig.filters.Constituted(2n));
      expect(more).to.deep.equal([]);
      expect(event && encoded(event.args.constitution)).to.equal(encoded(next));
      const { epoch, nonces, constitution } = await multisig.snapshot();
      expect(epoch).to.equal(2n);
      expect(nonces).to.deep.equal([1n, MEMBERSHIP + 1n, 2n << 64n]);
      expect(encoded(constitution)).to.equal(encoded(next));
      await execute(batch([count], { nonce: 1n, epoch: 2n }), young, [1, 2, 3]);
    });

    it("leaves those who left without a say, and voids what they signed", async () => {
      const { multisig, old, batch, count, execute, change } = await loadFixture(deploy2of3);
      const lying = batch([count], { nonce: 0n });
      await change();
      await expect(execute(lying, old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongEpoch")
        .withArgs(2n, 1n);
      await expect(execute({ ...lying, epoch: 2n }, old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
        .withArgs(1n);
    });

    it("has its acceptance as EIP-712 typed data that a wallet can show", async () => {
      const { multisig, domain, next } = await loadFixture(deploy2of3);
      const rules = [{ target: toBeHex(7, 20), selector: "0x12345678", delay: 9 }];
      const constitution = { ...next, defaultDelay: 5, rules };
      expect(await multisig.acceptanceDigestOf(2, constitution)).to.equal(
        TypedDataEncoder.hash(domain, acceptanceTypes, { epoch: 2, constitution }),
      );
    });

    it("does not enter into force before the new owners accept: a mistyped key locks nobody out", async () => {
      const { multisig, self, domain, old, young, next, founding, batch, constitute, execute } =
        await loadFixture(deploy2of3);
      const refused = async (acceptances: string, error: string, args: bigint[]) =>
        expect(execute(batch([constitute(next, acceptances)]), old, [0, 1]))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
          .withArgs(0n, self, Reflect.apply(multisig.interface.encodeErrorResult, multisig.interface, [error, args]));

      await refused(await accept(domain, 2, next, young, [0, 1]), "OwnerMultisig_BelowThreshold", [2n, 3n]);
      await refused(await accept(domain, 1, next, young, [0, 1, 2]), "OwnerMultisig_BadSignature", [1n]);
      await refused(await accept(domain, 2, founding, young, [0, 1, 2]), "OwnerMultisig_BadSignature", [1n]);
      await refused(await accept(domain, 2, next, old, [0, 1, 2]), "OwnerMultisig_BadSignature", [1n]);
      expect((await multisig.snapshot()).epoch).to.equal(1n);
    });

    it("takes an acceptance for one epoch only", async () => {
      const { multisig, self, domain, old, young, next, founding, batch, constitute, execute, change } =
        await loadFixture(deploy2of3);
      const stale = await accept(domain, 2, next, young, [0, 1, 2]);
      await change();
      const back = constitute(founding, await accept(domain, 3, founding, old, [0, 1]));
      await execute(batch([back], { nonce: MEMBERSHIP + 1n, epoch: 2n }), young, [0, 1, 2]);
      await expect(execute(batch([constitute(next, stale)], { nonce: MEMBERSHIP + 2n, epoch: 3n }), old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(0n, self, multisig.interface.encodeErrorResult("OwnerMultisig_BadSignature", [1n]));
    });

    it("voids all signatures when it is the present one once more", async () => {
      const { multisig, domain, old, founding, batch, count, constitute, execute } = await loadFixture(deploy2of3);
      const again = constitute(founding, await accept(domain, 2, founding, old, [1, 2]));
      await execute(batch([again]), old, [0, 1]);
      await expect(execute(batch([count], { nonce: 0n }), old, [0, 1])).to.be.revertedWithCustomError(
        multisig,
        "OwnerMultisig_WrongEpoch",
      );
      expect(encoded((await multisig.snapshot()).constitution)).to.equal(encoded(founding));
    });
  });

  describe("refuses", () => {
    const owners = ownersOf(17);
    const three = constitutionOf(owners.slice(0, 3), 2);
    const altered = (i: number, change: Partial<Constitution["members"][0]>): Constitution => ({
      ...three,
      members: three.members.map((member, j) => (i === j ? { ...member, ...change } : member)),
    });
    const rule = (target: number, selector: string, delay = 0) => ({ target: toBeHex(target, 20), selector, delay });
    const manyRules = Array.from({ length: 33 }, (_, i) => rule(i, "0x00000000"));

    /** Holds both ways in, the constructor and `constitute`, to the same error. */
    async function expectRefused(constitution: Constitution, error: string, args: unknown[]) {
      const { multisig, self, old, batch, constitute, execute } = await loadFixture(deploy2of3);
      await expect(ethers.deployContract("OwnerMultisig", [constitution, []]))
        .to.be.revertedWithCustomError(multisig, error)
        .withArgs(...args);
      await expect(execute(batch([constitute(constitution, "0x")]), old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(0n, self, Reflect.apply(multisig.interface.encodeErrorResult, multisig.interface, [error, args]));
    }

    it("no member at all", () => expectRefused({ ...three, members: [] }, "OwnerMultisig_MemberCount", [0n, 16n]));

    it("a seventeenth member", () => expectRefused(constitutionOf(owners, 2), "OwnerMultisig_MemberCount", [17n, 16n]));

    it("a thirty-third rule", () =>
      expectRefused({ ...three, rules: manyRules }, "OwnerMultisig_RuleCount", [33n, 32n]));

    it("a threshold of 0, by which anybody would decide", () =>
      expectRefused({ ...three, threshold: 0 }, "OwnerMultisig_ThresholdOutOfReach", [0n, 3n]));

    it("a threshold beyond the sum of weights, by which nobody would", () =>
      expectRefused({ ...three, threshold: 4 }, "OwnerMultisig_ThresholdOutOfReach", [4n, 3n]));

    for (const kind of [0, 4, 255]) {
      it(`members of kind ${kind}, which nothing would check`, () =>
        expectRefused(altered(1, { kind }), "OwnerMultisig_KindNotSupported", [2n, kind]));
    }

    it("a member without weight", () => expectRefused(altered(2, { weight: 0 }), "OwnerMultisig_NoWeight", [3n]));

    for (const length of [0, 19, 21, 32]) {
      it(`a key of ${length} bytes, which is no address`, () =>
        expectRefused(altered(0, { key: `0x${"12".repeat(length)}` }), "OwnerMultisig_KeyLength", [1n, 20n, length]));
    }

    it("a member who appears twice, and would count twice", () => {
      const key = three.members[0]?.key ?? "";
      return expectRefused(altered(1, { key }), "OwnerMultisig_KeyNotRising", [2n, key]);
    });

    it("members out of order", () => {
      const members = [...three.members].reverse();
      return expectRefused({ ...three, members }, "OwnerMultisig_KeyNotRising", [2n, three.members[1]?.key]);
    });

    for (const [name, reserved] of [
      ["the zero address", 0],
      ["a precompile", 1],
      ["P256VERIFY", 0x100],
      ["an address kept for precompiles", 0xffff],
    ] as const) {
      it(`${name} as a member`, () => {
        const key = ethers.getAddress(toBeHex(reserved, 20));
        return expectRefused(altered(0, { key }), "OwnerMultisig_ReservedAddress", [1n, key]);
      });
    }

    it("itself as a member", async () => {
      const { multisig, self, old, batch, constitute, execute } = await loadFixture(deploy2of3);
      const only = (key: string) => ({ ...three, threshold: 1, members: [{ kind: 1, weight: 1, key }] });
      const [deployer] = await ethers.getSigners();
      const unborn = getCreateAddress({ from: deployer.address, nonce: await deployer.getNonce() });
      await expect(ethers.deployContract("OwnerMultisig", [only(unborn), []]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_ReservedAddress")
        .withArgs(1n, unborn);
      await expect(execute(batch([constitute(only(self), "0x")]), old, [0, 1]))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(0n, self, multisig.interface.encodeErrorResult("OwnerMultisig_ReservedAddress", [1n, self]));
    });

    it("a contract as an EOA", async () => {
      const { probe } = await loadFixture(deploy2of3);
      const key = await probe.getAddress();
      const only = { ...three, threshold: 1, members: [{ kind: 1, weight: 1, key }] };
      await expectRefused(only, "OwnerMultisig_NotEoa", [1n, key]);
    });

    for (const [name, rules] of [
      ["the same rule twice", [rule(5, "0x00000001"), rule(5, "0x00000001")]],
      ["selectors out of order", [rule(5, "0x00000002"), rule(5, "0x00000001")]],
      ["targets out of order", [rule(6, "0x00000001"), rule(5, "0x00000002")]],
    ] as const) {
      it(name, () => expectRefused({ ...three, rules: [...rules] }, "OwnerMultisig_RuleNotRising", [1n]));
    }

    it("a delay in a rule beyond 30 days", () =>
      expectRefused({ ...three, rules: [rule(5, "0x00000001", 2_592_001)] }, "OwnerMultisig_DelayTooLong", [
        2_592_001n,
        2_592_000n,
      ]));

    it("a default delay beyond 30 days, which could bind the owners for a lifetime", () =>
      expectRefused({ ...three, defaultDelay: 2 ** 32 - 1 }, "OwnerMultisig_DelayTooLong", [
        2n ** 32n - 1n,
        2_592_000n,
      ]));
  });

  it("is told with its epoch from the first one on, as owners who look it up have it", async () => {
    const { multisig, founding, next, change } = await loadFixture(deploy2of3);
    await change();
    const told = await multisig.queryFilter(multisig.filters.Constituted());
    expect(told.map(({ args }) => [args.epoch, encoded(args.constitution)])).to.deep.equal([
      [1n, encoded(founding)],
      [2n, encoded(next)],
    ]);
  });

  it("is kept as it was given, at its largest", async () => {
    const owners = ownersOf(16);
    const members = constitutionOf(owners, 1).members.map((member, i) => ({ ...member, weight: 65_535 - i }));
    const threshold = members.reduce((sum, { weight }) => sum + weight, 0);
    const rules = Array.from({ length: 32 }, (_, i) => {
      const target = concat(["0xff", toBeHex(i >> 1, 19)]);
      return { target, selector: i % 2 === 0 ? "0x00000000" : "0xffffffff", delay: 2_592_000 - i };
    });
    const constitution = { members, threshold, defaultDelay: 86_400, rules };
    const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
    expect(encoded((await multisig.snapshot()).constitution)).to.equal(encoded(constitution));
  });
});
