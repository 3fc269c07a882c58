import { keccak256 } from "ethers";
import { FabricError } from "../../errors.ts";
import type { ChainEvidence } from "./evidence.ts";
import { type Header, readHeader } from "./header.ts";
import { type Anchor, type Claim, followHeads } from "./heads.ts";
import { type ProvenLedger, readLedgerProof } from "./ledgerProof.ts";
import type { Refuse } from "./refuse.ts";
import { readTransaction, type SignedTransaction } from "./signedTransaction.ts";
import { readReceipt, type TransactionReceipt } from "./transactionReceipt.ts";
import { listKey, readProof, trieOfList } from "./trie.ts";

export type VerifiedBlock = {
  readonly number: number;
  readonly hash: string;
  /** Unix seconds. */
  readonly time: number;
  readonly logsBloom: string;
  /** All its receipts are in the evidence. */
  readonly whole: boolean;
  /** Contracts that have a log in a receipt of this block whose transaction is not in the evidence. */
  readonly otherEmitters: readonly string[];
};

export type VerifiedTransaction = SignedTransaction &
  TransactionReceipt & { readonly block: number; readonly index: number; readonly time: number };

/** All of it is so, if the block `lastBlock.hash` is on the chain with the id `chainId`. */
export type VerifiedChain = {
  readonly chainId: number;
  /** From the first to the last, no gap. */
  readonly blocks: readonly VerifiedBlock[];
  readonly firstBlock: VerifiedBlock;
  readonly lastBlock: VerifiedBlock;
  /** In the chain's order. */
  readonly transactions: readonly VerifiedTransaction[];
  /** The CheckpointLedger after the last block. */
  readonly ledger: ProvenLedger;
  /** In the chain's order; the first is the ledger's own beginning if its creation is in the evidence. */
  readonly anchors: readonly Anchor[];
  readonly claims: readonly Claim[];
};

/**
 * Checks the evidence without any chain at hand. That nothing is missing, `assertComplete` shows; that the last block
 * is on the chain, `confirmBlock`.
 *
 * @throws EVIDENCE_HEADER, EVIDENCE_BLOCK, EVIDENCE_TRANSACTION, EVIDENCE_LEDGER, EVIDENCE_HEADS
 */
export function verifyEvidence(evidence: ChainEvidence): VerifiedChain {
  const headers = verifyHeaders(evidence);
  const parts = partsByBlock(evidence, headers);
  const blocks = headers.map((header, nth) => verifyBlock(parts[nth] ?? noPart, header));
  const [firstBlock] = blocks;
  const lastBlock = blocks.at(-1);
  const lastHeader = headers.at(-1);
  if (firstBlock === undefined || lastBlock === undefined || lastHeader === undefined)
    throw new FabricError("EVIDENCE_HEADER", { block: evidence.block.number, problem: "there is no header at all" });
  const ledger = readLedgerProof(evidence, lastHeader.stateRoot, (problem) => {
    throw new FabricError("EVIDENCE_LEDGER", { ledger: evidence.ledger, block: lastHeader.number, problem });
  });
  // Only now is anything looked into: who signed costs more than all proofs together.
  const transactions = headers.flatMap((header, nth) =>
    (parts[nth] ?? noPart).transactions.map((entry) => readEntry(entry, header, evidence.chainId)),
  );
  const { anchors, claims } = followHeads(evidence.chainId, ledger, transactions);
  return { chainId: evidence.chainId, blocks, firstBlock, lastBlock, transactions, ledger, anchors, claims };
}

function verifyHeaders({ headers, block }: ChainEvidence): readonly Header[] {
  const first = block.number - headers.length + 1;
  let parent: Header | undefined;
  return headers.map((rlp, nth) => {
    const refuse: Refuse = (problem) => {
      throw new FabricError("EVIDENCE_HEADER", { block: first + nth, problem });
    };
    const header = readHeader(rlp, refuse);
    if (header.number !== first + nth) refuse(`it has the number ${header.number}`);
    if (parent !== undefined && header.parentHash !== parent.hash)
      refuse(`its parent is ${header.parentHash}, and the header before hashes to ${parent.hash}`);
    if (nth === headers.length - 1 && header.hash !== block.hash)
      refuse(`it hashes to ${header.hash}, and the evidence says that it rests on ${block.hash}`);
    parent = header;
    return header;
  });
}

type Entry = ChainEvidence["transactions"][number];
type Bystander = ChainEvidence["bystanders"][number];
type Part = { readonly transactions: Entry[]; readonly bystanders: Bystander[] };
const noPart: Part = { transactions: [], bystanders: [] };

/** What the evidence has of each block, in the order of the headers; absent where it has nothing. */
function partsByBlock(evidence: ChainEvidence, headers: readonly Header[]): readonly (Part | undefined)[] {
  const first = evidence.block.number - headers.length + 1;
  const parts: (Part | undefined)[] = new Array(headers.length).fill(undefined);
  const sort = <Item extends Entry | Bystander>(items: readonly Item[], listOf: (part: Part) => Item[]): void => {
    let before: Item | undefined;
    for (const item of items) {
      const { block, index } = item;
      const refuse = refuseBlock(block);
      if (block < first || block > evidence.block.number) refuse("it is not among the headers");
      if (before !== undefined && (block < before.block || (block === before.block && index <= before.index)))
        refuse(`its entry ${index} stands behind entry ${before.index} of block ${before.block}`);
      parts[block - first] ??= { transactions: [], bystanders: [] };
      listOf(parts[block - first] ?? noPart).push(item);
      before = item;
    }
  };
  sort(evidence.transactions, (part) => part.transactions);
  sort(evidence.bystanders, (part) => part.bystanders);
  return parts;
}

function refuseTransaction({ raw, block, index }: Entry): Refuse {
  return (problem) => {
    throw new FabricError("EVIDENCE_TRANSACTION", { transaction: keccak256(raw), block, index, problem });
  };
}

function verifyEntry(entry: Entry, header: Header): void {
  const { index, raw, receipt } = entry;
  const refuse = refuseTransaction(entry);
  const key = listKey(index);
  const provenRaw = readProof(header.transactionsRoot, key, entry.transactionProof, (problem) =>
    refuse(`transactionProof fails: ${problem}`),
  );
  if (provenRaw !== raw) refuse("`raw` is not the transaction that the block has at this index");
  const provenReceipt = readProof(header.receiptsRoot, key, entry.receiptProof, (problem) =>
    refuse(`receiptProof fails: ${problem}`),
  );
  if (provenReceipt !== receipt) refuse("`receipt` is not the receipt that the block has at this index");
}

function readEntry(entry: Entry, header: Header, chainId: number): VerifiedTransaction {
  const { block, index, raw, receipt } = entry;
  const refuse = refuseTransaction(entry);
  const transaction = readTransaction(raw, refuse);
  if (transaction.chainId !== chainId)
    refuse(`it is signed for chain ${transaction.chainId}, and the evidence is of chain ${chainId}`);
  return { ...transaction, ...readReceipt(receipt, refuse), block, index, time: header.time };
}

function verifyBlock({ transactions, bystanders }: Part, header: Header): VerifiedBlock {
  const { number, hash, time, logsBloom } = header;
  const refuse = refuseBlock(number);
  for (const entry of transactions) verifyEntry(entry, header);
  const receipts = [...transactions, ...bystanders].sort((one, other) => one.index - other.index);
  const whole =
    receipts.every(({ index }, nth) => index === nth) &&
    trieOfList(receipts.map(({ receipt }) => receipt)).root === header.receiptsRoot;
  if (bystanders.length > 0 && !whole) refuse("its receipts, bystanders included, have not its receiptsRoot");
  const logs = bystanders.flatMap(({ receipt }) => readReceipt(receipt, refuse).logs);
  return { number, hash, time, logsBloom, whole, otherEmitters: [...new Set(logs.map(({ address }) => address))] };
}

function refuseBlock(block: number): Refuse {
  return (problem) => {
    throw new FabricError("EVIDENCE_BLOCK", { block, problem });
  };
}
