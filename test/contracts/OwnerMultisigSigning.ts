import { type BigNumberish, concat, id, Signature, toBeHex, Wallet } from "ethers";
import type { OwnerMultisig } from "../../types/index.ts";

export interface Call {
  to: string;
  data: string;
}

export interface Batch {
  calls: Call[];
  nonce: bigint;
  validAfter: number;
  validUntil: number;
  epoch: bigint;
  memo: string;
}

export interface Constitution {
  members: { kind: number; weight: number; key: string }[];
  threshold: number;
  defaultDelay: number;
  rules: { target: string; selector: string; delay: number }[];
}

export interface Domain {
  name: string;
  version: string;
  chainId: bigint;
  verifyingContract: string;
}

const call = [
  { name: "to", type: "address" },
  { name: "data", type: "bytes" },
];
const member = [
  { name: "kind", type: "uint8" },
  { name: "weight", type: "uint16" },
  { name: "key", type: "bytes" },
];
const rule = [
  { name: "target", type: "address" },
  { name: "selector", type: "bytes4" },
  { name: "delay", type: "uint32" },
];

/** The EIP-712 types of a batch, written from the interface's documentation, not from its code. */
export const batchTypes = {
  Batch: [
    { name: "calls", type: "Call[]" },
    { name: "nonce", type: "uint256" },
    { name: "validAfter", type: "uint48" },
    { name: "validUntil", type: "uint48" },
    { name: "epoch", type: "uint64" },
    { name: "memo", type: "bytes32" },
  ],
  Call: call,
};

/** The EIP-712 types of a cancellation. */
export const cancellationTypes = { Cancellation: [{ name: "batch", type: "Batch" }], ...batchTypes };

/** The EIP-712 types of an acceptance. */
export const acceptanceTypes = {
  Acceptance: [
    { name: "epoch", type: "uint64" },
    { name: "constitution", type: "Constitution" },
  ],
  Constitution: [
    { name: "members", type: "Member[]" },
    { name: "threshold", type: "uint32" },
    { name: "defaultDelay", type: "uint32" },
    { name: "rules", type: "Rule[]" },
  ],
  Member: member,
  Rule: rule,
};

/** `count` owners with fixed keys, in the order in which a constitution lists them. */
export function ownersOf(count: number, family = "owner"): Wallet[] {
  const owners = Array.from({ length: count }, (_, i) => new Wallet(id(`${family} ${i}`)));
  return owners.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
}

/** A constitution of EOAs that weigh 1 each. */
export function constitutionOf(owners: Wallet[], threshold: number): Constitution {
  const members = owners.map(({ address }) => ({ kind: 1, weight: 1, key: address.toLowerCase() }));
  return { members, threshold, defaultDelay: 0, rules: [] };
}

/** The domain in which the owners of a multisig sign. */
export async function domainOf(multisig: OwnerMultisig, chainId = 31337n): Promise<Domain> {
  const verifyingContract = await multisig.getAddress();
  return { name: "Planetary Fabric Owners", version: "1", chainId, verifyingContract };
}

/** Signatures of a batch by `owners[i]` under index `i + 1`, for each `i` of `who`. */
export async function sign(domain: Domain, batch: Batch, owners: Wallet[], who: number[]): Promise<string> {
  return packed(who, owners, (owner) => owner.signTypedData(domain, batchTypes, batch));
}

/** Signatures that cancel a batch, as {@link sign} gives those that decide it. */
export async function cancel(domain: Domain, batch: Batch, owners: Wallet[], who: number[]): Promise<string> {
  return packed(who, owners, (owner) => owner.signTypedData(domain, cancellationTypes, { batch }));
}

/** Signatures of an acceptance, as {@link sign} gives those of a batch. */
export async function accept(
  domain: Domain,
  epoch: BigNumberish,
  constitution: Constitution,
  owners: Wallet[],
  who: number[],
): Promise<string> {
  return packed(who, owners, (owner) => owner.signTypedData(domain, acceptanceTypes, { epoch, constitution }));
}

async function packed(who: number[], owners: Wallet[], signature: (owner: Wallet) => Promise<string>): Promise<string> {
  const parts = who.map(async (i) => {
    const owner = owners[i];
    if (owner === undefined) throw new RangeError(`There is no owner ${i}; there are ${owners.length}.`);
    return concat([toBeHex(i + 1, 1), Signature.from(await signature(owner)).compactSerialized]);
  });
  return concat(await Promise.all(parts));
}
