import { z } from "zod";
import { FabricError } from "../../errors.ts";

// Nothing that a real block holds is longer: a transaction has at most 128 KiB, and gas limits what a receipt can hold.
const maxHexDigits = 2 ** 22;

const hex = z
  .string()
  .max(2 + maxHexDigits, { abort: true })
  .regex(/^0x([0-9a-f]{2})*$/);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const proof = z.array(hex).max(65).meta({
  description: "Nodes of a Merkle-Patricia trie, in RLP, from the root down to what is proved.",
});

const schema = z.strictObject({
  format: z.literal("planetary-fabric/chain/1"),
  chainId: count.min(1).meta({ description: "EIP-155." }),
  ledger: address.meta({ description: "The CheckpointLedger." }),
  block: z.strictObject({ number: count, hash }).meta({
    description: "The last block of the evidence. All is proved, if this block is on the chain.",
  }),
  headers: z
    .array(hex)
    .min(1)
    .meta({ description: "The RLP of each header from the first block to the last, no gap." }),
  transactions: z
    .array(
      z.strictObject({
        block: count,
        index: count,
        raw: hex.meta({ description: "The signed transaction (EIP-2718)." }),
        transactionProof: proof.meta({ description: "Proof of `raw` against the block's transactionsRoot." }),
        receipt: hex.meta({ description: "The receipt as the block's receiptsRoot covers it." }),
        receiptProof: proof.meta({ description: "Proof of `receipt` against the block's receiptsRoot." }),
      }),
    )
    .meta({ description: "Sorted by block and index." }),
  bystanders: z.array(z.strictObject({ block: count, index: count, receipt: hex })).meta({
    description:
      "The other receipts of blocks whose bloom does not rule out a governed contract, sorted by block and index: with " +
      "them all receipts of such a block are here, which its receiptsRoot proves, and none is a governed contract's.",
  }),
  ledgerProof: z.strictObject({
    account: proof.meta({ description: "Proof of the ledger's account against the last block's stateRoot." }),
    state: proof.meta({ description: "Proof of its slot of epoch, seq and size against its storage root." }),
    head: proof.meta({ description: "Proof of the ring's slot that holds its head against its storage root." }),
  }),
});

/** What `chain.json` of a bundle holds. Every hex string is in lower case. */
export type ChainEvidence = z.infer<typeof schema>;

export const evidenceFormat = schema.shape.format.value;

/** JSON Schema of `chain.json`. */
export function evidenceSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema);
}

/** The one text that stands for this evidence: members in the schema's order, one blank a level, a line end at the end. */
export function writeEvidence(evidence: ChainEvidence): string {
  return `${JSON.stringify(schema.parse(evidence), null, 1)}\n`;
}

/** @throws FabricError EVIDENCE_MALFORMED unless the text is what `writeEvidence` makes of some evidence. */
export function readEvidence(text: string): ChainEvidence {
  const refuse = (place: string, problem: string): never => {
    throw new FabricError("EVIDENCE_MALFORMED", { place, problem });
  };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return refuse("chain.json", error instanceof Error ? error.message : "it is no JSON");
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(issue?.path.join(".") || "chain.json", issue?.message ?? "not of the schema");
  }
  // A document that could be written in two ways would have bytes without meaning, which nobody could hold to anything.
  return writeEvidence(parsed.data) === text ? parsed.data : refuse("chain.json", "its text is not in canonical form");
}
