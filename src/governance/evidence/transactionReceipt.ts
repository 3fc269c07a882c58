import { encodeRlp, toBeArray } from "ethers";
import { z } from "zod";
import type { Log } from "../sender.ts";
import type { Refuse } from "./refuse.ts";
import { type RlpItem, readBytes, readFixed, readList, readNumber } from "./rlp.ts";
import { bytes, quantity } from "./rpc.ts";

/** What a receipt says that a block's `receiptsRoot` covers; all hex is in lower case. */
export type TransactionReceipt = { readonly succeeded: boolean; readonly logs: readonly Log[] };

/** `encoded`: RLP, behind the transaction's type when it has one (EIP-2718). */
export function readReceipt(encoded: string, refuse: Refuse): TransactionReceipt {
  const typed = Number.parseInt(encoded.slice(2, 4), 16) < 0xc0;
  const [status, , , logs] = readList(typed ? `0x${encoded.slice(4)}` : encoded, refuse);
  if (logs === undefined || typeof logs === "string") return refuse("its logs are no list");
  const code = readNumber(status, "status", refuse);
  if (code > 1) return refuse(`its status is ${code}; 0 or 1 is right`);
  return { succeeded: code === 1, logs: logs.map((log) => readLog(log, refuse)) };
}

function readLog(item: RlpItem, refuse: Refuse): Log {
  if (typeof item === "string") return refuse("one of its logs is no list");
  const [address, topics, data] = item;
  if (topics === undefined || typeof topics === "string") return refuse("the topics of one of its logs are no list");
  return {
    address: readFixed(address, 20, "log's address", refuse),
    topics: topics.map((topic) => readFixed(topic, 32, "log's topic", refuse)),
    data: readBytes(data, "log's data", refuse),
  };
}

/** A receipt as `eth_getTransactionReceipt` gives it: the part that the block's `receiptsRoot` covers. */
export const receiptAnswer = z.object({
  type: quantity,
  status: quantity,
  cumulativeGasUsed: quantity,
  logsBloom: bytes,
  logs: z.array(z.object({ address: bytes, topics: z.array(bytes), data: bytes })),
});

/** The bytes that the block's `receiptsRoot` covers, in lower-case hex. */
export function encodeReceipt(receipt: z.infer<typeof receiptAnswer>): string {
  const body = encodeRlp([
    toBeArray(receipt.status),
    toBeArray(receipt.cumulativeGasUsed),
    receipt.logsBloom,
    receipt.logs.map(({ address, topics, data }) => [address, topics, data]),
  ]);
  const type = Number(receipt.type);
  return type === 0 ? body : `0x${type.toString(16).padStart(2, "0")}${body.slice(2)}`;
}
