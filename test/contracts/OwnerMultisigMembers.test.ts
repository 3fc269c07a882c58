import { expect } from "chai";
import { concat, dataSlice, id, TypedDataEncoder, toBeHex, Wallet } from "ethers";
import { network } from "hardhat";
import { followsTree } from "./behaviourTree.ts";
import {
  type Candidate,
  constitutionOf,
  contract,
  deployVerifiers,
  EOA,
  ERC1271,
  ERC7913,
  eoa,
  indexIn,
  judged,
  point,
  signatures,
} from "./OwnerMultisigMembers.ts";
import {
  acceptanceTypes,
  type Batch,
  batchTypes,
  type Call,
  type Constitution,
  cancellationTypes,
  domainOf,
  ownersOf,
} from "./OwnerMultisigSigning.ts";
import { order, P256Key, prime } from "./P256Keys.ts";
import { deploySafe, signSafeMessage } from "./SafeContracts.ts";

const { ethers, networkHelpers } = await network.create("drill");
const { loadFixture, time } = networkHelpers;

const DAY = 86_400;
const MEMBERSHIP = 1n << 64n;
const isValidSignature = dataSlice(id("isValidSignature(bytes32,bytes)"), 0, 4);

/** A multisig of the candidates, all of whom are needed unless a threshold says less. */
async function multisigOf(candidates: Candidate[], verifiers: string[], threshold = candidates.length) {
  const constitution = constitutionOf(candidates, threshold);
  const multisig = await ethers.deployContract("OwnerMultisig", [constitution, verifiers]);
  const probe = await ethers.deployContract("Probe");
  const domain = await domainOf(multisig);
  const now = await time.latest();
  const count = { to: await probe.getAddress(), data: probe.interface.encodeFunctionData("count") };
  const batch = (calls: Call[], changes: Partial<Batch> = {}): Batch => {
    const validity = { validAfter: now, validUntil: now + DAY };
    return { calls, nonce: 0n, ...validity, epoch: 1n, memo: id("a memo"), ...changes };
  };
  const digestOf = (signed: Batch) => TypedDataEncoder.hash(domain, batchTypes, signed);
  const execute = (signed: Batch, signers: Candidate[]) =>
    multisig.execute(signed, signatures(constitution, signers, digestOf(signed)));
  /** Holds that the signature of one member, with all others good, is refused by the member's index. */
  const expectBad = async (bad: Candidate) => {
    const others = candidates.filter(({ key }) => key !== bad.key);
    await expect(execute(batch([count]), [...others, bad]))
      .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BadSignature")
      .withArgs(indexIn(constitution, bad));
  };
  return { multisig, probe, domain, constitution, count, batch, digestOf, execute, expectBad };
}

/** An EOA and a contract with one key. */
async function deployWithContract() {
  const [owner = new Wallet(id("")), holder = owner] = ownersOf(2);
  const account = await (await ethers.deployContract("SignerAccount", [holder.address])).getAddress();
  const signed = contract(account, (digest) => holder.signingKey.sign(digest).serialized);
  return { owner: eoa(owner), account, signed, ...(await multisigOf([eoa(owner), signed], [])) };
}

/** An EOA and a contract that does as it is told. */
async function deployWithStranger() {
  const [owner = new Wallet(id(""))] = ownersOf(1);
  const stranger = await ethers.deployContract("StrangeSigner");
  const asked = contract(await stranger.getAddress(), () => "0x");
  return { owner: eoa(owner), stranger, asked, ...(await multisigOf([eoa(owner), asked], [])) };
}

/** An EOA, a P-256 key and an authenticator's. */
async function deployWithKeys() {
  const verifiers = await deployVerifiers(ethers);
  const [owner = new Wallet(id(""))] = ownersOf(1);
  const [plain, authenticator] = [new P256Key("a chip"), new P256Key("a passkey")];
  const chip = point(verifiers.p256, plain, (digest) => plain.sign(digest));
  const passkey = point(verifiers.webAuthn, authenticator, (digest) => authenticator.assertion(digest));
  const candidates = [eoa(owner), chip, passkey];
  const deployed = await multisigOf(candidates, Object.values(verifiers));
  return { verifiers, owner: eoa(owner), plain, authenticator, chip, passkey, ...deployed };
}

describe("OwnerMultisig's members", () => {
  followsTree(new URL("./OwnerMultisigMembers.tree", import.meta.url));

  describe("a contract", () => {
    it("decides by what it says of the signature", async () => {
      const { multisig, probe, constitution, owner, signed, count, batch, execute, expectBad } =
        await loadFixture(deployWithContract);
      const [, other = new Wallet(id(""))] = ownersOf(2, "stranger");
      await expectBad({ ...signed, payload: (digest) => judged(other.signingKey.sign(digest).serialized) });
      await expectBad({ ...signed, payload: () => judged("0x") });
      await expect(execute(batch([count]), [owner, signed])).to.emit(multisig, "Executed");
      expect(await probe.calls()).to.equal(1n);
      expect((await multisig.snapshot()).constitution.members.map(({ kind, key }) => [kind, key])).to.deep.equal(
        constitution.members.map(({ kind, key }) => [BigInt(kind), key]),
      );
    });

    it("may be a Safe, whose owners sign by its own threshold", async () => {
      const [owner = new Wallet(id(""))] = ownersOf(1);
      const holders = ownersOf(3, "holder of the Safe");
      const address = await deploySafe(ethers, holders, 2);
      const safe = (by: Wallet[]) => contract(address, (digest) => signSafeMessage(address, by, digest));
      const { multisig, probe, count, batch, execute, expectBad } = await multisigOf(
        [eoa(owner), safe(holders.slice(0, 2))],
        [],
      );
      await expectBad(safe(holders.slice(0, 1)));
      await expectBad(safe([...holders.slice(0, 1), ...ownersOf(1, "stranger")]));
      await expect(execute(batch([count]), [eoa(owner), safe(holders.slice(1))])).to.emit(multisig, "Executed");
      expect(await probe.calls()).to.equal(1n);
    });

    for (const [title, manner, words] of [
      ["reverts", 2, "0x"],
      ["reverts with the right word", 2, concat([isValidSignature, toBeHex(0, 28)])],
      ["answers nothing", 0, "0x"],
      ["answers less than a word", 0, concat([isValidSignature, toBeHex(0, 27)])],
      ["answers true", 0, toBeHex(1, 32)],
      [
        "answers with another selector",
        0,
        concat([dataSlice(id("verify(bytes,bytes32,bytes)"), 0, 4), toBeHex(0, 28)]),
      ],
      ["answers with junk behind the selector", 0, concat([isValidSignature, toBeHex(1, 28)])],
      ["answers 100,000 bytes of nothing", 1, toBeHex(0, 32)],
      ["eats all the gas it gets", 3, "0x"],
    ] as const)
      it(`has not signed when it ${title}, and is named by its index`, async () => {
        const { stranger, asked, expectBad } = await loadFixture(deployWithStranger);
        await stranger.behave(manner, words, "0x");
        await expectBad(asked);
      });

    it("has signed when the first word is right, however long its answer, at no cost of the asker", async () => {
      const { multisig, stranger, owner, asked, count, batch, execute } = await loadFixture(deployWithStranger);
      const right = concat([isValidSignature, toBeHex(0, 28)]);
      await stranger.behave(0, right, "0x");
      const brief = await (await execute(batch([count]), [owner, asked])).wait();
      await stranger.behave(1, right, "0x");
      const long = await (await execute(batch([count], { nonce: 1n }), [owner, asked])).wait();
      expect((await multisig.snapshot()).nonces[0]).to.equal(2n);
      // The signer pays some 30,000 for the memory of 100,000 bytes, and a copy of it would take as much again.
      expect((long?.gasUsed ?? 0n) - (brief?.gasUsed ?? 0n) < 32_000n).to.equal(true);
    });

    it("gets 400,000 gas and no more", async () => {
      const { multisig, constitution, stranger, owner, asked, count, batch, digestOf } =
        await loadFixture(deployWithStranger);
      await stranger.behave(3, "0x", "0x");
      const all = signatures(constitution, [owner, asked], digestOf(batch([count])));
      const sent = await multisig.execute(batch([count]), all, { gasLimit: 5_000_000 }).catch(() => null);
      expect(sent).to.equal(null);
      const block = await ethers.provider.getBlock("latest");
      const used = Number(block?.gasUsed);
      expect(used > 400_000 && used < 500_000, `used ${used}`).to.equal(true);
    });

    it("can change nothing when it is asked, and so not re-enter", async () => {
      const { multisig, probe, constitution, stranger, owner, asked, count, batch, digestOf, execute } =
        await loadFixture(deployWithStranger);
      const right = concat([isValidSignature, toBeHex(0, 28)]);
      const inner = batch([count], { nonce: 2n << 64n });
      const all = signatures(constitution, [owner, asked], digestOf(inner));
      await stranger.behave(0, right, multisig.interface.encodeFunctionData("execute", [inner, all]));
      await execute(batch([count]), [owner, asked]);
      expect(await probe.calls()).to.equal(1n);
      expect((await multisig.snapshot()).nonces).to.deep.equal([1n, MEMBERSHIP, 2n << 64n]);
    });

    it("signs with all the bytes that are said, and none are left over", async () => {
      const { multisig, constitution, signed, count, batch, digestOf } = await loadFixture(deployWithContract);
      // The contract's signature alone: its index, two bytes of length, 65 bytes.
      const one = signatures(constitution, [signed], digestOf(batch([count])));
      for (const [bytes, left] of [
        [dataSlice(one, 0, 1), 1],
        [dataSlice(one, 0, 2), 2],
        [dataSlice(one, 0, 67), 67],
      ] as const)
        await expect(multisig.execute(batch([count]), bytes))
          .to.be.revertedWithCustomError(multisig, "OwnerMultisig_BytesLeftOver")
          .withArgs(left);
    });

    it("accepts office itself, and cancels by itself", async () => {
      const { multisig, domain, constitution, owner, signed, batch, execute } = await loadFixture(deployWithContract);
      const next = { ...constitution, defaultDelay: 60 };
      const acceptance = TypedDataEncoder.hash(domain, acceptanceTypes, { epoch: 2, constitution: next });
      const constitute = (signers: Candidate[]) => ({
        to: domain.verifyingContract,
        data: multisig.interface.encodeFunctionData("constitute", [next, signatures(next, signers, acceptance)]),
      });
      await expect(
        execute(batch([constitute([owner])], { nonce: MEMBERSHIP }), [owner, signed]),
      ).to.be.revertedWithCustomError(multisig, "OwnerMultisig_CallFailed");
      await execute(batch([constitute([owner, signed])], { nonce: MEMBERSHIP }), [owner, signed]);

      const delayed = batch([{ to: signed.key, data: "0x12345678" }], { epoch: 2n });
      const digest = TypedDataEncoder.hash(domain, batchTypes, delayed);
      await multisig.announce(delayed, signatures(next, [owner, signed], digest));
      const cancellation = TypedDataEncoder.hash(domain, cancellationTypes, { batch: delayed });
      await expect(multisig.cancel(delayed, signatures(next, [signed], cancellation))).to.emit(multisig, "Cancelled");
    });
  });

  describe("a P-256 key", () => {
    it("signs a batch, by chip or by passkey, beside other kinds", async () => {
      const { multisig, probe, constitution, owner, chip, passkey, count, batch, execute } =
        await loadFixture(deployWithKeys);
      await expect(execute(batch([count]), [owner, chip, passkey])).to.emit(multisig, "Executed");
      expect(await probe.calls()).to.equal(1n);
      expect((await multisig.snapshot()).constitution.members.map(({ kind, key }) => [kind, key])).to.deep.equal(
        constitution.members.map(({ kind, key }) => [BigInt(kind), key]),
      );
    });

    it("is kept as it was given among sixteen of its kind, beside all the rules there may be", async () => {
      const { p256 } = await deployVerifiers(ethers);
      const keys = Array.from({ length: 16 }, (_, i) => new P256Key(`key ${i}`));
      const chips = keys.map((key) => point(p256, key, (digest) => key.sign(digest)));
      const rules = Array.from({ length: 32 }, (_, i) => ({
        target: toBeHex(i, 20),
        selector: "0x12345678",
        delay: i,
      }));
      const constitution = { ...constitutionOf(chips, 16), rules };
      const multisig = await ethers.deployContract("OwnerMultisig", [constitution, [p256]]);
      const kept = (await multisig.snapshot()).constitution;
      expect(kept.members.map(({ key }) => key)).to.deep.equal(constitution.members.map(({ key }) => key));
      expect(kept.rules.map(({ delay }) => delay)).to.deep.equal(rules.map(({ delay }) => BigInt(delay)));
    });

    it("signs nothing but what it signed", async () => {
      const { plain, authenticator, chip, passkey, expectBad } = await loadFixture(deployWithKeys);
      const other = new P256Key("a stranger's");
      await expectBad({ ...chip, payload: (digest) => judged(other.sign(digest)) });
      await expectBad({ ...chip, payload: () => judged(plain.sign(id("something else"))) });
      await expectBad({ ...chip, payload: () => judged("0x") });
      await expectBad({ ...chip, payload: (digest) => judged(plain.assertion(digest)) });
      await expectBad({ ...passkey, payload: (digest) => judged(other.assertion(digest)) });
      await expectBad({ ...passkey, payload: () => judged(authenticator.assertion(id("something else"))) });
      await expectBad({ ...passkey, payload: (digest) => judged(authenticator.sign(digest)) });
    });

    it("has one signature a decision: s in the lower half", async () => {
      const { plain, chip, expectBad } = await loadFixture(deployWithKeys);
      const upper = (signature: string) =>
        concat([dataSlice(signature, 0, 32), toBeHex(order - BigInt(dataSlice(signature, 32)), 32)]);
      await expectBad({ ...chip, payload: (digest) => judged(upper(plain.sign(digest))) });
    });

    it("signs by passkey only with the person there, and verified", async () => {
      const { authenticator, passkey, expectBad } = await loadFixture(deployWithKeys);
      for (const flags of [0, 1, 4])
        await expectBad({ ...passkey, payload: (digest) => judged(authenticator.assertion(digest, flags)) });
    });

    it("is judged by the verifiers that the multisig was deployed with", async () => {
      const { multisig, verifiers } = await loadFixture(deployWithKeys);
      expect(await multisig.verifiers()).to.deep.equal([verifiers.p256, verifiers.webAuthn]);
    });
  });

  describe("refuses", () => {
    const [first = new Wallet(id("")), second = first] = ownersOf(2);
    const member = (kind: number, key: string) => ({ kind, weight: 1, key });
    const only = (...members: Constitution["members"]): Constitution => ({
      members,
      threshold: 1,
      defaultDelay: 0,
      rules: [],
    });

    async function expectRefused(constitution: Constitution, error: string, args: unknown[], verifiers: string[] = []) {
      const { interface: abi } = await ethers.getContractFactory("OwnerMultisig");
      await expect(ethers.deployContract("OwnerMultisig", [constitution, verifiers]))
        .to.be.revertedWithCustomError({ interface: abi }, error)
        .withArgs(...args);
    }

    /** Gives the wallet a delegation, by which it has code that its key can change. */
    async function delegated(): Promise<string> {
      const { account } = await loadFixture(deployWithContract);
      const wallet = new Wallet(id("delegated"), ethers.provider);
      await networkHelpers.setBalance(wallet.address, 10n ** 18n);
      const authorization = await wallet.authorize({ address: account, nonce: 1, chainId: 31337 });
      await wallet.sendTransaction({ type: 4, to: second.address, authorizationList: [authorization] });
      expect(await ethers.provider.getCode(wallet.address)).to.equal(concat(["0xef0100", account]));
      return wallet.address;
    }

    it("an account without code as a contract", () =>
      expectRefused(only(member(ERC1271, first.address)), "OwnerMultisig_NotContract", [1n, first.address]));

    it("a delegation as a contract, for its key can change what it says", async () => {
      const address = await delegated();
      await expectRefused(only(member(ERC1271, address)), "OwnerMultisig_NotContract", [1n, address]);
    });

    it("a precompile as a contract", () => {
      const key = ethers.getAddress(toBeHex(0x100, 20));
      return expectRefused(only(member(ERC1271, key)), "OwnerMultisig_ReservedAddress", [1n, key]);
    });

    it("a verifier as a contract that signs for itself", async () => {
      const { verifiers } = await loadFixture(deployWithKeys);
      await expectRefused(
        only(member(ERC1271, verifiers.p256)),
        "OwnerMultisig_ReservedAddress",
        [1n, verifiers.p256],
        [verifiers.p256],
      );
    });

    it("an address twice, also in two kinds", async () => {
      const { account } = await loadFixture(deployWithContract);
      const twice = only(member(ERC1271, account), member(ERC1271, account));
      await expectRefused(twice, "OwnerMultisig_KeyNotRising", [2n, account.toLowerCase()]);
      const address = first.address;
      const kinds = only(member(EOA, address), member(ERC1271, address));
      await expectRefused(kinds, "OwnerMultisig_NotContract", [2n, address]);
    });

    for (const length of [0, 20, 83, 85])
      it(`a P-256 key of ${length} bytes`, async () => {
        const { verifiers, chip } = await loadFixture(deployWithKeys);
        const key = dataSlice(concat([chip.key, "0x00"]), 0, length);
        await expectRefused(only(member(ERC7913, key)), "OwnerMultisig_KeyLength", [1n, 84n, length], [verifiers.p256]);
      });

    it("a verifier that the multisig was not deployed with", async () => {
      const { verifiers, passkey } = await loadFixture(deployWithKeys);
      const constitution = only(member(ERC7913, passkey.key));
      const { p256, webAuthn } = verifiers;
      await expectRefused(constitution, "OwnerMultisig_UnknownVerifier", [1n, webAuthn], [p256]);
    });

    it("a point that is not on the curve, or written in another way", async () => {
      const { verifiers, plain } = await loadFixture(deployWithKeys);
      const { x, y } = plain;
      for (const [otherX, otherY] of [
        [x, y + 1n],
        [0n, 0n],
        [
          5n + prime,
          31_468_013_646_237_722_594_854_082_025_316_614_106_172_411_895_747_863_909_393_730_389_177_298_123_724n,
        ],
      ] as const) {
        const key = concat([verifiers.p256, toBeHex(otherX, 32), toBeHex(otherY, 32)]);
        const args = [1n, otherX, otherY];
        await expectRefused(only(member(ERC7913, key)), "OwnerMultisig_NotOnCurve", args, [verifiers.p256]);
      }
    });

    it("one key for two members, under two verifiers or as its mirror image", async () => {
      const { verifiers, plain } = await loadFixture(deployWithKeys);
      const both = [verifiers.p256, verifiers.webAuthn];
      const under = (verifier: string, y = plain.y): Constitution["members"][0] =>
        member(ERC7913, concat([verifier, toBeHex(plain.x, 32), toBeHex(y, 32)]));
      for (const members of [
        [under(verifiers.p256), under(verifiers.webAuthn)],
        [under(verifiers.p256), under(verifiers.p256, prime - plain.y)],
      ]) {
        members.sort((a, b) => (a.key < b.key ? -1 : 1));
        await expectRefused(only(...members), "OwnerMultisig_SameKey", [2n, 1n], both);
      }
    });

    it("keys out of order", async () => {
      const { verifiers } = await loadFixture(deployWithKeys);
      const keys = ["one", "two"].map((seed) => concat([verifiers.p256, new P256Key(seed).publicKey])).sort();
      const members = keys.reverse().map((key) => member(ERC7913, key));
      await expectRefused(only(...members), "OwnerMultisig_KeyNotRising", [2n, keys[1]], [verifiers.p256]);
    });

    it("a verifier without code, or whose key can change it", async () => {
      const owner = only(member(EOA, first.address));
      for (const verifier of [second.address, await delegated()])
        await expectRefused(owner, "OwnerMultisig_NotVerifier", [verifier], [verifier]);
    });
  });
});
