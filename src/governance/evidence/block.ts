import { keccak256, toQuantity } from "ethers";
import { z } from "zod";
import { encodeHeader, headerAnswer } from "./header.ts";
import { ask, bytes, type Source, unfit } from "./rpc.ts";
import { encodeTransaction, transactionAnswer } from "./signedTransaction.ts";
import { encodeReceipt, receiptAnswer } from "./transactionReceipt.ts";
import { type Trie, trieOfList } from "./trie.ts";

/** A header in RLP, which hashes to `hash`, and the hashes of the block's transactions. */
export type FetchedHeader = z.infer<typeof headerWithHashes> & { readonly height: number; readonly rlp: string };

/** What the two roots of a header cover, in the block's order. */
export type FetchedBody = {
  readonly transactions: readonly string[];
  readonly transactionTrie: Trie;
  readonly receipts: readonly string[];
  readonly receiptTrie: Trie;
  /** For each receipt, the contracts that have logs in it. */
  readonly emitters: readonly (readonly string[])[];
};

const headerWithHashes = headerAnswer.extend({ transactions: z.array(bytes) });
const bodyAnswer = z.object({ transactions: z.array(transactionAnswer) });

/** @throws EVIDENCE_UNCOLLECTABLE when there is no such block, or what is said of it has not its hash. */
export async function fetchHeader(source: Source, height: number): Promise<FetchedHeader> {
  const block = await ask(source, height, headerWithHashes, "eth_getBlockByNumber", [toQuantity(height), false]);
  const rlp = encodeHeader(block);
  const found = keccak256(rlp);
  if (found !== block.hash)
    throw unfit(height, `its header hashes to ${found}, and ${block.hash} is its hash: has it a field unknown here?`);
  return { ...block, height, rlp };
}

/** @throws EVIDENCE_UNCOLLECTABLE when what is said of it has not the roots of the header. */
export async function fetchBody(source: Source, header: FetchedHeader): Promise<FetchedBody> {
  const { height, hash } = header;
  const block = await ask(source, height, bodyAnswer, "eth_getBlockByHash", [hash, true]);
  const transactions = block.transactions.map((answer) => rebuild(answer, height));
  const answers = await Promise.all(
    header.transactions.map((of) => ask(source, height, receiptAnswer, "eth_getTransactionReceipt", [of])),
  );
  const receipts = answers.map(encodeReceipt);
  const transactionTrie = trieOfList(transactions);
  const receiptTrie = trieOfList(receipts);
  if (transactionTrie.root !== header.transactionsRoot) throw unfit(height, "its transactions have another root");
  if (receiptTrie.root !== header.receiptsRoot) throw unfit(height, "its receipts have another root");
  const emitters = answers.map(({ logs }) => logs.map(({ address }) => address));
  return { transactions, transactionTrie, receipts, receiptTrie, emitters };
}

function rebuild(answer: z.infer<typeof transactionAnswer>, height: number): string {
  try {
    return encodeTransaction(answer);
  } catch (cause) {
    throw unfit(height, `its transaction ${answer.hash} is of type ${answer.type}, which is not known here`, cause);
  }
}
