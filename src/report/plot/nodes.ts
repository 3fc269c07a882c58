import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, numberAxis, type Plot, plotWidth } from "./plot.ts";

const nodesShown = 40;
const barWidth = 220;

/** How busy each node was, and when it was not heard of. */
export function nodesPlot({ measured, parameters, summary, lastTick }: Derived, path: string): Plot {
  const { gaps } = measured;
  const all = summary.nodes.map((node, index) => ({ ...node, gaps: gaps.filter((gap) => gap.node === index + 1) }));
  const first = new Set(
    all.toSorted((a, b) => b.gaps.length - a.gaps.length || b.utilisation - a.utilisation).slice(0, nodesShown),
  );
  const shown = all.filter((node) => first.has(node));
  const fewer =
    shown.length < all.length
      ? ` Of ${count(all.length)} nodes, the ${nodesShown} with the most gaps, and then the busiest.`
      : "";
  const busy = shown.map(({ name, utilisation }) => ({ name, part: 100 * utilisation, words: percent(utilisation) }));
  const silent = shown.flatMap((node) =>
    node.gaps.map(({ fromTick, toTick = lastTick }) => ({ name: node.name, from: fromTick, to: toTick })),
  );
  const heard = shown.map(({ name }) => ({ name, from: 0, to: lastTick }));
  const names = shown.map(({ name }) => name);
  const y = { field: "name", type: "nominal", title: null, scale: { domain: names } };
  const named = { ...y, axis: { ticks: false, domain: false } };
  const unnamed = { ...y, axis: null };
  const part = { field: "part", type: "quantitative", axis: null, scale: { domain: [0, 118] } };
  const x = {
    ...{ field: "from", type: "quantitative", scale: { domain: [0, lastTick], nice: false } },
    axis: { ...numberAxis, title: "tick", grid: false, tickCount: 6 },
  };
  return {
    path,
    title: "Nodes",
    caption: `Left: the part of its slots that was busy, over all ticks. Right: when it was heard (thin line), and when its heartbeats did not come (thick bar).${fewer}`,
    spec: {
      spacing: 24,
      hconcat: [
        {
          ...{ width: barWidth, height: { step: 22 }, data: { values: busy } },
          title: "busy",
          layer: [
            { mark: { type: "bar", color: ink.pale, stroke: ink.blue, height: 13 }, encoding: { y: named, x: part } },
            {
              mark: { type: "text", align: "left", dx: 5 },
              encoding: { y: named, x: part, text: { field: "words", type: "nominal" } },
            },
          ],
        },
        {
          ...{ width: plotWidth - barWidth - 180, height: { step: 22 } },
          title: "heard",
          layer: [
            {
              data: { values: heard },
              mark: { type: "rule", color: ink.grey, strokeWidth: 1 },
              encoding: { y: unnamed, x, x2: { field: "to" } },
            },
            {
              data: { values: silent },
              mark: { type: "bar", color: ink.dark, height: 11 },
              encoding: { y: unnamed, x, x2: { field: "to" } },
            },
          ],
        },
      ],
    },
    table: {
      head: ["Node", "Shard", "Leases", "Completed", "Interrupted", "Busy", "Not heard"],
      rows: all.map(({ name, leases, completed, interrupted, utilisation, gaps: missed }, index) => [
        ...[name, parameters.shards[parameters.nodes[index].shard - 1].name],
        ...[leases, completed, interrupted].map(count),
        percent(utilisation),
        missed.map(({ fromTick, toTick }) => gapWords(fromTick, toTick)).join(", ") || "never",
      ]),
    },
  };
}

function gapWords(from: number, to: number | undefined): string {
  return to === undefined ? `from tick ${count(from)} to the end` : `ticks ${count(from)} to ${count(to)}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
