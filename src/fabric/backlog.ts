import type { JobTable } from "./jobTable.ts";

/**
 * Jobs of one shard that are alike to a router: same class, same skills, same shards already visited, and all or none of
 * them back after a lost attempt. First in, first out.
 */
export type Group = {
  readonly class: number;
  readonly skillSet: number;
  readonly visited: number;
  /** Jobs that come back do not stand behind those that never left: their age alone says whose turn it is. */
  readonly isBack: boolean;
  head: number;
  tail: number;
  count: number;
};

/** Waiting jobs of one shard in groups, so that a router looks at groups and never walks a queue. */
export class Backlog {
  readonly #jobs: JobTable;
  readonly #bySkillSet = new Map<number, Group[]>();
  /** All groups, empty ones among them; their order means nothing. */
  groups: Group[] = [];
  count = 0;

  constructor(jobs: JobTable) {
    this.#jobs = jobs;
  }

  pushBack(slot: number): void {
    const jobs = this.#jobs;
    const group = this.#groupOf(slot);
    jobs.next[slot] = 0;
    jobs.previous[slot] = group.tail;
    if (group.tail === 0) group.head = slot;
    else jobs.next[group.tail] = slot;
    group.tail = slot;
    group.count++;
    this.count++;
  }

  pushFront(slot: number): void {
    const jobs = this.#jobs;
    const group = this.#groupOf(slot);
    jobs.previous[slot] = 0;
    jobs.next[slot] = group.head;
    if (group.head === 0) group.tail = slot;
    else jobs.previous[group.head] = slot;
    group.head = slot;
    group.count++;
    this.count++;
  }

  remove(slot: number): void {
    const jobs = this.#jobs;
    const group = this.#groupOf(slot);
    const before = jobs.previous[slot];
    const after = jobs.next[slot];
    if (before === 0) group.head = after;
    else jobs.next[before] = after;
    if (after === 0) group.tail = before;
    else jobs.previous[after] = before;
    group.count--;
    this.count--;
  }

  /** Forgets empty groups once they are many: kinds of jobs come and go over a fabric's life. */
  prune(): void {
    if (this.groups.length < 64) return;
    const filled = this.groups.filter((group) => group.count > 0);
    if (filled.length * 2 > this.groups.length) return;
    this.groups = filled;
    this.#bySkillSet.clear();
    for (const group of filled) this.#enter(group);
  }

  #groupOf(slot: number): Group {
    const jobs = this.#jobs;
    const jobClass = jobs.class[slot];
    const skillSet = jobs.skillSet[slot];
    const visited = jobs.visited[slot];
    const isBack = jobs.attempts[slot] > 0;
    for (const group of this.#bySkillSet.get(skillSet) ?? noGroups)
      if (group.class === jobClass && group.visited === visited && group.isBack === isBack) return group;
    const group = { class: jobClass, skillSet, visited, isBack, head: 0, tail: 0, count: 0 };
    this.groups.push(group);
    this.#enter(group);
    return group;
  }

  #enter(group: Group): void {
    const alike = this.#bySkillSet.get(group.skillSet);
    if (alike === undefined) this.#bySkillSet.set(group.skillSet, [group]);
    else alike.push(group);
  }
}

const noGroups: readonly Group[] = [];

/**
 * Groups by their next job: "oldest" gives the job that should be served first, "newest" the one that came last.
 * A binary heap that is filled anew for each use; equal ranks fall back to the order of admission, which is unique.
 */
export class GroupHeap {
  readonly #jobs: JobTable;
  readonly #newest: boolean;
  readonly #groups: Group[] = [];

  constructor(jobs: JobTable, by: "oldest" | "newest") {
    this.#jobs = jobs;
    this.#newest = by === "newest";
  }

  /** The group whose job comes next, if any is left. */
  get top(): Group | undefined {
    return this.#groups[0];
  }

  clear(): void {
    this.#groups.length = 0;
  }

  add(group: Group): void {
    if (group.count === 0) return;
    const groups = this.#groups;
    let at = groups.length;
    groups.push(group);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(group, groups[parent])) break;
      groups[at] = groups[parent];
      at = parent;
    }
    groups[at] = group;
  }

  /** Puts the top where it belongs after its next job has changed, or drops it when it is empty. */
  topChanged(): void {
    if (this.#groups[0].count === 0) this.dropTop();
    else this.#sink(this.#groups[0]);
  }

  dropTop(): void {
    const last = this.#groups.pop();
    if (last !== undefined && this.#groups.length > 0) this.#sink(last);
  }

  #sink(group: Group): void {
    const groups = this.#groups;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= groups.length) break;
      if (child + 1 < groups.length && this.#before(groups[child + 1], groups[child])) child++;
      if (!this.#before(groups[child], group)) break;
      groups[at] = groups[child];
      at = child;
    }
    groups[at] = group;
  }

  #before(a: Group, b: Group): boolean {
    const jobs = this.#jobs;
    if (this.#newest) return jobs.admission[a.tail] > jobs.admission[b.tail];
    const difference = jobs.rank(a.head) - jobs.rank(b.head);
    return difference < 0 || (difference === 0 && jobs.admission[a.head] < jobs.admission[b.head]);
  }
}
