import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, type Plot, plotWidth, stretchesOf, stretchWords } from "./plot.ts";

/** Jobs that came in and jobs that were completed, each tick. */
export function throughputPlot({ measured, lastTick }: Derived, path: string): Plot {
  const meansOf = (stretches: ReturnType<typeof stretchesOf>) =>
    stretches.map((stretch) => ({
      stretch,
      submitted: meanIn(measured.submissions, stretch),
      completed: meanIn(measured.completions, stretch),
    }));
  const drawn = meansOf(stretchesOf(lastTick, 200));
  const values = [
    ...drawn.map(({ stretch, submitted }) => ({ tick: stretch.from, jobs: submitted, what: "submitted" })),
    ...drawn.map(({ stretch, completed }) => ({ tick: stretch.from, jobs: completed, what: "completed" })),
  ];
  const what = { field: "what", type: "nominal", legend: { title: null, orient: "top" } };
  const domain = ["completed", "submitted"];
  const dashes = [
    [1, 0],
    [5, 3],
  ];
  return {
    path,
    title: "Throughput",
    caption: "Jobs per tick: those that came in (dashes) and those that were completed (solid line).",
    spec: {
      ...{ width: plotWidth, height: 180, data: { values } },
      mark: { type: "line", interpolate: "step-after", strokeWidth: 1.4 },
      encoding: {
        x: {
          ...{ field: "tick", type: "quantitative", scale: { domain: [0, lastTick], nice: false } },
          axis: { title: "tick", format: ",d", grid: false, tickCount: 8 },
        },
        y: { field: "jobs", type: "quantitative", title: null, axis: { tickCount: 4, format: ",~f" } },
        strokeDash: { ...what, scale: { domain, range: dashes } },
        color: { ...what, scale: { domain, range: [ink.blue, ink.dark] } },
      },
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
