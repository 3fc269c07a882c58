import { toBeHex, toQuantity } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import { type FetchedBody, type FetchedHeader, fetchBody, fetchHeader } from "./block.ts";
import { logsOf } from "./bloom.ts";
import { type ChainEvidence, evidenceFormat } from "./evidence.ts";
import { headSlot, readState, stateSlot } from "./ledger.ts";
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

  const first = await fetchHeader(source, fromBlock);
  let last = first;
  for (let height = fromBlock; height <= toBlock; height++) {
    const header = height === fromBlock ? first : await fetchHeader(source, height);
    if (height > fromBlock && header.parentHash !== last.hash)
      throw unfit(height, `its parent is ${header.parentHash}, and block ${height - 1} was ${last.hash} a moment ago`);
    last = header;
    headers.push(header.rlp);
    const governs = blooms.some((mayBeIn) => mayBeIn(header.logsBloom));
    if (!governs && !header.transactions.some((hash) => missing.has(hash))) continue;
    const body = await fetchBody(source, header);
    for (const [index, hash] of header.transactions.entries()) {
      const concerned = body.emitters[index]?.some((address) => governed.has(address)) === true;
      if (missing.delete(hash) || concerned) transactions.push(prove(header, body, index));
      else if (governs) bystanders.push({ block: height, index, receipt: at(body.receipts, index, header) });
    }
  }
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
    raw: at(body.transactions, index, header),
    transactionProof: proveEntry(body.transactionTrie, key),
    receipt: at(body.receipts, index, header),
    receiptProof: proveEntry(body.receiptTrie, key),
  };
}

function at(list: readonly string[], index: number, { height }: FetchedHeader): string {
  const entry = list[index];
  if (entry === undefined) throw unfit(height, `it has no transaction ${index}`);
  return entry;
}

const proofAnswer = z.object({
  accountProof: z.array(bytes),
  storageHash: bytes,
  storageProof: z.array(z.object({ proof: z.array(bytes), value: quantity })),
});

async function proveLedger(source: Source, ledger: string, last: FetchedHeader): Promise<ChainEvidence["ledgerProof"]> {
  const state = await proveSlot(source, ledger, stateSlot, last);
  const head = await proveSlot(source, ledger, headSlot(readState(state.value).seq), last);
  return { account: state.account, state: state.nodes, head: head.nodes };
}

async function proveSlot(source: Source, ledger: string, slot: bigint, { height }: FetchedHeader) {
  const params = [ledger, [toBeHex(slot, 32)], toQuantity(height)];
  const answer = await ask(source, height, proofAnswer, "eth_getProof", params);
  const [storage] = answer.storageProof;
  if (storage === undefined) throw unfit(height, "eth_getProof gives no proof of a slot of the ledger");
  // Nodes differ in what they give for a trie that is empty.
  const nodes = answer.storageHash === emptyRoot ? [] : storage.proof;
  return { account: answer.accountProof, nodes, value: BigInt(storage.value) };
}
