import { z } from "zod";

const hex = z.string().regex(/^0x[0-9a-fA-F]*$/);

/** `owner-log.json`: what the owners and the guardian decided, in order; see `OwnerLogEntry` of `owner/`. */
export const ownerLogForm = z.array(
  z.strictObject({
    change: z.looseObject({ kind: z.string() }).nullable(),
    sentence: z.string(),
    calls: z.array(z.strictObject({ to: hex, data: hex })),
    batch: z
      .strictObject({
        lane: z.enum(["parameters", "membership", "emergency"]),
        seq: z.int().min(0),
        epoch: z.int().min(0),
        validAfter: z.int().min(0),
        validUntil: z.int().min(0),
        memo: hex,
        digest: hex,
      })
      .nullable(),
    signers: z.array(hex),
    transactionHash: hex,
    block: z.int().min(0),
  }),
);
export type OwnerLog = z.infer<typeof ownerLogForm>;
