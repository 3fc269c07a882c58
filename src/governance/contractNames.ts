/** The contracts of one fabric, in the order of their deployment. */
export const contractNames = [
  "OwnerMultisig",
  "ShardRegistry",
  "NodeRegistry",
  "SubmitterRegistry",
  "CheckpointLedger",
  "SystemPause",
] as const;
export type ContractName = (typeof contractNames)[number];
