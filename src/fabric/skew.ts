import type { State } from "./state.ts";
import { canMove } from "./tick/spillover.ts";

export type RouteSkew = { readonly from: number; readonly to: number; readonly jobs: number };

/**
 * Skew of each route A → B: how far A's queue exceeds B's, but no more than the jobs in A that B's active nodes could
 * serve and that may still move there. Routes from or to a paused shard are left out. In jobs, 0 or more.
 */
export function routeSkews(state: State, routes: (shard: number) => readonly number[]): RouteSkew[] {
  const skews: RouteSkew[] = [];
  for (let from = 1; from < state.shards.length; from++) {
    const { queue } = state.shards[from];
    for (const to of routes(from)) {
      if (state.isPaused(from) || state.isPaused(to)) continue;
      let movable = 0;
      for (const group of queue.groups) if (canMove(state, group, to)) movable += group.count;
      const excess = Math.max(0, queue.count - state.shards[to].queue.count);
      skews.push({ from, to, jobs: Math.min(excess, movable) });
    }
  }
  return skews;
}
