import { z } from "zod";
import type { NodeParameters, Parameters, ShardParameters, SubmitterParameters } from "../../fabric/parameters.ts";
import { whole } from "../documents.ts";
import type { Difference, Governed } from "./governed.ts";

const jobs = (description: string) => whole(description, 0, Number.MAX_SAFE_INTEGER, "jobs");
const ticks = (description: string) => whole(description, 0, Number.MAX_SAFE_INTEGER, "ticks");
const text = (description: string) =>
  z
    .string()
    .max(10_000)
    .regex(/^[^\p{C}]*$/u, "text without signs that do not show")
    .describe(description);
const runForm = z.strictObject({
  ...{
    completed: jobs("Completed"),
    failed: jobs("Failed or expired"),
    waiting: jobs("Not ended when the run was over"),
  },
  spilled: jobs("Moved to another shard, each time counted"),
  shards: z
    .array(
      z.strictObject({
        shard: text("Its name"),
        ...{ completed: jobs("Completed by its nodes"), spilled: jobs("Moved away from it") },
        ...{
          waitP50: ticks("Half of its jobs had a node so soon"),
          waitP95: ticks("95 of 100 of its jobs had a node so soon"),
        },
      }),
    )
    .max(32)
    .readonly(),
});

/** What a change would have done to a run that is over. */
export const routingForm = z
  .strictObject({
    run: text("Label of the bundle"),
    play: z
      .string()
      .regex(/^0x[0-9a-f]{64}$/, "SHA-256")
      .describe("SHA-256 of scenario, manifest and seed, which decide the run"),
    jobs: jobs("Submitted"),
    without: runForm,
    with: runForm.describe("As if the change had been in force from the first tick"),
    unplayed: z
      .array(text(""))
      .max(10_000)
      .readonly()
      .describe("What of the change cannot be tried on a run that is over"),
    verdict: text("In a sentence"),
  })
  .describe("A past run, played again with and without the change");

export type Routing = Readonly<z.output<typeof routingForm>>;
export type RoutingRun = Routing["with"];

/** Parameters with what a change changes, and what of it they have no place for. */
export type Played = { readonly parameters: Parameters; readonly unplayed: readonly string[] };

/**
 * Puts what a change changes into the parameters of another run, by names.
 * @param differences of a plan
 */
export function withDifferences(parameters: Parameters, differences: readonly Difference[]): Played {
  let played = parameters;
  const unplayed: string[] = [];
  for (const difference of differences.filter(({ what }) => !noRouting.test(what))) {
    const next = applied(played, difference);
    if (next === null) unplayed.push(difference.what);
    else played = next;
  }
  return { parameters: played, unplayed };
}

/** Who decides, who anchors and who admits is nothing to the router. */
const noRouting =
  /^(guardian 0x|constitution\.)|^fabric\.(anchorer|marketplace|guardianPauseSecondsMax|checkpointIntervalTicks)$|\.guardianUntil$/;

/** Null for what the parameters have no place for. */
function applied(parameters: Parameters, { what, after }: Difference): Parameters | null {
  const [, kind, name, field] = /^(?:(node|submitter) )?(.+)\.(\w+)$/.exec(what) ?? [];
  if (name === undefined || field === undefined || after === null) return null;
  if (kind === "node") {
    const nodes = replaced(parameters.nodes, name, (node) => nodeWith(node, field, after));
    return nodes && { ...parameters, nodes };
  }
  if (kind === "submitter") {
    const submitters = replaced(parameters.submitters, name, (each) => submitterWith(each, parameters, field, after));
    return submitters && { ...parameters, submitters };
  }
  if (name === "fabric") return fabricWith(parameters, field, after);
  const shards = replaced(parameters.shards, name, (shard) => shardWith(shard, parameters, field, after));
  return shards && { ...parameters, shards };
}

function replaced<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
  change: (entry: Entry) => Entry | null,
): Entry[] | null {
  const index = entries.findIndex((entry) => entry.name === name);
  const changed = index < 0 ? null : change(entries[index]);
  return changed && entries.map((entry, at) => (at === index ? changed : entry));
}

function fabricWith(parameters: Parameters, field: string, after: Governed): Parameters | null {
  if (field === "paused" && typeof after === "boolean")
    return { ...parameters, pause: { ...parameters.pause, ownerPaused: after } };
  if (field === "retired" && typeof after === "boolean") return { ...parameters, retired: after };
  // The ticks of a run that is over are as long as they were.
  const numbers = ["heartbeatGrace", "maxAttempts"];
  return numbers.includes(field) && typeof after === "number" ? { ...parameters, [field]: after } : null;
}

function shardWith(
  shard: ShardParameters,
  parameters: Parameters,
  field: string,
  after: Governed,
): ShardParameters | null {
  if (field === "paused" && typeof after === "boolean")
    return { ...shard, pause: { ...shard.pause, ownerPaused: after } };
  if (field === "retired" && typeof after === "boolean") return { ...shard, retired: after };
  if (field === "routes" && typeof after === "object") {
    const routes = numbersOf(parameters, after);
    return routes && { ...shard, routes };
  }
  const numbers = ["queueBudget", "latencyBudgetMs", "spillThreshold", "spillBatch", "weight"];
  return numbers.includes(field) && typeof after === "number" ? { ...shard, [field]: after } : null;
}

function nodeWith(node: NodeParameters, field: string, after: Governed): NodeParameters | null {
  if (field === "status") {
    const status = (["admitted", "draining", "removed"] as const).find((each) => each === after);
    return status === undefined ? null : { ...node, status };
  }
  const numbers = ["capacity", "maxConcurrency"];
  return numbers.includes(field) && typeof after === "number" ? { ...node, [field]: after } : null;
}

function submitterWith(
  submitter: SubmitterParameters,
  parameters: Parameters,
  field: string,
  after: Governed,
): SubmitterParameters | null {
  if (field === "revoked" && typeof after === "boolean") return { ...submitter, revoked: after };
  if (field === "jobsPerTick" && typeof after === "number") return { ...submitter, jobsPerTick: after };
  if (field !== "shards" || typeof after !== "object") return null;
  const numbers = numbersOf(parameters, after);
  return numbers && { ...submitter, shards: numbers.reduce((set, number) => (set | (1 << (number - 1))) >>> 0, 0) };
}

/** Numbers of shards by their names; null when one is not there. */
function numbersOf({ shards }: Parameters, names: readonly string[]): number[] | null {
  const numbers = names.map((name) => shards.findIndex((shard) => shard.name === name) + 1);
  return numbers.includes(0) ? null : numbers;
}
