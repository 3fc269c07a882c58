import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { ink, numberAxis, type Plot, plotWidth } from "./plot.ts";

/** How long jobs of each class waited for their first lease. */
export function waitsPlot({ measured }: Derived, path: string): Plot {
  const figures = measured.classFigures();
  const values = figures.flatMap((figure) =>
    [
      { part: "p50", ticks: figure.waitP50Ticks },
      { part: "p95", ticks: figure.waitP95Ticks },
      { part: "p99", ticks: figure.waitP99Ticks },
    ].map(({ part, ticks }) => ({ class: figure.class, part, ticks, words: `${part}: ${count(ticks)}` })),
  );
  const most = Math.max(1, ...values.map(({ ticks }) => ticks));
  const y = {
    field: "class",
    type: "nominal",
    sort: null,
    title: null,
    axis: { ticks: false, domain: false },
  };
  const yOffset = { field: "part", type: "nominal", sort: null };
  const x = {
    ...{ field: "ticks", type: "quantitative", scale: { domain: [0, most * 1.12], nice: false } },
    axis: { ...numberAxis, title: "ticks", tickMinStep: 1, tickCount: 8 },
  };
  return {
    path,
    title: "Waits",
    caption:
      "Ticks from a job's submission to its first lease, by class: half of the jobs waited at most p50, 95 % at most p95, 99 % at most p99.",
    spec: {
      ...{ width: plotWidth - 120, height: { step: 20 }, data: { values } },
      layer: [
        { mark: { type: "bar", color: ink.pale, stroke: ink.blue }, encoding: { y, yOffset, x } },
        {
          mark: { type: "text", align: "left", dx: 5, fontSize: 11 },
          encoding: { y, yOffset, x, text: { field: "words", type: "nominal" } },
        },
      ],
    },
    table: {
      head: ["Class", "Jobs with a lease", "p50", "p95", "p99", "Longest"],
      rows: figures.map((figure) => [
        figure.class,
        count(figure.leased),
        ...[figure.waitP50Ticks, figure.waitP95Ticks, figure.waitP99Ticks, figure.longestWaitTicks].map(
          (ticks) => `${count(ticks)} ticks`,
        ),
      ]),
    },
  };
}
