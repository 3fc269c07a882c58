import type { Derived, Material } from "./derive.ts";
import type { Summary } from "./forms.ts";
import { documentOf, section, table } from "./html.ts";
import { type Drawn, drawPlots, type PlotName } from "./plot/index.ts";
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
  const { summary, checks, checkpoints, measured, parameters, play } = derived;
  const failed = checks.filter(({ pass }) => !pass);
  const { submitted, completed } = summary.jobs;
  const verdict =
    failed.length === 0
      ? `Passed: ${count(completed)} of ${count(submitted)} jobs were completed in ${count(summary.ticks)} ticks, and all ${checks.length} checks hold.`
      : `Failed: ${failed.map(({ title }) => title).join("; ")}.`;
  const anchors = new Map(chain.anchors.map((anchor) => [hexOf(anchor.digest), anchor]));
  const body = [
    `<h1>Drill “${text(summary.label)}”: ${text(play.scenario.title)}</h1>`,
    `<p class="verdict">${text(verdict)}</p>`,
    figures(summary),
    `<p>Scenario ${text(summary.scenario)}, seed ${summary.seed}, chain ${chain.chainId}. Everything here follows from the journal and the chain's evidence in this folder; <code>fabric verify</code> makes it again. It is proved, if block ${count(chain.lastBlock.number)} (<code>${chain.lastBlock.hash}</code>) is on chain ${chain.chainId}.</p>`,
    ...(summary.crash === null ? [] : [`<p>${text(crashWords(summary.crash))}</p>`]),
    section(
      "Checks",
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
      table({
        head: ["Seq", "Tick", "Receipts", "Digest", "Anchored in block"],
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
      "What else happened",
      table({
        head: ["Tick", "What"],
        rows: measured.marks.map(({ tick, kind, subject }) => [count(tick), markWords(derived, kind, subject)]),
      }),
    ),
    `<footer><p>The plots are also files in <code>plots/</code>. Set in Public Sans, © 2015 The Public Sans Project Authors, under the SIL Open Font License 1.1.</p></footer>`,
  ];
  const title = `${summary.label}: ${failed.length === 0 ? "passed" : "failed"}`;
  return documentOf(title, body.join("\n"));
}

/** The numbers behind it are there for whoever wants them, and not in the way of others. */
function plotted({ title, caption, inline, table: numbers }: Drawn): string {
  const behind = `<details><summary>The numbers</summary>${table(numbers)}</details>`;
  const figure = `<figure><figcaption>${text(caption)}</figcaption><div class="wide">${inline}</div></figure>`;
  return section(title, figure + behind);
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
  return `The orchestrator was killed in tick ${count(killedAtTick)} (${killedAtStep}), ${since}, and went on from what was on disk.`;
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

function markWords({ parameters, summary }: Derived, kind: string, subject: number): string {
  switch (kind) {
    case "nodeOffline":
      return `${summary.nodes[subject - 1].name} fell silent`;
    case "nodeActive":
      return `${summary.nodes[subject - 1].name} was heard`;
    case "governed":
      return `Changed parameters came into force (version ${subject} of the shard registry)`;
    case "ordered":
      return `The owners' order ${subject} was carried out`;
    default: {
      const scope = subject === 0 ? "The fabric" : parameters.shards[subject - 1].name;
      return `${scope} was ${kind}`;
    }
  }
}
