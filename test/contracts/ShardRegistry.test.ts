import { expect } from "chai";
import { AbiCoder, type ContractTransactionResponse, keccak256, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { ShardRegistry } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import { snapshotGas } from "./gasSnapshot.ts";
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

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture } = networkHelpers;
const abi = AbiCoder.defaultAbiCoder();

const [U8, U16, U24, U32] = [2 ** 8 - 1, 2 ** 16 - 1, 2 ** 24 - 1, 2 ** 32 - 1];
const RETIRED = 2;
const [EARTH, ORBIT, MOON] = [1, 2, 3];

/** Places in storage; slots 0 and 1 hold the owner and the owner to be. */
const [COMMON_SLOT, SHARDS_SLOT] = [2, 4];

async function withoutShards() {
  return deployFamily(ethers);
}

async function withThreeShards() {
  const family = await deployFamily(ethers);
  for (const name of ["earth", "orbit", "moon"]) await family.shards.register(nameOf(name), shardWith());
  return family;
}

type Send = (contract: ShardRegistry, expected: number, value: number) => Promise<ContractTransactionResponse>;

/** One parameter: its setter, what it is at first, another value, its bounds, and the slot and bytes it is kept in. */
interface Parameter {
  readonly setter: string;
  readonly field: string;
  readonly send: Send;
  readonly initial: number;
  readonly value: number;
  readonly bounds: readonly [minimum: number, maximum: number];
  readonly tooLow: number | undefined;
  readonly tooHigh: number | undefined;
  readonly place: readonly [slot: number, offset: number, bytes: number];
}

const shardParameters: readonly Parameter[] = [
  {
    ...{ setter: "setQueueBudget", field: "queueBudget", initial: 6000, value: 8000 },
    ...{ bounds: [400, U24], tooLow: 399, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 0, 3] },
    send: (shards, expected, value) => shards.setQueueBudget(EARTH, expected, value),
  },
  {
    ...{ setter: "setLatencyBudget", field: "latencyBudgetMs", initial: 120, value: 150 },
    ...{ bounds: [1, U24], tooLow: 0, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 3, 3] },
    send: (shards, expected, value) => shards.setLatencyBudget(EARTH, expected, value),
  },
  {
    ...{ setter: "setSpillThreshold", field: "spillThreshold", initial: 400, value: 300 },
    ...{ bounds: [0, 6000], tooLow: undefined, tooHigh: 6001, place: [SHARDS_SLOT + EARTH, 6, 3] },
    send: (shards, expected, value) => shards.setSpillThreshold(EARTH, expected, value),
  },
  {
    ...{ setter: "setSpillBatch", field: "spillBatch", initial: 64, value: 128 },
    ...{ bounds: [1, U16], tooLow: 0, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 9, 2] },
    send: (shards, expected, value) => shards.setSpillBatch(EARTH, expected, value),
  },
  {
    ...{ setter: "setWeight", field: "weight", initial: 100, value: 200 },
    ...{ bounds: [1, 10_000], tooLow: 0, tooHigh: 10_001, place: [SHARDS_SLOT + EARTH, 11, 2] },
    send: (shards, expected, value) => shards.setWeight(EARTH, expected, value),
  },
];

const fabricParameters: readonly Parameter[] = [
  {
    ...{ setter: "setTickLength", field: "tickMs", initial: 0, value: 250 },
    ...{ bounds: [100, U32], tooLow: 99, tooHigh: undefined, place: [COMMON_SLOT, 0, 4] },
    send: (shards, expected, value) => shards.setTickLength(expected, value),
  },
  {
    ...{ setter: "setCheckpointInterval", field: "checkpointIntervalTicks", initial: 0, value: 40 },
    ...{ bounds: [1, U32], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 4, 4] },
    send: (shards, expected, value) => shards.setCheckpointInterval(expected, value),
  },
  {
    ...{ setter: "setHeartbeatGrace", field: "heartbeatGrace", initial: 0, value: 3 },
    ...{ bounds: [1, U8], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 8, 1] },
    send: (shards, expected, value) => shards.setHeartbeatGrace(expected, value),
  },
  {
    ...{ setter: "setMaxAttempts", field: "maxAttempts", initial: 0, value: 5 },
    ...{ bounds: [1, U8], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 9, 1] },
    send: (shards, expected, value) => shards.setMaxAttempts(expected, value),
  },
];

/** Routes as the number that `Moved` shows. */
const packed = (...routes: number[]): bigint => routes.reduceRight((sum, route) => (sum << 16n) + BigInt(route), 0n);

async function shardOf(shards: ShardRegistry, index: number) {
  return asFields((await shards.snapshot()).shards[index - 1]);
}

async function versionOf(shards: ShardRegistry): Promise<bigint> {
  return (await shards.snapshot()).fabric.version;
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
      for (const text of ["", "two words", "tab\t", "erde\u007f", "länge", "\0earth", "ear\0th"]) {
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

    it("refuses the thirty-third shard", async () => {
      const { shards } = await loadFixture(withoutShards);
      for (let i = 1; i <= 32; i++) await shards.register(nameOf(`shard-${i}`), shardWith());
      expect(await shards.activeShards()).to.equal(U32);
      await shards.setRoutes(32, routesTo(), routesTo(31, 30, 29, 28, 27, 26, 25, 24));
      await expect(shards.register(nameOf("shard-33"), shardWith()))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_TooManyShards")
        .withArgs(32);
    });
  });

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

    it("is never a queue budget of 0, even with a spill threshold of 0", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.setSpillThreshold(EARTH, 400, 0);
      await expect(shards.setQueueBudget(EARTH, 6000, 0))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_OutOfBounds")
        .withArgs("queueBudget", 0, 1, U24);
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
      await shards.setRoutes(ORBIT, routesTo(), routesTo(EARTH, MOON));
      await expect(shards.retire(MOON))
        .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardIsRouted")
        .withArgs(MOON, ORBIT);
      await shards.setRoutes(ORBIT, routesTo(EARTH, MOON), routesTo(EARTH));
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

  describe("gas", () => {
    async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<bigint> {
      return (await (await sent).wait())?.gasUsed ?? 0n;
    }

    it("of every setter, second use", async () => {
      const { shards } = await loadFixture(withThreeShards);
      for (const { setter, send, initial, value } of [...shardParameters, ...fabricParameters]) {
        await send(shards, initial, value);
        snapshotGas("ShardRegistry", setter, await gasOf(send(shards, value, value + 100)));
      }
      await shards.setRoutes(EARTH, routesTo(), routesTo(ORBIT));
      const rerouted = shards.setRoutes(EARTH, routesTo(ORBIT), routesTo(MOON, ORBIT));
      snapshotGas("ShardRegistry", "setRoutes", await gasOf(rerouted));
    });

    it("of registering, ordering and retiring", async () => {
      const { shards } = await loadFixture(withThreeShards);
      await shards.order(1, "0x");
      snapshotGas("ShardRegistry", "register", await gasOf(shards.register(nameOf("mars"), shardWith())));
      snapshotGas("ShardRegistry", "order: checkpoint now", await gasOf(shards.order(1, "0x")));
      snapshotGas("ShardRegistry", "retire, one of four", await gasOf(shards.retire(4)));
    });
  });
});
