import { expect } from "chai";
import { network } from "hardhat";
import type { SubmitterRegistry } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import { asFields, asGiven, compressedKey, ed25519Key, fieldOf, nameOf } from "./governedFamily.ts";
import { deploySubmitter, deploySubmitters, limitsWith, submitterWith } from "./SubmitterRegistrySubmitters.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

const [ED25519, P256, SECP256K1] = [1, 2, 3];
const U32 = 2 ** 32 - 1;

/** Where submitters are kept; slot 0 holds the owner, slot 1 the owner to be, the version and the count. */
const SUBMITTERS_SLOT = 2;

async function withoutSubmitters() {
  return deploySubmitters(ethers);
}

async function withSubmitter() {
  return deploySubmitter(ethers);
}

async function submitterOf(submitters: SubmitterRegistry, index: number) {
  return asFields((await submitters.page(index, 1))[0]);
}

describe("SubmitterRegistry", () => {
  followsTree(new URL("./SubmitterRegistry.tree", import.meta.url));

  describe("admit", () => {
    it("gives the submitter its index, whatever its kind of key", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      const all = [
        submitterWith(),
        submitterWith({ submitterId: nameOf("beta"), keyKind: P256, key: compressedKey("acme") }),
        submitterWith({
          submitterId: nameOf("gamma"),
          keyKind: SECP256K1,
          key: compressedKey("acme"),
          expiry: 2 ** 40,
        }),
      ];
      for (const [i, submitter] of all.entries()) {
        await expect(submitters.admit(submitter))
          .to.emit(submitters, "SubmitterAdmitted")
          .withArgs(i + 1, i + 1, Object.values(asGiven(submitter)));
      }
      expect([...(await submitters.snapshot())]).to.deep.equal([3n, 3n]);
      expect((await submitters.page(1, 10)).map(asFields)).to.deep.equal(all.map(asGiven));
      expect(await submitters.indexOf(nameOf("gamma"))).to.equal(3);
    });

    it("keeps a submitter in three slots", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      const key = compressedKey("acme", "03");
      await submitters.admit(submitterWith({ keyKind: P256, key, jobsPerTick: 7, expiry: 2 ** 40 }));
      await submitters.revoke(1);
      const place = ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [1, SUBMITTERS_SLOT]);
      const base = BigInt(ethers.keccak256(place));
      const slotAt = (i: bigint) => ethers.provider.getStorage(submitters, base + i);
      expect(await slotAt(0n)).to.equal(nameOf("acme"));
      const fields = await slotAt(1n);
      const parts = [0, 1, 2, 3, 7, 11, 19].map((offset, i) => fieldOf(fields, offset, [1, 1, 1, 4, 4, 8, 13][i] ?? 0));
      expect(parts).to.deep.equal([2n, 3n, 1n, 3n, 7n, 2n ** 40n, 0n]);
      expect(await slotAt(2n)).to.equal(`0x${key.slice(4)}`);
      expect(BigInt(await slotAt(3n))).to.equal(0n);
    });

    it("refuses a name that is not one, or is taken, also by one that was revoked", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      await expect(submitters.admit(submitterWith({ submitterId: nameOf("a b") })))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_BadName")
        .withArgs(nameOf("a b"));
      await submitters.revoke(1);
      await expect(submitters.admit(submitterWith()))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_SubmitterIdTaken")
        .withArgs(nameOf("acme"), 1);
    });

    it("refuses the key of another submitter until that one is revoked", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      const copy = submitterWith({ submitterId: nameOf("copy") });
      await expect(submitters.admit(copy))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_KeyTaken")
        .withArgs(1);
      await submitters.revoke(1);
      await submitters.admit(copy);
    });

    it("refuses a key that has not the shape of its kind", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      const bad = [
        [0, ed25519Key("a")],
        [0, compressedKey("a")],
        [4, ed25519Key("a")],
        [4, compressedKey("a")],
        [ED25519, compressedKey("a")],
        [P256, ed25519Key("a")],
        [SECP256K1, `0x04${compressedKey("a").slice(4)}`],
      ] as const;
      for (const [keyKind, key] of bad) {
        await expect(submitters.admit(submitterWith({ keyKind, key })))
          .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_BadKey")
          .withArgs(keyKind, key);
      }
    });

    it("takes a key of which one byte alone is not zero, the first of its body or the last", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      const bodies = [`01${"00".repeat(31)}`, `${"00".repeat(31)}01`];
      const kinds = [
        [ED25519, ""],
        [P256, "02"],
        [SECP256K1, "03"],
      ] as const;
      const all = kinds.flatMap(([keyKind, prefix]) => bodies.map((body) => ({ keyKind, key: `0x${prefix}${body}` })));
      for (const [i, fields] of all.entries())
        await submitters.admit(submitterWith({ submitterId: nameOf(`s${i}`), ...fields }));
      expect((await submitters.page(1, 10)).map(({ key }) => key)).to.deep.equal(all.map(({ key }) => key));
    });

    it("refuses no shards, and shards that are not active", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      await expect(submitters.admit(submitterWith({ shards: 0 }))).to.be.revertedWithCustomError(
        submitters,
        "SubmitterRegistry_NoShards",
      );
      await expect(submitters.admit(submitterWith({ shards: 0b1111 })))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_InactiveShards")
        .withArgs(0b1100);
    });

    it("refuses no jobs a tick, an expiry that has passed, and one who is revoked", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      await expect(submitters.admit(submitterWith({ jobsPerTick: 0 })))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_OutOfBounds")
        .withArgs("jobsPerTick", 0, 1, U32);
      const now = (await time.latest()) + 100;
      await time.setNextBlockTimestamp(now);
      await expect(submitters.admit(submitterWith({ expiry: now })))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_AlreadyExpired")
        .withArgs(now, now);
      await expect(submitters.admit(submitterWith({ revoked: true }))).to.be.revertedWithCustomError(
        submitters,
        "SubmitterRegistry_AdmittedRevoked",
      );
      await time.setNextBlockTimestamp(now + 10);
      await submitters.admit(submitterWith({ expiry: now + 11, jobsPerTick: U32 }));
    });
  });

  describe("limit", () => {
    it("sets all limits at once", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      const limits = limitsWith({ shards: 0b001, jobsPerTick: 1, expiry: 2 ** 40 });
      await expect(submitters.limit(1, limitsWith(), limits))
        .to.emit(submitters, "SubmitterLimited")
        .withArgs(1, 2, Object.values(asGiven(limits)));
      expect(await submitterOf(submitters, 1)).to.deep.equal(asGiven(submitterWith(limits)));
      expect((await submitters.snapshot()).version).to.equal(2);
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      const believed = [
        [{ shards: 0b001 }, "shards", 0b001, 0b011],
        [{ jobsPerTick: 499 }, "jobsPerTick", 499, 500],
        [{ expiry: 1 }, "expiry", 1, 0],
      ] as const;
      for (const [fields, ...why] of believed) {
        await expect(submitters.limit(1, limitsWith(fields), limitsWith({ jobsPerTick: 1 })))
          .to.be.revertedWithCustomError(submitters, "Moved")
          .withArgs(...why);
      }
      await expect(submitters.limit(1, limitsWith(), limitsWith()))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_SameLimits")
        .withArgs(1);
    });

    it("refuses limits that a submitter could not be admitted with", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      const bad = [
        [{ shards: 0 }, "SubmitterRegistry_NoShards"],
        [{ shards: 0b101 }, "SubmitterRegistry_InactiveShards"],
        [{ jobsPerTick: 0 }, "SubmitterRegistry_OutOfBounds"],
        [{ expiry: 1 }, "SubmitterRegistry_AlreadyExpired"],
      ] as const;
      for (const [fields, error] of bad) {
        await expect(submitters.limit(1, limitsWith(), limitsWith(fields))).to.be.revertedWithCustomError(
          submitters,
          error,
        );
      }
    });

    it("asks nothing of what stays, though its shard was retired or its expiry has passed", async () => {
      const { submitters, shards } = await loadFixture(withoutSubmitters);
      const expiry = (await time.latest()) + 1000;
      await submitters.admit(submitterWith({ expiry }));
      await shards.retire(2);
      await time.increaseTo(expiry);
      await submitters.limit(1, limitsWith({ expiry }), limitsWith({ expiry, jobsPerTick: 1 }));
    });
  });

  describe("revoke", () => {
    it("is for good", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      await expect(submitters.revoke(1)).to.emit(submitters, "SubmitterRevoked").withArgs(1, 2);
      expect(await submitterOf(submitters, 1)).to.deep.equal(asGiven(submitterWith({ revoked: true })));
      for (const call of [
        () => submitters.revoke(1),
        () => submitters.limit(1, limitsWith(), limitsWith({ jobsPerTick: 1 })),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(submitters, "SubmitterRegistry_IsRevoked").withArgs(1);
      }
    });

    it("refuses, as limit does, a submitter that never was", async () => {
      const { submitters } = await loadFixture(withSubmitter);
      for (const index of [0, 2]) {
        const limit = () => submitters.limit(index, limitsWith(), limitsWith({ jobsPerTick: 1 }));
        for (const call of [() => submitters.revoke(index), limit]) {
          await expect(call())
            .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_NoSuchSubmitter")
            .withArgs(index);
        }
      }
    });
  });

  describe("the owner", () => {
    it("alone may call what changes anything", async () => {
      const { submitters, deployer } = await loadFixture(withSubmitter);
      const other = submitters.connect(deployer);
      for (const call of [
        () => other.admit(submitterWith({ submitterId: nameOf("beta"), key: ed25519Key("beta") })),
        () => other.limit(1, limitsWith(), limitsWith({ jobsPerTick: 1 })),
        () => other.revoke(1),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(submitters, "OwnableUnauthorizedAccount")
          .withArgs(deployer.address);
      }
    });
  });

  describe("page", () => {
    it("gives as many submitters as there are from an index on, and none beyond", async () => {
      const { submitters } = await loadFixture(withoutSubmitters);
      const all = ["a", "b", "c"].map(nameOf);
      for (const submitterId of all) {
        await submitters.admit(submitterWith({ submitterId, key: ed25519Key(submitterId) }));
      }
      const idsOf = async (from: number, count: number) =>
        (await submitters.page(from, count)).map(({ submitterId }) => submitterId);
      expect(await idsOf(1, 3)).to.deep.equal(all);
      expect(await idsOf(2, U32)).to.deep.equal(all.slice(1));
      expect(await idsOf(2, 1)).to.deep.equal(all.slice(1, 2));
      expect(await idsOf(4, 1)).to.deep.equal([]);
      await expect(submitters.page(0, 1))
        .to.be.revertedWithCustomError(submitters, "SubmitterRegistry_NoSuchSubmitter")
        .withArgs(0);
    });
  });
});
