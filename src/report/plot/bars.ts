import { count } from "../text.ts";
import { ink, plotWidth } from "./plot.ts";

/** Something counted. */
export type Bar = { readonly what: string; readonly value: number };

/** A bar a row, with its name before it and its number behind it, in the order given; `none` says it where there is no row. */
export function barsSpec(bars: readonly Bar[], none: string) {
  if (bars.length === 0) return saying(none);
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const y = { field: "what", type: "nominal", sort: null, title: null, axis: { ticks: false, domain: false } };
  const x = {
    ...{ field: "value", type: "quantitative", axis: null },
    scale: { domain: [0, most * 1.08], nice: false },
  };
  return {
    ...{ width: plotWidth - 200, height: { step: 22 } },
    data: { values: bars.map(({ what, value }) => ({ what, value, words: count(value) })) },
    layer: [
      { mark: { type: "bar", color: ink.pale, stroke: ink.blue, height: 13 }, encoding: { y, x } },
      {
        mark: { type: "text", align: "left", dx: 5 },
        encoding: { y, x, text: { field: "words", type: "nominal" } },
      },
    ],
  };
}

/** A picture of nothing, which says so. */
export function saying(words: string) {
  return {
    ...{ width: plotWidth, height: 24, data: { values: [{ words }] } },
    mark: { type: "text", align: "left", x: 0 },
    encoding: { text: { field: "words", type: "nominal" } },
  };
}
