import { expect } from "chai";
import { Wallet, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import {
  asFields,
  compressedKey,
  ed25519Key,
  fieldOf,
  nameOf,
  registrationWith,
  shardWith,
  signRegistration,
} from "./governedFamily.ts";
import {
  deployNode,
  deployNodes,
  EARTH,
  ED25519,
  MOON,
  nodeWith,
  ORBIT,
  P256,
  type Registration,
  SECP256K1,
  U64,
} from "./NodeRegistryNodes.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, setCode, time } = networkHelpers;

/** Places in storage; slots 0 and 1 hold the owner and the owner to be, 2 to 4 the EIP-712 names and the nonces. */
const [STATE_SLOT, NODES_SLOT, NODES_IN_SLOT] = [5, 6, 8];

async function withoutNodes() {
  return deployNodes(ethers);
}

async function withNode() {
  return deployNode(ethers);
}

describe("NodeRegistry: admission", () => {
  followsTree(new URL("./NodeRegistryAdmission.tree", import.meta.url));

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
      await expect(admit({ shard })).to.be.revertedWithCustomError(nodes, "NodeRegistry_NoActiveShard").withArgs(shard);
    }
  });

  it("takes a node into the thirty-second shard, the last that can be, and counts it there", async () => {
    const { shards, nodes, admit } = await loadFixture(withoutNodes);
    for (let i = 4; i <= 32; i++) await shards.register(nameOf(`shard-${i}`), shardWith());
    await admit({ shard: 32 });
    expect(await nodes.nodesIn(32)).to.equal(1);
    await expect(shards.retire(32))
      .to.be.revertedWithCustomError(shards, "ShardRegistry_ShardHasNodes")
      .withArgs(32, 1);
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
      [0, compressedKey("a")],
      [4, ed25519Key("a")],
      [4, compressedKey("a")],
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
    await expect(nodes.admit(registration, foreign)).to.be.revertedWithCustomError(nodes, "NodeRegistry_BadSignature");
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
