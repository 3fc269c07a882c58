// The plots of a bundle, drawn by Vega-Lite as SVG.
import type { Derived } from "../derive.ts";
import { draw, type Picture } from "./draw.ts";
import { failuresPlot } from "./failures.ts";
import { flowsPlot } from "./flows.ts";
import { nodesPlot } from "./nodes.ts";
import type { Plot } from "./plot.ts";
import { type Numbered, queuesPlot } from "./queues.ts";
import { throughputPlot } from "./throughput.ts";
import { topologyPlot } from "./topology.ts";
import { waitsPlot } from "./waits.ts";

export { fontFace } from "./draw.ts";
export type { Table } from "./plot.ts";

/** Where each plot is in a bundle. */
export const plotPaths = {
  queues: "plots/queues.svg",
  throughput: "plots/throughput.svg",
  waits: "plots/waits.svg",
  flows: "plots/spillover.svg",
  nodes: "plots/nodes.svg",
  failures: "plots/failures.svg",
  topology: "plots/topology.svg",
} as const;
export type PlotName = keyof typeof plotPaths;

/** A plot with what was drawn of it. */
export type Drawn = Plot & Picture;

/** @param changes what owners and guardians decided, by the tick since which it was in force */
export async function drawPlots(
  derived: Derived,
  changes: readonly Numbered[],
): Promise<Readonly<Record<PlotName, Drawn>>> {
  const drawn = async (plot: Plot): Promise<Drawn> => ({ ...plot, ...(await draw(plot)) });
  return {
    queues: await drawn(queuesPlot(derived, plotPaths.queues, changes)),
    throughput: await drawn(throughputPlot(derived, plotPaths.throughput)),
    waits: await drawn(waitsPlot(derived, plotPaths.waits)),
    flows: await drawn(flowsPlot(derived, plotPaths.flows)),
    nodes: await drawn(nodesPlot(derived, plotPaths.nodes)),
    failures: await drawn(failuresPlot(derived, plotPaths.failures)),
    topology: await drawn(topologyPlot(derived, plotPaths.topology)),
  };
}
