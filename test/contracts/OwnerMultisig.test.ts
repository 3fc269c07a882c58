import { expect } from "chai";
import { concat, dataSlice, getCreateAddress, id, TypedDataEncoder, toBeHex, Wallet } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import {
  type Batch,
  batchTypes,
  type Call,
  type Constitution,
  constitutionOf,
  domainOf,
  ownersOf,
  sign,
} from "./OwnerMultisigSigning.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

const DAY = 86_400;
const [PARAMETERS, MEMBERSHIP, EMERGENCY] = [0n, 1n, 2n];

async function deploy(constitution: Constitution) {
  const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
  const probe = await ethers.deployContract("Probe");
  return { multisig, probe, domain: await domainOf(multisig), target: await probe.getAddress() };
}

async function deploy2of3() {
  const owners = ownersOf(3);
  const deployed = await deploy(constitutionOf(owners, 2));
  const { multisig, probe, domain, target } = deployed;
  const now = await time.latest();
  const set = (value: number): Call => ({ to: target, data: probe.interface.encodeFunctionData("set", [value]) });
  const batch = (calls: Call[], changes: Partial<Batch> = {}): Batch => {
    const validity = { validAfter: now, validUntil: now + DAY };
    return { calls, nonce: 0n, ...validity, epoch: 1n, memo: id("a memo"), ...changes };
  };
  /** Executes the batch with good signatures of the owners in `who`. */
  const execute = async (signed: Batch, who = [0, 1]) =>
    multisig.execute(signed, await sign(domain, signed, owners, who));
  return { ...deployed, owners, now, set, batch, execute };
}

const nonce = (lane: bigint, seq: bigint): bigint => (lane << 64n) | seq;

describe("OwnerMultisig", () => {
  followsTree(new URL("./OwnerMultisig.tree", import.meta.url));

  describe("execute", () => {
    it("makes the calls in order, whoever submits them", async () => {
      const { multisig, domain, probe, owners, set, batch } = await loadFixture(deploy2of3);
      const [, , stranger] = await ethers.getSigners();
      const signed = batch([set(1), set(2)]);
      await multisig.connect(stranger).execute(signed, await sign(domain, signed, owners, [0, 2]));
      expect(await probe.value()).to.equal(2n);
    });

    it("says which decision, which nonce, who signed, and the memo", async () => {
      const { multisig, domain, set, batch, execute } = await loadFixture(deploy2of3);
      const signed = batch([set(1)], { nonce: nonce(EMERGENCY, 0n), memo: id("why") });
      const digest = TypedDataEncoder.hash(domain, batchTypes, signed);
      expect(await multisig.digestOf(signed)).to.equal(digest);
      await expect(execute(signed, [0, 2]))
        .to.emit(multisig, "Executed")
        .withArgs(digest, nonce(EMERGENCY, 0n), 0b101n, id("why"));
    });

    it("counts a signer who was not needed", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      const executed = multisig.filters.Executed();
      await execute(batch([set(1)]), [0, 1, 2]);
      expect((await multisig.queryFilter(executed)).map(({ args }) => args.signers)).to.deep.equal([0b111n]);
    });

    it("refuses calls that are not well formed, though their bytes are what was signed", async () => {
      const { multisig, probe, domain, target, owners, set, batch } = await loadFixture(deploy2of3);
      const [relayer] = await ethers.getSigners();
      const signed = batch([set(1)]);
      const all = await sign(domain, signed, owners, [0, 1]);
      const good = multisig.interface.encodeFunctionData("execute", [signed, all]);
      const address = target.slice(2).toLowerCase();
      const call = set(1).data.slice(2);
      const word = (value: number) => toBeHex(value, 32).slice(2);
      const malformed = [
        good.replace(`${"0".repeat(24)}${address}`, `${"0".repeat(23)}1${address}`),
        good.replace(`${word(36)}${call}`, `${word(2 ** 20)}${call}`),
      ];
      for (const data of malformed) {
        expect(data).to.not.equal(good);
        await expect(relayer.sendTransaction({ to: domain.verifyingContract, data })).to.be.revertedWithoutReason(
          ethers,
        );
      }
      await relayer.sendTransaction({ to: domain.verifyingContract, data: good });
      expect(await probe.value()).to.equal(1n);
    });

    it("refuses a lane that does not exist", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      await expect(execute(batch([set(1)], { nonce: nonce(3n, 0n) })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_UnknownLane")
        .withArgs(3n);
      await expect(execute(batch([set(1)], { nonce: 1n << 255n })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_UnknownLane")
        .withArgs(1n << 191n);
    });

    it("executes a batch once", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      await execute(batch([set(1)]));
      await expect(execute(batch([set(1)])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongNonce")
        .withArgs(1n, 0n);
    });

    it("goes by each lane's order, and no lane waits for another", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      for (const lane of [PARAMETERS, MEMBERSHIP, EMERGENCY]) {
        const calls = lane === MEMBERSHIP ? [] : [set(1)];
        const early = nonce(lane, 1n);
        await expect(execute(batch(calls, { nonce: early })))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongNonce")
          .withArgs(nonce(lane, 0n), early);
      }
      await execute(batch([set(1)], { nonce: nonce(EMERGENCY, 0n) }));
      await execute(batch([], { nonce: nonce(MEMBERSHIP, 0n) }));
      await execute(batch([set(2)], { nonce: nonce(EMERGENCY, 1n) }));
      expect((await multisig.snapshot()).nonces).to.deep.equal([
        nonce(PARAMETERS, 0n),
        nonce(MEMBERSHIP, 1n),
        nonce(EMERGENCY, 2n),
      ]);
    });

    it("compares the nonce whole, also above the counter's 32 bits", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      await expect(execute(batch([set(1)], { nonce: 1n << 32n })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongNonce")
        .withArgs(0n, 1n << 32n);
    });

    it("ends a lane at its counter's last value, rather than to begin again or to touch the next lane", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      const slot = "0x2";
      const at = await multisig.getAddress();
      const state = BigInt(await ethers.provider.getStorage(at, slot));
      await networkHelpers.setStorageAt(at, slot, state | (0xfffffffen << 160n));
      await execute(batch([set(1)], { nonce: 0xfffffffen }));
      await expect(execute(batch([set(1)], { nonce: 0xffffffffn })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_LaneExhausted")
        .withArgs(PARAMETERS);
      await execute(batch([set(1)], { nonce: nonce(EMERGENCY, 0n) }));
      expect(BigInt(await ethers.provider.getStorage(at, slot)) >> 160n).to.equal((1n << 64n) | 0xffffffffn);
    });

    it("refuses what was signed under another epoch", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      for (const epoch of [0n, 2n]) {
        await expect(execute(batch([set(1)], { epoch })))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongEpoch")
          .withArgs(1n, epoch);
      }
    });

    it("refuses what was signed for another contract or another chain", async () => {
      const { multisig, domain, target, owners, set, batch } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      for (const other of [{ verifyingContract: target }, { chainId: 1n }]) {
        const signatures = await sign({ ...domain, ...other }, signed, owners, [0, 1]);
        await expect(multisig.execute(signed, signatures))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
          .withArgs(1n);
      }
    });

    it("executes from the first second to the last, not before and not after", async () => {
      const { multisig, now, set, batch, execute } = await loadFixture(deploy2of3);
      const [first, last] = [now + 100, now + 200];
      const timed = (seq: bigint) => batch([set(1)], { nonce: seq, validAfter: first, validUntil: last });

      await time.setNextBlockTimestamp(first - 1);
      await expect(execute(timed(0n)))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotYetValid")
        .withArgs(first, first - 1);
      await time.setNextBlockTimestamp(first);
      await execute(timed(0n));
      await time.setNextBlockTimestamp(last);
      await execute(timed(1n));
      await time.setNextBlockTimestamp(last + 1);
      await expect(execute(timed(2n)))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_Expired")
        .withArgs(last, last + 1);
    });

    it("takes a window of 14 days, and none longer", async () => {
      const { multisig, now, set, batch, execute } = await loadFixture(deploy2of3);
      await expect(execute(batch([set(1)], { validUntil: now + 14 * DAY + 1 })))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_WindowTooLong")
        .withArgs(14 * DAY + 1, 14 * DAY);
      await execute(batch([set(1)], { validUntil: now + 14 * DAY }));
    });

    it("withdraws what was signed for a nonce by an empty batch", async () => {
      const { multisig, probe, set, batch, execute } = await loadFixture(deploy2of3);
      const unwanted = batch([set(1)]);
      await execute(batch([]));
      await expect(execute(unwanted)).to.be.revertedWithCustomError(multisig, "OwnerMultisig_WrongNonce");
      expect(await probe.value()).to.equal(0n);
    });

    it("refuses a call to an address without code, which would seem to succeed", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      for (const to of [new Wallet(id("nobody")).address, toBeHex(2, 20)]) {
        await expect(execute(batch([set(1), { ...set(2), to }])))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NoCode")
          .withArgs(1n, to);
      }
    });

    it("undoes everything when a call fails, passes the reason on, and keeps the nonce", async () => {
      const { multisig, probe, target, set, batch, execute } = await loadFixture(deploy2of3);
      const refuse = { to: target, data: probe.interface.encodeFunctionData("refuse", [7]) };
      await expect(execute(batch([set(1), refuse, set(2)])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(1n, target, probe.interface.encodeErrorResult("Probe_Refused", [7]));
      expect(await probe.value()).to.equal(0n);
      await execute(batch([set(3)]));
      expect(await probe.value()).to.equal(3n);
    });

    it("refuses a batch that executes another from within", async () => {
      const { multisig, domain, probe, target, owners, set, batch, execute } = await loadFixture(deploy2of3);
      const inner = batch([set(1)], { nonce: nonce(EMERGENCY, 0n) });
      const signatures = await sign(domain, inner, owners, [0, 1]);
      const execution = multisig.interface.encodeFunctionData("execute", [inner, signatures]);
      const outer = { to: target, data: probe.interface.encodeFunctionData("callBack", [execution]) };
      await expect(execute(batch([outer])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed")
        .withArgs(0n, target, multisig.interface.encodeErrorResult("ReentrancyGuardReentrantCall"));
      await multisig.execute(inner, signatures);
    });

    it("keeps calls to itself to the membership lane", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      const self = { to: await multisig.getAddress(), data: multisig.interface.encodeFunctionData("snapshot") };
      for (const lane of [PARAMETERS, EMERGENCY]) {
        await expect(execute(batch([set(1), self], { nonce: nonce(lane, 0n) })))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MembershipLaneOnly")
          .withArgs(1n);
      }
    });

    it("keeps the membership lane to one call to itself", async () => {
      const { multisig, target, set, batch, execute } = await loadFixture(deploy2of3);
      const self = { to: await multisig.getAddress(), data: multisig.interface.encodeFunctionData("snapshot") };
      const membership = { nonce: nonce(MEMBERSHIP, 0n) };
      await expect(execute(batch([set(1)], membership)))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_NotMembership")
        .withArgs(target);
      await expect(execute(batch([self, set(1)], membership)))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_MembershipNotAlone")
        .withArgs(2n);
    });

    it("takes no ether", async () => {
      const { multisig } = await loadFixture(deploy2of3);
      const [payer] = await ethers.getSigners();
      await expect(payer.sendTransaction({ to: multisig, value: 1n })).to.be.revertedWithoutReason(ethers);
    });
  });

  describe("signatures", () => {
    it("refuses fewer than the threshold, none included", async () => {
      const { multisig, set, batch, execute } = await loadFixture(deploy2of3);
      for (const who of [[], [1]]) {
        await expect(execute(batch([set(1)]), who))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BelowThreshold")
          .withArgs(who.length, 2n);
      }
    });

    it("goes by weights, not by heads", async () => {
      const owners = ownersOf(3);
      const equal = constitutionOf(owners, 3);
      const members = equal.members.map((member, i) => ({ ...member, weight: i === 2 ? 3 : 1 }));
      const { multisig, domain, target } = await deploy({ ...equal, members });
      const now = await time.latest();
      const data = (await ethers.getContractAt("Probe", target)).interface.encodeFunctionData("count");
      const calls = [{ to: target, data }];
      const batch = { calls, nonce: 0n, validAfter: now, validUntil: now + DAY, epoch: 1n, memo: id("") };
      await expect(multisig.execute(batch, await sign(domain, batch, owners, [0, 1])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BelowThreshold")
        .withArgs(2n, 3n);
      await multisig.execute(batch, await sign(domain, batch, owners, [2]));
    });

    it("counts nobody twice: indices rise, from 1", async () => {
      const { multisig, domain, owners, set, batch } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      for (const [who, previous, index] of [
        [[1, 1], 2n, 2n],
        [[1, 0], 2n, 1n],
      ] as const) {
        await expect(multisig.execute(signed, await sign(domain, signed, owners, [...who])))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_IndexNotRising")
          .withArgs(previous, index);
      }
      const zero = concat(["0x00", dataSlice(await sign(domain, signed, owners, [0]), 1)]);
      await expect(multisig.execute(signed, zero))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_IndexNotRising")
        .withArgs(0n, 0n);
    });

    it("refuses an index beyond the members", async () => {
      const { multisig, domain, owners, set, batch } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      const fourth = [...owners, new Wallet(id("a stranger"))];
      await expect(multisig.execute(signed, await sign(domain, signed, fourth, [0, 3])))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_UnknownMember")
        .withArgs(4n, 3n);
    });

    it("refuses bytes left over", async () => {
      const { multisig, domain, owners, set, batch } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      const signatures = await sign(domain, signed, owners, [0, 1]);
      for (const [bytes, left] of [
        [concat([signatures, "0x03"]), 1],
        [dataSlice(signatures, 0, 129), 64],
      ] as const) {
        await expect(multisig.execute(signed, bytes))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BytesLeftOver")
          .withArgs(left);
      }
    });

    it("refuses a signature that is another's, over something else, or nobody's", async () => {
      const { multisig, domain, owners, set, batch } = await loadFixture(deploy2of3);
      const signed = batch([set(1)]);
      const good = await sign(domain, signed, owners, [0]);
      const others = await sign(domain, signed, [...owners].reverse(), [1, 2]);
      const elsewhere = await sign(domain, batch([set(2)]), owners, [1]);
      const nobodys = concat(["0x02", toBeHex(0, 64)]);
      for (const second of [dataSlice(others, 65), elsewhere, nobodys]) {
        const index = BigInt(dataSlice(second, 0, 1));
        await expect(multisig.execute(signed, concat([good, second])))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
          .withArgs(index);
      }
    });

    it("refuses s in the upper half, so that one decision has one signature a key", async () => {
      // A key made to measure: for the nonce point G its signature of this very digest has s = n/2 + 5, which fits the
      // 255 bits that EIP-2098 leaves. The same signature with n - s is the canonical one.
      const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const r = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
      const s = n / 2n + 5n;
      const [deployer] = await ethers.getSigners();
      const at = getCreateAddress({ from: deployer.address, nonce: await deployer.getNonce() });
      const now = await time.latest();
      const batch = { calls: [], nonce: 0n, validAfter: now, validUntil: now + DAY, epoch: 1n, memo: id("") };
      const domain = { name: "Planetary Fabric Owners", version: "1", chainId: 31337n, verifyingContract: at };
      const digest = BigInt(TypedDataEncoder.hash(domain, batchTypes, batch));
      const key = ((((s - digest) * power(r, n - 2n, n)) % n) + n) % n;
      const { multisig } = await deploy(constitutionOf([new Wallet(toBeHex(key, 32))], 1));
      expect(await multisig.getAddress()).to.equal(at);

      const upper = concat(["0x01", toBeHex(r, 32), toBeHex(s, 32)]);
      const lower = concat(["0x01", toBeHex(r, 32), toBeHex((n - s) | (1n << 255n), 32)]);
      await expect(multisig.execute(batch, upper))
        .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
        .withArgs(1n);
      await multisig.execute(batch, lower);
    });

    it("goes by a member's key, not by the code it delegates to under EIP-7702", async () => {
      const { owners, target, set, batch, execute } = await loadFixture(deploy2of3);
      const [relayer] = await ethers.getSigners();
      const owner = owners[0]?.connect(ethers.provider);
      if (owner === undefined) throw new Error("There is no first owner.");
      const authorization = await owner.authorize({ address: target, nonce: 0, chainId: 31337 });
      const sponsored = { type: 4, to: relayer.address, authorizationList: [authorization] };
      const sponsor = new Wallet(id("sponsor"), ethers.provider);
      await networkHelpers.setBalance(sponsor.address, 10n ** 18n);
      await sponsor.sendTransaction(sponsored);
      expect(await ethers.provider.getCode(owner.address)).to.equal(concat(["0xef0100", target]));

      await execute(batch([set(1)]), [0, 1]);
      const again = constitutionOf(owners, 2);
      const { multisig } = await deploy(again);
      expect((await multisig.snapshot()).constitution.threshold).to.equal(2n);
    });
  });
});

/** `base ** exponent % modulus`. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let bit = exponent, square = base % modulus; bit > 0n; bit >>= 1n, square = (square * square) % modulus) {
    if (bit & 1n) result = (result * square) % modulus;
  }
  return result;
}
