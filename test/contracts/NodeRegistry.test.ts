import { expect } from "chai";
import { encodeBytes32String, Wallet, ZeroAddress } from "ethers";
import { network } from "hardhat";
import type { INodeRegistry, NodeRegistry } from "../../types/index.ts";
import { followsTree } from "./behaviourTree.ts";
import { snapshotGas } from "./gasSnapshot.ts";
import {
  asFields,
  asGiven,
  compressedKey,
  deployFamily,
  ed25519Key,
  fieldOf,
  nameOf,
  registrationWith,
  shardWith,
  signAcceptance,
  signRegistration,
} from "./governedFamily.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, setCode, time } = networkHelpers;

const [ADMITTED, DRAINING, REMOVED] = [1, 2, 3];
const [ED25519, P256, SECP256K1] = [1, 2, 3];
const [EARTH, ORBIT, MOON] = [1, 2, 3];
const U64 = 2n ** 64n - 1n;

/** Places in storage; slots 0 and 1 hold the owner and the owner to be, 2 to 4 the EIP-712 names and the nonces. */
const [STATE_SLOT, NODES_SLOT, NODES_IN_SLOT] = [5, 6, 8];

type Registration = Partial<INodeRegistry.RegistrationStruct>;

/** Three shards of which the third is retired, two skills, a marketplace, and a way to admit nodes. */
async function withoutNodes() {
  const family = await deployFamily(ethers);
  const { shards, nodes, operator, marketplace } = family;
  for (const name of ["earth", "orbit", "moon"]) await shards.register(nameOf(name), shardWith());
  await shards.retire(MOON);
  for (const skill of ["logistics", "iot"]) await nodes.addSkill(nameOf(skill));
  await nodes.setMarketplace(ZeroAddress, marketplace.address);

  /** Admits by `by`, the owner if nobody is given, what `operator` signed. */
  async function admit(fields: Registration = {}, by: NodeRegistry = nodes) {
    const registration = await registrationWith(nodes, operator, fields);
    return by.admit(registration, await signRegistration(nodes, operator, registration));
  }
  return { ...family, admit, byMarketplace: nodes.connect(marketplace), byOperator: nodes.connect(operator) };
}

async function withNode() {
  const family = await withoutNodes();
  await family.admit();
  return family;
}

/** What {page} gives for the registration that {registrationWith} makes. */
const nodeWith = (operator: { address: string }, fields: object = {}) =>
  asGiven({
    ...{ nodeId: nameOf("earth.edge-europa"), operator: operator.address, shard: 1, capacity: 16, maxConcurrency: 12 },
    ...{ heartbeatSeconds: 18, skills: 0, keyKind: ED25519, status: ADMITTED, key: ed25519Key("earth.edge-europa") },
    ...fields,
  });

async function nodeOf(nodes: NodeRegistry, index: number) {
  return asFields((await nodes.page(index, 1))[0]);
}

describe("NodeRegistry", () => {
  followsTree(new URL("./NodeRegistry.tree", import.meta.url));

  describe("admit", () => {
    it("takes the owner's word or the marketplace's, and gives the node its index", async () => {
      const { nodes, admit, byMarketplace, operator } = await loadFixture(withoutNodes);
      const first = nodeWith(operator);
      await expect(admit()).to.emit(nodes, "NodeAdmitted").withArgs(1, 3, Object.values(first));
      const other = {
        nodeId: nameOf("orbit.relay"),
        shard: ORBIT,
        skills: 0b11,
        keyKind: P256,
        key: compressedKey("b"),
      };
      const second = nodeWith(operator, other);
      await expect(admit(other, byMarketplace)).to.emit(nodes, "NodeAdmitted").withArgs(2, 4, Object.values(second));

      expect([...(await nodes.snapshot())]).to.deep.equal([4n, 2n]);
      expect((await nodes.page(1, 10)).map(asFields)).to.deep.equal([first, second]);
      expect(await nodes.indexOf(nameOf("orbit.relay"))).to.equal(2);
      expect([await nodes.nodesIn(EARTH), await nodes.nodesIn(ORBIT), await nodes.nodesIn(MOON)]).to.deep.equal([
        1n,
        1n,
        0n,
      ]);
      expect(await nodes.nonces(operator.address)).to.equal(2);
    });

    it("keeps a node in four slots", async () => {
      const { nodes, admit, operator } = await loadFixture(withoutNodes);
      await admit({
        ...{ capacity: 1_000_000, maxConcurrency: 7, skills: 3, keyKind: SECP256K1, key: compressedKey("a", "03") },
      });
      const base = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [1, NODES_SLOT]));
      const slots: string[] = [];
      for (let i = 0n; i < 5n; i++) slots.push(await ethers.provider.getStorage(nodes, BigInt(base) + i));
      const [name = "", who = "", skills = "", key = "", rest = ""] = slots;
      expect(name).to.equal(nameOf("earth.edge-europa"));
      const parts = [20, 22, 24, 25, 26, 27].map((offset, i) => fieldOf(who, offset, [2, 2, 1, 1, 1, 4][i] ?? 0));
      expect(fieldOf(who, 0, 20)).to.equal(BigInt(operator.address));
      expect(parts).to.deep.equal([1n, 18n, 3n, 3n, 1n, 1_000_000n]);
      expect([fieldOf(skills, 0, 4), fieldOf(skills, 4, 8), fieldOf(skills, 12, 20)]).to.deep.equal([7n, 3n, 0n]);
      expect(key).to.equal(`0x${compressedKey("a", "03").slice(4)}`);
      expect(BigInt(rest)).to.equal(0n);
      const state = await ethers.provider.getStorage(nodes, STATE_SLOT);
      expect([fieldOf(state, 20, 8), fieldOf(state, 28, 4)]).to.deep.equal([3n, 1n]);
      expect(fieldOf(await ethers.provider.getStorage(nodes, NODES_IN_SLOT), 4, 4)).to.equal(1n);
    });

    it("refuses whoever is neither the owner nor the marketplace", async () => {
      const { nodes, admit, byOperator, operator } = await loadFixture(withoutNodes);
      await expect(admit({}, byOperator))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_NotOwnerOrMarketplace")
        .withArgs(operator.address);
    });

    it("refuses a registration out of bounds, each field by name", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      const bad = [
        [{ capacity: 0, maxConcurrency: 0 }, "capacity", 0, 1, 1_000_000],
        [{ capacity: 1_000_001 }, "capacity", 1_000_001, 1, 1_000_000],
        [{ maxConcurrency: 0 }, "maxConcurrency", 0, 1, 16],
        [{ maxConcurrency: 17 }, "maxConcurrency", 17, 1, 16],
        [{ heartbeatSeconds: 0 }, "heartbeatSeconds", 0, 1, 65_535],
      ] as const;
      for (const [fields, ...why] of bad) {
        await expect(admit(fields))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_OutOfBounds")
          .withArgs(...why);
      }
      await admit({ capacity: 16, maxConcurrency: 16, heartbeatSeconds: 1 });
    });

    it("refuses a shard that is not registered, or retired", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      for (const shard of [0, MOON, 4, 32, 33, 65_535]) {
        await expect(admit({ shard }))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_NoActiveShard")
          .withArgs(shard);
      }
    });

    it("refuses skills without a name", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      await expect(admit({ skills: 0b1101 }))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_UnknownSkills")
        .withArgs(0b1100);
      await expect(admit({ skills: U64 }))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_UnknownSkills")
        .withArgs(U64 - 0b11n);
      await admit({ skills: 0b11 });
    });

    it("refuses a key that has not the shape of its kind", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      const bad = [
        [0, ed25519Key("a")],
        [4, ed25519Key("a")],
        [ED25519, "0x"],
        [ED25519, compressedKey("a")],
        [ED25519, `0x${"00".repeat(32)}`],
        [P256, ed25519Key("a")],
        [P256, `0x04${compressedKey("a").slice(4)}`],
        [P256, `${compressedKey("a")}00`],
        [P256, `0x02${"00".repeat(32)}`],
        [SECP256K1, ed25519Key("a")],
        [SECP256K1, `0x00${compressedKey("a").slice(4)}`],
      ] as const;
      for (const [keyKind, key] of bad) {
        await expect(admit({ keyKind, key }), `${keyKind} ${key}`)
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadKey")
          .withArgs(keyKind, key);
      }
    });

    it("refuses a name that is not one, or was taken", async () => {
      const { nodes, admit } = await loadFixture(withNode);
      await nodes.remove(1);
      await expect(admit())
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_NodeIdTaken")
        .withArgs(nameOf("earth.edge-europa"), 1);
      for (const text of ["", "a b"]) {
        await expect(admit({ nodeId: nameOf(text) }))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadName")
          .withArgs(nameOf(text));
      }
    });

    it("refuses the key of another node until that node is removed", async () => {
      const { nodes, admit } = await loadFixture(withNode);
      const copy = { nodeId: nameOf("copy") };
      await expect(admit(copy)).to.be.revertedWithCustomError(nodes, "NodeRegistry_KeyTaken").withArgs(1);
      await nodes.drain(1);
      await expect(admit(copy)).to.be.revertedWithCustomError(nodes, "NodeRegistry_KeyTaken").withArgs(1);
      await nodes.remove(1);
      await admit(copy);
    });

    it("knows keys of two kinds, and two halves of a curve, apart", async () => {
      const { admit } = await loadFixture(withoutNodes);
      await admit({ nodeId: nameOf("a"), keyKind: P256, key: compressedKey("key", "02") });
      await admit({ nodeId: nameOf("b"), keyKind: P256, key: compressedKey("key", "03") });
      await admit({ nodeId: nameOf("c"), keyKind: SECP256K1, key: compressedKey("key", "02") });
      await admit({ nodeId: nameOf("d"), keyKind: ED25519, key: ed25519Key("key") });
    });

    it("refuses a registration after its deadline", async () => {
      const { nodes, operator } = await loadFixture(withoutNodes);
      const deadline = (await time.latest()) + 1000;
      const registration = await registrationWith(nodes, operator, { deadline });
      const signature = await signRegistration(nodes, operator, registration);
      await time.setNextBlockTimestamp(deadline + 1);
      await expect(nodes.admit(registration, signature))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_RegistrationExpired")
        .withArgs(deadline, deadline + 1);
    });

    it("takes a registration in the last second before its deadline", async () => {
      const { nodes, operator } = await loadFixture(withoutNodes);
      const deadline = (await time.latest()) + 1000;
      const registration = await registrationWith(nodes, operator, { deadline });
      const signature = await signRegistration(nodes, operator, registration);
      await time.setNextBlockTimestamp(deadline);
      await nodes.admit(registration, signature);
    });

    it("refuses a registration that was used, or whose turn it is not", async () => {
      const { nodes, admit, operator } = await loadFixture(withNode);
      for (const nonce of [0, 2]) {
        await expect(admit({ nonce, nodeId: nameOf("again"), key: ed25519Key("again") }))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_WrongNonce")
          .withArgs(operator.address, nonce, 1);
      }
    });

    it("refuses a signature over anything else than what is admitted", async () => {
      const { nodes, operator } = await loadFixture(withoutNodes);
      const signed = await registrationWith(nodes, operator);
      const signature = await signRegistration(nodes, operator, signed);
      const altered: Registration[] = [
        { nodeId: nameOf("other") },
        { shard: ORBIT },
        { capacity: 17 },
        { maxConcurrency: 11 },
        { heartbeatSeconds: 17 },
        { skills: 1 },
        { keyKind: P256, key: compressedKey("other") },
        { key: ed25519Key("other") },
        { deadline: 2_000_000_001 },
      ];
      for (const fields of altered) {
        await expect(nodes.admit({ ...signed, ...fields }, signature), Object.keys(fields).join())
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadSignature")
          .withArgs(operator.address);
      }
      await nodes.admit(signed, signature);
    });

    it("refuses another's signature, and one made for another contract", async () => {
      const { nodes, owner, operator, pause, shards } = await loadFixture(withoutNodes);
      const registration = await registrationWith(nodes, operator);
      const twin = await ethers.deployContract("NodeRegistry", [owner.address, shards, pause]);
      const forged = [
        await signRegistration(nodes, owner, registration),
        await signRegistration(twin, operator, registration),
        `0x${"00".repeat(65)}`,
        "0x",
      ];
      for (const signature of forged) {
        await expect(nodes.admit(registration, signature))
          .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadSignature")
          .withArgs(operator.address);
      }
      await expect(nodes.admit({ ...registration, operator: ZeroAddress }, `0x${"00".repeat(65)}`))
        .to.be.revertedWithCustomError(nodes, "NodeRegistry_BadSignature")
        .withArgs(ZeroAddress);
    });

    it("asks a contract that is an operator by ERC-1271", async () => {
      const { nodes, operator, stranger } = await loadFixture(withoutNodes);
      const account = await ethers.deployContract("SignerAccount", [operator.address]);
      const registration = await registrationWith(nodes, account);
      const foreign = await signRegistration(nodes, stranger, registration);
      await expect(nodes.admit(registration, foreign)).to.be.revertedWithCustomError(
        nodes,
        "NodeRegistry_BadSignature",
      );
      await nodes.admit(registration, await signRegistration(nodes, operator, registration));
    });

    it("asks the key, not the code, of an operator with an EIP-7702 delegation", async () => {
      const { nodes, stranger } = await loadFixture(withoutNodes);
      const delegated = Wallet.createRandom();
      const code = await ethers.deployContract("SignerAccount", [stranger.address]);
      await setCode(delegated.address, ethers.concat(["0xef0100", await code.getAddress()]));
      expect(await ethers.provider.getCode(delegated.address)).to.have.lengthOf(2 + 2 * 23);
      const registration = await registrationWith(nodes, delegated);
      const byCode = await signRegistration(nodes, stranger, registration);
      await expect(nodes.admit(registration, byCode)).to.be.revertedWithCustomError(nodes, "NodeRegistry_BadSignature");
      await nodes.admit(registration, await signRegistration(nodes, delegated, registration));
    });
  });

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
    it("of every call, second use", async () => {
      const { nodes, admit, byOperator, marketplace, stranger } = await loadFixture(withNode);
      const second = { nodeId: nameOf("earth.core-andes"), key: ed25519Key("earth.core-andes") };
      await admit(second);
      const third = { nodeId: nameOf("orbit.relay-alpha"), key: ed25519Key("orbit.relay-alpha") };
      await nodes.limit(1, 16, 12, 15, 11);
      const calls = {
        admit: () => admit(third),
        limit: () => nodes.limit(1, 15, 11, 14, 10),
        drain: () => nodes.drain(1),
        undrain: () => nodes.undrain(1),
        rotateKey: () => byOperator.rotateKey(1, ED25519, ed25519Key("new")),
        remove: () => nodes.remove(1),
        addSkill: () => nodes.addSkill(nameOf("edge")),
        setMarketplace: () => nodes.setMarketplace(marketplace.address, stranger.address),
      };
      for (const [name, call] of Object.entries(calls)) {
        snapshotGas("NodeRegistry", name, (await (await call()).wait())?.gasUsed ?? 0n);
      }
    });

    it("of reading a page of a thousand nodes stays within an eth_call", async () => {
      const { nodes, admit } = await loadFixture(withoutNodes);
      for (let i = 1; i <= 20; i++) await admit({ nodeId: nameOf(`node-${i}`), key: ed25519Key(`node-${i}`) });
      const perNode = (await nodes.page.estimateGas(1, 20)) / 20n;
      expect(perNode * 1000n < 16_777_216n, `${perNode} gas a node`).to.equal(true);
    });
  });
});
