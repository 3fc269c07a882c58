import { hexlify } from "ethers";
import type { PauseScope } from "../../fabric/parameters.ts";
import type { Office } from "../office.ts";
import { officesOf, type World } from "../world.ts";

/** A value that the owners govern, before and after a change; null where there is none. */
export type Difference = { readonly what: string; readonly before: Governed | null; readonly after: Governed | null };
export type Governed = string | number | boolean | readonly string[];

/** Everything that the owners govern, by what it is called: "earth.queueBudget". */
export function governedValues(world: World): ReadonlyMap<string, Governed> {
  const { parameters } = world;
  const { office, anchorer, marketplace, guardians, guardianPauseSecondsMax } = officesOf(world, "constitute");
  const values = new Map<string, Governed>();
  const put = (above: string, fields: Readonly<Record<string, Governed>>) => {
    for (const [field, value] of Object.entries(fields)) values.set(`${above}.${field}`, value);
  };
  const shardName = (number: number) => parameters.shards[number - 1]?.name ?? `shard ${number}`;
  const paused = ({ ownerPaused, guardianUntil }: PauseScope) => ({ paused: ownerPaused, guardianUntil });
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, retired, pause, skills } = parameters;
  put("fabric", { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, retired, ...paused(pause), skills });
  put("fabric", { anchorer, marketplace, guardianPauseSecondsMax });
  for (const { address, armed } of guardians) put(`guardian ${address}`, { armed });
  for (const { name, routes, pause, ...shard } of parameters.shards)
    put(name, { ...shard, routes: routes.map(shardName), ...paused(pause) });
  for (const { name, shard, key, skills, ...node } of parameters.nodes)
    put(`node ${name}`, { ...node, shard: shardName(shard), skills: String(skills), key: hexlify(key) });
  for (const { name, shards, key, ...submitter } of parameters.submitters) {
    const home = parameters.shards.flatMap((shard, index) => ((shards >>> index) & 1 ? [shard.name] : []));
    put(`submitter ${name}`, { ...submitter, shards: home, key: hexlify(key) });
  }
  for (const [what, value] of constitutionValues(office)) values.set(what, value);
  return values;
}

/** On a fork others may stand in for the members: the epoch tells whether the constitution is another one. */
function constitutionValues({ epoch, constitution: { threshold, defaultDelay, rules } }: Office): [string, Governed][] {
  return [
    ["constitution.epoch", Number(epoch)],
    ["constitution.threshold", threshold],
    ["constitution.defaultDelay", defaultDelay],
    ["constitution.rules", rules.map(({ target, selector, delay }) => `${target} ${selector} ${delay} s`)],
  ];
}

/** What is different, in the order of the first. */
export function differencesOf(
  before: ReadonlyMap<string, Governed>,
  after: ReadonlyMap<string, Governed>,
): Difference[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].flatMap((what) => {
    const [was, is] = [before.get(what) ?? null, after.get(what) ?? null];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ what, before: was, after: is }];
  });
}
