import { z } from "zod";
import { FabricError } from "../errors.ts";
import { proposalForm } from "./constitution/forms.ts";
import {
  account,
  accountOrNone,
  guardianAcceptanceForm,
  keyKind,
  newName,
  publicKey,
  registrationForm,
  seconds,
  whole,
} from "./documents.ts";

const u16 = 2 ** 16 - 1;
const u24 = 2 ** 24 - 1;
const u32 = 2 ** 32 - 1;

/** Stands where a shard's name may stand, for all active shards. */
export const allRouters = "routers";
/** Stands where a shard's name may stand, for the whole fabric. */
export const wholeFabric = "fabric";

const scope = z.string().describe('"fabric" for the whole fabric, or the name of a shard');
const shard = z.string().describe("Name of a shard");
const shards = z.string().describe('Name of a shard; "routers" for all that are active');
const node = z.string().describe("Name of a node");
const submitter = z.string().describe("Name of a submitter");
const routes = z.array(z.string()).max(8, "at most 8 names").readonly().describe("Names of shards, first choice first");
const queueBudget = whole("Most jobs that its queue may hold", 1, u24, "jobs");
const latencyBudgetMs = whole("A node that reports more is given nothing", 1, u24, "ms");
const spillThreshold = whole(
  "Difference of weighted queues above which jobs spill; at most the queue budget",
  0,
  u24,
  "jobs per unit of weight",
);
const spillBatch = whole("Most jobs that may spill", 1, u16, "jobs a tick");
const weight = whole("Its share of the common load, beside the others'", 1, 10_000, "");
const address = { guardian: account("Address of the guardian") };
const acting = account("Address of the guardian who acts; may be left out where one is armed").optional();
const expiry = seconds("From when it may bring nothing more; 0 for never").optional();
const quota = whole("Most jobs taken from it in a tick", 1, u32, "jobs a tick");
const home = z.array(z.string()).min(1, "at least one name").readonly().describe("Names of the shards it may use");

/** The parameters of every change: names, bounds, units. The contracts hold the same bounds. */
export const changeForms = {
  pause: z.strictObject({ scope }),
  resume: z.strictObject({ scope }),
  guardianPause: z.strictObject({
    scope,
    seconds: whole("How long, if nobody resumes", 1, 30 * 86_400, "seconds"),
    guardian: acting,
  }),
  setGuardianPauseLimit: z.strictObject({
    value: whole("The longest that a guardian may pause", 60, 30 * 86_400, "seconds"),
  }),
  registerShard: z.strictObject({
    name: newName("Its name, which no shard has had"),
    queueBudget,
    latencyBudgetMs,
    spillThreshold,
    spillBatch,
    weight,
    routes: routes.optional(),
  }),
  setQueueBudget: z.strictObject({ shard: shards, value: queueBudget }),
  setLatencyBudget: z.strictObject({ shard: shards, value: latencyBudgetMs }),
  setSpillThreshold: z.strictObject({ shard: shards, value: spillThreshold }),
  setSpillBatch: z.strictObject({ shard: shards.optional(), value: spillBatch }),
  setWeight: z.strictObject({ shard: shards, value: weight }),
  setRoutes: z.strictObject({ shard, routes }),
  reroute: z.strictObject({
    from: shard,
    to: routes,
    count: whole("Most waiting jobs to move to each", 1, u32, "jobs").optional(),
  }),
  retireShard: z.strictObject({ shard }),
  move: z.strictObject({ from: shard, to: shard, count: whole("At most so many", 1, u32, "jobs") }),
  cancel: z.strictObject({
    submitter: submitter.describe("Name of the submitter who brought it"),
    number: whole("Its number", 0, Number.MAX_SAFE_INTEGER, ""),
  }),
  checkpointNow: z.strictObject({}),
  setTickLength: z.strictObject({ value: whole("From one tick to the next", 100, u32, "ms") }),
  setCheckpointInterval: z.strictObject({ value: whole("From one checkpoint to the next", 1, u32, "ticks") }),
  setHeartbeatGrace: z.strictObject({
    value: whole("Heartbeat intervals that a node may be silent", 1, 255, "intervals"),
  }),
  setMaxAttempts: z.strictObject({ value: whole("Leases that a job may have", 1, 255, "attempts") }),
  admitNode: z.strictObject({ registration: registrationForm }),
  limit: z.strictObject({
    node,
    capacity: whole("What its share of free capacity is measured against", 1, 1_000_000, "units").optional(),
    maxConcurrency: whole("Most jobs it may run at once", 1, 1_000_000, "jobs").optional(),
  }),
  drain: z.strictObject({ node }),
  undrain: z.strictObject({ node }),
  removeNode: z.strictObject({ node }),
  addSkill: z.strictObject({ name: newName("Its name") }),
  admitSubmitter: z.strictObject({
    name: newName("Its name, which no submitter has had"),
    keyKind,
    key: publicKey,
    shards: home,
    jobsPerTick: quota,
    expiry,
  }),
  limitSubmitter: z.strictObject({ submitter, shards: home.optional(), jobsPerTick: quota.optional(), expiry }),
  revokeSubmitter: z.strictObject({ submitter }),
  setAnchorer: z.strictObject({ account: accountOrNone("Address of the orchestrator's account") }),
  revokeAnchorer: z.strictObject({ guardian: acting }),
  rebase: z.strictObject({
    seq: whole("Number of the checkpoint to go back to", 0, u24, ""),
    anchorer: accountOrNone("Who anchors from then on; as it is where it is left out").optional(),
  }),
  setMarketplace: z.strictObject({ account: accountOrNone("Address of the marketplace") }),
  revokeMarketplace: z.strictObject({ guardian: acting }),
  appointGuardian: z.strictObject({ acceptance: guardianAcceptanceForm }),
  dismissGuardian: z.strictObject(address),
  rearmGuardian: z.strictObject(address),
  constitute: z.strictObject({ proposal: proposalForm }),
  retireFabric: z.strictObject({ successor: accountOrNone("Address of the SystemPause that follows") }),
} as const;

export type ChangeKind = keyof typeof changeForms;
export type ChangeParameters<Kind extends ChangeKind> = z.output<(typeof changeForms)[Kind]>;
/** A change as it is asked for: its kind, and its parameters by their names. */
export type Change = { [Kind in ChangeKind]: { readonly kind: Kind } & Named<ChangeParameters<Kind>> }[ChangeKind];

/** An object without parameters has, by its type, a value `never` under every name, and so no `kind` either. */
type Named<Parameters> = string extends keyof Parameters ? unknown : Readonly<Parameters>;

export function isChangeKind(kind: string): kind is ChangeKind {
  return Object.hasOwn(changeForms, kind);
}

/** A change from its kind and parameters. @throws CHANGE_INVALID with the parameter that is wrong */
export function changeOf(kind: ChangeKind, parameters: unknown): Change {
  // The forms are those that the type was made from.
  return { kind, ...checkParameters(kind, parameters) } as Change;
}

/** @throws CHANGE_INVALID with the parameter that is wrong, and what would be right */
export function checkParameters<Kind extends ChangeKind>(kind: Kind, parameters: unknown): ChangeParameters<Kind> {
  const checked = changeForms[kind].safeParse(parameters);
  // The form is the one that the type was made from.
  if (checked.success) return checked.data as ChangeParameters<Kind>;
  const [issue] = checked.error.issues;
  const { path, message } = issue;
  if (path.length > 0 && issue.code === "unrecognized_keys")
    throw new FabricError("CHANGE_INVALID", {
      change: kind,
      problem: `${path.join(".")} has ${issue.keys.join(", ")}, which means nothing there`,
      right: "Leave it out",
    });
  if (path.length === 0)
    throw new FabricError("CHANGE_INVALID", {
      change: kind,
      problem: "the parameters are not as they should be",
      right: `They are ${
        describeParameters(kind)
          .map(({ name }) => name)
          .join(", ") || "none"
      }`,
    });
  const found = path.reduce<unknown>((value, key) => Object(value)[key], parameters);
  const problem =
    found === undefined ? `${path.join(".")} is missing` : `${path.join(".")} cannot be ${JSON.stringify(found)}`;
  throw new FabricError("CHANGE_INVALID", { change: kind, problem, right: `Right is ${message}` });
}

/** A parameter of a change, for people. */
export type ParameterDescription = {
  readonly name: string;
  readonly required: boolean;
  readonly type: "text" | "number" | "list" | "document";
  readonly description: string;
  /** Of a number. */
  readonly bounds: { readonly minimum: number; readonly maximum: number } | null;
  /** Empty where there is none. */
  readonly unit: string;
};

/** The parameters of a change, in the order of its form. */
export function describeParameters(kind: ChangeKind): readonly ParameterDescription[] {
  const { properties, required } = jsonForm.parse(z.toJSONSchema(changeForms[kind]));
  return Object.entries(properties).map(([name, { type, description, unit, minimum, maximum }]) => {
    const bounds = minimum === undefined || maximum === undefined ? null : { minimum, maximum };
    return { name, required: required.includes(name), type: typeNames[type], description, bounds, unit };
  });
}

const typeNames = { string: "text", integer: "number", array: "list", object: "document" } as const;
const jsonForm = z.object({
  properties: z.record(
    z.string(),
    z.object({
      type: z.enum(["string", "integer", "array", "object"]),
      description: z.string(),
      unit: z.string().default(""),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
    }),
  ),
  required: z.array(z.string()).default([]),
});
