import { FabricError } from "../errors.ts";
import {
  assertConstruction,
  type ChainEvidence,
  type History,
  readHistory,
  type VerifiedChain,
  verifyEvidence,
} from "../governance/evidence/index.ts";
import type { DrillDocument } from "./primary.ts";

/** What `chain.json` proves of the fabric that a bundle is about. */
export type Proof = { readonly chain: VerifiedChain; readonly history: History };

/**
 * @throws errors of `verifyEvidence`, `readHistory` and `assertConstruction`; RECEIPTS_FORKED
 */
export function proofOf(evidence: ChainEvidence, { contracts }: DrillDocument): Proof {
  const chain = verifyEvidence(evidence);
  const { address } = chain.ledger;
  if (address !== contracts.CheckpointLedger.toLowerCase()) {
    const problem = `the drill's ledger is ${contracts.CheckpointLedger}`;
    throw new FabricError("EVIDENCE_LEDGER", { ledger: address, block: chain.lastBlock.number, problem });
  }
  const history = readHistory(chain, contracts);
  assertConstruction(chain, contracts);
  assertReceiptsGrow(chain.anchors);
  return { chain, history };
}

/**
 * The receipts of each checkpoint go on from those of the one before. That they are the same ones as far as both go,
 * shows when the journal makes their roots again; that the ledger took two for the same number, shows here.
 * @throws RECEIPTS_FORKED
 */
export function assertReceiptsGrow(anchors: VerifiedChain["anchors"]): void {
  const kept = anchors.filter(({ voided, seq }) => !voided && seq > 0);
  for (const [index, { seq, size, root }] of kept.entries()) {
    const before = kept[index - 1];
    if (before === undefined || size > before.size) continue;
    if (size === before.size && Buffer.compare(root, before.root) === 0) continue;
    throw new FabricError("RECEIPTS_FORKED", { seq, size, before: before.seq, sizeBefore: before.size });
  }
}
