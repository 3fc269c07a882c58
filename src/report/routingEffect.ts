import { createHash } from "node:crypto";
import { Measurements, type Play, rehearse } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import { decodeInputs, type Genesis, type Input, type Parameters } from "../fabric/index.ts";
import { JournalReader, readGenesis } from "../journal/index.ts";
import { type Change, type Difference, type Routing, type RoutingRun, withDifferences } from "../owner/index.ts";
import { BundleFolder } from "./folder.ts";
import { canonicalText, drillForm, parseCanonical, paths, playOf } from "./primary.ts";

/** A run that is over, as far as it takes to play it again. */
type PastRun = {
  readonly label: string;
  readonly play: Play;
  readonly genesis: Genesis;
  /** What the chain said at each tick at which it said something. */
  readonly governance: ReadonlyMap<number, readonly Input[]>;
  readonly lastTick: number;
};

/** Orders are about jobs that wait now; a run that is over had others. */
const orders: ReadonlySet<Change["kind"]> = new Set(["move", "cancel", "checkpointNow"]);

/**
 * What a change of the owners would have done to a run that is over, had it been in force from the first tick. The bundle
 * is taken at its word: `verifyBundle` checks it.
 * @param folder of the bundle
 * @throws BUNDLE_MISSING, BUNDLE_MALFORMED and its kin
 */
export async function routingEffect(
  folder: string,
  changes: readonly Change[],
  differences: readonly Difference[],
): Promise<Routing> {
  const past = pastRun(folder);
  const unplayed = new Set(
    changes.filter(({ kind }) => orders.has(kind)).map(({ kind }) => `${kind}, which is about jobs that wait now`),
  );
  if (changes.some(({ kind }) => kind === "reroute")) unplayed.add("moving what waits now");
  const without = await played(past, (parameters) => parameters);
  const changed = await played(past, (parameters) => {
    const applied = withDifferences(parameters, differences);
    for (const what of applied.unplayed) unplayed.add(what);
    return applied.parameters;
  });
  const jobs = past.play.scenario.jobsPerShard * past.play.manifest.shards.length;
  const { scenario, manifest, seed } = past.play;
  return {
    run: past.label,
    play: `0x${createHash("sha256").update(canonicalText({ scenario, manifest, seed })).digest("hex")}`,
    ...{ jobs, without, with: changed, unplayed: [...unplayed] },
    verdict: verdictOf(past.label, jobs, without, changed),
  };
}

function pastRun(path: string): PastRun {
  const folder = new BundleFolder(path);
  const drill = parseCanonical(drillForm, paths.drill, folder.text(paths.drill));
  const documents = { manifestText: folder.text(paths.manifest), scenarioText: folder.text(paths.scenario) };
  const journal = folder.journal();
  const governance = new Map<number, readonly Input[]>();
  let genesis: Genesis | undefined;
  let lastTick = 0;
  try {
    for (const record of new JournalReader(journal, { closed: true }).records()) {
      if (genesis === undefined) {
        genesis = readGenesis(record);
        continue;
      }
      const inputs = decodeInputs(record.bytes);
      lastTick = tickOf(inputs);
      const said = inputs.filter(({ kind }) => kind === "governance" || kind === "order" || kind === "chainSilent");
      if (said.length > 0) governance.set(lastTick, said);
    }
  } finally {
    journal.close();
  }
  if (genesis === undefined) throw new FabricError("JOURNAL_BEHIND", { evidence: "it has no record" });
  return { label: drill.label, play: playOf({ drill, ...documents }), genesis, governance, lastTick };
}

function tickOf(inputs: readonly Input[]): number {
  const last = inputs.at(-1);
  return last?.kind === "tick" ? last.tick : 0;
}

/** Plays a run again under other parameters. */
async function played(
  { play, genesis, governance, lastTick }: PastRun,
  change: (parameters: Parameters) => Parameters,
): Promise<RoutingRun> {
  const measured = new Measurements(play.scenario.acceptance);
  const at = (tick: number) =>
    (governance.get(tick) ?? []).map((input) =>
      input.kind === "governance" && input.values !== null ? { ...input, values: change(input.values) } : input,
    );
  let end: {
    readonly counters: { completed: number; failed: number; expired: number; spilled: number };
    waiting: number;
  } = {
    counters: { completed: 0, failed: 0, expired: 0, spilled: 0 },
    waiting: 0,
  };
  for await (const { machine, effects } of rehearse(play, genesis, { at, lastTick })) {
    measured.observe(machine, effects);
    end = { counters: machine.counters, waiting: machine.state.jobs.count };
  }
  const { completed, failed, expired, spilled } = end.counters;
  const shards = measured.shardFigures(play.manifest.shards.map(({ id }) => id));
  return {
    ...{ completed, failed: failed + expired, waiting: end.waiting, spilled },
    shards: shards.map(({ name, completed: done, spilledOut, waitP50Ticks, waitP95Ticks }) => {
      return { shard: name, completed: done, spilled: spilledOut, waitP50: waitP50Ticks, waitP95: waitP95Ticks };
    }),
  };
}

function verdictOf(label: string, jobs: number, without: RoutingRun, changed: RoutingRun): string {
  const run = `In the run ${label} of ${counted(jobs)} jobs`;
  if (JSON.stringify(without) === JSON.stringify(changed)) return `${run} it would have made no difference.`;
  const parts: string[] = [];
  for (const what of ["completed", "failed", "waiting", "spilled"] as const)
    if (without[what] !== changed[what])
      parts.push(`${counted(changed[what])} ${verbs[what]} instead of ${counted(without[what])}`);
  const [worst] = changed.shards
    .map(({ shard, waitP95 }, index) => ({ shard, waitP95, before: without.shards[index].waitP95 }))
    .sort((a, b) => Math.abs(b.waitP95 - b.before) - Math.abs(a.waitP95 - a.before));
  if (worst !== undefined && worst.waitP95 !== worst.before)
    parts.push(
      `95 of 100 jobs of ${worst.shard} would have had a node within ${counted(worst.waitP95)} ticks instead of ` +
        counted(worst.before),
    );
  if (parts.length === 0) return `${run} jobs would have waited otherwise, and none longer or shorter by much.`;
  return `${run} ${parts.join("; ")}.`;
}

const verbs = {
  completed: "would have been completed",
  failed: "would have failed",
  waiting: "would have waited still at its end",
  spilled: "would have spilled",
} as const;

function counted(amount: number): string {
  return amount.toLocaleString("en-US");
}
