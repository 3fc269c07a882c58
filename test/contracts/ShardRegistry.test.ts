import { expect } from "chai";
import { AbiCoder, keccak256, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { ShardRegistry } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import {
  asFields,
  asGiven,
  deployFamily,
  fieldOf,
  nameOf,
  registrationWith,
  routesTo,
  shardWith,
  signRegistration,
} from "./governedFamily.ts";
import { COMMON_SLOT, fabricParameters, SHARDS_SLOT, shardParameters } from "./ShardRegistryParameters.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture } = networkHelpers;
const abi = AbiCoder.defaultAbiCoder();

const [U16, U24, U32] = [2 ** 16 - 1, 2 ** 24 - 1, 2 ** 32 - 1];
const RETIRED = 2;
const [EARTH, ORBIT, MOON] = [1, 2, 3];

async function withoutShards() {
  return deployFamily(ethers);
}

async function withThreeShards() {
  const family = await deployFamily(ethers);
  for (const name of ["earth", "orbit", "moon"]) await family.shards.register(nameOf(name), shardWith());
  return family;
}

/** Routes as the number that `Moved` shows. */
const packed = (...routes: number[]): bigint => routes.reduceRight((sum, route) => (sum << 16n) + BigInt(route), 0n);

async function shardOf(shards: ShardRegistry, index: number) {
  return asFields((await shards.snapshot()).shards[index - 1]);
}

describe("ShardRegistry", () => {
  followsTree(new URL("./ShardRegistry.tree", import.meta.url));

  describe("the owner", () => {
    it("is who was appointed, and not the deployer", async () => {
      const { shards, owner } = await loadFixture(withoutShards);
      expect(await shards.owner()).to.equal(owner.address);
    });

    it("alone may call what changes anything", async () => {
      const { shards, deployer } = await loadFixture(withThreeShards);
      const other = shards.connect(deployer);
      const calls = [
        () => other.register(nameOf("mars"), shardWith()),
        ...[...shardParameters, ...fabricParameters].map(
          ({ send, initial, value }) =>
            () =>
              send(other, initial, value),
        ),
        () => other.setRoutes(EARTH, routesTo(), routesTo(ORBIT)),
        () => other.retire(EARTH),
        () => other.order(1, "0x"),
      ];
      for (const call of calls) {
        await expect(call())
          .to.be.revertedWithCustomError(shards, "OwnableUnauthorizedAccount")
          .withArgs(deployer.address);
      }
    });

    it("hands over in two steps", async () => {
      const { shards, owner, stranger } = await loadFixture(withoutShards);
      await shards.transferOwnership(stranger.address);
      expect(await shards.owner()).to.equal(owner.address);
      await shards.connect(stranger).acceptOwnership();
      expect(await shards.owner()).to.equal(stranger.address);
    });

    it("cannot be lost", async () => {
      const { shards, nodes, submitters, ledger, pause } = await loadFixture(withoutShards);
      for (const contract of [shards, nodes, submitters, ledger, pause]) {
        await expect(contract.renounceOwnership()).to.be.revertedWithCustomError(contract, "Governed_OwnershipIsKept");
      }
    });
  });

  describe("register", () => {
    it("gives indices from 1 and keeps a shard in one slot", async () => {
      const { shards } = await loadFixture(withoutShards);
      await shards.register(nameOf("earth"), shardWith());
      const orbit = shardWith({ queueBudget: U24, latencyBudgetMs: 2, spillThreshold: 3, spillBatch: 4, weight: 5 });
      orbit.routes = routesTo(EARTH);
      await expect(shards.register(nameOf("orbit"), orbit))
        .to.emit(shards, "ShardRegistered")
        .withArgs(ORBIT, 2, nameOf("orbit"), Object.values(asGiven(orbit)));

      const { names, fabric } = await shards.snapshot();
      expect([...names]).to.deep.equal([nameOf("earth"), nameOf("orbit")]);
      expect(fabric.version).to.equal(2n);
      expect(await shardOf(shards, ORBIT)).to.deep.equal(asGiven(orbit));
      expect(await shards.indexOf(nameOf("orbit"))).to.equal(ORBIT);
      expect(await shards.activeShards()).to.equal(0b11n);
      const slot = await ethers.provider.getStorage(shards, SHARDS_SLOT + ORBIT);
      const parts = [fieldOf(slot, 0, 3), fieldOf(slot, 3, 3), fieldOf(slot, 6, 3), fieldOf(slot, 9, 2)];
      expect(parts).to.deep.equal([BigInt(U24), 2n, 3n, 4n]);
      expect([fieldOf(slot, 11, 2), fieldOf(slot, 13, 1), fieldOf(slot, 14, 18)]).to.deep.equal([5n, 1n, 1n]);
    });

    it("refuses a name that is empty, not visible ASCII, or has a gap", async () => {
      const { shards } = await loadFixture(withoutShards);
      for (const text of [
        "",
        "two words",
        "tab\t",
        "erde\u007f",
        "länge",
        "\0earth",
        "ear\0th",
        "sixteen-letters.\0x",
      ]) {
        const name = nameOf(text);
        await expect(shards.register(name, shardWith()), JSON.stringify(text))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_BadName")
          .withArgs(name);
      }
      await shards.register(`0x${"7e".repeat(32)}`, shardWith());
      await shards.register(nameOf("!"), shardWith());
    });

    it("refuses a name that is taken, also by a retired shard", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.retire(ORBIT);
      for (const [name, shard] of [["earth", EARTH] as const, ["orbit", ORBIT] as const]) {
        await expect(shards.register(nameOf(name), shardWith()))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_NameTaken")
          .withArgs(nameOf(name), shard);
      }
    });

    it("refuses parameters out of bounds", async () => {
      const { shards } = await loadFixture(withoutShards);
      const bad = [
        [{ queueBudget: 0 }, "queueBudget", 0, 1, U24],
        [{ latencyBudgetMs: 0 }, "latencyBudgetMs", 0, 1, U24],
        [{ spillThreshold: 6001 }, "spillThreshold", 6001, 0, 6000],
        [{ spillBatch: 0 }, "spillBatch", 0, 1, U16],
        [{ weight: 0 }, "weight", 0, 1, 10_000],
        [{ weight: 10_001 }, "weight", 10_001, 1, 10_000],
      ] as const;
      for (const [fields, ...why] of bad) {
        await expect(shards.register(nameOf("earth"), shardWith(fields)))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
          .withArgs(...why);
      }
    });

    it("refuses routes that a shard may not have", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await expect(shards.register(nameOf("mars"), shardWith({ routes: routesTo(4) })))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_RouteToItself")
        .withArgs(4);
    });

    it("refuses a shard that is not active", async () => {
      const { shards } = await loadFixture(withoutShards);
      for (const status of [0, RETIRED]) {
        await expect(shards.register(nameOf("earth"), shardWith({ status })))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_NotRegisteredActive")
          .withArgs(status);
      }
    });

    it("takes 32 shards, of which the last counts as the first does, and refuses the thirty-third", async () => {
      const { shards } = await loadFixture(withoutShards);
      for (let i = 1; i <= 32; i++) await shards.register(nameOf(`shard-${i}`), shardWith());
      expect(await shards.activeShards()).to.equal(U32);
      await shards.setRoutes(32, routesTo(), routesTo(31, 30, 29, 28, 27, 26, 25, 24));
      await shards.setRoutes(EARTH, routesTo(), routesTo(32));
      await expect(shards.register(nameOf("shard-33"), shardWith()))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_TooManyShards")
        .withArgs(32);
    });
  });

  describe("setRoutes", () => {
    it("sets all of them, in the owner's order, and says the shard whole", async () => {
      const { shards } = await loadFixture(withThreeShards);
      const routed = shardWith({ routes: routesTo(MOON, ORBIT) });
      await expect(shards.setRoutes(EARTH, routesTo(), routesTo(MOON, ORBIT)))
        .to.emit(shards, "ShardSet")
        .withArgs(EARTH, 4, Object.values(asGiven(routed)));
      expect(await shardOf(shards, EARTH)).to.deep.equal(asGiven(routed));
      expect(fieldOf(await ethers.provider.getStorage(shards, SHARDS_SLOT + EARTH), 14, 16)).to.equal(
        packed(MOON, ORBIT),
      );
      await shards.setRoutes(EARTH, routesTo(MOON, ORBIT), routesTo());
      expect(await shardOf(shards, EARTH)).to.deep.equal(asGiven(shardWith()));
    });

    it("sets as many as eight, of which the last counts as the first does", async () => {
      const { shards } = await loadFixture(withThreeShards);
      for (let i = 4; i <= 9; i++) await shards.register(nameOf(`shard-${i}`), shardWith());
      const eight = routesTo(9, 8, 7, 6, 5, 4, 3, 2);
      await shards.setRoutes(EARTH, routesTo(), eight);
      expect((await shardOf(shards, EARTH)).routes).to.deep.equal(eight.map(BigInt));
      await expect(shards.retire(ORBIT))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardIsRouted")
        .withArgs(ORBIT, EARTH);
    });

    it("refuses a route to itself, one twice, one after a gap, one to no active shard", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.retire(MOON);
      const bad = [
        [routesTo(ORBIT, EARTH), "ShardRegistry_RouteToItself", EARTH],
        [routesTo(ORBIT, ORBIT), "ShardRegistry_RouteTwice", ORBIT],
        [routesTo(0, ORBIT), "ShardRegistry_RouteAfterGap", 1],
        [routesTo(MOON), "ShardRegistry_RouteToNoActiveShard", MOON],
        [routesTo(4), "ShardRegistry_RouteToNoActiveShard", 4],
        [routesTo(33), "ShardRegistry_RouteToNoActiveShard", 33],
        [routesTo(ORBIT, U16), "ShardRegistry_RouteToNoActiveShard", U16],
      ] as const;
      for (const [routes, error, argument] of bad) {
        await expect(shards.setRoutes(EARTH, routesTo(), routes))
          .to.be.revertedWithCustomError(shards, error)
          .withArgs(argument);
      }
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.setRoutes(EARTH, routesTo(), routesTo(MOON, ORBIT));
      await expect(shards.setRoutes(EARTH, routesTo(ORBIT, MOON), routesTo(MOON)))
        .to.be.revertedWithCustomError(shards, "Moved")
        .withArgs("routes", packed(ORBIT, MOON), packed(MOON, ORBIT));
      await expect(shards.setRoutes(EARTH, routesTo(MOON, ORBIT), routesTo(MOON, ORBIT)))
        .to.be.revertedWithCustomError(shards, "Unchanged")
        .withArgs("routes", packed(MOON, ORBIT));
    });
  });

  describe("retire", () => {
    it("ends a shard for good and clears its routes", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.setRoutes(MOON, routesTo(), routesTo(EARTH, ORBIT));
      await expect(shards.retire(MOON)).to.emit(shards, "ShardRetired").withArgs(MOON, 5);
      expect(await shardOf(shards, MOON)).to.deep.equal(asGiven(shardWith({ status: RETIRED })));
      expect(await shards.activeShards()).to.equal(0b011n);
      await shards.retire(ORBIT);
    });

    it("refuses while another shard routes to it", async () => {
      const { shards } = await loadFixture(withThreeShards);
      for (const [by, other, routed] of [
        [EARTH, ORBIT, MOON],
        [ORBIT, EARTH, MOON],
        [MOON, EARTH, ORBIT],
      ] as const) {
        await shards.setRoutes(by, routesTo(), routesTo(other, routed));
        await expect(shards.retire(routed))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardIsRouted")
          .withArgs(routed, by);
        await shards.setRoutes(by, routesTo(other, routed), routesTo());
      }
      await shards.retire(MOON);
    });

    it("refuses while a node is admitted to it, draining or not", async () => {
      const { shards, nodes, operator } = await loadFixture(withThreeShards);
      const registration = await registrationWith(nodes, operator, { shard: MOON });
      await nodes.admit(registration, await signRegistration(nodes, operator, registration));
      for (const step of [() => nodes.drain(1), () => nodes.remove(1)]) {
        await expect(shards.retire(MOON))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardHasNodes")
          .withArgs(MOON, 1);
        await step();
      }
      await shards.retire(MOON);
    });
  });

  describe("order", () => {
    const checkpoint = [1, "0x"] as const;
    const cancel = [2, abi.encode(["uint32", "uint64"], [7, 2n ** 64n - 1n])] as const;
    const move = [3, abi.encode(["uint16", "uint16", "uint32"], [MOON, EARTH, 500])] as const;

    it("is an event that is numbered, chained by hash, and changes no parameter", async () => {
      const { shards } = await loadFixture(withThreeShards);
      let hash = ZeroHash;
      for (const [i, [kind, payload]] of [checkpoint, cancel, move].entries()) {
        const types = ["bytes32", "uint64", "uint8", "bytes32"];
        hash = keccak256(abi.encode(types, [hash, i + 1, kind, keccak256(payload)]));
        await expect(shards.order(kind, payload))
          .to.emit(shards, "Ordered")
          .withArgs(i + 1, kind, payload, hash);
      }
      const { orderCount, orderHash, fabric } = await shards.snapshot();
      expect([orderCount, orderHash, fabric.version]).to.deep.equal([3n, hash, 3n]);
      expect(fieldOf(await ethers.provider.getStorage(shards, COMMON_SLOT), 18, 8)).to.equal(3n);
    });

    it("may move the backlog of a retired shard, but none to it", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.retire(MOON);
      await shards.order(...move);
      await expect(shards.order(3, abi.encode(["uint16", "uint16", "uint32"], [EARTH, MOON, 500])))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardIsRetired")
        .withArgs(MOON);
      for (const [from, to] of [[4, EARTH] as const, [EARTH, 4] as const, [0, EARTH] as const]) {
        await expect(shards.order(3, abi.encode(["uint16", "uint16", "uint32"], [from, to, 500])))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_NoSuchShard")
          .withArgs(from === EARTH ? to : from);
      }
    });

    it("may have the largest numbers there are, and a shard beyond all is no shard", async () => {
      const { shards } = await loadFixture(withThreeShards);
      const types = ["uint256", "uint256", "uint256"];
      await shards.order(2, abi.encode(types.slice(1), [2 ** 32 - 1, 2n ** 64n - 1n]));
      await shards.order(2, abi.encode(types.slice(1), [1, 0]));
      await shards.order(3, abi.encode(types, [EARTH, MOON, 2 ** 32 - 1]));
      await shards.order(3, abi.encode(types, [EARTH, MOON, 1]));
      const last = 2 ** 16 - 1;
      for (const [from, to] of [[last, EARTH] as const, [EARTH, last] as const]) {
        await expect(shards.order(3, abi.encode(types, [from, to, 1])))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_NoSuchShard")
          .withArgs(last);
      }
    });

    it("refuses a kind that is not there", async () => {
      const { shards } = await loadFixture(withThreeShards);
      for (const kind of [0, 4, 255]) {
        await expect(shards.order(kind, "0x"))
          .to.be.revertedWithCustomError(shards, "ShardRegistry_UnknownOrder")
          .withArgs(kind);
      }
    });

    it("refuses a payload that is not of its kind", async () => {
      const { shards } = await loadFixture(withThreeShards);
      const words = (...values: (number | bigint)[]) =>
        abi.encode(
          values.map(() => "uint256"),
          values,
        );
      const bad = [
        [1, "0x00"],
        [2, "0x"],
        [2, words(0, 1)],
        [2, words(2 ** 32, 1)],
        [2, words(1, 2n ** 64n)],
        [2, `${words(1, 1)}00`],
        [3, words(EARTH, MOON)],
        [3, words(EARTH, EARTH, 1)],
        [3, words(EARTH, MOON, 0)],
        [3, words(EARTH, MOON, 2 ** 32)],
        [3, words(2 ** 16 + EARTH, MOON, 1)],
        [3, words(EARTH, 2 ** 16 + MOON, 1)],
        [3, `${words(EARTH, MOON, 1)}00`],
      ] as const;
      for (const [kind, payload] of bad) {
        await expect(shards.order(kind, payload), payload)
          .to.be.revertedWithCustomError(shards, "ShardRegistry_BadPayload")
          .withArgs(kind, payload);
      }
    });
  });
});
