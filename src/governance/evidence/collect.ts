import { toBeHex, toQuantity } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import { type FetchedBody, type FetchedHeader, fetchBody, fetchHeader } from "./block.ts";
import { logsOf } from "./bloom.ts";
import { type ChainEvidence, evidenceFormat } from "./evidence.ts";
import { headSlot, readState, stateSlot } from "./ledger.ts";
import { readLedgerProof } from "./ledgerProof.ts";
import { ask, bytes, quantity, type Source, unfit } from "./rpc.ts";
import { emptyRoot, listKey, proveEntry } from "./trie.ts";

export type EvidenceWanted = {
  /** The CheckpointLedger; addresses in any case. */
  readonly ledger: string;
  /** The other contracts whose whole history is to be shown. */
  readonly governed: readonly string[];
  /** Hashes of transactions that are to be shown though no governed contract has a log in them, as reverted ones. */
  readonly transactions: readonly string[];
  /** First and last block, both included. To show whole histories, the first is that of the first deployment. */
  readonly fromBlock: number;
  readonly toBlock: number;
};

type Transaction = ChainEvidence["transactions"][number];
type Bystander = ChainEvidence["bystanders"][number];

/**
 * Collects what `chain.json` holds: all headers of the blocks; each transaction that is wanted or in which the ledger or
 * a governed contract has a log, with proofs; the other receipts of those blocks; proofs of the ledger's head as it was
 * after the last block. The node must still have the state of that block. Nothing that the node says is believed
 * that does not have the hash it should have.
 *
 * @throws EVIDENCE_UNCOLLECTABLE, EVIDENCE_TRANSACTION_UNKNOWN
 */
export async function collectEvidence(source: Source, wanted: EvidenceWanted): Promise<ChainEvidence> {
  const { fromBlock, toBlock } = wanted;
  const ledger = wanted.ledger.toLowerCase();
  const governed = new Set([ledger, ...wanted.governed.map((address) => address.toLowerCase())]);
  const blooms = [...governed].map(logsOf);
  const missing = new Set(wanted.transactions.map((hash) => hash.toLowerCase()));
  const headers: string[] = [];
  const transactions: Transaction[] = [];
  const bystanders: Bystander[] = [];

  let last: FetchedHeader | undefined;
  for (let height = fromBlock; height <= toBlock; height++) {
    const header = await fetchHeader(source, height);
    if (last !== undefined && header.parentHash !== last.hash)
      throw unfit(height, `its parent is ${header.parentHash}, and block ${height - 1} was ${last.hash} a moment ago`);
    last = header;
    headers.push(header.rlp);
    const governs = blooms.some((mayBeIn) => mayBeIn(header.logsBloom));
    if (!governs && !header.transactions.some((hash) => missing.has(hash))) continue;
    const body = await fetchBody(source, header);
    for (const [index, hash] of header.transactions.entries()) {
      const concerned = body.emitters[index]?.some((address) => governed.has(address)) === true;
      if (missing.delete(hash) || concerned) transactions.push(prove(header, body, index));
      else if (governs) bystanders.push({ block: height, index, receipt: entryOf(body.receipts, index, height) });
    }
  }
  if (last === undefined) throw new RangeError(`no block is from ${fromBlock} to ${toBlock}`);
  const [unknown] = missing;
  if (unknown !== undefined)
    throw new FabricError("EVIDENCE_TRANSACTION_UNKNOWN", { transaction: unknown, first: fromBlock, last: toBlock });

  return {
    format: evidenceFormat,
    chainId: Number(await ask(source, toBlock, quantity, "eth_chainId", [])),
    ledger,
    block: { number: last.height, hash: last.hash },
    headers,
    transactions,
    bystanders,
    ledgerProof: await proveLedger(source, ledger, last),
  };
}

function prove(header: FetchedHeader, body: FetchedBody, index: number): Transaction {
  const key = listKey(index);
  return {
    block: header.height,
    index,
    raw: entryOf(body.transactions, index, header.height),
    transactionProof: proveEntry(body.transactionTrie, key),
    receipt: entryOf(body.receipts, index, header.height),
    receiptProof: proveEntry(body.receiptTrie, key),
  };
}

function entryOf(list: readonly string[], index: number, height: number): string {
  const entry = list[index];
  if (entry === undefined) throw unfit(height, `the node has no entry ${index} of it any more`);
  return entry;
}

const proofAnswer = z.object({
  accountProof: z.array(bytes),
  storageHash: bytes,
  storageProof: z.tuple([z.object({ proof: z.array(bytes), value: quantity })]),
});

async function proveLedger(source: Source, ledger: string, last: FetchedHeader): Promise<ChainEvidence["ledgerProof"]> {
  const state = await proveSlot(source, ledger, stateSlot, last.height);
  const head = await proveSlot(source, ledger, headSlot(readState(state.word).seq), last.height);
  const ledgerProof = { account: state.account, state: state.nodes, head: head.nodes };
  readLedgerProof({ ledger, ledgerProof }, last.stateRoot, (problem) => {
    throw unfit(last.height, `of the ledger ${ledger}, ${problem}`);
  });
  return ledgerProof;
}

async function proveSlot(source: Source, ledger: string, slot: bigint, height: number) {
  const params = [ledger, [toBeHex(slot, 32)], toQuantity(height)];
  const { accountProof, storageHash, storageProof } = await ask(source, height, proofAnswer, "eth_getProof", params);
  const [storage] = storageProof;
  // Nodes differ in what they give for a trie that is empty.
  const nodes = storageHash === emptyRoot ? [] : storage.proof;
  return { account: accountProof, nodes, word: BigInt(storage.value) };
}
