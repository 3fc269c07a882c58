import { z } from "zod";
import { maxShards, maxSkills } from "../fabric/index.ts";
import { type Frozen, JsonDocument } from "./document.ts";
import { idsIn, isObject, line, list, name, record, reference, unique, whole, withoutRepeats } from "./fields.ts";
import { quote } from "./sentences.ts";

/** A fabric as its owners write it down: what gets deployed, and what a practice fabric is made of. */
export type Manifest = Frozen<z.output<ReturnType<typeof manifestSchema>>>;
export type ManifestShard = Manifest["shards"][number];
export type ManifestNode = Manifest["nodes"][number];

/** Bounds are those of the contracts' storage (`contracts/interfaces/`). */
const u8 = 2 ** 8 - 1;
const u16 = 2 ** 16 - 1;
const u24 = 2 ** 24 - 1;
const u32 = 2 ** 32 - 1;
const maxRoutes = 8;
const mostCapacity = 1_000_000;
const maxMembers = 4096;
const thirtyDays = 30 * 86_400;

/** Words that stand where a shard's name may stand on the command line. */
const reserved: ReadonlySet<string> = new Set(["fabric", "routers"]);

/** @param document the value to be checked, whose names its references are held against; absent for the shape alone */
export function manifestSchema(document?: unknown) {
  const shards = document === undefined ? undefined : idsIn(document, "shards");
  const skills = document === undefined ? undefined : namedSkills(document);

  const tick = whole("Length of a tick", 100, u32, "milliseconds");
  const tickMs = tick.safeParse(isObject(document) && isObject(document.fabric) ? document.fabric.tickMs : 0).data ?? 0;
  const fabric = record("What holds for the whole fabric", {
    tickMs: tick,
    checkpointIntervalTicks: whole("Ticks between two checkpoints", 1, u32, "ticks"),
    heartbeatGrace: whole("Heartbeat intervals that a node may be silent before it is offline", 1, u8, "intervals"),
    maxAttempts: whole("Leases that a job may have before it fails", 1, u8, "attempts"),
    guardianPauseSecondsMax: whole("Longest pause that a guardian may order", 60, thirtyDays, "seconds"),
  });

  const chain = record("How far the fabric may be from its chain", {
    confirmations: whole(
      "Blocks that must follow a change before it is in force; 0 on a local chain only",
      0,
      1000,
      "blocks",
    ),
    maxLagBlocks: whole("Routing stops when the block in force is more than this behind the newest", 1, u32, "blocks"),
    maxSilentTicks: whole("Routing stops when the chain has not answered for this long", 1, u32, "ticks"),
  });

  const shard = record("A region with its own queue, budgets and nodes", {
    id: name("Its name on the chain", "shard").refine((id) => !reserved.has(id), {
      error: ({ input }) =>
        `is ${quote(String(input))}, which means something else to \`fabric owner\`; choose another name`,
    }),
    title: line("Its name for people"),
    queueBudget: whole("Most jobs that its queue may hold", 1, u24, "jobs"),
    latencyBudgetMs: whole("A node that reports a higher latency is given nothing", 1, u24, "milliseconds"),
    spillThreshold: whole(
      "Jobs spill where this queue exceeds the other by more, each divided by its weight",
      0,
      u24,
      "jobs",
    ),
    spillBatch: whole("Most jobs that may spill in one tick", 1, u16, "jobs"),
    weight: whole("Share of the common load that it should carry, beside the other shards' weights", 1, 10_000),
    routes: withoutRepeats(
      list("Shards that its jobs may spill to, in this order", reference("A shard", "shard", shards), 0, maxRoutes),
    ),
  }).superRefine(({ id, queueBudget, spillThreshold, routes }, context) => {
    routes.forEach((route, index) => {
      if (route !== id) return;
      const message = `is ${quote(id)}, the shard itself; name another shard or take it out`;
      context.addIssue({ code: "custom", path: ["routes", index], message });
    });
    if (spillThreshold > queueBudget) {
      const message = `is ${spillThreshold}, above the queue budget of ${queueBudget}; at most ${queueBudget} would be right`;
      context.addIssue({ code: "custom", path: ["spillThreshold"], message });
    }
  });

  const node = record("A worker with slots, skills and a key", {
    id: name("Its name on the chain", "node"),
    shard: reference("The shard it works for", "shard", shards),
    capacity: whole("Units of work that its share of free capacity is measured against", 1, mostCapacity, "units"),
    maxConcurrency: whole("Most jobs it may run at once, its slots", 1, mostCapacity, "jobs"),
    heartbeatSeconds: whole("Interval of its heartbeats, no shorter than a tick", 1, u16, "seconds"),
    skills: withoutRepeats(
      list("What it can do", reference("A skill", "skill of this manifest", skills), 1, maxSkills),
    ),
    latencyMs: whole("Latency that the simulated node reports", 0, u24, "milliseconds"),
  }).superRefine(({ capacity, maxConcurrency, heartbeatSeconds }, context) => {
    if (maxConcurrency > capacity) {
      const message = `is ${maxConcurrency}, above the capacity of ${capacity}; at most ${capacity} would be right`;
      context.addIssue({ code: "custom", path: ["maxConcurrency"], message });
    }
    if (heartbeatSeconds * 1000 < tickMs) {
      const message = `is ${heartbeatSeconds}, less than a tick of ${tickMs} ms; at least ${Math.ceil(tickMs / 1000)} would be right`;
      context.addIssue({ code: "custom", path: ["heartbeatSeconds"], message });
    }
  });

  const submitter = record("Who may bring jobs", {
    id: name("Its name on the chain", "node"),
    shards: withoutRepeats(list("Shards it may bring jobs to", reference("A shard", "shard", shards), 1, maxShards)),
    jobsPerTick: whole("Most jobs taken from it in one tick", 1, u32, "jobs"),
  });

  return record("A fabric: its shards, nodes and submitters, and the parameters its owners begin with", {
    $schema: z.string("a text").describe("JSON Schema of this file, for editors.").optional(),
    name: name("Name of the fabric", "node"),
    fabric,
    chain,
    skills: withoutRepeats(list("Skills that nodes offer and jobs ask for", name("A skill", "skill"), 1, maxSkills)),
    shards: unique(list("The shards, in the order of their registration", shard, 1, maxShards), "id"),
    nodes: unique(list("The nodes, in the order of their admission", node, 1, maxMembers), "id"),
    submitters: unique(list("The submitters, in the order of their admission", submitter, 1, maxMembers), "id"),
  }).meta({ title: "Manifest of a planetary fabric" });
}

/** @throws FabricError DOCUMENT_INVALID with every problem and its place */
export function manifestOf(document: JsonDocument): Manifest {
  return document.check(manifestSchema(document.value));
}

/** @throws FabricError FILE_UNREADABLE, DOCUMENT_INVALID */
export function readManifest(file: string): Manifest {
  return manifestOf(JsonDocument.read(file));
}

function namedSkills(document: unknown): ReadonlySet<string> {
  const skills = isObject(document) && Array.isArray(document.skills) ? document.skills : [];
  return new Set(skills.filter((skill) => typeof skill === "string"));
}
