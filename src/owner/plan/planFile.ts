import { z } from "zod";
import { contractNames } from "../../governance/index.ts";
import { type Batch, digestOf, signedMemo } from "../batch.ts";
import { account, hex, seconds, whole } from "../documents.ts";
import { callForm, changeForm } from "../log.ts";
import { type Lane, lanes, type Office } from "../office.ts";
import { routingForm } from "./routing.ts";
import { altered, digestOfJson, readSealed, sealedText } from "./sealed.ts";

const line = (description: string) =>
  z
    .string()
    .max(100_000)
    .regex(/^[^\p{C}]*$/u, "text without signs that do not show")
    .describe(description);
const lines = (description: string) => z.array(line("")).max(10_000).readonly().describe(description);
const governed = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()])
  .nullable()
  .describe("Null where there is none");
const gas = whole("Gas of all its transactions", 0, Number.MAX_SAFE_INTEGER, "");
const addresses = Object.fromEntries(contractNames.map((name) => [name, account(`Address of ${name}`)]));

/** `change-<n>.json`. */
export const planForm = z
  .strictObject({
    format: z.literal("planetary-fabric/plan/v1"),
    chainId: whole("Id of the chain", 1, Number.MAX_SAFE_INTEGER, ""),
    // There is one of each name.
    contracts: z.strictObject(addresses as Record<(typeof contractNames)[number], ReturnType<typeof account>>),
    changes: z.array(changeForm).max(100).readonly().describe("What was asked for; none withdraws what was signed"),
    sentence: line("What the calls do; it follows from them"),
    calls: z.array(callForm).max(1000).readonly().describe("What is executed, in this order, all or nothing"),
    lane: z.enum(["parameters", "membership", "emergency"]),
    seq: whole("Its number in the lane", 0, 2 ** 32 - 1, ""),
    epoch: whole("Number of the constitution that it is signed under", 1, Number.MAX_SAFE_INTEGER, ""),
    validAfter: seconds("From when it may be executed"),
    validUntil: seconds("Until when"),
    delaySeconds: whole(
      "How long it waits after it was announced; 0 for one that is executed at once",
      0,
      2 ** 32 - 1,
      "seconds",
    ),
    severity: z.strictObject({
      level: z.enum(["routine", "serious", "irreversible"]),
      reasons: lines("Why it asks for care"),
    }),
    differences: z
      .array(z.strictObject({ what: line("What the owners govern"), before: governed, after: governed }))
      .max(10_000)
      .readonly()
      .describe("Before and after, as a trial on a fork of the chain had it"),
    trial: z
      .strictObject({
        block: whole("Number of the block that it began from", 0, Number.MAX_SAFE_INTEGER, ""),
        blockHash: hex("Its hash", 32),
        gas,
        events: lines("What the contracts reported"),
      })
      .describe("The trial on a fork"),
    routing: routingForm.nullable().describe("What it would have done to a past run; null where none was played"),
    undo: z
      .strictObject({
        changes: z.array(changeForm).max(1000).readonly(),
        sentence: line("What its calls would do"),
        gas: gas.nullable().describe("As tried on the fork after the change; null where it was refused there"),
        note: line("What it takes"),
      })
      .nullable()
      .describe("What brings back what was before; null when nothing does"),
    lasts: lines("Why not everything can be brought back"),
    hash: hex("SHA-256 of all this but memo, as canonical JSON", 32),
    memo: hex("SHA-256 of the sentence, a line end, and the hash: it is signed with the calls", 32),
  })
  .describe("A change of the owners, written down before anybody signs it.");

/** One decision of the owners, written down. */
export type Plan = Readonly<z.output<typeof planForm>>;

/** A plan with its hash and memo. */
export function sealPlan(said: Omit<Plan, "hash" | "memo">): Plan {
  const hash = digestOfJson(said);
  return { ...said, hash, memo: signedMemo(said.sentence, hash) };
}

export function planText(plan: Plan): string {
  return sealedText(plan);
}

/** @param file what to call the text in an error @throws OWNER_FILE_ALTERED */
export function readPlan(text: string, file: string): Plan {
  const plan = readSealed(text, file, planForm);
  const { hash, memo, ...said } = plan;
  if (digestOfJson(said) !== hash) throw altered(file, "its hash is another one");
  if (signedMemo(plan.sentence, hash) !== memo) throw altered(file, "its memo is another one");
  return plan;
}

/** What the owners sign of a plan. */
export function batchOfPlan(plan: Plan): Batch {
  const { calls, validAfter, validUntil, memo } = plan;
  return { calls, nonce: nonceOf(plan.lane, plan.seq), validAfter, validUntil, epoch: BigInt(plan.epoch), memo };
}

/** What the owners sign (EIP-712), hex: of that very plan and no other, by its memo. */
export function planDigest(plan: Plan): string {
  return digestOf(placeOf(plan), batchOfPlan(plan));
}

/** Whose owners it is for. */
export function placeOf({ chainId, contracts }: Plan): Pick<Office, "chainId" | "multisig"> {
  return { chainId, multisig: contracts.OwnerMultisig };
}

export function nonceOf(lane: Lane, seq: number): bigint {
  return (BigInt(lanes[lane]) << 64n) | BigInt(seq);
}

/** The number in its lane of a nonce. */
export function seqOf(nonce: bigint): number {
  return Number(nonce & 0xffff_ffff_ffff_ffffn);
}
