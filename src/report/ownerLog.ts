import { z } from "zod";
import { ownerLogEntryForm } from "../owner/index.ts";

export type OwnerLogEntry = z.infer<typeof ownerLogEntryForm>;

/** `owner-log.json`: what the owners and the guardian decided, in order; see `OwnerLogEntry` of `owner/`. */
export const ownerLogForm = z.array(ownerLogEntryForm).meta({
  title: "Log of the owners",
  description: "What the owners and guardians decided, in the chain's order; the founding comes first.",
});
export type OwnerLog = readonly OwnerLogEntry[];
