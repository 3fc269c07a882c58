import { isError, toBeHex, toQuantity } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import type { Anchored } from "./anchor.ts";
import type { Chain } from "./chain.ts";
import { contractAt, interfaceOf } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { readStanding } from "./ledger.ts";

/** What a fabric says of one receipt: its fields by the journal's numbers, and its way to a checkpoint (RFC 9162). */
export type ReceiptClaim = {
  readonly receipt: {
    readonly submitter: number;
    readonly number: number;
    readonly outcome: number;
    readonly reason: number;
    readonly shard: number;
    readonly node: number;
    readonly attempts: number;
    readonly submittedTick: number;
    readonly endedTick: number;
    readonly value: number;
    readonly resultDigest: string;
  };
  /** Of its leaf, and how many leaves the tree has. */
  readonly index: number;
  readonly size: number;
  readonly root: string;
  /** From the leaf up. */
  readonly path: readonly string[];
  /** SHA-256 of the checkpoint document. */
  readonly digest: string;
};

/** Where the chain has the checkpoint that a receipt is in. Hashes are hex. */
export type ReceiptAnchor = {
  /** Of the ledger. */
  readonly epoch: number;
  readonly seq: number;
  readonly head: string;
  readonly block: number;
  /** Unix seconds of that block. */
  readonly time: number;
  readonly transactionHash: string;
  /** Newest block when the ledger was asked. */
  readonly askedAtBlock: number;
};

/** Heads that the ledger can be asked about (`CheckpointLedger.verifyReceipt`). */
const headsKept = 64;

/**
 * Asks the ledger itself whether a receipt is in a checkpoint that is anchored.
 * @throws RECEIPT_UNCONFIRMED when it is not, or the checkpoint is none of its last 64 heads
 * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED
 */
export async function confirmReceipt(
  chain: Chain,
  deployment: Deployment,
  claim: ReceiptClaim,
): Promise<ReceiptAnchor> {
  const { receipt, index, size, root, path, digest } = claim;
  const refusal = (problem: string, advice: string) =>
    new FabricError("RECEIPT_UNCONFIRMED", { number: receipt.number, problem, advice });
  const newest = await chain.latest();
  const ledger = contractAt("CheckpointLedger", deployment.contracts.CheckpointLedger.address, chain.at(newest.hash));
  const anchors = (await newestAnchors(chain, deployment, newest)).filter((anchor) => anchor.digest === digest);
  for (const { block, transactionHash, head, ...anchored } of anchors) {
    // A head that was taken back is still among the events.
    if (!(await ledger.isKept(anchored))) continue;
    if (anchored.size !== size || anchored.root !== root)
      throw refusal("the chain has another tree of receipts for its checkpoint", lies);
    let isThere: boolean;
    try {
      isThere = await ledger.verifyReceipt(receipt, index, anchored, [...path]);
    } catch (error) {
      if (isError(error, "INVALID_ARGUMENT")) throw refusal(`it is none (${error.shortMessage})`, lies);
      throw error;
    }
    if (!isThere) throw refusal("it is not in the tree of receipts that was anchored", lies);
    const { epoch, seq } = anchored;
    const time = (await chain.block(block))?.time ?? newest.time;
    return { epoch, seq, head, block, time, transactionHash, askedAtBlock: newest.number };
  }
  throw refusal(
    `none of the ledger's last ${headsKept} heads is checkpoint ${digest}`,
    "Ask for the receipt again: the fabric gives a proof for its newest anchored checkpoint.",
  );
}

const lies =
  "Do not rely on this receipt: the fabric says something else than it has anchored. Show both to the owners.";

/** The events of the heads that the ledger keeps, and of those with the same numbers that were taken back. */
async function newestAnchors(
  chain: Chain,
  deployment: Deployment,
  newest: { readonly number: number; readonly hash: string },
): Promise<Anchored[]> {
  const { seq: last } = await readStanding(chain, deployment, newest.hash);
  const kept = Array.from({ length: Math.min(last, headsKept) }, (_, back) => toBeHex(last - back, 32));
  if (kept.length === 0) return [];
  const ledger = interfaceOf("CheckpointLedger");
  const filter = {
    address: deployment.contracts.CheckpointLedger.address,
    topics: [ledger.getEvent("Anchored").topicHash, null, kept],
    fromBlock: toQuantity(deployment.blocks.first),
    toBlock: toQuantity(newest.number),
  };
  return logsForm.parse(await chain.rpc("eth_getLogs", [filter])).map(({ topics, data, ...place }) => {
    const { epoch, seq, parent, head, size, root, digest } = ledger.decodeEventLog("Anchored", data, topics);
    return {
      ...{ epoch: Number(epoch), seq: Number(seq), parent: String(parent), head: String(head), size: Number(size) },
      ...{ root: String(root), digest: String(digest) },
      ...{ block: Number(place.blockNumber), transactionHash: place.transactionHash },
    };
  });
}

const logsForm = z.array(
  z.object({ topics: z.array(z.string()), data: z.string(), blockNumber: z.string(), transactionHash: z.string() }),
);
