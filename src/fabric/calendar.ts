import type { JobTable } from "./jobTable.ts";

const buckets = 1024;

/**
 * When jobs of one shard fall due, by the shard's clock: a wheel of lists, so that adding, removing and finding cost
 * the same however many jobs wait. A job stands in it at most once; far times share a bucket with near ones.
 */
export class Calendar {
  readonly #jobs: JobTable;
  readonly #heads = new Int32Array(buckets);

  constructor(jobs: JobTable) {
    this.#jobs = jobs;
  }

  /** Enters a job that is in no calendar. */
  add(slot: number, due: number): void {
    const jobs = this.#jobs;
    const bucket = due % buckets;
    const head = this.#heads[bucket];
    jobs.due[slot] = due;
    jobs.nextDue[slot] = head;
    jobs.previousDue[slot] = 0;
    if (head !== 0) jobs.previousDue[head] = slot;
    this.#heads[bucket] = slot;
  }

  /** Takes a job out, if it is in. */
  remove(slot: number): void {
    const jobs = this.#jobs;
    if (jobs.due[slot] === 0) return;
    const before = jobs.previousDue[slot];
    const after = jobs.nextDue[slot];
    if (before === 0) this.#heads[jobs.due[slot] % buckets] = after;
    else jobs.nextDue[before] = after;
    if (after !== 0) jobs.previousDue[after] = before;
    jobs.due[slot] = 0;
  }

  /** Takes out all jobs that fell due after `from` and up to `to`, and appends them to `into` in no order. */
  takeDue(from: number, to: number, into: number[]): void {
    const first = Math.max(from + 1, to - buckets + 1);
    for (let time = first; time <= to; time++) {
      let slot = this.#heads[time % buckets];
      while (slot !== 0) {
        const after = this.#jobs.nextDue[slot];
        if (this.#jobs.due[slot] <= to) {
          this.remove(slot);
          into.push(slot);
        }
        slot = after;
      }
    }
  }
}
