import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, numberAxis, type Plot, plotWidth, stretchesOf, stretchWords } from "./plot.ts";

const panels = 24;
const panelHeight = 76;
/** A budget is drawn where the queue filled at least this part of it; else the queue would be a line on the ground. */
const leastPart = 0.25;

type Panel = { readonly number: number; readonly name: string; readonly deepest: number };

/** What was done to the whole run at a tick, by the mark that it has above the plots. */
export type Numbered = { readonly tick: number; readonly mark: string };

/** Queue depth over time, a panel a shard, with what the owners and the faults did marked. */
export function queuesPlot(derived: Derived, path: string, changes: readonly Numbered[]): Plot {
  const { summary, kill, measured, lastTick } = derived;
  const all = summary.shards.map(({ name, deepestQueue }, index) => ({
    number: index + 1,
    name,
    deepest: deepestQueue,
  }));
  const deepest = new Set(all.toSorted((a, b) => b.deepest - a.deepest).slice(0, panels));
  const shown = all.filter((shard) => deepest.has(shard));
  const marks = [...changes, ...(kill === null ? [] : [{ tick: kill.tick, mark: "K" }])];
  const fewer =
    shown.length < all.length ? ` Of ${count(all.length)} shards, the ${panels} with the deepest queues.` : "";
  const last = shown.length - 1;
  return {
    path,
    title: "Jobs in each shard's queue",
    caption:
      "The blue shape is the number of jobs that waited in the queue, at most, by tick. The long dashes are its budget, the most that it may hold; where so few waited that the dashes would be far above the shape, the budget stands in the words alone. Thin lines with a number are what the owners and the guardian decided, by its number in the list below; the dotted line K is where the orchestrator was killed and went on. Grey: a node of the shard was silent." +
      fewer,
    spec: {
      spacing: 10,
      vconcat: shown.map((panel, index) =>
        panelOf(derived, panel, marks, { top: index === 0, bottom: index === last }),
      ),
    },
    table: {
      head: ["Tick", ...all.map(({ name }) => name)],
      rows: stretchesOf(lastTick, 200).map(({ from, to }) => [
        stretchWords({ from, to }),
        ...all.map(({ number }) => count(deepestIn(measured.queues[number - 1], from, to))),
      ]),
    },
  };
}

function panelOf(
  { measured, parameters, lastTick }: Derived,
  { number, name, deepest }: Panel,
  marks: readonly Numbered[],
  { top, bottom }: { readonly top: boolean; readonly bottom: boolean },
) {
  const budgets = measured.budgets.filter(({ shard }) => shard === number);
  const smallest = Math.min(...budgets.map(({ jobs }) => jobs));
  const largest = Math.max(...budgets.map(({ jobs }) => jobs));
  const isDrawn = deepest >= leastPart * smallest;
  const ceiling = Math.max(1, deepest, ...(isDrawn ? [largest] : []));
  const words = budgets.map(({ jobs, tick }, index) =>
    index === 0 ? count(jobs) : `${count(jobs)} from tick ${count(tick)} on`,
  );
  const queue = stretchesOf(lastTick, 200).map(({ from, to }) => {
    return { tick: from, jobs: deepestIn(measured.queues[number - 1], from, to) };
  });
  const budget = [...budgets.map(({ tick, jobs }) => ({ tick, jobs })), { tick: lastTick, jobs: budgets.at(-1)?.jobs }];
  const gaps = measured.gaps
    .filter(({ node }) => parameters.nodes[node - 1].shard === number)
    .map(({ fromTick, toTick = lastTick }) => ({ fromTick, toTick }));
  const x = {
    ...{ field: "tick", type: "quantitative", scale: { domain: [0, lastTick], nice: false } },
    axis: { ...numberAxis, grid: false, labels: bottom, ticks: bottom, title: bottom ? "tick" : null, tickCount: 8 },
  };
  const y = {
    ...{ field: "jobs", type: "quantitative", title: null, scale: { domain: [0, ceiling], nice: false } },
    axis: { tickCount: 3, format: ",d", tickMinStep: 1 },
  };
  return {
    ...{ width: plotWidth, height: panelHeight },
    title: {
      text: `${name}: at most ${count(deepest)} waited; budget ${words.join(", ")}${isDrawn ? "" : ", far above this picture"}`,
      frame: "group",
    },
    layer: [
      {
        data: { values: gaps },
        mark: { type: "rect", color: ink.faint },
        encoding: { x: { ...x, field: "fromTick" }, x2: { field: "toTick" } },
      },
      {
        data: { values: queue },
        mark: { type: "area", interpolate: "step-after", color: ink.pale },
        encoding: { x, y },
      },
      {
        data: { values: queue },
        mark: { type: "line", interpolate: "step-after", color: ink.blue, strokeWidth: 1.2 },
        encoding: { x, y },
      },
      {
        data: { values: isDrawn ? budget : [] },
        mark: { type: "line", interpolate: "step-after", color: ink.dark, strokeWidth: 1.4, strokeDash: [9, 4] },
        encoding: { x, y },
      },
      {
        data: { values: marks.filter(({ mark }) => mark !== "K") },
        mark: { type: "rule", color: ink.grey, strokeWidth: 0.8 },
        encoding: { x },
      },
      {
        data: { values: marks.filter(({ mark }) => mark === "K") },
        mark: { type: "rule", color: ink.dark, strokeWidth: 2, strokeDash: [2, 2] },
        encoding: { x },
      },
      ...(top
        ? [0, 1].map(
            (row) =>
              ({
                data: { values: marks.toSorted((a, b) => a.tick - b.tick).filter((_, index) => index % 2 === row) },
                mark: { type: "text", y: row === 0 ? -7 : -19, fontSize: 11 },
                encoding: { x, text: { field: "mark", type: "nominal" } },
              }) as const,
          )
        : []),
    ],
  };
}

function deepestIn(queue: readonly number[] | undefined, from: number, to: number): number {
  return (queue ?? []).slice(from - 1, to).reduce((most, jobs) => Math.max(most, jobs), 0);
}
