/**
 * Most gas that a use may cost under the rules of Osaka, in whole transactions that an account relays, second use, on a
 * target of one slot.
 */
export const gasLimits: readonly { readonly by: string; readonly use: string; readonly limit: number }[] = [
  { by: "OwnerMultisig", use: "one call, 2-of-3", limit: 57_000 },
  { by: "OwnerMultisig", use: "one call, 3-of-5", limit: 62_000 },
  { by: "OwnerMultisig", use: "one call, 4-of-7", limit: 66_000 },
  { by: "OwnerMultisig", use: "batch of 3, 2-of-3", limit: 67_000 },
  { by: "OwnerMultisig", use: "batch of 3, 3-of-5", limit: 72_000 },
  { by: "OwnerMultisig", use: "batch of 3, 4-of-7", limit: 77_000 },
  { by: "OwnerMultisig", use: "announce and run, 2-of-3", limit: 108_000 },
  { by: "CheckpointLedger", use: "anchor a checkpoint", limit: 39_000 },
];

/** The limit of a use, if it has one. */
export function limitOf(by: string, use: string): number | undefined {
  return gasLimits.find((each) => each.by === by && each.use === use)?.limit;
}
