import { balanceOf } from "./balance.ts";
import { demandOf } from "./demand.ts";
import type { Path } from "./document.ts";
import type { Manifest, ManifestNode } from "./manifest.ts";
import type { Scenario } from "./scenario.ts";

/** Jobs that one shard takes in and that ask for the same skills. */
export type LoadRow = {
  readonly shard: string;
  /** In the manifest's order. */
  readonly skills: readonly string[];
  readonly jobs: number;
  /** Slot-ticks: jobs times the mean of their durations. */
  readonly work: number;
  /** Slots of nodes of the shard itself that can serve it. */
  readonly slotsAtHome: number;
  /** Slots of nodes of other shards that can serve it and that it can reach along approved routes. */
  readonly slotsOverRoutes: number;
  /** Least ticks in which it can be done beside all other work; null when nothing can serve it. */
  readonly ticks: number | null;
  /**
   * Σ λ/μ of the nodes that serve it: those ticks for each tick in which jobs come. 1 = they never rest. Null when
   * nothing can serve it, or when jobs come all at once.
   */
  readonly load: number | null;
};

export type NodeLoad = {
  readonly node: string;
  readonly slots: number;
  readonly ticks: number;
  readonly load: number | null;
};

/** What is not wrong, and yet will not do what was meant. */
export type Warning = {
  readonly document: "manifest" | "scenario";
  readonly path: Path;
  readonly says: string;
};

export type Load = {
  readonly jobs: number;
  /** Ticks in which jobs come; null when they come all at once. */
  readonly arrivalTicks: number | null;
  readonly rows: readonly LoadRow[];
  readonly nodes: readonly NodeLoad[];
  /** Least ticks in which all that can be served is done. */
  readonly ticks: number;
  readonly warnings: readonly Warning[];
};

/**
 * The load of a scenario on the nodes of its manifest, with work spread over nodes as evenly as skills and routes
 * permit (`balance.ts`). It is a bound: no router does better on the average, and waves, faults, pauses and changes of
 * routes make it worse. A node that breaks its shard's latency budget counts for nothing.
 */
export function loadOf(scenario: Scenario, manifest: Manifest): Load {
  const demands = demandOf(scenario, manifest);
  const arrivalTicks = scenario.arrival.kind === "atOnce" ? null : scenario.arrival.ticks;
  const usable = manifest.nodes.map((node) => withinBudget(manifest, node));
  const warnings = [...manifestWarnings(manifest)];

  const parts = new Map<string, { shard: string; skills: string[]; jobs: number; work: number; template: string }>();
  for (const { shard, templates, jobs, arrivals } of demands) {
    for (const { template, jobs: count } of templates) {
      const skills = manifest.skills.filter((skill) => template.skills.includes(skill));
      const key = `${shard} ${skills.join(" ")}`;
      const part = parts.get(key) ?? { shard, skills, jobs: 0, work: 0, template: template.name };
      part.jobs += count;
      part.work += (count * (template.durationTicks.min + template.durationTicks.max)) / 2;
      parts.set(key, part);
    }
    warnings.push(...quotaWarnings(scenario, manifest, shard, jobs, arrivals));
  }

  const rows = [...parts.values()];
  const able = rows.map(({ shard, skills }) => nodesThatServe(manifest, usable, shard, skills));
  const balance = balanceOf(
    rows.map(({ work }, index) => ({ work, workers: able[index] })),
    manifest.nodes.map(({ maxConcurrency }) => ({ slots: maxConcurrency })),
  );
  const slots = (nodes: readonly number[]) => nodes.reduce((sum, node) => sum + manifest.nodes[node].maxConcurrency, 0);
  const load = (ticks: number) => (arrivalTicks === null ? null : ticks / arrivalTicks);

  for (const [index, { template, shard, skills }] of rows.entries()) {
    const path = ["templates", scenario.templates.findIndex(({ name }) => name === template)];
    const what = skills.length === 0 ? "without skills" : `for ${skills.join(" + ")}`;
    const ticks = balance.groups[index];
    if (ticks === Infinity) {
      const says = `no node on an approved route can serve the jobs of ${shard} ${what}; they will be parked`;
      warnings.push({ document: "scenario", path, says });
    } else if ((load(ticks) ?? 0) >= 1) {
      const percent = Math.round((load(ticks) ?? 0) * 100);
      const says = `the jobs of ${shard} ${what} are ${percent} % of what their nodes can carry; they will wait ever longer`;
      warnings.push({ document: "scenario", path, says });
    }
  }

  return {
    jobs: demands.reduce((sum, { jobs }) => sum + jobs, 0),
    arrivalTicks,
    rows: rows.map(({ shard, skills, jobs, work }, index) => {
      const home = able[index].filter((node) => manifest.nodes[node].shard === shard);
      const ticks = balance.groups[index];
      return {
        shard,
        skills,
        jobs,
        work,
        slotsAtHome: slots(home),
        slotsOverRoutes: slots(able[index]) - slots(home),
        ticks: ticks === Infinity ? null : ticks,
        load: ticks === Infinity ? null : load(ticks),
      };
    }),
    nodes: manifest.nodes.map(({ id, maxConcurrency }, index) => {
      const ticks = balance.workers[index];
      return { node: id, slots: maxConcurrency, ticks, load: load(ticks) };
    }),
    ticks: Math.max(0, ...balance.groups.filter((ticks) => ticks !== Infinity)),
    warnings,
  };
}

/** What an owner should know of a manifest that is valid. */
export function manifestWarnings(manifest: Manifest): Warning[] {
  const warnings: Warning[] = [];
  const warn = (path: Path, says: string) => warnings.push({ document: "manifest", path, says });
  const offered = new Set(manifest.nodes.flatMap(({ skills }) => skills));
  manifest.skills.forEach((skill, index) => {
    if (!offered.has(skill))
      warn(["skills", index], `no node offers the skill ${skill}; jobs that ask for it will be parked`);
  });
  manifest.nodes.forEach((node, index) => {
    if (withinBudget(manifest, node)) return;
    warn(
      ["nodes", index, "latencyMs"],
      `${node.id} breaks the latency budget of ${node.shard} and will be given nothing`,
    );
  });
  manifest.shards.forEach(({ id }, index) => {
    if (manifest.nodes.some(({ shard }) => shard === id)) return;
    warn(["shards", index], `no node works for ${id}; all its jobs have to spill`);
  });
  return warnings;
}

function quotaWarnings(
  scenario: Scenario,
  manifest: Manifest,
  shard: string,
  jobs: number,
  arrivals: Uint32Array,
): Warning[] {
  if (jobs === 0) return [];
  const path = ["templates", scenario.templates.findIndex((template) => template.shard === shard)];
  if (!manifest.submitters.some(({ shards }) => shards.includes(shard))) {
    return [{ document: "scenario", path, says: `no submitter of the manifest may bring jobs to ${shard}` }];
  }
  const planned = scenario.arrival.kind === "atOnce" ? 1 : scenario.arrival.ticks;
  if (arrivals.length <= planned) return [];
  const says = `the submitters of ${shard} may bring so little in a tick that its jobs come until tick ${arrivals.length}`;
  return [{ document: "scenario", path, says }];
}

function withinBudget(manifest: Manifest, { shard, latencyMs }: ManifestNode): boolean {
  const budget = manifest.shards.find(({ id }) => id === shard)?.latencyBudgetMs ?? 0;
  return latencyMs <= budget;
}

/** Positions of the nodes that can serve such jobs. A job moves on only to shards that have a node for it. */
function nodesThatServe(
  manifest: Manifest,
  usable: readonly boolean[],
  origin: string,
  skills: readonly string[],
): number[] {
  const able = [...manifest.nodes.keys()].filter((index) => {
    const node = manifest.nodes[index];
    return usable[index] && skills.every((skill) => node.skills.includes(skill));
  });
  const serving = new Set(able.map((index) => manifest.nodes[index].shard));
  const reached = new Set([origin]);
  for (const shard of reached) {
    for (const route of manifest.shards.find(({ id }) => id === shard)?.routes ?? []) {
      if (serving.has(route)) reached.add(route);
    }
  }
  return able.filter((index) => reached.has(manifest.nodes[index].shard));
}
