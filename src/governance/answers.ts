import { z } from "zod";
import { FabricError } from "../errors.ts";

// What a node may answer (Ethereum JSON-RPC specification), as far as anything here depends on it.

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/i, "bytes in hex");
const hash = z.string().regex(/^0x[0-9a-f]{64}$/i, "32 bytes in hex");
const address = z.string().regex(/^0x[0-9a-f]{40}$/i, "20 bytes in hex");
const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/i, "a number in hex");
/** Counted exactly by a double. */
const count = quantity.refine((text) => Number.isSafeInteger(Number(text)), "a number below 2^53");
const block = z.object({ number: count, hash, parentHash: hash, timestamp: count, baseFeePerGas: quantity.nullish() });
const log = { address, topics: z.array(hash), data: hex, transactionHash: hash };

/** By method; what is not here is not looked at. */
const forms: Readonly<Record<string, z.ZodType>> = {
  eth_call: hex,
  eth_chainId: count,
  eth_estimateGas: count,
  eth_getBalance: quantity,
  eth_getBlockByHash: block.nullable(),
  eth_getBlockByNumber: block.nullable(),
  eth_getCode: hex,
  eth_getLogs: z.array(z.object({ ...log, blockNumber: count })),
  // Some nodes leave the zeros in front away.
  eth_getStorageAt: quantity,
  eth_getTransactionByHash: z.object({ from: address, to: address.nullable(), input: hex }).nullable(),
  eth_getTransactionCount: count,
  eth_getTransactionReceipt: z
    .object({
      ...{ transactionHash: hash, blockNumber: count, blockHash: hash, gasUsed: count, status: count },
      ...{ contractAddress: address.nullish(), effectiveGasPrice: quantity, l1Fee: quantity.nullish() },
      logs: z.array(z.object(log)),
    })
    .nullable(),
  eth_maxPriorityFeePerGas: quantity,
};

/** These blocks every chain has. */
const everPresent: ReadonlySet<unknown> = new Set(["latest", "0x0"]);

/**
 * Looks whether an answer has the form that its method gives it.
 * @throws CHAIN_ANSWER_MALFORMED
 */
export function checkAnswer(method: string, params: readonly unknown[], answer: unknown): void {
  if (answer === null && method === "eth_getBlockByNumber" && everPresent.has(params[0]))
    throw malformed(method, `there is no block "${params[0]}"`);
  const problem = forms[method]?.safeParse(answer).error?.issues[0];
  if (problem === undefined) return;
  const { path, message } = problem;
  throw malformed(method, path.length === 0 ? message : `${path.join(".")}: ${message}`);
}

/** @param problem what is wrong with the answer, without a full stop */
export function malformed(method: string, problem: string, cause?: unknown): FabricError<"CHAIN_ANSWER_MALFORMED"> {
  return new FabricError("CHAIN_ANSWER_MALFORMED", { method, problem }, { cause });
}
