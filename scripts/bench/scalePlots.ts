import { draw } from "../../src/report/plot/draw.ts";
import { ink, type Plot } from "../../src/report/plot/plot.ts";
import type { Point, ScaleCost } from "./scale.ts";

const width = 560;
const height = 240;

/** A line of a plot; the lines of one plot differ in dashes and in the shape of their points. */
type Line = { readonly name: string; readonly points: readonly Point[] };

/** The four costs on scales where ten times as much is the same way everywhere: SVG by path, with the font in each. */
export async function scalePictures(cost: ScaleCost): Promise<ReadonlyMap<string, string>> {
  const pictures = new Map<string, string>();
  for (const plot of plotsOf(cost)) pictures.set(plot.path, (await draw(plot)).file);
  return pictures;
}

export const scalePlotPaths = {
  ticks: "images/performance-ticks.svg",
  checkpoints: "images/performance-checkpoints.svg",
  nodes: "images/performance-nodes.svg",
} as const;

function plotsOf({ tickByQueue, tickByFinished, checkpointByLive, assignmentByNodes }: ScaleCost): readonly Plot[] {
  const [firstLive] = checkpointByLive.slice(1);
  const [firstNodes] = assignmentByNodes;
  return [
    plot(
      scalePlotPaths.ticks,
      "What a tick costs for each job that it gives to a node",
      ["jobs", "µs a job"],
      [
        { name: "by jobs that wait", points: tickByQueue.map(eachJob) },
        { name: "by jobs that have ended", points: tickByFinished.map(eachJob) },
      ],
    ),
    plot(
      scalePlotPaths.checkpoints,
      "What a checkpoint costs",
      ["jobs alive", "µs"],
      [
        { name: "measured", points: checkpointByLive },
        { name: "in proportion to the jobs", points: scaled(checkpointByLive, firstLive, (size) => size) },
      ],
    ),
    plot(
      scalePlotPaths.nodes,
      "What an assignment costs",
      ["nodes", "µs"],
      [
        { name: "measured", points: assignmentByNodes },
        {
          name: "in proportion to the logarithm of the nodes",
          points: scaled(assignmentByNodes, firstNodes, Math.log),
        },
      ],
    ),
  ];
}

function eachJob({ size, microseconds, jobs }: ScaleCost["tickByQueue"][number]): Point {
  return { size, microseconds: microseconds / jobs };
}

/** What it would be, had it grown with the size as that does, from one point on. */
function scaled(points: readonly Point[], from: Point | undefined, growth: (size: number) => number): readonly Point[] {
  if (from === undefined) return [];
  return points.map(({ size }) => ({ size, microseconds: (from.microseconds * growth(size)) / growth(from.size) }));
}

function plot(path: string, title: string, [what, unit]: readonly [string, string], lines: readonly Line[]): Plot {
  const values = lines.flatMap(({ name, points }) => points.map((point) => ({ ...point, line: name })));
  const names = lines.map(({ name }) => name);
  const [least, most] = [Math.min, Math.max].map((of) => of(...values.map(({ microseconds }) => microseconds)));
  const [smallest, largest] = [Math.min, Math.max].map((of) => of(...values.map(({ size }) => size)));
  const range = <Value>(...each: readonly Value[]) => ({ domain: names, range: each });
  const line = {
    field: "line",
    type: "nominal",
    legend: { title: null, orient: "top", labelLimit: 320, offset: 12, symbolStrokeWidth: 0 },
  };
  const logarithmic = { type: "log", nice: false };
  const encoding = {
    x: {
      ...{
        field: "size",
        type: "quantitative",
        axis: { title: what, format: ",d", grid: true, values: powers(smallest, largest) },
      },
      scale: { ...logarithmic, domain: [smallest * 0.8, largest * 1.25] },
    },
    y: {
      field: "microseconds",
      type: "quantitative",
      axis: { title: unit, format: ",~r", values: powers(least, most) },
      // At least two orders, or a plain would look like a mountain.
      scale: {
        ...logarithmic,
        domain: [
          10 ** Math.floor(Math.log10(least)),
          10 ** Math.max(Math.ceil(Math.log10(most)), Math.floor(Math.log10(least)) + 2),
        ],
      },
    },
    color: { ...line, scale: range(ink.blue, ink.dark) },
  };
  return {
    path,
    title,
    caption: `${title}, in microseconds, on scales where ten times as much is the same way everywhere.`,
    spec: {
      ...{ width, height, data: { values } },
      layer: [
        {
          mark: { type: "line", strokeWidth: 1.6 },
          encoding: { ...encoding, strokeDash: { ...line, scale: range([1, 0], [6, 4]) } },
        },
        {
          mark: { type: "point", filled: true, size: 55, opacity: 1 },
          encoding: { ...encoding, shape: { ...line, scale: range("circle", "square") } },
        },
      ],
    },
    table: { head: [], rows: [] },
  };
}

/** The powers of ten from a number to another, with those around them. */
function powers(from: number, to: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to)) + 2];
  return Array.from({ length: last - first + 1 }, (_, order) => 10 ** (first + order));
}
