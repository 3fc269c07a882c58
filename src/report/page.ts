import type { Derived, Material } from "./derive.ts";
import type { Summary } from "./forms.ts";
import { documentOf, section, table } from "./html.ts";
import { type Drawn, drawPlots, type PlotName } from "./plot/index.ts";
import { stepWords } from "./stepWords.ts";
import { count, hexOf, text } from "./text.ts";

/** `index.html` and the plots that it shows, by their paths. */
export type Drawing = { readonly page: string; readonly plots: ReadonlyMap<string, string> };

/** The run for a person: a page in one file that needs no network and no script, and its plots as files. */
export async function drawPage(derived: Derived, material: Material): Promise<Drawing> {
  const decided = decisionsOf(derived, material);
  const changes = decided.flatMap(({ mark, tick }) => (mark === "" || tick === undefined ? [] : [{ mark, tick }]));
  const plots = await drawPlots(derived, changes);
  return {
    page: pageOf(derived, material, decided, plots),
    plots: new Map(Object.values(plots).map(({ path, file }) => [path, file])),
  };
}

/** What owners or a guardian decided after the founding, and since when it was in force. */
type Decided = {
  /** Its number in lists and plots; the founding has none. */
  readonly mark: string;
  readonly sentence: string;
  readonly by: string;
  readonly block: number;
  /** Undefined where the run ended before. */
  readonly tick: number | undefined;
};

function pageOf(
  derived: Derived,
  { proof: { chain } }: Material,
  decided: readonly Decided[],
  plots: Readonly<Record<PlotName, Drawn>>,
): string {
  const { summary, checks, checkpoints, parameters, play } = derived;
  const failed = checks.filter(({ pass }) => !pass);
  const { submitted, completed } = summary.jobs;
  const verdict =
    failed.length === 0
      ? `Passed: ${count(completed)} of ${count(submitted)} jobs were completed in ${count(summary.ticks)} ticks, and all ${checks.length} checks hold.`
      : `Failed: ${count(failed.length)} of ${checks.length} checks ${failed.length === 1 ? "does" : "do"} not hold. ${failed.map(foundWords).join("; ")}.`;
  const anchors = new Map(chain.anchors.map((anchor) => [hexOf(anchor.digest), anchor]));
  const body = [
    `<h1>Drill “${text(summary.label)}”: ${text(play.scenario.title)}</h1>`,
    `<p class="verdict">${text(verdict)}</p>`,
    figures(summary),
    `<p>Scenario ${text(summary.scenario)}, seed ${summary.seed}, chain ${chain.chainId}. A tick is one step of the fabric's clock; here it stands for ${count(play.manifest.fabric.tickMs / 1000)} s. What other words mean is said at the end.</p>`,
    `<p>Everything here follows from the journal and the chain's evidence in this folder; <code>fabric verify</code> makes it again. It is proved, if block ${count(chain.lastBlock.number)} (<code>${chain.lastBlock.hash}</code>) is on chain ${chain.chainId}.</p>`,
    ...(summary.crash === null ? [] : [`<p>${text(crashWords(summary.crash))}</p>`]),
    section(
      "Checks",
      "What must hold for the drill to have passed: each with the value that was found, and what it was held against.",
      table({
        head: ["", "Check", "Value", "Limit"],
        rows: checks.map(({ pass, title, value, limit }) => [
          pass ? "✓\u00a0holds" : "✗\u00a0broken",
          title,
          typeof value === "number" ? count(value) : value,
          limit.replaceAll(" ", "\u00a0"),
        ]),
      }),
    ),
    plotted(plots.queues),
    section(
      "What the owners decided",
      "From the sentence that they signed to the tick since which the fabric obeys it. The numbers are those in the picture above; the first lines founded the fabric.",
      table({
        head: ["No.", "Decision", "Signed by", "Block", "In force since tick"],
        rows: decided.map(({ mark, sentence, by, block, tick }) => [
          ...[mark, sentence, by, count(block)],
          tick === undefined ? "never" : count(tick),
        ]),
      }),
    ),
    plotted(plots.throughput),
    plotted(plots.waits),
    plotted(plots.flows),
    section(
      "Shards",
      "Jobs by the shard that they were submitted to, and by the one that completed them. Half of a shard's jobs waited at most p50 for their first lease, 95 % at most p95.",
      table({
        head: [
          ...["Shard", "Submitted", "Completed", "Spilled in", "Spilled out"],
          ...["Wait p50", "Wait p95", "Deepest queue", "Budget at the end"],
        ],
        rows: summary.shards.map((shard, index) => [
          shard.name,
          ...[shard.submitted, shard.completed, shard.spilledIn, shard.spilledOut].map(count),
          `${shard.waitP50Ticks} ticks`,
          `${shard.waitP95Ticks} ticks`,
          count(shard.deepestQueue),
          count(parameters.shards[index].queueBudget),
        ]),
      }),
    ),
    plotted(plots.nodes),
    plotted(plots.failures),
    plotted(plots.topology),
    section(
      "Checkpoints",
      "A checkpoint is the digest of everything at a tick: of every receipt until then, and of all that was going on. It is anchored when the chain has it in a block, where nobody can change it any more.",
      table({
        head: ["No.", "Tick", "Receipts", "Digest", "Anchored in block"],
        rows: checkpoints.map(({ document, digest }) => {
          const anchor = anchors.get(digest);
          return [
            ...[document.seq, document.tick, document.receipts.size].map(count),
            digest,
            anchor === undefined ? "not on the chain" : count(anchor.block),
          ];
        }),
      }),
    ),
    section(
      "What happened when",
      "Nodes that fell silent and came back, pauses, what came into force, and the kill.",
      table({ head: ["Tick", "What"], rows: happenings(derived, decided) }),
    ),
    `<section><h2>Words</h2><dl class="words">${words.map(([word, says]) => `<dt>${text(word)}</dt><dd>${text(says)}</dd>`).join("")}</dl></section>`,
    `<footer><p>The plots are also files in <code>plots/</code>. Set in Public Sans, © 2015 The Public Sans Project Authors, under the SIL Open Font License 1.1.</p></footer>`,
  ];
  const title = `${summary.label}: ${failed.length === 0 ? "passed" : "failed"}`;
  return documentOf(title, body.join("\n"));
}

/** What a check found, and what it was held against. */
function foundWords({ title, value, limit }: Derived["checks"][number]): string {
  return `${title}: ${typeof value === "number" ? count(value) : value}, which should be ${limit}`;
}

/** The numbers behind it are there for whoever wants them, and not in the way of others. */
function plotted({ title, caption, inline, table: numbers }: Drawn): string {
  const behind = `<details><summary>The numbers</summary>${table(numbers)}</details>`;
  return section(title, caption, `<figure><div class="wide">${inline}</div></figure>${behind}`);
}

function figures({ jobs, owner, checkpoints }: Summary): string {
  const shown: readonly (readonly [string, string])[] = [
    ["jobs completed", count(jobs.completed)],
    ["failed, expired, cancelled", count(jobs.failed + jobs.expired + jobs.cancelled)],
    ["interrupted and done again", count(jobs.interrupted)],
    ["times a job spilled", count(jobs.spilled)],
    ["owner changes", count(owner.changes)],
    ["checkpoints anchored", `${count(checkpoints.anchored)} of ${count(checkpoints.count)}`],
  ];
  const entries = shown.map(([what, value]) => `<div><dd>${text(value)}</dd><dt>${text(what)}</dt></div>`);
  return `<dl class="figures">${entries.join("")}</dl>`;
}

function crashWords({ killedAtTick, killedAtStep, resumedFromCheckpoint: seq }: NonNullable<Summary["crash"]>): string {
  const since = seq === 0 ? "before there was any checkpoint" : `after checkpoint ${count(seq)}`;
  return `The orchestrator was killed in tick ${count(killedAtTick)}, ${stepWords[killedAtStep]}, ${since}, and went on from what was on disk.`;
}

function decisionsOf(derived: Derived, { primary: { ownerLog } }: Material): readonly Decided[] {
  const founded = ownerLog.filter(({ change }) => change === null).length;
  return ownerLog.map(({ sentence, signers, batch, block }, index) => {
    const who = batch === null ? "guardian" : "owners";
    return {
      mark: index < founded ? "" : `${index - founded + 1}`,
      ...{ sentence, block, by: `${signers.length} ${who}: ${signers.map((signer) => signer.slice(0, 8)).join(", ")}` },
      tick: tickInForce(derived, block),
    };
  });
}

/** The first tick whose governance is of that block or a later one. */
function tickInForce({ governance }: Derived, block: number): number | undefined {
  for (const [tick, inputs] of governance)
    if (inputs.some((input) => input.kind === "governance" && input.block >= block)) return tick;
  return undefined;
}

/** Decisions stand with their numbers; those of one tick, which came into force together, in one line. */
function happenings(derived: Derived, decided: readonly Decided[]): string[][] {
  const { measured, summary } = derived;
  const rows = measured.marks.flatMap(({ tick, kind, subject }) => {
    // The founding has a list of its own, and every node is heard for the first time.
    if (tick === 1) return [];
    if (kind !== "governed" && kind !== "ordered") return [{ tick, words: markWords(derived, kind, subject) }];
    return [];
  });
  const inForce = Map.groupBy(
    decided.filter(({ mark }) => mark !== ""),
    ({ tick }) => tick,
  );
  for (const [tick, together] of inForce) {
    if (tick === undefined) continue;
    const marks = together.map(({ mark }) => mark);
    rows.push({ tick, words: `${marks.length === 1 ? "Decision" : "Decisions"} ${marks.join(", ")} came into force` });
  }
  if (summary.crash !== null)
    rows.push({ tick: summary.crash.killedAtTick, words: "The orchestrator was killed, and went on" });
  return rows.toSorted((a, b) => a.tick - b.tick).map(({ tick, words }) => [count(tick), words]);
}

function markWords({ parameters, summary }: Derived, kind: string, subject: number): string {
  switch (kind) {
    case "nodeOffline":
      return `${summary.nodes[subject - 1].name} fell silent`;
    case "nodeActive":
      return `${summary.nodes[subject - 1].name} was heard again`;
    default: {
      const scope = subject === 0 ? "The fabric" : parameters.shards[subject - 1].name;
      return `${scope} ${kind === "paused" ? "was paused" : "ran again"}`;
    }
  }
}

/** For those who meet the fabric here for the first time. */
const words: readonly (readonly [string, string])[] = [
  ["Shard", "A region of the fabric, with a queue and nodes of its own."],
  [
    "Queue, budget",
    "Jobs that wait for a node of the shard. Its budget, which the owners set, is the most that it may hold; jobs beyond it wait outside, in order.",
  ],
  [
    "Node, slots",
    "A machine that does jobs; it has as many slots as it can do at once. It shows by heartbeats that it is there.",
  ],
  [
    "Lease",
    "One attempt of a job on one node. When the node falls silent, the lease is lost, and the job is given to another: it was interrupted.",
  ],
  [
    "Spillover, route",
    "Jobs of a shard that has too many move to one that has room, along a route that the owners approved.",
  ],
  ["Skew", "How many more jobs wait at the beginning of a route than at its end, counting only those that could move."],
  [
    "Orchestrator",
    "The program that takes jobs in, gives them to nodes, and obeys what the owners decide on the chain.",
  ],
  ["Receipt", "The final word on one job: completed, failed, expired or cancelled."],
  ["Digest", "A fingerprint of data: whatever is changed in the data, the digest is another one."],
  ["Guardian", "Somebody who may stop everything for a while without asking the owners."],
  ["Seed", "The number that all chance in a drill comes from: with the same seed the same happens again."],
];
