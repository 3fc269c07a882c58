import { expect } from "chai";
import { encodeBytes32String, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import { compressedKey, ed25519Key, nameOf, signAcceptance } from "./governedFamily.ts";
import {
  ADMITTED,
  DRAINING,
  deployNode,
  deployNodes,
  EARTH,
  ED25519,
  nodeOf,
  nodeWith,
  REMOVED,
  SECP256K1,
  U64,
} from "./NodeRegistryNodes.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture } = networkHelpers;

async function withoutNodes() {
  return deployNodes(ethers);
}

async function withNode() {
  return deployNode(ethers);
}

describe("NodeRegistry", () => {
  followsTree(new URL("./NodeRegistry.tree", import.meta.url));

  describe("limit", () => {
    it("sets both limits, by the owner also above what was registered", async () => {
      const { nodes, operator } = await loadFixture(withNode);
      await expect(nodes.limit(1, 16, 12, 1_000_000, 1_000_000))
        .to.emit(nodes, "NodeLimited")
        .withArgs(1, 4, 1_000_000, 1_000_000);
      const limits = { capacity: 1_000_000, maxConcurrency: 1_000_000 };
      expect(await nodeOf(nodes, 1)).to.deep.equal(nodeWith(operator, limits));
      expect((await nodes.snapshot()).version).to.equal(4);
    });

    it("lets the marketplace lower, but not raise, either of them", async () => {
      const { nodes, byMarketplace } = await loadFixture(withNode);
      await byMarketplace.limit(1, 16, 12, 12, 12);
      await byMarketplace.limit(1, 12, 12, 12, 1);
      await expect(byMarketplace.limit(1, 12, 1, 13, 1))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_OnlyOwnerRaises")
        .withArgs("capacity", 12, 13);
      await expect(byMarketplace.limit(1, 12, 1, 11, 2))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_OnlyOwnerRaises")
        .withArgs("maxConcurrency", 1, 2);
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { nodes } = await loadFixture(withNode);
      await expect(nodes.limit(1, 15, 12, 10, 10))
        .to.be.revertedWithCustomError(nodes, "Moved")
        .withArgs("capacity", 15, 16);
      await expect(nodes.limit(1, 16, 11, 10, 10))
        .to.be.revertedWithCustomError(nodes, "Moved")
        .withArgs("maxConcurrency", 11, 12);
      await expect(nodes.limit(1, 16, 12, 16, 12))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_SameLimits")
        .withArgs(1);
    });

    it("refuses limits out of bounds", async () => {
      const { nodes } = await loadFixture(withNode);
      const bad = [
        [0, 0, "capacity", 0, 1, 1_000_000],
        [1_000_001, 1, "capacity", 1_000_001, 1, 1_000_000],
        [10, 0, "maxConcurrency", 0, 1, 10],
        [10, 11, "maxConcurrency", 11, 1, 10],
      ] as const;
      for (const [capacity, maxConcurrency, ...why] of bad) {
        await expect(nodes.limit(1, 16, 12, capacity, maxConcurrency))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_OutOfBounds")
          .withArgs(...why);
      }
    });

    it("refuses whoever is neither the owner nor the marketplace", async () => {
      const { nodes, byOperator, operator } = await loadFixture(withNode);
      for (const call of [() => byOperator.limit(1, 16, 12, 10, 10), () => byOperator.drain(1)]) {
        await expect(call())
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_NotOwnerOrMarketplace")
          .withArgs(operator.address);
      }
    });
  });

  describe("drain, undrain and remove", () => {
    it("take a node out of work and back, and out for good", async () => {
      const { nodes, byMarketplace } = await loadFixture(withNode);
      const statusOf = async () => (await nodeOf(nodes, 1)).status;
      await expect(byMarketplace.drain(1)).to.emit(nodes, "NodeDrained").withArgs(1, 4);
      expect(await statusOf()).to.equal(BigInt(DRAINING));
      expect(await nodes.nodesIn(EARTH)).to.equal(1);
      await expect(nodes.undrain(1)).to.emit(nodes, "NodeUndrained").withArgs(1, 5);
      expect(await statusOf()).to.equal(BigInt(ADMITTED));
      await expect(nodes.remove(1)).to.emit(nodes, "NodeRemoved").withArgs(1, 6);
      expect(await statusOf()).to.equal(BigInt(REMOVED));
      expect(await nodes.nodesIn(EARTH)).to.equal(0);
    });

    it("leave undrain and remove to the owner", async () => {
      const { nodes, byMarketplace, byOperator, marketplace, operator } = await loadFixture(withNode);
      await nodes.drain(1);
      for (const [by, account] of [[byMarketplace, marketplace] as const, [byOperator, operator] as const]) {
        for (const call of [() => by.undrain(1), () => by.remove(1)]) {
          await expect(call())
            .to.be.revertedWithCustomError(nodes, "OwnableUnauthorizedAccount")
            .withArgs(account.address);
        }
      }
    });

    it("refuse what is so already", async () => {
      const { nodes } = await loadFixture(withNode);
      await expect(nodes.undrain(1))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_WrongStatus")
        .withArgs(1, ADMITTED);
      await nodes.drain(1);
      await expect(nodes.drain(1))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_WrongStatus")
        .withArgs(1, DRAINING);
    });

    it("refuse, as every call does, a node that is removed or never was", async () => {
      const { nodes, byOperator } = await loadFixture(withNode);
      const callsOn = (index: number) => [
        () => nodes.limit(index, 16, 12, 10, 10),
        () => nodes.drain(index),
        () => nodes.undrain(index),
        () => nodes.remove(index),
        () => byOperator.rotateKey(index, ED25519, ed25519Key("new")),
      ];
      await nodes.remove(1);
      for (const call of callsOn(1)) {
        await expect(call()).to.be.revertedWithCustomError(nodes, "NodeRegistry_WrongStatus").withArgs(1, REMOVED);
      }
      for (const index of [0, 2]) {
        for (const call of callsOn(index)) {
          await expect(call()).to.be.revertedWithCustomError(nodes, "NodeRegistry_NoSuchNode").withArgs(index);
        }
      }
    });
  });

  describe("rotateKey", () => {
    it("replaces the key and frees the old one", async () => {
      const { nodes, admit, byOperator, operator } = await loadFixture(withNode);
      const key = compressedKey("new");
      await expect(byOperator.rotateKey(1, SECP256K1, key))
        .to.emit(nodes, "NodeKeyRotated")
        .withArgs(1, 4, SECP256K1, key);
      expect(await nodeOf(nodes, 1)).to.deep.equal(nodeWith(operator, { keyKind: SECP256K1, key }));
      await admit({ nodeId: nameOf("other") });
      await expect(byOperator.rotateKey(2, SECP256K1, key))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_KeyTaken")
        .withArgs(1);
    });

    it("is the operator's alone, not even the owner's", async () => {
      const { nodes, owner, operator } = await loadFixture(withNode);
      await expect(nodes.rotateKey(1, ED25519, ed25519Key("new")))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_NotOperator")
        .withArgs(1, owner.address, operator.address);
    });

    it("refuses the key that the node has, and one that has not the shape of its kind", async () => {
      const { nodes, byOperator } = await loadFixture(withNode);
      await expect(byOperator.rotateKey(1, ED25519, ed25519Key("earth.edge-europa")))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_KeyTaken")
        .withArgs(1);
      await expect(byOperator.rotateKey(1, ED25519, compressedKey("new")))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadKey")
        .withArgs(ED25519, compressedKey("new"));
    });
  });

  describe("addSkill", () => {
    it("names the next bit, up to 64", async () => {
      const { nodes } = await loadFixture(withoutNodes);
      expect(await nodes.addSkill.staticCall(nameOf("edge"))).to.equal(2);
      await expect(nodes.addSkill(nameOf("edge")))
        .to.emit(nodes, "SkillAdded")
        .withArgs(2, 3, nameOf("edge"));
      expect([...(await nodes.skillNames())]).to.deep.equal(["logistics", "iot", "edge"].map(nameOf));
      for (let bit = 3; bit < 64; bit++) await nodes.addSkill(nameOf(`skill-${bit}`));
      await expect(nodes.addSkill(nameOf("one-more")))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_TooManySkills")
        .withArgs(64);
    });

    it("refuses a name that is not one, or is taken", async () => {
      const { nodes } = await loadFixture(withoutNodes);
      await expect(nodes.addSkill(nameOf("iot")))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_SkillTaken")
        .withArgs(nameOf("iot"), 1);
      await expect(nodes.addSkill(encodeBytes32String(""))).to.be.revertedWithCustomError(
        nodes,
        "NodeRegistry_BadName",
      );
    });

    it("takes all 64 skills in a registration once they are named", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      for (let bit = 2; bit < 64; bit++) await nodes.addSkill(nameOf(`skill-${bit}`));
      await admit({ skills: U64 });
      expect((await nodeOf(nodes, 1)).skills).to.equal(U64);
    });

    it("is the owner's alone", async () => {
      const { nodes, byMarketplace, marketplace } = await loadFixture(withoutNodes);
      await expect(byMarketplace.addSkill(nameOf("edge")))
        .to.be.revertedWithCustomError(nodes, "OwnableUnauthorizedAccount")
        .withArgs(marketplace.address);
    });
  });

  describe("the marketplace", () => {
    it("is appointed by the owner, who alone may replace it", async () => {
      const { nodes, byMarketplace, marketplace, stranger } = await loadFixture(withNode);
      await expect(nodes.setMarketplace(marketplace.address, stranger.address))
        .to.emit(nodes, "MarketplaceSet")
        .withArgs(stranger.address);
      expect(await nodes.marketplace()).to.equal(stranger.address);
      await expect(byMarketplace.drain(1)).to.be.revertedWithCustomError(nodes, "NodeRegistry_NotOwnerOrMarketplace");
      await expect(byMarketplace.setMarketplace(stranger.address, marketplace.address)).to.be.revertedWithCustomError(
        nodes,
        "OwnableUnauthorizedAccount",
      );
      await nodes.setMarketplace(stranger.address, ZeroAddress);
      expect(await nodes.marketplace()).to.equal(ZeroAddress);
    });

    it("refuses an order meant for another world, or already carried out", async () => {
      const { nodes, marketplace, stranger } = await loadFixture(withoutNodes);
      await expect(nodes.setMarketplace(stranger.address, ZeroAddress))
        .to.be.revertedWithCustomError(nodes, "Moved")
        .withArgs("marketplace", BigInt(stranger.address), BigInt(marketplace.address));
      await expect(nodes.setMarketplace(marketplace.address, marketplace.address))
        .to.be.revertedWithCustomError(nodes, "Unchanged")
        .withArgs("marketplace", BigInt(marketplace.address));
    });

    it("is never a guardian", async () => {
      const { nodes, pause, marketplace, stranger } = await loadFixture(withoutNodes);
      await pause.appointGuardian(
        stranger.address,
        2_000_000_000,
        await signAcceptance(pause, stranger, stranger.address),
      );
      await expect(nodes.setMarketplace(marketplace.address, stranger.address))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_GuardianCannotBeMarketplace")
        .withArgs(stranger.address);
    });

    it("loses its role to a guardian, by way of the pause, and to nobody else but the owner", async () => {
      const { nodes, pause, byMarketplace, owner, stranger } = await loadFixture(withNode);
      await expect(nodes.revokeMarketplace())
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_NotSystemPause")
        .withArgs(owner.address, await pause.getAddress());
      await pause.appointGuardian(
        stranger.address,
        2_000_000_000,
        await signAcceptance(pause, stranger, stranger.address),
      );
      await expect(pause.connect(stranger).revokeMarketplace()).to.emit(nodes, "MarketplaceSet").withArgs(ZeroAddress);
      await expect(byMarketplace.drain(1)).to.be.revertedWithCustomError(nodes, "NodeRegistry_NotOwnerOrMarketplace");
      await pause.armGuardian(stranger.address);
      await expect(pause.connect(stranger).revokeMarketplace())
        .to.be.revertedWithCustomError(nodes, "Unchanged")
        .withArgs("marketplace", 0);
    });
  });

  describe("page", () => {
    it("gives as many nodes as there are from an index on, and none beyond", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      for (let i = 1; i <= 6; i++) await admit({ nodeId: nameOf(`node-${i}`), key: ed25519Key(`node-${i}`) });
      const idsOf = async (from: number, count: number) => (await nodes.page(from, count)).map((node) => node.nodeId);
      const all = [1, 2, 3, 4, 5, 6].map((i) => nameOf(`node-${i}`));
      expect(await idsOf(1, 6)).to.deep.equal(all);
      expect(await idsOf(1, 2 ** 32 - 1)).to.deep.equal(all);
      expect(await idsOf(3, 2)).to.deep.equal(all.slice(2, 4));
      expect(await idsOf(6, 9)).to.deep.equal(all.slice(5));
      expect(await idsOf(7, 9)).to.deep.equal([]);
      expect(await idsOf(2 ** 32 - 1, 2 ** 32 - 1)).to.deep.equal([]);
      expect(await idsOf(1, 0)).to.deep.equal([]);
      await expect(nodes.page(0, 1)).to.be.revertedWithCustomError(nodes, "NodeRegistry_NoSuchNode").withArgs(0);
    });

    it("has no nodes in a shard that cannot be", async () => {
      const { nodes } = await loadFixture(withNode);
      expect([await nodes.nodesIn(0), await nodes.nodesIn(33), await nodes.nodesIn(65_535)]).to.deep.equal([
        0n,
        0n,
        0n,
      ]);
    });
  });

  describe("gas", () => {
    it("of reading a page of a thousand nodes stays within an eth_call", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      for (let i = 1; i <= 20; i++) await admit({ nodeId: nameOf(`node-${i}`), key: ed25519Key(`node-${i}`) });
      const perNode = (await nodes.page.estimateGas(1, 20)) / 20n;
      expect(perNode * 1000n < 16_777_216n, `${perNode} gas a node`).to.equal(true);
    });
  });
});
