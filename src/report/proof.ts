import { FabricError } from "../errors.ts";
import {
  assertConstruction,
  type ChainEvidence,
  type History,
  readHistory,
  type VerifiedChain,
  verifyEvidence,
} from "../governance/evidence/index.ts";
import type { Checkpoint } from "../journal/index.ts";
import type { DrillDocument } from "./primary.ts";
import { hexOf } from "./text.ts";

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
  const kept = standing(anchors);
  for (const [index, { seq, size, root }] of kept.entries()) {
    const before = kept[index - 1];
    if (before === undefined || size > before.size) continue;
    if (size === before.size && Buffer.compare(root, before.root) === 0) continue;
    throw new FabricError("RECEIPTS_FORKED", { seq, size, before: before.seq, sizeBefore: before.size });
  }
}

/**
 * Each checkpoint is what the ledger has at its place, and the ledger has no other.
 * @throws CHECKPOINT_NOT_ANCHORED
 */
export function assertAnchored(
  checkpoints: readonly Checkpoint[],
  { anchors, ledger }: Pick<VerifiedChain, "anchors" | "ledger">,
): void {
  const kept = standing(anchors);
  const refuse = (seq: number, problem: string) => new FabricError("CHECKPOINT_NOT_ANCHORED", { seq, problem });
  for (const [index, { document, digest }] of checkpoints.entries()) {
    const { seq, receipts } = document;
    const anchor = kept[index];
    if (anchor === undefined) throw refuse(seq, "the ledger has none at its place");
    if (hexOf(anchor.digest) !== digest)
      throw refuse(seq, `its digest is ${digest}, and the ledger has ${hexOf(anchor.digest)}`);
    if (anchor.size !== receipts.size)
      throw refuse(seq, `it has ${receipts.size} receipts, and the ledger has ${anchor.size}`);
    if (hexOf(anchor.root) !== receipts.root)
      throw refuse(seq, `its receipts have the root ${receipts.root}, and the ledger has ${hexOf(anchor.root)}`);
  }
  if (kept.length > checkpoints.length)
    throw refuse(checkpoints.length + 1, `the ledger has ${kept.length}, and the journal makes ${checkpoints.length}`);
  if (kept.length > 0 && kept.at(-1)?.head !== ledger.head) throw refuse(kept.length, "it is not the ledger's head");
}

/** Checkpoints that the ledger stands by; its own beginning is none. */
function standing(anchors: VerifiedChain["anchors"]): VerifiedChain["anchors"] {
  return anchors.filter(({ voided, seq }) => !voided && seq > 0);
}
