import canonicalize from "canonicalize";
import { z } from "zod";
import { JsonDocument, type Manifest, manifestOf, type Scenario, scenarioOf, withJobs } from "../config/index.ts";
import type { Play } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import type { ChainEvidence } from "../governance/evidence/index.ts";
import { contractNames, deploymentForm } from "../governance/index.ts";
import type { StoreReader } from "../journal/index.ts";
import type { OwnerLog } from "./ownerLog.ts";

/** Where each part of a bundle is. */
export const paths = {
  journal: "journal",
  manifest: "inputs/manifest.json",
  scenario: "inputs/scenario.json",
  drill: "inputs/drill.json",
  keys: "inputs/keys.json",
  chain: "chain.json",
  ownerLog: "owner-log.json",
  ownerScript: "owner-script.json",
  summary: "summary.json",
  events: "events.ndjson",
  receipts: "receipts.ndjson",
  checkpoints: "checkpoints.json",
  topology: "topology.mmd",
  page: "index.html",
  timing: "timing.json",
  digests: "manifest.json",
} as const;

const count = z.int().min(0);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

/** `inputs/drill.json`: what the drill was asked for, where its contracts are, and what the other run ended in. */
export const drillForm = z
  .strictObject({
    format: z.literal("planetary-fabric/drill/v1"),
    label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .meta({ description: "Everything that chance decides follows from it." }),
    jobsPerShard: z.int().min(1).max(10_000_000).meta({ description: "Jobs for each shard on average." }),
    contracts: z
      .record(z.enum(contractNames), deploymentForm.shape.contracts.valueType.shape.address)
      .meta({ description: "Address of each contract, with its checksum (EIP-55)." }),
    unkilled: z
      .strictObject({ receipts: z.strictObject({ size: count, root: hash }), stateRoot: hash })
      .nullable()
      .meta({ description: "What the same play ended in with nobody killed; null where nobody was killed anyway." }),
    faultsLeft: count.meta({ description: "Faults of the scenario that found nothing to work on until the end." }),
  })
  .meta({ title: "Drill", description: "What was played, on which contracts, and what the other run ended in." });
export type DrillDocument = z.infer<typeof drillForm>;

/** What a bundle is made from; everything else in it follows. */
export type Primary = {
  readonly drill: DrillDocument;
  readonly manifestText: string;
  readonly scenarioText: string;
  readonly ownerLog: OwnerLog;
  readonly evidence: ChainEvidence;
  readonly journal: StoreReader;
};

/**
 * The play that the documents of a bundle describe.
 * @throws DOCUMENT_INVALID
 */
export function playOf({
  drill,
  manifestText,
  scenarioText,
}: Pick<Primary, "drill" | "manifestText" | "scenarioText">): Play {
  const manifest: Manifest = manifestOf(new JsonDocument(paths.manifest, manifestText));
  const scenario: Scenario = scenarioOf(new JsonDocument(paths.scenario, scenarioText), manifest);
  return { scenario: withJobs(scenario, drill.jobsPerShard), manifest, seed: drill.seed };
}

/** The text of a JSON file whose bytes are to be the same each time: canonical (RFC 8785), with a line end. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a value that has no JSON");
  return `${text}\n`;
}

/**
 * Reads what `canonicalText` wrote.
 * @throws BUNDLE_MALFORMED when it is not of the form, or could be written in another way
 */
export function parseCanonical<Form extends z.ZodType>(form: Form, file: string, text: string): z.output<Form> {
  const malformed = (problem: string, cause?: unknown) =>
    new FabricError("BUNDLE_MALFORMED", { file, problem }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed("it is no JSON", cause);
  }
  try {
    const parsed = form.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw malformed(`${issue.path.join(".") || "the whole"}: ${issue.message}`);
    }
    // What was read is held against the text: the form passes over a key like __proto__, and nobody would look at it.
    if (canonicalText(parsed.data) !== text) throw malformed("it is not in canonical form");
    return parsed.data;
  } catch (cause) {
    // What is nested as deep as this ends the stack of whoever looks into it.
    if (cause instanceof RangeError) throw malformed("it is nested too deep", cause);
    throw cause;
  }
}
