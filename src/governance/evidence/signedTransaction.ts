import { getCreateAddress, keccak256, Signature, Transaction, toBeHex } from "ethers";
import { z } from "zod";
import type { Refuse } from "./refuse.ts";
import { bytes, quantity } from "./rpc.ts";

/** What a signed transaction says; addresses and data in lower-case hex. */
export type SignedTransaction = {
  readonly hash: string;
  readonly chainId: number;
  /** Who signed it. */
  readonly from: string;
  /** Null when it creates a contract. */
  readonly to: string | null;
  /** The contract that it creates, unless it failed; null when it creates none. */
  readonly creates: string | null;
  /** Of the call; or the creation code and the constructor's arguments. */
  readonly data: string;
};

/** By their bytes. A drill asks twice, for its bundle and to verify that; who signed is the larger part of a proof. */
const known = new Map<string, SignedTransaction>();
const knownMost = 256;

/** `raw`: the signed transaction in lower-case hex (EIP-2718). */
export function readTransaction(raw: string, refuse: Refuse): SignedTransaction {
  const transaction = known.get(raw) ?? decoded(raw, refuse);
  if (known.size === knownMost) known.clear();
  known.set(raw, transaction);
  return transaction;
}

function decoded(raw: string, refuse: Refuse): SignedTransaction {
  let transaction: Transaction;
  try {
    transaction = Transaction.from(raw);
  } catch {
    return refuse("it is no transaction of a type that is known (0 to 4)");
  }
  const { from, to, nonce, chainId, data } = transaction;
  if (from === null) return refuse("it is not signed");
  return {
    hash: keccak256(Buffer.from(raw.slice(2), "hex")),
    chainId: Number(chainId),
    from: from.toLowerCase(),
    to: to === null ? null : to.toLowerCase(),
    creates: to === null ? getCreateAddress({ from, nonce }).toLowerCase() : null,
    data: data.toLowerCase(),
  };
}

/** A transaction as `eth_getBlockByHash` gives it. */
export const transactionAnswer = z.object({
  hash: bytes,
  type: quantity,
  chainId: quantity.optional(),
  nonce: quantity,
  to: bytes.nullable(),
  value: quantity,
  gas: quantity,
  gasPrice: quantity.optional(),
  maxFeePerGas: quantity.optional(),
  maxPriorityFeePerGas: quantity.optional(),
  maxFeePerBlobGas: quantity.optional(),
  blobVersionedHashes: z.array(bytes).optional(),
  accessList: z.array(z.object({ address: bytes, storageKeys: z.array(bytes) })).optional(),
  authorizationList: z
    .array(
      z.object({ chainId: quantity, address: bytes, nonce: quantity, yParity: quantity, r: quantity, s: quantity }),
    )
    .optional(),
  input: bytes,
  v: quantity,
  r: quantity,
  s: quantity,
});

/** The signed bytes (EIP-2718), in lower-case hex. Throws what ethers throws when it knows no such transaction. */
export function encodeTransaction(answer: z.infer<typeof transactionAnswer>): string {
  const transaction = new Transaction();
  transaction.type = Number(answer.type);
  transaction.chainId = answer.chainId ?? 0;
  transaction.nonce = Number(answer.nonce);
  transaction.to = answer.to;
  transaction.value = answer.value;
  transaction.gasLimit = answer.gas;
  transaction.gasPrice = answer.gasPrice ?? null;
  transaction.maxFeePerGas = answer.maxFeePerGas ?? null;
  transaction.maxPriorityFeePerGas = answer.maxPriorityFeePerGas ?? null;
  transaction.maxFeePerBlobGas = answer.maxFeePerBlobGas ?? null;
  transaction.blobVersionedHashes = answer.blobVersionedHashes ?? null;
  transaction.accessList = answer.accessList ?? null;
  transaction.authorizationList =
    answer.authorizationList?.map((entry) => ({
      chainId: BigInt(entry.chainId),
      address: entry.address,
      nonce: BigInt(entry.nonce),
      signature: signatureOf({ ...entry, v: entry.yParity }),
    })) ?? null;
  transaction.data = answer.input;
  transaction.signature = signatureOf(answer);
  return transaction.serialized;
}

function signatureOf({ r, s, v }: { readonly r: string; readonly s: string; readonly v: string }): Signature {
  return Signature.from({ r: toBeHex(r, 32), s: toBeHex(s, 32), v: BigInt(v) });
}
