import type { ShardParameters } from "../fabric/index.ts";
import type { Derived, Material } from "./derive.ts";
import type { Summary } from "./forms.ts";
import { drawQueues } from "./plot.ts";
import { count, hexOf, text } from "./text.ts";

/** `index.html`: the run for a person, in one file that needs no network and no script. */
export function drawPage(derived: Derived, { primary: { ownerLog }, proof: { chain } }: Material): string {
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
    `<p>Scenario ${text(summary.scenario)}, seed ${summary.seed}, chain ${chain.chainId}. Everything here follows from the journal and the chain's evidence in this folder; <code>fabric verify</code> makes it again. It is proved, if block ${count(chain.lastBlock.number)} (<code>${chain.lastBlock.hash}</code>) is on chain ${chain.chainId}.</p>`,
    ...(summary.crash === null ? [] : [`<p>${text(crashWords(summary.crash))}</p>`]),
    section(
      "Checks",
      table(
        ["", "Check", "Value", "Limit"],
        checks.map(({ pass, title, value, limit }) => [
          pass ? "✓\u00a0holds" : "✗\u00a0broken",
          title,
          typeof value === "number" ? count(value) : value,
          limit.replaceAll(" ", "\u00a0"),
        ]),
      ),
    ),
    section("Queues", drawQueues(derived) + details("The numbers", queueTable(derived))),
    section(
      "Jobs",
      table(
        ["Fate", "Jobs"],
        Object.entries(summary.jobs).map(([fate, jobs]) => [fate, count(jobs)]),
      ),
    ),
    section(
      "Shards",
      table(
        [
          "Shard",
          "Submitted",
          "Completed",
          "Spilled in",
          "Spilled out",
          "Wait p50",
          "Wait p95",
          "Deepest queue",
          "Budget at the end",
        ],
        summary.shards.map((shard, index) => [
          shard.name,
          ...[shard.submitted, shard.completed, shard.spilledIn, shard.spilledOut].map(count),
          `${shard.waitP50Ticks} ticks`,
          `${shard.waitP95Ticks} ticks`,
          count(shard.deepestQueue),
          count(parameters.shards[index].queueBudget),
        ]),
      ),
    ),
    section(
      "Nodes",
      table(
        ["Node", "Leases", "Completed", "Interrupted", "Utilisation", "Silences"],
        summary.nodes.map(({ name, leases, completed: done, interrupted, utilisation, silences }) => [
          name,
          ...[leases, done, interrupted].map(count),
          `${(100 * utilisation).toFixed(1)} %`,
          count(silences),
        ]),
      ),
    ),
    section(
      "Topology",
      table(
        ["Shard", "Nodes", "Spills to", "Skills of its nodes"],
        parameters.shards.map((shard, index) => topologyRow(derived, shard, index + 1)),
      ),
    ),
    section(
      "Owner changes",
      table(
        ["Decision", "Signed by", "Block", "In force at tick"],
        ownerLog.map(({ sentence, signers, block }) => [
          sentence,
          `${signers.length}`,
          count(block),
          tickInForce(derived, block),
        ]),
      ),
    ),
    section(
      "Checkpoints",
      table(
        ["Seq", "Tick", "Receipts", "Digest", "Anchored in block"],
        checkpoints.map(({ document, digest }) => [
          count(document.seq),
          count(document.tick),
          count(document.receipts.size),
          digest,
          anchors.has(digest) ? count(anchors.get(digest)?.block ?? 0) : "not on the chain",
        ]),
      ),
    ),
    section(
      "What else happened",
      table(
        ["Tick", "What"],
        measured.marks.map(({ tick, kind, subject }) => [count(tick), markWords(derived, kind, subject)]),
      ),
    ),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(summary.label)}: ${failed.length === 0 ? "passed" : "failed"}</title>
<style>${style}</style>
</head>
<body>
${body.join("\n")}
</body>
</html>
`;
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1f; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.verdict { font-size: 1.2rem; border-left: .35rem solid #1b1b1f; padding: .4rem 0 .4rem 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #d5d5dc; vertical-align: top; overflow-wrap: break-word; }
th { font-weight: 600; }
.wide { overflow-x: auto; }
svg { width: 100%; min-width: 40rem; height: auto; }
code { font-size: .9em; overflow-wrap: anywhere; }
summary { cursor: pointer; margin: .5rem 0; }
@media print { body { margin: 0; max-width: none; font-size: 12px; } h2 { break-after: avoid; } tr, svg { break-inside: avoid; } svg { min-width: 0; } td { overflow-wrap: anywhere; } }
`;

function section(title: string, content: string): string {
  return `<section><h2>${text(title)}</h2>${content}</section>`;
}

function details(title: string, content: string): string {
  return `<details><summary>${text(title)}</summary>${content}</details>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) => row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join("");
  const lines = rows.map((row) => `<tr>${cells("td", row)}</tr>`);
  return `<div class="wide"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}

function crashWords({ killedAtTick, killedAtStep, resumedFromCheckpoint: seq }: NonNullable<Summary["crash"]>): string {
  const since = seq === 0 ? "before there was any checkpoint" : `after checkpoint ${count(seq)}`;
  return `The orchestrator was killed in tick ${count(killedAtTick)} (${killedAtStep}), ${since}, and went on from what was on disk.`;
}

/** As it stood at the end. */
function topologyRow({ parameters, play }: Derived, { name, routes }: ShardParameters, number: number): string[] {
  const title = play.manifest.shards.find(({ id }) => id === name)?.title;
  const nodes = parameters.nodes.filter(({ shard, status }) => shard === number && status !== "removed");
  const skills = parameters.skills.filter((_, bit) => nodes.some((node) => (node.skills & (1n << BigInt(bit))) !== 0n));
  return [
    title === undefined ? name : `${name}: ${title}`,
    nodes.map((node) => `${node.name} (${count(node.maxConcurrency)} slots)`).join(", ") || "none",
    routes.map((route) => parameters.shards[route - 1].name).join(", then ") || "no other shard",
    skills.join(", "),
  ];
}

/** At most some hundred rows: the deepest queue of each stretch of ticks. */
function queueTable({ measured, summary, lastTick }: Derived): string {
  const stretch = Math.ceil(lastTick / 200);
  const rows: string[][] = [];
  for (let from = 0; from < lastTick; from += stretch) {
    const to = Math.min(lastTick, from + stretch);
    const deepest = measured.queues.map((queue) => count(Math.max(...queue.slice(from, to))));
    rows.push([stretch === 1 ? count(to) : `${count(from + 1)} to ${count(to)}`, ...deepest]);
  }
  return table(["Tick", ...summary.shards.map(({ name }) => name)], rows);
}

/** The first tick whose governance is of that block or a later one. */
function tickInForce({ governance }: Derived, block: number): string {
  for (const [tick, inputs] of governance)
    if (inputs.some((input) => input.kind === "governance" && input.block >= block)) return count(tick);
  return "never";
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
