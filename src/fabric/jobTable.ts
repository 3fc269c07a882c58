import type { classes } from "./job.ts";

/** Where a live job is; between ticks none is `lost`. */
export const jobStatus = { registry: 1, delayed: 2, queued: 3, running: 4, parked: 5, lost: 6 } as const;

/** Ticks by which a job of a class waits behind one of the first class that came at the same time: aging in one number. */
const patienceTicks = [0, 60, 240] as const satisfies { length: (typeof classes)["length"] };

/**
 * The live jobs, in columns. A slot is taken at admission and given back when the job ends, so memory follows the jobs
 * that are alive. Slot 0 is nobody: a link of 0 ends a list.
 */
export class JobTable {
  submitter = new Uint32Array(0);
  number = new Float64Array(0);
  /** Rises with each job taken in: the job's place in the order of arrival. */
  admission = new Float64Array(0);
  submittedTick = new Float64Array(0);
  /** Shard whose registry it goes back to, and the one that has it now. */
  origin = new Uint8Array(0);
  place = new Uint8Array(0);
  class = new Uint8Array(0);
  skillSet = new Uint32Array(0);
  budgetTicks = new Uint32Array(0);
  value = new Float64Array(0);
  payloadDigest = new Uint8Array(0);
  status = new Uint8Array(0);
  attempts = new Uint8Array(0);
  /** Bit set of the shards it has been to in this attempt; bit i-1 is shard i. */
  visited = new Uint32Array(0);
  /** Readings of the clock of `place`; 0 = none. */
  deadline = new Float64Array(0);
  releaseAt = new Float64Array(0);
  leaseEnd = new Float64Array(0);
  /** Node that runs it now or ran it last, and the number of that attempt; 0 = none. */
  node = new Uint32Array(0);
  lease = new Float64Array(0);

  /** Links of the one list that the job stands in: a group of a backlog, or the running jobs of a node. */
  next = new Int32Array(0);
  previous = new Int32Array(0);
  /** Links of all live jobs in order of admission. */
  nextLive = new Int32Array(0);
  previousLive = new Int32Array(0);
  firstLive = 0;
  #lastLive = 0;
  /** Place in the calendar of `place`. */
  due = new Float64Array(0);
  nextDue = new Int32Array(0);
  previousDue = new Int32Array(0);

  /** Live jobs. */
  count = 0;
  #capacity = 0;
  #used = 0;
  readonly #free: number[] = [];
  readonly #released: number[] = [];

  /** A slot for a new job, at the end of the live list; columns hold what their last owner left. */
  take(): number {
    const slot = this.#free.pop() ?? ++this.#used;
    if (slot >= this.#capacity) this.#grow();
    this.count++;
    this.previousLive[slot] = this.#lastLive;
    this.nextLive[slot] = 0;
    if (this.#lastLive === 0) this.firstLive = slot;
    else this.nextLive[this.#lastLive] = slot;
    this.#lastLive = slot;
    return slot;
  }

  release(slot: number): void {
    const before = this.previousLive[slot];
    const after = this.nextLive[slot];
    if (before === 0) this.firstLive = after;
    else this.nextLive[before] = after;
    if (after === 0) this.#lastLive = before;
    else this.previousLive[after] = before;
    this.status[slot] = 0;
    this.count--;
    this.#released.push(slot);
  }

  /** Lets slots given back so far be taken again, in their order in memory: jobs that come together lie side by side. */
  recycle(): void {
    if (this.#released.length === 0) return;
    const slots = Int32Array.from(this.#released).sort();
    for (let at = slots.length - 1; at >= 0; at--) this.#free.push(slots[at]);
    this.#released.length = 0;
  }

  /** Tick at which the job would have come if all classes were one: what routers order by. */
  rank(slot: number): number {
    return this.submittedTick[slot] + patienceTicks[this.class[slot]];
  }

  #grow(): void {
    this.#capacity = Math.max(64, this.#capacity * 2);
    const capacity = this.#capacity;
    this.submitter = widened(this.submitter, new Uint32Array(capacity));
    this.number = widened(this.number, new Float64Array(capacity));
    this.admission = widened(this.admission, new Float64Array(capacity));
    this.submittedTick = widened(this.submittedTick, new Float64Array(capacity));
    this.origin = widened(this.origin, new Uint8Array(capacity));
    this.place = widened(this.place, new Uint8Array(capacity));
    this.class = widened(this.class, new Uint8Array(capacity));
    this.skillSet = widened(this.skillSet, new Uint32Array(capacity));
    this.budgetTicks = widened(this.budgetTicks, new Uint32Array(capacity));
    this.value = widened(this.value, new Float64Array(capacity));
    this.payloadDigest = widened(this.payloadDigest, new Uint8Array(capacity * 32));
    this.status = widened(this.status, new Uint8Array(capacity));
    this.attempts = widened(this.attempts, new Uint8Array(capacity));
    this.visited = widened(this.visited, new Uint32Array(capacity));
    this.deadline = widened(this.deadline, new Float64Array(capacity));
    this.releaseAt = widened(this.releaseAt, new Float64Array(capacity));
    this.leaseEnd = widened(this.leaseEnd, new Float64Array(capacity));
    this.node = widened(this.node, new Uint32Array(capacity));
    this.lease = widened(this.lease, new Float64Array(capacity));
    this.next = widened(this.next, new Int32Array(capacity));
    this.previous = widened(this.previous, new Int32Array(capacity));
    this.nextLive = widened(this.nextLive, new Int32Array(capacity));
    this.previousLive = widened(this.previousLive, new Int32Array(capacity));
    this.due = widened(this.due, new Float64Array(capacity));
    this.nextDue = widened(this.nextDue, new Int32Array(capacity));
    this.previousDue = widened(this.previousDue, new Int32Array(capacity));
  }
}

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

function widened<T extends Column>(from: T, to: T): T {
  to.set(from);
  return to;
}
