import { z } from "zod";
import { classes, maxSkills } from "../fabric/index.ts";
import type { Frozen, JsonDocument } from "./document.ts";
import { choice, line, list, name, record, reference, unique, whole, withoutRepeats } from "./fields.ts";
import type { Manifest } from "./manifest.ts";
import { quote } from "./sentences.ts";

/** What a drill does: the work that comes, the faults, the owners' changes, and what counts as passed. */
export type Scenario = Frozen<z.output<ReturnType<typeof scenarioSchema>>>;
export type JobTemplate = Scenario["templates"][number];
export type Arrival = Scenario["arrival"];
export type Fault = Scenario["faults"][number];
export type OwnerChange = Scenario["owners"][number]["change"];
export type Acceptance = Scenario["acceptance"];

const maxTicks = 1_000_000;
const maxJobsPerShard = 10_000_000;
const u16 = 2 ** 16 - 1;
const u24 = 2 ** 24 - 1;
const u32 = 2 ** 32 - 1;

/**
 * Ticks are counted from 1, the first tick of the run, which is also the first that brings jobs.
 * @param manifest the one that the scenario's names are held against; absent for the shape alone
 */
export function scenarioSchema(manifest?: Manifest) {
  const shards = manifest && new Set(manifest.shards.map(({ id }) => id));
  const nodes = manifest && new Set(manifest.nodes.map(({ id }) => id));
  const skills = manifest && new Set(manifest.skills);
  const offered = manifest && new Set(manifest.nodes.flatMap((node) => node.skills));
  const shard = (title: string) => reference(title, "shard of the manifest", shards);
  const node = (title = "The node") => reference(title, "node of the manifest", nodes);
  const atTick = whole("When it happens", 1, maxTicks, "ticks from the start");
  const ticks = (title: string, fewest = 0) => whole(title, fewest, maxTicks, "ticks");

  const skill = reference("A skill", "skill of the manifest", skills).superRefine((value, context) => {
    if (offered === undefined || skills?.has(value) !== true || offered.has(value)) return;
    const message = `is ${quote(value)}, a skill that no node offers; give it to a node of the manifest or take it out`;
    context.addIssue({ code: "custom", message });
  });

  const template = record("A kind of job", {
    name: line("Its name", 60),
    shard: shard("The shard that takes it in"),
    skills: withoutRepeats(list("Skills that a node must have, all of them", skill, 0, maxSkills)),
    class: choice("How it is ranked in the queue", classes),
    durationTicks: record("How long a node works on it, drawn evenly from this range", {
      min: ticks("Shortest", 1),
      max: ticks("Longest", 1),
    }).superRefine(({ min, max }, context) => {
      if (min <= max) return;
      context.addIssue({
        code: "custom",
        path: ["min"],
        message: `is ${min}, above max; at most ${max} would be right`,
      });
    }),
    budgetTicks: ticks("Most ticks that one attempt may take, no less than the longest duration", 1),
    deadlineTicks: whole("It must have ended this long after its submission; 0 = no deadline", 0, u32, "ticks"),
    value: whole("What it is worth to its submitter", 0, Number.MAX_SAFE_INTEGER),
    share: whole("Part of the shard's jobs that is of this kind, beside the other templates' shares", 1, 1_000_000),
  }).superRefine(({ durationTicks, budgetTicks, deadlineTicks }, context) => {
    const { max } = durationTicks;
    for (const [key, value] of [
      ["budgetTicks", budgetTicks],
      ["deadlineTicks", deadlineTicks],
    ] as const) {
      if (value >= max || (key === "deadlineTicks" && value === 0)) continue;
      const message = `is ${value}, less than the longest duration of ${max}; at least ${max} would be right`;
      context.addIssue({ code: "custom", path: [key], message });
    }
  });

  const arrival = z
    .discriminatedUnion("kind", [
      record("More and fewer jobs by turns, in straight slopes around the mean", {
        kind: z.literal("waves"),
        ticks: ticks("Jobs come for this long", 1),
        periodTicks: ticks("From one crest to the next", 2),
        amplitudePercent: whole("How far a crest rises above the mean, and a trough falls below", 0, 100, "percent"),
      }),
      record("The same number of jobs in every tick", {
        kind: z.literal("steady"),
        ticks: ticks("Jobs come for this long", 1),
      }),
      record("All jobs in the first tick, or as fast as the submitters' quotas let them", {
        kind: z.literal("atOnce"),
      }),
    ])
    .describe("How the jobs are spread over time.");

  const demand = record("How much of the work a shard gets, and when", {
    shard: shard("The shard"),
    share: whole("Part of all jobs that it gets, beside the other shards' shares", 0, 1_000_000),
    phasePercent: whole("Where in a period its waves begin; 0 is a trough, 50 a crest", 0, 99, "percent of a period"),
  });

  const faultOf = { node: node("The node that is at fault"), atTick };
  const fault = z.discriminatedUnion("kind", [
    record("The node goes silent once it holds work, and forgets that work", {
      kind: z.literal("silence"),
      ...faultOf,
      forTicks: ticks("How long it is silent; 0 = for good"),
    }),
    record("The node keeps its next result back until the lease is lost, and sends it then", {
      kind: z.literal("lateResult"),
      ...faultOf,
    }),
    record("The node's next message is delivered twice", { kind: z.literal("duplicate"), ...faultOf }),
    record("A message in the node's name is signed by another key", { kind: z.literal("forge"), ...faultOf }),
    record("An old message of the node is delivered once more", { kind: z.literal("replay"), ...faultOf }),
    record("The orchestrator is killed at a tick and step drawn from the seed", {
      kind: z.literal("kill"),
      fromTick: ticks("Not before this tick", 1),
      toTick: ticks("Not after this tick", 1),
    }).superRefine(({ fromTick, toTick }, context) => {
      if (fromTick <= toTick) return;
      const message = `is ${toTick}, before fromTick; at least ${fromTick} would be right`;
      context.addIssue({ code: "custom", path: ["toTick"], message });
    }),
  ]);

  const scope = reference(
    "The whole fabric or one shard",
    "pause scope of the manifest",
    shards && new Set(["fabric", ...shards]),
  );
  const target = list("Shards that it may spill to from now on, in this order", shard("A shard"), 0, 8);
  const change = z
    .discriminatedUnion("kind", [
      record("A guardian pauses", {
        kind: z.literal("guardianPause"),
        scope,
        seconds: whole("How long, if nobody resumes", 1, manifest?.fabric.guardianPauseSecondsMax ?? u32, "seconds"),
      }),
      record("The owners resume", { kind: z.literal("resume"), scope }),
      record("Another queue budget", {
        kind: z.literal("setQueueBudget"),
        shard: shard("The shard"),
        value: whole("Most jobs that its queue may hold", 1, u24, "jobs"),
      }),
      record("Another latency budget", {
        kind: z.literal("setLatencyBudget"),
        shard: shard("The shard"),
        value: whole("A node that reports more is given nothing", 1, u24, "milliseconds"),
      }),
      record("Other routes", { kind: z.literal("reroute"), from: shard("The shard"), to: withoutRepeats(target) }),
      record("Another spill batch for all shards, in one batch of owner calls", {
        kind: z.literal("setSpillBatch"),
        value: whole("Most jobs that may spill in one tick", 1, u16, "jobs"),
      }),
      record("A node finishes what it has and gets nothing new", { kind: z.literal("drain"), node: node() }),
      record("A draining node takes work again", { kind: z.literal("undrain"), node: node() }),
      record("A checkpoint is made now", { kind: z.literal("checkpointNow") }),
      record("Part of a backlog is moved", {
        kind: z.literal("move"),
        from: shard("From this shard"),
        to: shard("To this one"),
        count: whole("Most jobs that are moved", 1, u32, "jobs"),
      }),
    ])
    .superRefine((value, context) => {
      const itself = (path: (string | number)[]) => {
        const message = "is the shard that the jobs come from; name another";
        context.addIssue({ code: "custom", path, message });
      };
      if (value.kind === "move" && value.from === value.to) itself(["to"]);
      if (value.kind === "reroute" && value.to.includes(value.from)) itself(["to", value.to.indexOf(value.from)]);
    })
    .describe("What they decide.");

  return record("A drill: the work that comes, the faults, the owners' changes, and what counts as passed", {
    $schema: z.string("a text").describe("JSON Schema of this file, for editors.").optional(),
    name: name("Its name, that of its file", "node"),
    title: line("What it shows, for people"),
    manifest: line("Path of the manifest, from this file's folder", 1000),
    seed: whole("Seed, unless another is given", 0, u32),
    jobsPerShard: whole("Jobs for each shard on average, unless another number is given", 1, maxJobsPerShard, "jobs"),
    templates: unique(list("The kinds of jobs", template, 1, 256), "name"),
    arrival,
    demand: unique(
      list(
        "Shards that get more or less than others, or at another time; the rest get share 1 and phase 0",
        demand,
        0,
        32,
      ),
      "shard",
    ).optional(),
    faults: list("What goes wrong", fault, 0, 256),
    owners: list(
      "What the owners decide meanwhile, each a transaction of theirs",
      record("A decision", { atTick, change }),
      0,
      256,
    ),
    acceptance: record("What counts as passed, besides what counts for every drill", {
      failureRateMax: z
        .number("a number from 0 to 1")
        .min(0, "a number from 0 to 1")
        .max(1, "a number from 0 to 1")
        .describe("Largest part of the submitted jobs that may fail or expire."),
      skewMax: whole("Largest skew of any approved route", 0, u24, "jobs").optional(),
      controlSkewMin: whole("The same run without spillover must exceed this skew", 0, u24, "jobs").optional(),
      warmUpTicks: ticks("Skew is not judged before this"),
      settleTicks: ticks("Nor this long after each pause"),
      drainedWithinTicks: ticks("The last job must have ended by this tick", 1).optional(),
      noQueueAboveBudget: z.literal(true, "true").describe("No queue may exceed its budget at any tick."),
    }),
  })
    .superRefine(({ templates, demand, faults }, context) => {
      const allKnown = templates.every((entry) => shards?.has(entry.shard));
      for (const id of allKnown ? (shards ?? []) : []) {
        if (templates.some((entry) => entry.shard === id)) continue;
        if (demand?.find((entry) => entry.shard === id)?.share === 0) continue;
        const message = `hold no job for shard ${quote(id)}; add one, or give the shard a demand with share 0`;
        context.addIssue({ code: "custom", path: ["templates"], message });
      }
      const [, secondKill] = faults.flatMap(({ kind }, index) => (kind === "kill" ? [index] : []));
      if (secondKill === undefined) return;
      context.addIssue({ code: "custom", path: ["faults", secondKill], message: "is a second kill; keep one" });
    })
    .meta({ title: "Scenario of a drill" });
}

/** @throws FabricError DOCUMENT_INVALID with every problem and its place */
export function scenarioOf(document: JsonDocument, manifest: Manifest): Scenario {
  return document.check(scenarioSchema(manifest));
}
