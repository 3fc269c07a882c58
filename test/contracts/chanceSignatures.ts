import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { concat, getBytes, id, toBeHex, Wallet } from "ethers";
import type { Random } from "../simulation/random.ts";
import { deployVerifiers, EOA, ERC1271, ERC7913 } from "./OwnerMultisigMembers.ts";
import { order, P256Key } from "./P256Keys.ts";
import type { Signature } from "./signatureModel.ts";

const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** One who may be a member. */
export type Candidate = { kind: number; key: string; order: bigint; sign(digest: string): Buffer };

const bytesOf = (hex: string): Buffer => Buffer.from(getBytes(hex));

/** Wallets, contracts with a wallet's key, P-256 keys and authenticators, of whom constitutions are made. */
export async function candidates(ethers: HardhatEthers): Promise<Candidate[]> {
  const eoas = Array.from({ length: 12 }, (_, i) => {
    const wallet = new Wallet(id(`differential ${i}`));
    const sign = (digest: string) => bytesOf(wallet.signingKey.sign(digest).compactSerialized);
    return { kind: EOA, key: wallet.address.toLowerCase(), order: secp256k1Order, sign };
  });
  const contracts: Candidate[] = [];
  for (let i = 0; i < 6; i++) {
    const holder = new Wallet(id(`differential holder ${i}`));
    const account = await (await ethers.deployContract("SignerAccount", [holder.address])).getAddress();
    const sign = (digest: string) => bytesOf(holder.signingKey.sign(digest).serialized);
    contracts.push({ kind: ERC1271, key: account.toLowerCase(), order: secp256k1Order, sign });
  }
  const verifiers = await deployVerifiers(ethers);
  const points = Array.from({ length: 6 }, (_, i) => {
    const key = new P256Key(`differential ${i}`);
    const plain = i % 3 > 0;
    const sign = (digest: string) => bytesOf(plain ? key.sign(digest) : key.assertion(digest));
    const verifier = plain ? verifiers.p256 : verifiers.webAuthn;
    return { kind: ERC7913, key: concat([verifier, key.publicKey]), order, sign };
  });
  return [...eoas, ...contracts, ...points];
}

/** A constitution at chance, and who its members are. */
export function constitute(
  random: Random,
  all: readonly Candidate[],
): { members: (Candidate & { weight: number })[]; threshold: number } {
  const drawn = [...all];
  const members = Array.from({ length: random.between(1, 16) }, () => {
    const [candidate] = drawn.splice(random.below(drawn.length), 1);
    return { ...candidate, weight: random.once(4) ? random.between(1, 65_535) : random.between(1, 3) };
  });
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return { members, threshold: random.between(1, random.once(2) ? total : Math.ceil(total / 2)) };
}

/** A set of signatures as it is shown to both: in this order, and for the bytes of the first with these bytes more or this many less. */
export type Shown = { readonly signatures: readonly Signature[]; readonly more: Buffer; readonly less: number };

/** Bytes that are no signature of the member who is said to have made them. */
type Spoil = (random: Random, by: Candidate, good: Buffer, others: readonly Signature[]) => Buffer;

const spoils: readonly Spoil[] = [
  // Over something else.
  (_, { sign }) => sign(id("another digest")),
  // Somebody else's.
  (random, _, good, others) => {
    const other = random.pick(others).bytes;
    return other.equals(good) ? Buffer.alloc(64) : other;
  },
  // The other `s` that would do as well.
  (_, { kind, order }, good) => {
    const s = (order - BigInt(`0x${good.toString("hex", 32, 64)}`)) & (2n ** (kind === EOA ? 255n : 256n) - 1n);
    const tail = Buffer.from(good.subarray(64));
    if (kind === ERC1271) tail[0] ^= 27 ^ 28;
    return Buffer.concat([good.subarray(0, 32), bytesOf(toBeHex(s, 32)), tail]);
  },
  // One bit of `r` and `s` is another.
  (random, _, good) => {
    const bytes = Buffer.from(good);
    bytes[random.below(64)] ^= 1 << random.below(8);
    return bytes;
  },
  // Nothing, half a signature, zeros, chance.
  () => Buffer.alloc(0),
  (_random, _, good) => good.subarray(0, 32),
  () => Buffer.alloc(64),
  (random) => Buffer.from(Array.from({ length: 64 }, () => random.below(256))),
];

/** A set of signatures at chance: often enough to decide, half of them with one thing wrong. */
export function show(
  random: Random,
  { members, made }: { members: readonly Candidate[]; made: ReadonlyMap<number, Buffer> },
): Shown {
  const all = [...made].map(([index, bytes]) => ({ index, bytes }));
  const inTen = random.pick([3, 6, 9, 10]);
  let signatures = all.filter(() => random.below(10) < inTen);
  let [more, less] = [Buffer.alloc(0), 0];
  const place = random.below(signatures.length);
  const chosen = signatures[place] ?? all[0];
  const mend = (change: Partial<Signature>) => {
    signatures[place] = { ...chosen, ...change };
  };
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2: {
      const member = members[chosen.index - 1];
      const bytes = random.pick(spoils)(random, member, chosen.bytes, all);
      mend({ bytes: member.kind === EOA ? Buffer.concat([bytes, Buffer.alloc(64)]).subarray(0, 64) : bytes });
      break;
    }
    case 3: {
      // Twice, at once or later.
      signatures.splice(random.between(place, signatures.length), 0, chosen);
      break;
    }
    case 4:
      signatures = signatures
        .map((each) => ({ each, by: random.below(1000) }))
        .sort((a, b) => a.by - b.by)
        .map(({ each }) => each);
      break;
    case 5:
      // By nobody.
      mend({
        index: random.once(3) ? 0 : random.between(members.length + 1, 255),
        bytes: chosen.bytes.subarray(0, 64),
      });
      break;
    case 6:
      if (random.once(2)) more = Buffer.from(Array.from({ length: random.between(1, 80) }, () => random.below(256)));
      else less = signatures.length === 0 ? 0 : random.between(1, (signatures.at(-1) ?? chosen).bytes.length);
      break;
    default:
  }
  return { signatures, more, less };
}
