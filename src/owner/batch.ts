import { createHash } from "node:crypto";
import { concat, getAddress, Signature, type Signer, type TypedDataDomain, TypedDataEncoder, toBeHex } from "ethers";
import { FabricError } from "../errors.ts";
import { type Chain, contractAt, type Deployment, interfaceOf, type Mined, type Sender } from "../governance/index.ts";

/** The queues in which the owners' decisions wait for each other: each in order, independent of the others. */
export const lanes = { parameters: 0, membership: 1, emergency: 2 } as const;
export type Lane = keyof typeof lanes;

/** One call of a batch: a contract's address, selector and arguments as hex. */
export type Call = { readonly to: string; readonly data: string };

/** What the owners sign. Times are Unix seconds of block time; the memo is 32 bytes in hex. */
export type Batch = {
  readonly calls: readonly Call[];
  /** `lane << 64 | seq`. */
  readonly nonce: bigint;
  readonly validAfter: number;
  readonly validUntil: number;
  readonly epoch: bigint;
  readonly memo: string;
};

/** The multisig as it stands: who may sign, and what each lane takes next. */
export type Office = {
  readonly chainId: number;
  /** Address of the multisig. */
  readonly multisig: string;
  readonly epoch: bigint;
  /** The nonce that each lane takes next. */
  readonly nonces: Readonly<Record<Lane, bigint>>;
  /** Checksummed addresses; member 1 is the first. */
  readonly members: readonly { readonly address: string; readonly weight: number }[];
  readonly threshold: number;
};

/** One member's signature over a batch. */
export type OwnerSignature = {
  /** 1 is the first member of the constitution. */
  readonly index: number;
  /** 64 bytes in hex, EIP-2098. */
  readonly payload: string;
};

const longestWindowSeconds = 14 * 86_400;

const batchTypes = {
  Batch: [
    { name: "calls", type: "Call[]" },
    { name: "nonce", type: "uint256" },
    { name: "validAfter", type: "uint48" },
    { name: "validUntil", type: "uint48" },
    { name: "epoch", type: "uint64" },
    { name: "memo", type: "bytes32" },
  ],
  Call: [
    { name: "to", type: "address" },
    { name: "data", type: "bytes" },
  ],
};

/** Reads the multisig at the newest block. */
export async function readOffice(chain: Chain, deployment: Deployment): Promise<Office> {
  const multisig = deployment.contracts.OwnerMultisig.address;
  const { hash } = await chain.latest();
  const { epoch, nonces, constitution } = await contractAt("OwnerMultisig", multisig, chain.at(hash)).snapshot();
  const [parameters, membership, emergency] = nonces;
  return {
    chainId: chain.chainId,
    multisig,
    epoch,
    nonces: { parameters, membership, emergency },
    members: constitution.members.map(({ key, weight }) => ({ address: getAddress(key), weight: Number(weight) })),
    threshold: Number(constitution.threshold),
  };
}

/** The EIP-712 domain of what the owners sign. */
export function ownersDomain({ chainId, multisig }: Pick<Office, "chainId" | "multisig">): TypedDataDomain {
  return { name: "Planetary Fabric Owners", version: "1", chainId, verifyingContract: multisig };
}

/**
 * The next batch of a lane.
 * @param from Unix seconds from which it may be executed, for at most the longest time there is: 14 days
 * @param sentence what the owners read; its SHA-256 is the memo
 */
export function batchOf(office: Office, lane: Lane, calls: readonly Call[], sentence: string, from: number): Batch {
  return {
    calls,
    nonce: office.nonces[lane],
    validAfter: from,
    validUntil: from + longestWindowSeconds,
    epoch: office.epoch,
    memo: memoOf(sentence),
  };
}

/** SHA-256 of a sentence, hex with 0x. */
export function memoOf(sentence: string): string {
  return `0x${createHash("sha256").update(sentence, "utf8").digest("hex")}`;
}

/** A batch's identity: its EIP-712 digest, hex. */
export function digestOf(office: Pick<Office, "chainId" | "multisig">, batch: Batch): string {
  return TypedDataEncoder.hash(ownersDomain(office), batchTypes, batch);
}

/** @throws NOT_A_MEMBER when the signer is no member of the constitution in force */
export async function signBatch(signer: Signer, office: Office, batch: Batch): Promise<OwnerSignature> {
  const address = await signer.getAddress();
  const index = office.members.findIndex((member) => member.address === address) + 1;
  if (index === 0)
    throw new FabricError("NOT_A_MEMBER", {
      address,
      members: office.members.map((member) => member.address).join(", "),
    });
  const signature = await signer.signTypedData(ownersDomain(office), batchTypes, batch);
  return { index, payload: Signature.from(signature).compactSerialized };
}

/** The bytes that the multisig takes: for each signer, in rising order, one byte of index and the payload. */
export function packSignatures(signatures: readonly OwnerSignature[]): string {
  const sorted = [...signatures].sort((a, b) => a.index - b.index);
  return concat(sorted.flatMap(({ index, payload }) => [toBeHex(index, 1), payload]));
}

/**
 * Submits what the owners signed; anyone may. All of it happens or nothing.
 * @throws REVERTED, REVERTED_UNSIGNED, REVERTED_MOVED with the contract's reason in words; errors of `Sender.send`
 */
export function executeBatch(
  sender: Sender,
  deployment: Deployment,
  batch: Batch,
  signatures: readonly OwnerSignature[],
): Promise<Mined> {
  const multisig = interfaceOf("OwnerMultisig");
  const signed = { ...batch, calls: batch.calls.map(({ to, data }) => ({ to, data })) };
  const data = multisig.encodeFunctionData("execute", [signed, packSignatures(signatures)]);
  return sender.send({ action: "The batch", to: deployment.contracts.OwnerMultisig.address, data });
}
