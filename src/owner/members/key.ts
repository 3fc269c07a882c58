import type { KeyObject } from "node:crypto";
import { dataSlice, SigningKey } from "ethers";
import { walletOf } from "../../governance/index.ts";
import { type OwnerSignature, payloadOf } from "../batch.ts";
import { type Member, notAMember } from "../office.ts";
import { publicPointOf, signDigest } from "./p256.ts";

/** A private key that is at hand, with which a member signs what the multisig asks for. */
export type MemberKey = {
  /** The account's address; of a P-256 key its x and y. Hex. */
  readonly called: string;
  /** Whether it is the key of that member. */
  readonly isOf: (member: Member) => boolean;
  /** What the member's wallet would give for a digest (EIP-712), hex. */
  readonly sign: (digest: string) => string;
};

/** @param key 32 bytes, hex */
export function accountKey(key: string): MemberKey {
  const { address } = walletOf(key);
  return {
    called: address,
    isOf: (member) => member.kind === "account" && member.address === address,
    sign: (digest) => new SigningKey(key).sign(digest).serialized,
  };
}

/** @returns null when it is no private key of P-256 */
export function p256Key(key: KeyObject): MemberKey | null {
  const point = key.type === "private" ? publicPointOf(key) : null;
  if (point === null) return null;
  return {
    called: point,
    isOf: (member) => member.kind === "key" && dataSlice(member.key, 20) === point,
    sign: (digest) => signDigest(key, digest),
  };
}

/** Signs a digest as the member whose key it is. @throws NOT_A_MEMBER */
export function signWith(key: MemberKey, members: readonly Member[], digest: string): OwnerSignature {
  const index = memberOf(key, members);
  return { index, payload: payloadOf(members[index - 1], key.sign(digest)) };
}

/** The number of the member whose key it is, from 1. @throws NOT_A_MEMBER */
export function memberOf(key: MemberKey, members: readonly Member[]): number {
  const index = members.findIndex(key.isOf) + 1;
  if (index === 0) throw notAMember(key.called, members);
  return index;
}
