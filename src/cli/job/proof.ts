import type { ReceiptView, StatusView } from "../../control/index.ts";
import { FabricError } from "../../errors.ts";
import { outcomes, type Receipt, reasons } from "../../fabric/index.ts";
import { type Chain, confirmReceipt, type Deployment, type ReceiptAnchor } from "../../governance/index.ts";
import { fromHex, ReceiptEncoder, toHex, verifyInclusion } from "../../journal/index.ts";
import { refText } from "./ref.ts";

/** A receipt with its way to a checkpoint. */
export type ProvedReceipt = ReceiptView & { readonly proof: NonNullable<ReceiptView["proof"]> };

/**
 * Checks what a fabric says of a receipt, trusting it with nothing but the names: that the fields are those of the leaf,
 * and that the leaf is in the tree.
 * @param names in the order of their numbers
 * @throws FabricError RECEIPT_UNPROVED
 */
export function checkProof(
  { job, receipt, leafHash, proof }: ProvedReceipt,
  { contracts, chainId }: Pick<Deployment, "contracts" | "chainId">,
  names: Pick<StatusView, "submitters" | "shards" | "nodes">,
): void {
  const unproved = (problem: string) => new FabricError("RECEIPT_UNPROVED", { job: refText(job), problem });
  const meant = {
    submitter: names.submitters.indexOf(job.submitter) + 1,
    number: job.number,
    outcome: outcomes[job.outcome],
    reason: reasons[job.reason],
    shard: names.shards.findIndex(({ name }) => name === job.shard) + 1,
    node: names.nodes.findIndex(({ name }) => name === job.node) + 1,
    ...{ attempts: job.attempts, submittedTick: job.submittedTick, endedTick: job.endedTick, value: job.value },
    resultDigest: job.resultDigest,
  };
  for (const [field, value] of Object.entries(meant))
    if (new Map<string, unknown>(Object.entries(receipt)).get(field) !== value)
      throw unproved(`its receipt has another ${field}`);
  const { outcome, reason } = job;
  const fields: Receipt = { ...receipt, outcome, reason, resultDigest: fromHex(receipt.resultDigest) };
  const encoder = new ReceiptEncoder({ chainId, ledger: contracts.CheckpointLedger.address.toLowerCase() });
  const leaf = encoder.leafHash(fields);
  if (toHex(leaf) !== leafHash) throw unproved("its leaf is that of another receipt, or of another fabric's");
  if (!verifyInclusion(leaf, job.index, proof.size, fromHex(proof.root), proof.path.map(fromHex)))
    throw unproved(`its path does not lead to the root of the ${proof.size} receipts`);
}

/**
 * `checkProof`, then the ledger is asked itself.
 * @throws FabricError RECEIPT_UNPROVED, RECEIPT_UNCONFIRMED, CHAIN_UNREACHABLE and its kin
 */
export function confirmedBy(
  chain: Chain,
  deployment: Deployment,
  view: ProvedReceipt,
  names: Pick<StatusView, "submitters" | "shards" | "nodes">,
): Promise<ReceiptAnchor> {
  checkProof(view, deployment, names);
  const { receipt, job, proof } = view;
  const { size, root, path, checkpoint } = proof;
  return confirmReceipt(chain, deployment, {
    ...{ receipt, index: job.index, size, root, path, digest: checkpoint.digest },
  });
}
