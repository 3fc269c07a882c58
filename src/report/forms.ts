import { z } from "zod";
import { evidenceSchema } from "../governance/evidence/index.ts";
import { checkpointSchema } from "../journal/index.ts";
import { tickSteps } from "../orchestrator/index.ts";
import { callForm, changeForm } from "../owner/index.ts";
import { digestsForm } from "./folder.ts";
import { ownerLogForm } from "./ownerLog.ts";
import { drillForm, paths } from "./primary.ts";

const count = z.int().min(0);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const part = z.number().min(0).max(1);
const jobs = (description: string) => count.meta({ description, unit: "jobs" });
const ticks = (description: string) => count.meta({ description, unit: "ticks" });

const checkForm = z.strictObject({
  id: z.string(),
  title: z.string().meta({ description: "What must hold, as a sentence." }),
  pass: z.boolean(),
  value: z.union([z.number(), z.string()]),
  limit: z.string().meta({ description: "What the value is held against, as a person reads it." }),
});

/** `summary.json`: the verdict, what it rests on, and the figures of the run. */
export const summaryForm = z
  .strictObject({
    format: z.literal("planetary-fabric/summary/v1"),
    label: z.string(),
    seed: count,
    scenario: z.string(),
    inputs: z
      .strictObject({ manifest: hash, scenario: hash })
      .meta({ description: "SHA-256 of the two files in inputs/ that people wrote." }),
    verdict: z.enum(["pass", "fail"]),
    checks: z.array(checkForm).readonly(),
    jobs: z.strictObject({
      submitted: jobs("Accepted from submitters."),
      completed: jobs("Ended with a result."),
      failed: jobs("Ended without one, after the last attempt."),
      expired: jobs("Past their deadline before they were done."),
      cancelled: jobs("Cancelled by the owners."),
      interrupted: count.meta({ description: "Leases that were lost.", unit: "leases" }),
      requeued: count.meta({ description: "Times that a job went back to its queue.", unit: "times" }),
      spilled: count.meta({ description: "Times that a job moved along a route.", unit: "times" }),
      refusedResults: count.meta({ description: "Results of leases that were over.", unit: "results" }),
    }),
    ticks: ticks("Length of the run."),
    failureRate: part.meta({ description: "(failed + expired) / submitted." }),
    skew: z.strictObject({
      max: jobs("Largest skew of an approved route."),
      control: jobs("That of the same run without spillover; null where the scenario does not ask for it.").nullable(),
    }),
    crash: z
      .strictObject({
        killedAtTick: ticks("Tick in which the orchestrator was killed."),
        killedAtStep: z.enum(tickSteps),
        resumedFromCheckpoint: count.meta({
          description: "The newest checkpoint on record at the kill, which recovery came to again; 0 = none yet.",
        }),
        sameReceiptsRoot: z.boolean(),
        sameStateRoot: z.boolean(),
      })
      .nullable()
      .meta({ description: "Null where nobody was killed." }),
    checkpoints: z.strictObject({ count, anchored: count }),
    owner: z.strictObject({
      changes: count.meta({ description: "Without the founding." }),
      transactions: count.meta({ description: "With the founding." }),
    }),
    receipts: z.strictObject({ size: count, root: hash }).meta({ description: "The tree of all receipts (RFC 9162)." }),
    stateRoot: hash.meta({ description: "The machine's state at the end." }),
    heartbeats: z.strictObject({
      accepted: count,
      refused: count.meta({ description: "Messages of whatever kind that the gate refused.", unit: "messages" }),
    }),
    refusedMessages: z
      .strictObject({ signature: count, replay: count, unknownSender: count, malformed: count, tooMany: count })
      .meta({ description: "Messages that the gate refused, by reason.", unit: "messages" }),
    shards: z
      .array(
        z.strictObject({
          name: z.string(),
          submitted: jobs("Submitted to it."),
          completed: jobs("Completed by its nodes."),
          spilledIn: jobs("Moved to it."),
          spilledOut: jobs("Moved away from it."),
          waitP50Ticks: ticks("Median of the wait from submission to the first lease."),
          waitP95Ticks: ticks("95th percentile of it."),
          deepestQueue: jobs("Most jobs that its queue held."),
        }),
      )
      .readonly(),
    nodes: z
      .array(
        z.strictObject({
          name: z.string(),
          leases: count,
          completed: count,
          interrupted: count,
          utilisation: part.meta({ description: "Part of its slots that was busy, over all ticks." }),
          silences: count.meta({ description: "Times that it went offline." }),
        }),
      )
      .readonly(),
  })
  .meta({ title: "Summary of a drill", description: "The verdict, what it rests on, and the figures of the run." });
export type Summary = Readonly<z.infer<typeof summaryForm>>;

const safeInputForm = z.looseObject({ name: z.string(), type: z.string(), internalType: z.string() });
const payloadForm = {
  change: changeForm.nullable().meta({ description: "Null for the founding." }),
  sentence: z.string(),
  by: z.enum(["owners", "guardian"]),
  calls: z.array(callForm).meta({ description: "They take effect when sent by the owner of the contracts, in order." }),
  safe: z
    .strictObject({
      version: z.literal("1.0"),
      chainId: z.string(),
      createdAt: count.meta({ description: "Block time that it was planned for.", unit: "Unix milliseconds" }),
      meta: z.strictObject({
        name: z.string(),
        description: z.string(),
        txBuilderVersion: z.string(),
        createdFromSafeAddress: z.string(),
        createdFromOwnerAddress: z.string(),
        checksum: hash,
      }),
      transactions: z.array(
        z.strictObject({
          to: z.string(),
          value: z.string(),
          data: z.string().nullable(),
          contractMethod: z
            .strictObject({ inputs: z.array(safeInputForm).readonly(), name: z.string(), payable: z.boolean() })
            .nullable(),
          contractInputsValues: z.record(z.string(), z.string()).nullable(),
        }),
      ),
    })
    .nullable()
    .meta({ description: "The same calls as the file that Safe's transaction builder takes; null where none could." }),
};
const plannedForm = z.strictObject({ ...payloadForm, change: changeForm });

/** `owner-script.json`. */
export const ownerScriptForm = z
  .strictObject({
    format: z.literal("planetary-fabric/owner-script/v1"),
    chainId: count.meta({ description: "EIP-155." }),
    multisig: z.string().meta({ description: "Address of the multisig that owns the contracts." }),
    ready: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: "What it does, and to what." }),
          title: z.string(),
          card: z
            .strictObject({
              when: z.string(),
              happens: z.string(),
              undo: z.string(),
              checklist: z.array(z.string()),
            })
            .meta({ description: "What to read before it is used." }),
          commands: z.array(z.string()).meta({ description: "What to type instead in a practice fabric." }),
          changes: z.array(plannedForm).meta({ description: "In order; none where something is missing." }),
        }),
      )
      .meta({ description: "What owners do in a hurry, prepared for the fabric as the run left it." }),
    decided: z
      .array(
        z.strictObject({
          ...payloadForm,
          signers: z.array(z.string()),
          undo: z
            .array(plannedForm)
            .nullable()
            .meta({ description: "What takes it back, if nothing else has changed since; null when nothing does." }),
        }),
      )
      .meta({ description: "What was decided in the run, in the chain's order; the founding comes first." }),
  })
  .meta({
    title: "Owner scripts",
    description: "What owners may want to do next, and what was decided, ready to be sent.",
  });
export type OwnerScript = z.infer<typeof ownerScriptForm>;

const keyForm = z.strictObject({
  name: z.string(),
  keyKind: z.enum(["ed25519", "p256", "secp256k1"]),
  key: z.string().regex(/^0x([0-9a-f]{2})+$/),
});

/** `inputs/keys.json`. */
export const keysForm = z
  .strictObject({ nodes: z.array(keyForm), submitters: z.array(keyForm) })
  .meta({ title: "Public keys", description: "Of the nodes and submitters, by their numbers from 1." });

const checkpointsForm = z
  .array(z.strictObject({ digest: hash, document: checkpointSchema }))
  .meta({ title: "Checkpoints", description: "Each with the SHA-256 of its document in canonical JSON (RFC 8785)." });

/** `timing.json`. */
export const timingForm = z
  .looseObject({ wallSeconds: z.number().min(0).meta({ unit: "seconds" }) })
  .meta({ title: "Timing", description: "What the run cost on the machine it ran on. It is no evidence." });

const eventForm = z
  .looseObject({ tick: count, event: z.string() })
  .meta({ title: "A line of events.ndjson", description: "One thing that happened; its other fields depend on it." });

const receiptForm = z
  .strictObject({
    index: count.meta({ description: "Index of its leaf in the receipts tree." }),
    submitter: count,
    job: count.meta({ description: "Number that the submitter gave it." }),
    outcome: z.string(),
    reason: z.string(),
    shard: count,
    node: count.meta({ description: "0 = none." }),
    attempts: count,
    submittedTick: count,
    endedTick: count,
    value: count,
    resultDigest: hash,
  })
  .meta({ title: "A line of receipts.ndjson", description: "The final word on one job." });

/** The JSON Schema of each file of a bundle, by the path that it describes; of a list of lines, that of one line. */
export function bundleSchemas(): Readonly<Record<string, z.core.JSONSchema.BaseSchema>> {
  const schema = (form: z.ZodType) => z.toJSONSchema(form, { io: "input", reused: "inline" });
  return {
    [paths.digests]: schema(digestsForm),
    [paths.summary]: schema(summaryForm),
    [paths.checkpoints]: schema(checkpointsForm),
    [paths.ownerLog]: schema(ownerLogForm),
    [paths.ownerScript]: schema(ownerScriptForm),
    [paths.chain]: {
      title: "Evidence of the chain",
      description: "Headers, transactions, receipts and proofs; see the fields.",
      ...evidenceSchema(),
    },
    [paths.timing]: schema(timingForm),
    [paths.drill]: schema(drillForm),
    [paths.keys]: schema(keysForm),
    [paths.events]: schema(eventForm),
    [paths.receipts]: schema(receiptForm),
  };
}
