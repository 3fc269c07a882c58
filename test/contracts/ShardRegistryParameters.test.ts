import { expect } from "chai";
import { network } from "hardhat";
import type { ShardRegistry } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import { asFields, asGiven, deployFamily, fieldOf, nameOf, routesTo, shardWith } from "./governedFamily.ts";
import { COMMON_SLOT, fabricParameters, shardParameters } from "./ShardRegistryParameters.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture } = networkHelpers;

const [U16, U24] = [2 ** 16 - 1, 2 ** 24 - 1];
const [EARTH, MOON] = [1, 3];

async function withoutShards() {
  return deployFamily(ethers);
}

async function withThreeShards() {
  const family = await deployFamily(ethers);
  for (const name of ["earth", "orbit", "moon"]) await family.shards.register(nameOf(name), shardWith());
  return family;
}

async function shardOf(shards: ShardRegistry, index: number) {
  return asFields((await shards.snapshot()).shards[index - 1]);
}

async function versionOf(shards: ShardRegistry): Promise<bigint> {
  return (await shards.snapshot()).fabric.version;
}

describe("ShardRegistry: parameters", () => {
  followsTree(new URL("./ShardRegistryParameters.tree", import.meta.url));

  describe("a shard's parameter", () => {
    for (const { setter, field, send, initial, value, bounds, tooLow, tooHigh, place } of shardParameters) {
      describe(setter, () => {
        it("sets one field, raises the version and says the shard whole", async () => {
          const { shards } = await loadFixture(withThreeShards);
          const expected = { ...shardWith(), [field]: value };
          await expect(send(shards, initial, value))
            .to.emit(shards, "ShardSet")
            .withArgs(EARTH, 4, Object.values(asGiven(expected)));
          expect(await shardOf(shards, EARTH)).to.deep.equal(asGiven(expected));
          expect(await versionOf(shards)).to.equal(4n);
          expect(fieldOf(await ethers.provider.getStorage(shards, place[0]), place[1], place[2])).to.equal(value);
        });

        it("refuses an order meant for another world, or already carried out", async () => {
          const { shards } = await loadFixture(withThreeShards);
          await expect(send(shards, initial + 1, value))
            .to.be.revertedWithCustomError(shards, "Moved")
            .withArgs(field, initial + 1, initial);
          await expect(send(shards, initial, initial))
            .to.be.revertedWithCustomError(shards, "Unchanged")
            .withArgs(field, initial);
        });

        it("takes the values at its bounds and refuses those beyond", async () => {
          const { shards } = await loadFixture(withThreeShards);
          for (const beyond of [tooLow, tooHigh]) {
            if (beyond === undefined) continue;
            await expect(send(shards, initial, beyond))
              .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
              .withArgs(field, beyond, ...bounds);
          }
          await send(shards, initial, bounds[0]);
          await send(shards, bounds[0], bounds[1]);
        });
      });
    }

    it("is never a queue budget of 0, nor one below the spill threshold, however low that is", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.setSpillThreshold(EARTH, 400, 0);
      await expect(shards.setQueueBudget(EARTH, 6000, 0))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
        .withArgs("queueBudget", 0, 1, U24);
      await shards.setSpillThreshold(EARTH, 0, 2);
      await expect(shards.setQueueBudget(EARTH, 6000, 1))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
        .withArgs("queueBudget", 1, 2, U24);
    });

    it("cannot be set where there is no active shard", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.retire(MOON);
      for (const shard of [0, 4, 32, 33, U16]) {
        await expect(shards.setWeight(shard, 100, 200))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_NoSuchShard")
          .withArgs(shard);
      }
      const calls = [
        () => shards.setQueueBudget(MOON, 6000, 8000),
        () => shards.setLatencyBudget(MOON, 120, 150),
        () => shards.setSpillThreshold(MOON, 400, 0),
        () => shards.setSpillBatch(MOON, 64, 128),
        () => shards.setWeight(MOON, 100, 200),
        () => shards.setRoutes(MOON, routesTo(), routesTo(EARTH)),
        () => shards.retire(MOON),
      ];
      for (const call of calls) {
        await expect(call()).to.be.revertedWithCustomError(shards, "ShardRegistry_ShardIsRetired").withArgs(MOON);
      }
    });
  });

  describe("a parameter of the fabric", () => {
    it("is not set until the owner sets it", async () => {
      const { shards } = await loadFixture(withoutShards);
      const unset = { tickMs: 0, checkpointIntervalTicks: 0, heartbeatGrace: 0, maxAttempts: 0, version: 0 };
      expect(asFields((await shards.snapshot()).fabric)).to.deep.equal(asGiven(unset));
    });

    for (const { setter, field, send, value, bounds, tooLow, place } of fabricParameters) {
      describe(setter, () => {
        it("sets one field, raises the version and says all of them", async () => {
          const { shards } = await loadFixture(withThreeShards);
          const before = asFields((await shards.snapshot()).fabric);
          const expected = { ...before, [field]: BigInt(value), version: 4n };
          await expect(send(shards, 0, value))
            .to.emit(shards, "FabricSet")
            .withArgs(4, Object.values(expected));
          expect(asFields((await shards.snapshot()).fabric)).to.deep.equal(expected);
          const slot = await ethers.provider.getStorage(shards, COMMON_SLOT);
          expect(fieldOf(slot, place[1], place[2])).to.equal(value);
          expect([fieldOf(slot, 10, 8), fieldOf(slot, 18, 8), fieldOf(slot, 26, 4)]).to.deep.equal([4n, 0n, 0b111n]);
        });

        it("refuses an order meant for another world, or already carried out", async () => {
          const { shards } = await loadFixture(withoutShards);
          await send(shards, 0, value);
          await expect(send(shards, 0, value))
            .to.be.revertedWithCustomError(shards, "Moved")
            .withArgs(field, 0, value);
          await expect(send(shards, value, value))
            .to.be.revertedWithCustomError(shards, "Unchanged")
            .withArgs(field, value);
        });

        it("takes the values at its bounds and refuses those beyond", async () => {
          const { shards } = await loadFixture(withoutShards);
          await send(shards, 0, value);
          for (const low of [0, tooLow ?? 0]) {
            await expect(send(shards, value, low))
              .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
              .withArgs(field, low, ...bounds);
          }
          await send(shards, value, bounds[0]);
          await send(shards, bounds[0], bounds[1]);
        });
      });
    }
  });
});
