import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { barsSpec } from "./bars.ts";
import type { Plot } from "./plot.ts";

const routesShown = 30;

/** Jobs that moved from shard to shard. */
export function flowsPlot({ measured, parameters }: Derived, path: string): Plot {
  const name = (shard: number) => parameters.shards[shard - 1].name;
  const flown = measured.flows();
  const approved = parameters.shards.flatMap(({ routes }, index) =>
    routes.map((to) => ({ from: index + 1, to, jobs: 0 })),
  );
  const unused = approved.filter(({ from, to }) => !flown.some((flow) => flow.from === from && flow.to === to));
  const all = [...flown, ...unused].sort((a, b) => b.jobs - a.jobs || a.from - b.from || a.to - b.to);
  const fewer = all.length > routesShown ? ` Of ${count(all.length)} routes, the ${routesShown} most used.` : "";
  return {
    path,
    title: "Spillover",
    caption: `Jobs that moved along each route, from a shard that had too many to one that had room.${fewer}`,
    spec: barsSpec(
      all.slice(0, routesShown).map(({ from, to, jobs }) => ({ what: `${name(from)} → ${name(to)}`, value: jobs })),
      "No shard has a route to another.",
    ),
    table: {
      head: ["From", "To", "Jobs", "Approved at the end"],
      rows: all.map(({ from, to, jobs }) => [
        ...[name(from), name(to), count(jobs)],
        parameters.shards[from - 1].routes.includes(to) ? "yes" : "no",
      ]),
    },
  };
}
