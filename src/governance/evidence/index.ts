// What the chain did, proved to someone who has no chain at hand: collected into a bundle's `chain.json`, and verified.
export { collectEvidence, type EvidenceWanted } from "./collect.ts";
export { assertComplete } from "./complete.ts";
export { confirmBlock, trustBlock } from "./confirm.ts";
export { assertConstruction } from "./construction.ts";
export { type ChainEvidence, evidenceSchema, readEvidence, writeEvidence } from "./evidence.ts";
export type { Anchor, Claim } from "./heads.ts";
export {
  type Addresses,
  type Batch,
  type Change,
  type GivenOrder,
  type GovernanceEvent,
  type History,
  readHistory,
} from "./history.ts";
export type { ProvenLedger } from "./ledgerProof.ts";
export { ProvenParameters, withNewest } from "./parameters.ts";
export { type VerifiedBlock, type VerifiedChain, type VerifiedTransaction, verifyEvidence } from "./verify.ts";
