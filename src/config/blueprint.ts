import canonicalize from "canonicalize";
import { z } from "zod";
import { classes, maxSkills } from "../fabric/index.ts";
import { type Frozen, JsonDocument } from "./document.ts";
import { choice, line, list, record, reference, whole, withoutRepeats } from "./fields.ts";

const u32 = 2 ** 32 - 1;
const maxTicks = 1_000_000;

/** Jobs that are alike, as a submitter writes them down. */
export type Blueprint = {
  readonly idPrefix: string;
  readonly count: number;
  readonly shard: string;
  readonly skills: readonly string[];
  readonly class: (typeof classes)[number];
  readonly durationTicks: number;
  readonly budgetTicks: number;
  /** 0 = no deadline. */
  readonly deadlineTicks: number;
  readonly value: number;
  /** Any JSON; null when there is none. */
  readonly payload: unknown;
};

/** What a fabric has names for. */
export type BlueprintNames = { readonly shards: ReadonlySet<string>; readonly skills: ReadonlySet<string> };

/** What holds where a blueprint leaves it out. */
export const blueprintDefaults = { count: 1, class: "interactive", deadlineTicks: 0, value: 0, payload: null } as const;

/**
 * Ticks for one attempt where a blueprint does not say: twice the work, and five for the way to the node and back.
 */
export function budgetFor(durationTicks: number): number {
  return 2 * durationTicks + 5;
}

/**
 * The document: one kind of jobs, or a list of several.
 * @param names those that its references are held against; absent for the shape alone
 */
export function blueprintSchema(names?: BlueprintNames) {
  return z
    .union([entrySchema(names), listSchema(names)])
    .describe("One kind of jobs, or a list of several.")
    .meta({ title: "Blueprint of jobs" });
}

/** @throws FabricError DOCUMENT_INVALID with every problem and its place */
export function blueprintsOf(document: JsonDocument, names: BlueprintNames): readonly Blueprint[] {
  const entries = Array.isArray(document.value)
    ? document.check(listSchema(names))
    : [document.check(entrySchema(names))];
  return entries.map(complete);
}

/** @throws FabricError FILE_UNREADABLE, DOCUMENT_INVALID */
export function readBlueprints(file: string, names: BlueprintNames): readonly Blueprint[] {
  return blueprintsOf(JsonDocument.read(file), names);
}

/** What no field of a blueprint can see by itself; a sentence without the field's name, as the checks of documents have it. */
export function contradictions({
  durationTicks,
  budgetTicks,
  deadlineTicks,
}: Pick<Blueprint, "durationTicks" | "budgetTicks" | "deadlineTicks">): {
  readonly field: "budgetTicks" | "deadlineTicks";
  readonly says: string;
}[] {
  const short = (value: number) =>
    `is ${value}, less than the duration of ${durationTicks}; at least ${durationTicks} would be right`;
  return [
    ...(budgetTicks < durationTicks ? [{ field: "budgetTicks", says: short(budgetTicks) } as const] : []),
    ...(deadlineTicks !== 0 && deadlineTicks < durationTicks
      ? [{ field: "deadlineTicks", says: `${short(deadlineTicks)}, or 0 for no deadline` } as const]
      : []),
  ];
}

function entrySchema(names?: BlueprintNames) {
  const skill = reference("A skill", "skill of the fabric", names?.skills);
  return record("Jobs that are alike", {
    $schema: z.string("a text").describe("JSON Schema of this file, for editors.").optional(),
    idPrefix: line("What the jobs are called, before the numbers 1, 2, 3 and so on", 60),
    count: whole(`How many (${blueprintDefaults.count} unless told)`, 1, 1_000_000, "jobs").optional(),
    shard: reference("The shard that takes them in", "shard of the fabric", names?.shards),
    skills: withoutRepeats(list("Skills that a node must have, all of them", skill, 0, maxSkills)),
    class: choice(`How they are ranked in the queue (${blueprintDefaults.class} unless told)`, classes).optional(),
    durationTicks: whole("How long a node works on one of them", 1, maxTicks, "ticks"),
    budgetTicks: whole(
      "Most ticks that one attempt may take, no less than the duration (twice that and 5 more unless told)",
      1,
      u32,
      "ticks",
    ).optional(),
    deadlineTicks: whole(
      "Each must have ended this long after its submission; 0 = no deadline (0 unless told)",
      0,
      u32,
      "ticks",
    ).optional(),
    value: whole(
      `What one is worth to its submitter (${blueprintDefaults.value} unless told)`,
      0,
      Number.MAX_SAFE_INTEGER,
    ).optional(),
    payload: z.unknown().describe("What the nodes are given to work on: any JSON.").optional(),
  }).superRefine((entry, context) => {
    for (const { field, says } of contradictions(complete(entry)))
      context.addIssue({ code: "custom", path: [field], message: says });
  });
}

function listSchema(names?: BlueprintNames) {
  return list("Several kinds of jobs, submitted in this order", entrySchema(names), 1, 256);
}

function complete(entry: Frozen<z.output<ReturnType<typeof entrySchema>>>): Blueprint {
  const { idPrefix, shard, skills, durationTicks } = entry;
  return {
    ...{ idPrefix, shard, skills, durationTicks },
    count: entry.count ?? blueprintDefaults.count,
    class: entry.class ?? blueprintDefaults.class,
    budgetTicks: entry.budgetTicks ?? budgetFor(durationTicks),
    deadlineTicks: entry.deadlineTicks ?? blueprintDefaults.deadlineTicks,
    value: entry.value ?? blueprintDefaults.value,
    payload: entry.payload ?? blueprintDefaults.payload,
  };
}

/**
 * What the nodes get of a blueprint: one payload for all its jobs. The job with the number n is called
 * `idPrefix` ‖ (n − first + 1).
 */
export type Work = {
  readonly format: "planetary-fabric/work/v1";
  readonly idPrefix: string;
  /** Name of who brought it. */
  readonly submitter: string;
  /** Number of the first job, and how many have this payload. */
  readonly first: number;
  readonly count: number;
  readonly durationTicks: number;
  /** The blueprint's payload; null when it has none. */
  readonly data: unknown;
};

const workForm = z.strictObject({
  format: z.literal("planetary-fabric/work/v1"),
  idPrefix: z.string(),
  submitter: z.string(),
  first: z.int().min(1),
  count: z.int().min(1),
  durationTicks: z.int().min(1),
  data: z.unknown(),
});

/** The payload's bytes: canonical JSON (RFC 8785), UTF-8. */
export function encodeWork(work: Work): Uint8Array {
  const text = canonicalize(work);
  if (text === undefined) throw new TypeError("work that has no JSON");
  return new TextEncoder().encode(text);
}

/** Undefined when the payload is no work of this form: submitters may give nodes whatever these agree on with them. */
export function decodeWork(payload: Uint8Array): Work | undefined {
  try {
    return workForm.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload))).data;
  } catch {
    return undefined;
  }
}

/** What the job with this number is called. */
export function jobName({ idPrefix, first }: Pick<Work, "idPrefix" | "first">, number: number): string {
  return `${idPrefix}${number - first + 1}`;
}
