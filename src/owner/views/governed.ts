import { hexlify } from "ethers";
import type { Manifest } from "../../config/index.ts";
import {
  isPausedAt,
  type NodeParameters,
  type Parameters,
  type PauseScope,
  type ShardParameters,
  type SubmitterParameters,
} from "../../fabric/parameters.ts";
import { type Constitution, type ContractName, governedNames } from "../../governance/index.ts";
import { amountOf, counted, dateOf } from "../entry.ts";
import { membersOf } from "../office.ts";
import { functionName } from "../words/constitution.ts";
import type { Offices, World } from "../world.ts";

/** What a value belongs to. The name is as the chain has it; empty for the fabric and for its owners. */
export type Subject = {
  readonly kind: "fabric" | "owners" | "shard" | "node" | "submitter";
  readonly name: string;
};

export type Value = number | string | readonly string[];

/** That something governed has a value, says the chain, an orchestrator, or a manifest. */
export type Stated = { readonly subject: Subject; readonly field: string; readonly value: Value };

/** To whom a governed contract belongs, and to whom it is offered. Addresses; `none` for nobody. */
export type Holder = { readonly owner: string; readonly pending: string };
export type Holders = Readonly<Record<(typeof governedNames)[number], Holder>>;

export const fabricSubject: Subject = { kind: "fabric", name: "" };
export const ownersSubject: Subject = { kind: "owners", name: "" };

/** Tells what is stated about apart, whatever the names are. */
export function placeOf({ subject, field }: Pick<Stated, "subject" | "field">): string {
  return JSON.stringify([subject.kind, subject.name, field]);
}

/** As it is typed after `fabric owner set`, where it can be set so: "earth.queueBudget", "fabric.tickMs". */
export function titleOf({ subject, field }: Pick<Stated, "subject" | "field">): string {
  const { kind, name } = subject;
  if (kind === "fabric" || kind === "owners") return `${kind}.${field}`;
  return kind === "shard" ? `${name}.${field}` : `${kind} ${name}.${field}`;
}

const units: Readonly<Record<string, string>> = {
  tickMs: "ms",
  checkpointIntervalTicks: "ticks",
  heartbeatGrace: "intervals",
  guardianPauseSecondsMax: "s",
  defaultDelaySeconds: "s",
  queueBudget: "jobs",
  latencyBudgetMs: "ms",
  spillThreshold: "jobs",
  spillBatch: "jobs a tick",
  maxConcurrency: "jobs",
  heartbeatSeconds: "s",
  jobsPerTick: "jobs a tick",
};

export function unitOf(field: string): string {
  return units[field] ?? "";
}

/** A value as a person reads it. */
export function valueText(field: string, value: Value): string {
  if (typeof value === "number") return field === "expiry" ? dateOf(value) : amountOf(value, unitOf(field));
  if (typeof value === "string") return value;
  return value.length === 0 ? "none" : value.join(", ");
}

/** All that the owners govern, as the chain has it at one block, in the order in which it is shown. */
export function chainValues(world: World, offices: Offices, holders: Holders): Stated[] {
  const { parameters, time } = world;
  return [
    ...fabricValues(parameters, time),
    ...officeValues(offices),
    ...constitutionValues(world.deployment.contracts, offices.office.constitution),
    ...stated(ownersSubject, { contracts: heldText(offices.office.multisig, holders) }),
    ...parameters.shards.flatMap((shard) => shardValues(parameters, shard, time)),
    ...parameters.nodes.flatMap((node) => nodeValues(parameters, node)),
    ...parameters.submitters.flatMap((submitter) => submitterValues(parameters, submitter)),
  ];
}

/** @param time Unix seconds by which a guardian's pause ends */
export function fabricValues(parameters: Parameters, time: number): Stated[] {
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, retired, pause, skills } = parameters;
  return stated(fabricSubject, {
    pause: pauseOf(pause, time),
    status: retired ? "retired" : "in service",
    ...{ tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, skills },
  });
}

export function shardValues(parameters: Parameters, shard: ShardParameters, time: number): Stated[] {
  const { name, queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight, retired, routes, pause } = shard;
  return stated(
    { kind: "shard", name },
    {
      pause: pauseOf(pause, time),
      status: retired ? "retired" : "active",
      ...{ queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight },
      routes: routes.map((route) => parameters.shards[route - 1]?.name ?? `shard ${route}`),
    },
  );
}

export function nodeValues({ shards, skills: known }: Parameters, node: NodeParameters): Stated[] {
  const { name, shard, capacity, maxConcurrency, heartbeatSeconds, skills, status, keyKind, key } = node;
  return stated(
    { kind: "node", name },
    {
      ...{ status, shard: shards[shard - 1]?.name ?? `shard ${shard}`, capacity, maxConcurrency, heartbeatSeconds },
      skills: known.filter((_, bit) => (skills & (1n << BigInt(bit))) !== 0n),
      key: keyText(keyKind, hexlify(key)),
    },
  );
}

export function submitterValues({ shards: known }: Parameters, submitter: SubmitterParameters): Stated[] {
  const { name, shards, jobsPerTick, expiry, revoked, keyKind, key } = submitter;
  return stated(
    { kind: "submitter", name },
    {
      status: revoked ? "revoked" : "admitted",
      shards: known.flatMap((shard, index) => ((shards & (1 << index)) !== 0 ? [shard.name] : [])),
      ...{ jobsPerTick, expiry },
      key: keyText(keyKind, hexlify(key)),
    },
  );
}

export function keyText(kind: string, key: string): string {
  return `${kind} ${key}`;
}

export function officeValues({ anchorer, marketplace, guardians, guardianPauseSecondsMax }: Offices): Stated[] {
  const guardianTexts = guardians.map(({ address, armed }) => `${address} (${armed ? "armed" : "has acted"})`);
  return stated(fabricSubject, { anchorer, marketplace, guardians: guardianTexts, guardianPauseSecondsMax });
}

export function constitutionValues(contracts: World["deployment"]["contracts"], constitution: Constitution): Stated[] {
  const { threshold, defaultDelay, rules } = constitution;
  return stated(ownersSubject, {
    members: membersOf(constitution).map(({ kind, key, weight }) => `${kind} ${key} (weight ${counted(weight)})`),
    threshold,
    defaultDelaySeconds: defaultDelay,
    delays: rules.map(
      ({ target, selector, delay }) => `${functionName({ contracts }, target, selector)} ${counted(delay)} s`,
    ),
  });
}

/** What a manifest says, which is not all that is governed. */
export function manifestValues({ fabric, skills, shards, nodes, submitters }: Manifest): Stated[] {
  return [
    ...stated(fabricSubject, { ...fabric, skills }),
    ...shards.flatMap(({ id, title: _, ...shard }) =>
      stated({ kind: "shard", name: id }, { status: "active", ...shard }),
    ),
    ...nodes.flatMap(({ id, latencyMs: _, ...node }) =>
      stated(
        { kind: "node", name: id },
        { status: "admitted", ...node, skills: skills.filter((skill) => node.skills.includes(skill)) },
      ),
    ),
    ...submitters.flatMap(({ id, jobsPerTick, ...submitter }) =>
      stated(
        { kind: "submitter", name: id },
        {
          status: "admitted",
          shards: shards.flatMap((shard) => (submitter.shards.includes(shard.id) ? [shard.id] : [])),
          jobsPerTick,
        },
      ),
    ),
  ];
}

/** Who stopped a scope, in words. @param until Unix seconds at which a guardian's pause ends; null when the owners' holds */
export function pauseText(by: "owners" | "guardian" | "both" | null, until: number | null): string {
  if (by === null) return "runs";
  if (by === "owners") return "paused by the owners";
  return by === "both"
    ? "paused by the owners and a guardian"
    : `paused by a guardian until ${until === null ? "it is resumed" : dateOf(until)}`;
}

function pauseOf(scope: PauseScope, time: number): string {
  if (!isPausedAt(scope, time)) return pauseText(null, null);
  if (!scope.ownerPaused) return pauseText("guardian", scope.guardianUntil);
  return pauseText(time < scope.guardianUntil ? "both" : "owners", null);
}

/** To whom the contracts belong: one sentence where it is as it should be, else those that do not. */
function heldText(multisig: string, holders: Holders): string[] {
  const strays = governedNames.flatMap((contract: Exclude<ContractName, "OwnerMultisig">) => {
    const { owner, pending } = holders[contract];
    if (owner !== multisig) return [`${contract} belongs to ${owner}`];
    return pending === "none" ? [] : [`${contract} is offered to ${pending}`];
  });
  return strays.length === 0 ? ["all belong to the owners"] : strays;
}

/** Of one subject, values by their fields. */
export function stated(subject: Subject, values: Readonly<Record<string, Value>>): Stated[] {
  return Object.entries(values).map(([field, value]) => ({ subject, field, value }));
}
