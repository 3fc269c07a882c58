import type { Manifest } from "./manifest.ts";
import type { JobTemplate, Scenario } from "./scenario.ts";

/** The jobs of one template in a run. */
export type TemplateDemand = { readonly template: JobTemplate; readonly jobs: number };

/** What one shard's submitters bring in a run. */
export type ShardDemand = {
  readonly shard: string;
  readonly jobs: number;
  readonly templates: readonly TemplateDemand[];
  /** Jobs that come in tick i + 1. */
  readonly arrivals: Uint32Array;
};

/**
 * The scenario for another number of jobs per shard. More jobs stretch it: they come for longer, at the same rate, and
 * faults and owners' changes move along; they may take longer in all. Fewer jobs leave the times as they are and come at
 * a lower rate.
 */
export function withJobs(scenario: Scenario, jobsPerShard: number): Scenario {
  const { arrival, faults, owners, acceptance } = scenario;
  const longer = (tick: number): number => Math.round(tick * Math.max(1, jobsPerShard / scenario.jobsPerShard));
  const stretch = (tick: number): number => (arrival.kind === "atOnce" ? tick : longer(tick));
  const { drainedWithinTicks: drained } = acceptance;
  return {
    ...scenario,
    jobsPerShard,
    arrival: arrival.kind === "atOnce" ? arrival : { ...arrival, ticks: stretch(arrival.ticks) },
    faults: faults.map((fault) => {
      if (fault.kind === "kill") return { ...fault, fromTick: stretch(fault.fromTick), toTick: stretch(fault.toTick) };
      return { ...fault, atTick: stretch(fault.atTick) };
    }),
    owners: owners.map(({ atTick, change }) => ({ atTick: stretch(atTick), change })),
    acceptance: drained === undefined ? acceptance : { ...acceptance, drainedWithinTicks: longer(drained) },
  };
}

/** The work of a scenario, shard by shard in the manifest's order; every job is counted once. */
export function demandOf(scenario: Scenario, manifest: Manifest): ShardDemand[] {
  const share = (shard: string): number => scenario.demand?.find((entry) => entry.shard === shard)?.share ?? 1;
  const jobs = apportion(
    scenario.jobsPerShard * manifest.shards.length,
    manifest.shards.map(({ id }) => share(id)),
  );
  return manifest.shards.map(({ id }, index) => {
    const templates = scenario.templates.filter((template) => template.shard === id);
    const counts = apportion(
      jobs[index],
      templates.map((template) => template.share),
    );
    return {
      shard: id,
      jobs: jobs[index],
      templates: templates.map((template, at) => ({ template, jobs: counts[at] })),
      arrivals: arrivalsOf(scenario, manifest, id, jobs[index]),
    };
  });
}

/** Divides a whole number by shares, exactly: largest remainders first, ties by order. */
export function apportion(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((before, share) => before + share, 0);
  if (sum === 0) return shares.map(() => 0);
  const exact = shares.map((share) => (total * share) / sum);
  const parts = exact.map(Math.floor);
  const left = total - parts.reduce((before, part) => before + part, 0);
  const byRemainder = exact.map((value, index) => ({ index, remainder: value - parts[index] }));
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) parts[index]++;
  return parts;
}

function arrivalsOf(scenario: Scenario, manifest: Manifest, shard: string, jobs: number): Uint32Array {
  const { arrival } = scenario;
  const quota = quotaOf(manifest, shard);
  const wanted = arrival.kind === "atOnce" ? [jobs] : spread(jobs, slopes(scenario, arrival, shard));
  const taken: number[] = [];
  let waiting = 0;
  for (let tick = 0; tick < wanted.length || waiting > 0; tick++) {
    waiting += wanted[tick] ?? 0;
    const now = Math.min(waiting, quota);
    taken.push(now);
    waiting -= now;
  }
  return Uint32Array.from(taken);
}

/** Jobs that all submitters of a shard together may bring in a tick; at least 1, so that a demand always ends. */
function quotaOf(manifest: Manifest, shard: string): number {
  const submitters = manifest.submitters.filter(({ shards }) => shards.includes(shard));
  return Math.max(
    1,
    submitters.reduce((sum, { jobsPerTick }) => sum + jobsPerTick, 0),
  );
}

/** Relative weight of each tick, a whole number: straight slopes, so that no computer rounds otherwise than another. */
function slopes(
  scenario: Scenario,
  arrival: Exclude<Scenario["arrival"], { kind: "atOnce" }>,
  shard: string,
): number[] {
  if (arrival.kind === "steady") return Array.from({ length: arrival.ticks }, () => 1);
  const { ticks, periodTicks, amplitudePercent } = arrival;
  const phase = scenario.demand?.find((entry) => entry.shard === shard)?.phasePercent ?? 0;
  const period = 100 * periodTicks;
  return Array.from({ length: ticks }, (_, tick) => {
    const at = (100 * tick + phase * periodTicks) % period;
    const level = 4 * Math.min(at, period - at) - period;
    return 100 * period + amplitudePercent * level;
  });
}

/** Spreads jobs by weights, so that after each tick the sum is the exact one rounded down. */
function spread(jobs: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  let given = 0;
  return weights.map((weight) => {
    passed += weight;
    const due = passed === total ? jobs : Math.floor(jobs * (passed / total));
    const now = due - given;
    given = due;
    return now;
  });
}
