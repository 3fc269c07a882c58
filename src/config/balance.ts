/** Work that any of some workers can do. */
export type Group = { readonly work: number; readonly workers: readonly number[] };
export type Worker = { readonly slots: number };

/** The least time each group and each worker can be done in, when the work is spread as evenly as it can be. */
export type Balance = {
  /** Ticks, a group each; Infinity where nobody can do the work. */
  readonly groups: readonly number[];
  /** Ticks, a worker each. */
  readonly workers: readonly number[];
};

/**
 * Spreads work over workers as evenly as possible. Groups that crowd the same workers are found from the worst on: the
 * set S of groups for which work(S) / slots(N(S)) is greatest, N(S) being all workers that can do any of it, needs that
 * many ticks; it is set aside with its workers, and the rest is looked at in the same way. By the max-flow min-cut
 * theorem no schedule is faster for S, and a fractional one is as fast (Hall's condition, weighted). Each greatest set
 * is found by Dinkelbach's method: a cut of the network shows a worse set for as long as there is one.
 */
export function balanceOf(groups: readonly Group[], workers: readonly Worker[]): Balance {
  const { merged, mergedWorkers, classOf } = mergeAlike(groups, workers);
  const groupTicks = groups.map(({ work, workers: able }) => (work > 0 && able.length === 0 ? Infinity : 0));
  const workerTicks = mergedWorkers.map(() => 0);
  let left = groups.flatMap(({ work, workers: able }, index) => (work > 0 && able.length > 0 ? [index] : []));
  const free = new Set(mergedWorkers.keys());
  while (left.length > 0) {
    let crowd = left;
    let ticks = ticksOf(merged, mergedWorkers, crowd, free);
    for (;;) {
      const worse = shortOf(merged, mergedWorkers, left, free, ticks);
      const worseTicks = ticksOf(merged, mergedWorkers, worse, free);
      if (worseTicks <= ticks) break;
      crowd = worse;
      ticks = worseTicks;
    }
    for (const worker of crowd.flatMap((index) => merged[index].workers)) {
      if (free.delete(worker)) workerTicks[worker] = ticks;
    }
    // The crowd, and whatever else its workers alone could have done.
    const done = new Set(left.filter((index) => !merged[index].workers.some((worker) => free.has(worker))));
    for (const index of done) groupTicks[index] = ticks;
    left = left.filter((index) => !done.has(index));
  }
  return { groups: groupTicks, workers: classOf.map((merged) => workerTicks[merged] ?? 0) };
}

/** Workers that can do the same groups count as one with all their slots: a fabric has many nodes and few kinds of them. */
function mergeAlike(groups: readonly Group[], workers: readonly Worker[]) {
  const ableTo = workers.map((): number[] => []);
  groups.forEach((group, index) => {
    for (const worker of group.workers) ableTo[worker].push(index);
  });
  const classes = new Map<string, number>();
  const mergedWorkers: { slots: number }[] = [];
  const classOf = ableTo.map((able, worker) => {
    const key = able.join();
    const known = classes.get(key) ?? mergedWorkers.push({ slots: 0 }) - 1;
    classes.set(key, known);
    mergedWorkers[known].slots += workers[worker].slots;
    return known;
  });
  const merged = groups.map((group) => ({
    work: group.work,
    workers: [...new Set(group.workers.map((worker) => classOf[worker]))],
  }));
  return { merged, mergedWorkers, classOf };
}

/** Ticks that these groups need when they have all free workers that can do any of them; 0 for no groups. */
function ticksOf(
  groups: readonly Group[],
  workers: readonly Worker[],
  crowd: readonly number[],
  free: ReadonlySet<number>,
): number {
  if (crowd.length === 0) return 0;
  const able = new Set(crowd.flatMap((index) => groups[index].workers.filter((worker) => free.has(worker))));
  return sumOf(crowd, (index) => groups[index].work) / sumOf([...able], (worker) => workers[worker].slots);
}

/** The groups on the near side of a least cut: those that cannot all be done in this many ticks. Empty when all can. */
function shortOf(
  groups: readonly Group[],
  workers: readonly Worker[],
  left: readonly number[],
  free: ReadonlySet<number>,
  ticks: number,
): number[] {
  const total = sumOf(left, (index) => groups[index].work);
  const epsilon = total * 1e-9;
  const undone = new Map(left.map((index) => [index, groups[index].work]));
  const room = new Map([...free].map((worker) => [worker, workers[worker].slots * ticks]));
  const done = new Map(left.map((index) => [index, new Map<number, number>()]));
  for (;;) {
    // Breadth first from the groups with work left, over workers, back over work that could go elsewhere.
    const groupFrom = new Map<number, number | undefined>();
    const workerFrom = new Map<number, number>();
    const queue: number[] = [];
    for (const index of left) {
      if ((undone.get(index) ?? 0) <= epsilon) continue;
      groupFrom.set(index, undefined);
      queue.push(index);
    }
    let found: number | undefined;
    for (let at = 0; at < queue.length && found === undefined; at++) {
      for (const worker of groups[queue[at]].workers) {
        if (!free.has(worker) || workerFrom.has(worker)) continue;
        workerFrom.set(worker, queue[at]);
        if ((room.get(worker) ?? 0) > epsilon) {
          found = worker;
          break;
        }
        for (const [other, given] of done) {
          if (groupFrom.has(other) || (given.get(worker) ?? 0) <= epsilon) continue;
          groupFrom.set(other, worker);
          queue.push(other);
        }
      }
    }
    if (found === undefined) return [...groupFrom.keys()];
    augment(found, groupFrom, workerFrom, undone, room, done);
  }
}

/** Pushes as much work as fits along the path that ends at a worker with room. */
function augment(
  end: number,
  groupFrom: ReadonlyMap<number, number | undefined>,
  workerFrom: ReadonlyMap<number, number>,
  undone: Map<number, number>,
  room: Map<number, number>,
  done: ReadonlyMap<number, Map<number, number>>,
): void {
  const steps: { readonly group: number; readonly worker: number; readonly before: number | undefined }[] = [];
  let amount = room.get(end) ?? 0;
  let worker: number | undefined = end;
  let first = -1;
  while (worker !== undefined) {
    const group: number = workerFrom.get(worker) ?? -1;
    const before: number | undefined = groupFrom.get(group);
    steps.push({ group, worker, before });
    if (before !== undefined) amount = Math.min(amount, done.get(group)?.get(before) ?? 0);
    first = group;
    worker = before;
  }
  amount = Math.min(amount, undone.get(first) ?? 0);
  for (const { group, worker: to, before } of steps) {
    const given = done.get(group);
    given?.set(to, (given.get(to) ?? 0) + amount);
    if (before !== undefined) given?.set(before, (given.get(before) ?? 0) - amount);
  }
  room.set(end, (room.get(end) ?? 0) - amount);
  undone.set(first, (undone.get(first) ?? 0) - amount);
}

function sumOf(items: readonly number[], amount: (item: number) => number): number {
  return items.reduce((sum, item) => sum + amount(item), 0);
}
