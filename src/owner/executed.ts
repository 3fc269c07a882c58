import { recoverAddress } from "ethers";
import { z } from "zod";
import { interfaceOf } from "../governance/index.ts";
import { type Call, digestOf } from "./batch.ts";
import { list, struct } from "./decoding.ts";
import { type Lane, lanes, type Office } from "./office.ts";

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
  /** Members by their index in the constitution, from 1, with the addresses whose keys signed the digest. */
  readonly signatures: readonly { readonly index: number; readonly address: string }[];
};

/**
 * @param data of a transaction to the multisig
 * @returns null when it does not execute a batch, or holds no signatures of the form that the multisig takes
 */
export function readExecuted(office: Pick<Office, "chainId" | "multisig">, data: string): ExecutedBatch | null {
  try {
    const decoded = interfaceOf("OwnerMultisig").decodeFunctionData("execute", data);
    const { batch, signatures } = execution.parse(decoded);
    const { nonce, epoch, memo } = batch;
    const lane = laneOf(nonce >> 64n);
    if (lane === undefined) return null;
    const digest = digestOf(office, batch);
    return {
      ...{ lane, seq: Number(nonce & 0xffff_ffff_ffff_ffffn), epoch: Number(epoch), memo, digest },
      ...{ validAfter: batch.validAfter, validUntil: batch.validUntil, calls: batch.calls },
      signatures: unpack(signatures).map(({ index, payload }) => ({ index, address: recoverAddress(digest, payload) })),
    };
  } catch {
    return null;
  }
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

/** Of each signer, one byte of index and 64 of signature (EIP-2098). */
function unpack(packed: string): { index: number; payload: string }[] {
  const entries = packed.slice(2).match(/.{1,130}/g) ?? [];
  return entries.map((entry) => ({ index: Number.parseInt(entry.slice(0, 2), 16), payload: `0x${entry.slice(2)}` }));
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
const constituted = z.object({
  epoch: z.bigint().transform(Number),
  constitution: struct({ members: list(struct({ key: z.string() })) }),
});

function laneOf(number: bigint): Lane | undefined {
  const names: readonly Lane[] = ["parameters", "membership", "emergency"];
  return names.find((name) => BigInt(lanes[name]) === number);
}

/**
 * The epoch and the members' keys that a `Constituted` event enacts; an account's key is its address, in lower case.
 * @param values of the event, as ethers decodes them
 */
export function readConstituted(values: unknown): { readonly epoch: number; readonly keys: readonly string[] } {
  const { epoch, constitution } = constituted.parse(values);
  return { epoch, keys: constitution.members.map(({ key }) => key.toLowerCase()) };
}
