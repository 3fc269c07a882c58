import { createHash } from "node:crypto";
import { concat, dataLength, Signature, type Signer, TypedDataEncoder, type TypedDataField, toBeHex } from "ethers";
import { FabricError } from "../errors.ts";
import { type Deployment, interfaceOf, type Mined, type Sender } from "../governance/index.ts";
import { type Lane, type Member, notAMember, type Office, ownersDomain } from "./office.ts";

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

/** One member's signature over a decision. */
export type OwnerSignature = {
  /** 1 is the first member of the constitution. */
  readonly index: number;
  /** Hex: of an account 64 bytes, EIP-2098; of a contract or a key its bytes behind their length, see `judgedPayload`. */
  readonly payload: string;
};

const longestWindowSeconds = 14 * 86_400;

export const batchTypes = {
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

/**
 * The memo of a batch: SHA-256 of the sentence, and of the plan's hash where one was signed. Hex with 0x.
 * @param plan hash of the plan file; null for what was decided at once
 */
export function signedMemo(sentence: string, plan: string | null): string {
  return memoOf(plan === null ? sentence : `${sentence}\n${plan}`);
}

/** A batch's identity: its EIP-712 digest, hex. */
export function digestOf(office: Pick<Office, "chainId" | "multisig">, batch: Batch): string {
  return TypedDataEncoder.hash(ownersDomain(office), batchTypes, batch);
}

/** An account signs. @throws NOT_A_MEMBER when it is no member of the constitution in force */
export function signBatch(
  signer: Signer,
  office: Pick<Office, "chainId" | "multisig" | "members">,
  batch: Batch,
): Promise<OwnerSignature> {
  return signAsMember(signer, office, batchTypes, batch);
}

/** An account signs anything that members sign. @throws NOT_A_MEMBER */
export async function signAsMember(
  signer: Signer,
  office: Pick<Office, "chainId" | "multisig" | "members">,
  types: Record<string, TypedDataField[]>,
  value: Record<string, unknown>,
): Promise<OwnerSignature> {
  const address = await signer.getAddress();
  const { members } = office;
  const index = members.findIndex((member) => member.kind === "account" && member.address === address) + 1;
  if (index === 0) throw notAMember(address, members);
  const signature = await signer.signTypedData(ownersDomain(office), types, value);
  return { index, payload: Signature.from(signature).compactSerialized };
}

/**
 * What a member's wallet, contract or key gave, as `OwnerMultisig` takes it.
 * @param signature hex: of an account 64 or 65 bytes
 * @throws VALUE_INVALID
 */
export function payloadOf({ kind }: Pick<Member, "kind">, signature: string): string {
  if (kind !== "account") return judgedPayload(signature);
  try {
    return Signature.from(signature).compactSerialized;
  } catch (cause) {
    const right = "Give the 64 or 65 bytes that the wallet answered with, in hex with 0x";
    throw new FabricError(
      "VALUE_INVALID",
      { what: "The signature", problem: "it is none of an account", right },
      { cause },
    );
  }
}

/** The payload of a member that is a contract or a key: two bytes of length, and the bytes that it, or its verifier, takes. */
export function judgedPayload(signature: string): string {
  return concat([toBeHex(dataLength(signature), 2), signature]);
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
  const data = interfaceOf("OwnerMultisig").encodeFunctionData("execute", [plain(batch), packSignatures(signatures)]);
  return sender.send({ action: "The batch", to: deployment.contracts.OwnerMultisig.address, data });
}

/** A batch as ethers takes it. */
export function plain(batch: Batch) {
  return { ...batch, calls: batch.calls.map(({ to, data }) => ({ to, data })) };
}
