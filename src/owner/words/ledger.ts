import { struct } from "../decoding.ts";
import { counted } from "../entry.ts";
import { args, type CallWords, someone, whole, wordsOf } from "./callWords.ts";

/** What calls of `CheckpointLedger` do. */
export const ledgerWords: Readonly<Record<string, CallWords>> = {
  setAnchorer: wordsOf(
    args(someone, someone),
    ([before, after]) => `Let ${after === "none" ? "nobody" : after} be the anchorer (before: ${before})`,
  ),
  rebase: wordsOf(
    args(struct({ seq: whole, size: whole })),
    ([{ seq, size }]) =>
      `Take the ledger back to checkpoint ${seq}, of ${counted(size)} receipts; the later ones are void`,
  ),
};
