import { z } from "zod";
import { type Change, changeForms } from "./changes.ts";
import type { Announced, OwnerLogEntry } from "./decide.ts";

// What is written down of the owners' decisions.

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .meta({ description: "Address with its checksum (EIP-55)." });
const signer = z
  .string()
  .regex(/^0x([0-9a-fA-F]{40}|[0-9a-f]{168})$/)
  .meta({
    description: "Address with its checksum (EIP-55); of a member that is a P-256 key its verifier's, x and y.",
  });
const count = z.int().min(0);
const seconds = count.meta({ description: "Unix seconds of block time." });

export const callForm = z.strictObject({
  to: address,
  data: z
    .string()
    .regex(/^0x([0-9a-f]{2})*$/)
    .meta({ description: "Selector and arguments." }),
});

const changes = Object.entries(changeForms).map(([kind, form]) => form.extend({ kind: z.literal(kind) }));
/** A change of the catalogue. */
export const changeForm: z.ZodType<Change> = z
  // The catalogue's type is made from the same forms, and a list of them has none.
  .union(changes as unknown as [z.ZodType<Change>])
  .meta({ id: "Change", description: "A change of the catalogue, with its parameters." });

const batchForm = z.strictObject({
  lane: z.enum(["parameters", "membership", "emergency"]),
  seq: count.meta({ description: "Number of the batch in its lane, from 0." }),
  epoch: count.meta({ description: "Number of the constitution that the owners signed under." }),
  validAfter: seconds,
  validUntil: seconds,
  memo: hash.meta({ description: "SHA-256 of the sentence, and of the plan's hash where there is one." }),
  digest: hash.meta({ description: "What the owners signed (EIP-712)." }),
});

/** An `OwnerLogEntry`. */
export const ownerLogEntryForm = z.strictObject({
  change: changeForm.nullable().meta({ description: "What was asked for; null for the founding." }),
  sentence: z.string().max(100_000).meta({ description: "What was decided, in words." }),
  calls: z.array(callForm),
  batch: batchForm.nullable().meta({ description: "Null for a guardian, who acts alone." }),
  plan: hash.nullable().exactOptional().meta({ description: "Hash of the plan that was signed; left out for none." }),
  signers: z.array(signer),
  transactionHash: hash,
  block: count,
});

const whole = z.string().regex(/^\d+$/).transform(BigInt);
const announcedForm = z.strictObject({
  format: z.literal("planetary-fabric/announced/v1"),
  batch: z.strictObject({
    calls: z.array(callForm),
    ...{ nonce: whole, validAfter: count, validUntil: count, epoch: whole, memo: hash },
  }),
  entry: ownerLogEntryForm,
  readyAt: count,
});

/** What was announced, as text to keep until it is run or cancelled. */
export function announcedText({ batch, entry, readyAt }: Announced): string {
  const { nonce, epoch } = batch;
  const kept = { ...batch, nonce: String(nonce), epoch: String(epoch) };
  return `${JSON.stringify({ format: "planetary-fabric/announced/v1", batch: kept, entry, readyAt }, null, 2)}\n`;
}

/** The inverse of `announcedText`, of the parsed JSON. @throws ZodError for anything else */
export function readAnnounced(value: unknown): Announced {
  const { batch, entry, readyAt } = announcedForm.parse(value);
  return { batch, entry: entry satisfies OwnerLogEntry, readyAt };
}
