import { isDeepStrictEqual } from "node:util";
import { dataLength, dataSlice } from "ethers";
import { z } from "zod";
import { interfaceOf } from "../governance/index.ts";
import { type Call, digestOf, type OwnerSignature, signedMemo } from "./batch.ts";
import type { OwnerLogEntry } from "./decide.ts";
import { list, struct } from "./decoding.ts";
import { lookAt } from "./members/signature.ts";
import { type Lane, lanes, type Member, memberName, type Office } from "./office.ts";

/** What a transaction had the multisig execute, read from the transaction alone. */
export type ExecutedBatch = {
  readonly lane: Lane;
  /** Its number in the lane, from 0. */
  readonly seq: number;
  readonly epoch: number;
  /** Unix seconds of block time. */
  readonly validAfter: number;
  readonly validUntil: number;
  /** 32 bytes in hex. */
  readonly memo: string;
  /** What the owners signed (EIP-712), computed anew. */
  readonly digest: string;
  readonly calls: readonly Call[];
  readonly signatures: readonly ExecutedSignature[];
};

/** A signature in a transaction, held against the member that it names. */
export type ExecutedSignature = {
  /** In the constitution, from 1. */
  readonly index: number;
  /** See `memberName`. */
  readonly member: string;
  /** Whether the member's key signed the digest, computed anew. Where that cannot be, the chain accepted the signature. */
  readonly look: "good" | "bad" | "accepted by the chain";
};

/**
 * @param members those who were in office then, member 1 first
 * @param data of a transaction to the multisig
 * @param signers of the event that it left: bit i - 1 is set for member i. What was announced is run without signatures
 * @returns null when it does not execute or run a batch, or holds no signatures of the form that the multisig takes
 */
export function readExecuted(
  office: Pick<Office, "chainId" | "multisig">,
  members: readonly Member[],
  data: string,
  signers = 0,
): ExecutedBatch | null {
  try {
    const { batch, signatures } = submitted(data);
    const { nonce, epoch, memo } = batch;
    const lane = laneOf(nonce >> 64n);
    if (lane === undefined) return null;
    const digest = digestOf(office, batch);
    return {
      ...{ lane, seq: Number(nonce & 0xffff_ffff_ffff_ffffn), epoch: Number(epoch), memo, digest },
      ...{ validAfter: batch.validAfter, validUntil: batch.validUntil, calls: batch.calls },
      signatures:
        signatures === null
          ? acceptedBefore(members, signers)
          : unpack(signatures, members).map((signature) => heldAgainst(members, digest, signature)),
    };
  } catch {
    return null;
  }
}

/** Signatures are null where they were handed in before, with the announcement. */
function submitted(data: string) {
  const multisig = interfaceOf("OwnerMultisig");
  if (!data.startsWith(multisig.getFunction("run").selector))
    return execution.parse(multisig.decodeFunctionData("execute", data));
  return { ...made.parse(multisig.decodeFunctionData("run", data)), signatures: null };
}

function acceptedBefore(members: readonly Member[], signers: number): ExecutedSignature[] {
  return members.flatMap((member, at) => {
    const signed = (signers & (1 << at)) !== 0;
    return signed ? [{ index: at + 1, member: memberName(member), look: "accepted by the chain" as const }] : [];
  });
}

/** The calls that a transaction to the multisig makes, at once or after a wait; none of any other. */
export function callsMade(data: string): readonly Call[] {
  const multisig = interfaceOf("OwnerMultisig");
  const name = (["execute", "run"] as const).find((each) => data.startsWith(multisig.getFunction(each).selector));
  if (name === undefined) return [];
  try {
    return made.parse(multisig.decodeFunctionData(name, data)).batch.calls;
  } catch {
    return [];
  }
}

/**
 * The inverse of `packSignatures`.
 * @throws RangeError for bytes that the multisig would not take
 */
function unpack(packed: string, members: readonly Member[]): OwnerSignature[] {
  const found: OwnerSignature[] = [];
  const length = dataLength(packed);
  let at = 0;
  while (at < length) {
    const index = Number(dataSlice(packed, at, at + 1));
    const member = members[index - 1];
    if (member === undefined) throw new RangeError(`there is no member ${index}`);
    const size = member.kind === "account" ? 64 : 2 + Number(dataSlice(packed, at + 1, at + 3));
    found.push({ index, payload: dataSlice(packed, at + 1, at + 1 + size) });
    at += 1 + size;
  }
  return found;
}

function heldAgainst(members: readonly Member[], digest: string, signature: OwnerSignature): ExecutedSignature {
  const { index, payload } = signature;
  const member = members[index - 1];
  const { is } = lookAt(member, digest, payload);
  return { index, member: memberName(member), look: is === "unknown" ? "accepted by the chain" : is };
}

/**
 * Holds an entry of the owners' log against the transaction that it names.
 * @param digest what the multisig says that it executed
 * @returns what the transaction has instead, without a full stop; null when it is as the entry says
 */
export function differenceFromLog(
  { batch: said, calls, sentence, plan, signers }: OwnerLogEntry,
  executed: ExecutedBatch,
  digest: string,
): string | null {
  const { signatures, calls: done, ...described } = executed;
  if (said === null) return "its transaction executed a batch of the owners";
  if (described.digest !== digest) return `the multisig executed the digest ${digest}`;
  for (const [field, value] of Object.entries(described)) {
    const found: unknown = Object.getOwnPropertyDescriptor(said, field)?.value;
    if (found !== value) return `${field} is ${String(found)}, and the owners signed ${value}`;
  }
  if (said.memo !== signedMemo(sentence, plan ?? null)) return "the owners signed another sentence";
  if (!isDeepStrictEqual(done, calls)) return "the owners signed other calls";
  if (signatures.some(({ look }) => look === "bad")) return "a signature is not that of the member it names";
  const names = signatures.map(({ member }) => member);
  return isDeepStrictEqual(names, signers) ? null : `${names.join(" and ")} signed it`;
}

const seconds = z.bigint().transform(Number);

const batchStruct = struct({
  calls: list(struct({ to: z.string(), data: z.string() })),
  nonce: z.bigint(),
  validAfter: seconds,
  validUntil: seconds,
  epoch: z.bigint(),
  memo: z.string(),
});
const made = struct({ batch: batchStruct });
const execution = struct({ batch: batchStruct, signatures: z.string() });
function laneOf(number: bigint): Lane | undefined {
  const names: readonly Lane[] = ["parameters", "membership", "emergency"];
  return names.find((name) => BigInt(lanes[name]) === number);
}
