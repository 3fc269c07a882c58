import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { concat, dataLength, toBeHex, type Wallet } from "ethers";
import type { Constitution } from "./OwnerMultisigSigning.ts";
import type { P256Key } from "./P256Keys.ts";

export const [EOA, ERC1271, ERC7913] = [1, 2, 3];

/** One who may be a member, and the payload of the signature over a digest. */
export type Candidate = { kind: number; key: string; payload: (digest: string) => string };

/** A payload that a contract judges, behind its length. */
export const judged = (bytes: string): string => concat([toBeHex(dataLength(bytes), 2), bytes]);
export const eoa = (wallet: Wallet): Candidate => ({
  kind: EOA,
  key: wallet.address.toLowerCase(),
  payload: (digest) => wallet.signingKey.sign(digest).compactSerialized,
});
export const contract = (address: string, sign: (digest: string) => string): Candidate => ({
  kind: ERC1271,
  key: address.toLowerCase(),
  payload: (digest) => judged(sign(digest)),
});
export const point = (verifier: string, key: P256Key, sign: (digest: string) => string): Candidate => ({
  kind: ERC7913,
  key: concat([verifier, key.publicKey]),
  payload: (digest) => judged(sign(digest)),
});

/** The candidates as members that weigh 1 each, in order. */
export function constitutionOf(candidates: Candidate[], threshold: number): Constitution {
  const members = candidates.map(({ kind, key }) => ({ kind, weight: 1, key }));
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { members, threshold, defaultDelay: 0, rules: [] };
}

/** Signatures over a digest, by the indices that the candidates have in a constitution. */
export function signatures(constitution: Constitution, signers: Candidate[], digest: string): string {
  const indexed = signers.map((signer) => ({ index: indexIn(constitution, signer), payload: signer.payload(digest) }));
  indexed.sort((a, b) => a.index - b.index);
  return concat(indexed.flatMap(({ index, payload }) => [toBeHex(index, 1), payload]));
}

/** The index of a candidate in a constitution, from 1 on. */
export const indexIn = ({ members }: Constitution, { key }: Candidate): number =>
  members.findIndex((member) => member.key === key) + 1;

/** OpenZeppelin's verifiers of P-256 keys, plain and in WebAuthn. */
export async function deployVerifiers(ethers: HardhatEthers) {
  const p256 = await (await ethers.deployContract("ERC7913P256Verifier")).getAddress();
  const webAuthn = await (await ethers.deployContract("ERC7913WebAuthnVerifier")).getAddress();
  return { p256, webAuthn };
}
