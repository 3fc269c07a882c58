import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, numberAxis, type Plot, plotWidth, stretchesOf, stretchWords } from "./plot.ts";

/** Peaks that differ by more than this factor are drawn in a panel each, with a scale each. */
const apart = 4;

/** Jobs that came in and jobs that were completed, each tick. */
export function throughputPlot({ measured, lastTick }: Derived, path: string): Plot {
  const meansOf = (stretches: ReturnType<typeof stretchesOf>) =>
    stretches.map((stretch) => ({
      stretch,
      submitted: meanIn(measured.submissions, stretch),
      completed: meanIn(measured.completions, stretch),
    }));
  const drawn = meansOf(stretchesOf(lastTick, 200));
  const submitted = drawn.map((each) => ({ tick: each.stretch.from, jobs: each.submitted, what: "submitted" }));
  const completed = drawn.map((each) => ({ tick: each.stretch.from, jobs: each.completed, what: "completed" }));
  const [mostIn, mostOut] = [submitted, completed].map((each) => Math.max(...each.map(({ jobs }) => jobs)));
  // Side by side the smaller one would be a line on the ground.
  const isApart = Math.max(mostIn, mostOut) > apart * Math.min(mostIn, mostOut);
  const what = { field: "what", type: "nominal", legend: { title: null, orient: "top" } };
  const domain = ["completed", "submitted"];
  const dashes = [
    [1, 0],
    [5, 3],
  ];
  const panel = (values: typeof submitted, height: number) => ({
    ...{ width: plotWidth, height, data: { values } },
    mark: { type: "line", interpolate: "step-after", strokeWidth: 1.4 },
    encoding: {
      x: {
        ...{ field: "tick", type: "quantitative", scale: { domain: [0, lastTick], nice: false } },
        axis: { ...numberAxis, title: "tick", grid: false, tickCount: 8 },
      },
      y: { field: "jobs", type: "quantitative", title: null, axis: { tickCount: 4, format: ",~f" } },
      strokeDash: { ...what, scale: { domain, range: dashes } },
      color: { ...what, scale: { domain, range: [ink.blue, ink.dark] } },
    },
  });
  return {
    path,
    title: "Throughput",
    caption:
      "Jobs per tick: those that came in (dashes) and those that were completed (solid line); in a picture each, with a scale each, where one would hide the other.",
    spec: {
      vconcat: isApart ? [panel(submitted, 90), panel(completed, 90)] : [panel([...submitted, ...completed], 180)],
    },
    table: {
      head: ["Tick", "Submitted per tick", "Completed per tick"],
      rows: meansOf(stretchesOf(lastTick, 100)).map(({ stretch, submitted, completed }) => [
        stretchWords(stretch),
        ...[submitted, completed].map(count),
      ]),
    },
  };
}

/** To a tenth. */
function meanIn(numbers: readonly number[], { from, to }: { readonly from: number; readonly to: number }): number {
  const sum = numbers.slice(from - 1, to).reduce((total, number) => total + number, 0);
  return Math.round((10 * sum) / (to - from + 1)) / 10;
}
