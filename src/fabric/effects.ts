import { EventLog } from "./events.ts";
import type { JobClass } from "./job.ts";
import type { Receipt } from "./receipt.ts";

/** One attempt of one job, given to one node. */
export type Lease = {
  /** Never used twice in the life of a fabric. */
  readonly lease: number;
  readonly node: number;
  readonly submitter: number;
  readonly number: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly class: JobClass;
  readonly skills: bigint;
  /** The node stops by itself when the work has taken this many ticks. */
  readonly expiresInTicks: number;
  readonly value: number;
  /** A view of the job's own, good until the next tick. */
  readonly payloadDigest: Uint8Array;
};

/** What one tick brought about. */
export class Effects {
  tick = 0;
  readonly events = new EventLog();
  /** In the order in which the jobs ended. */
  readonly receipts: Receipt[] = [];
  /** In the order in which they were given. */
  readonly leases: Lease[] = [];
  /** The tick ends with a checkpoint. */
  checkpoint = false;

  clear(): void {
    this.events.clear();
    this.receipts.length = 0;
    this.leases.length = 0;
    this.checkpoint = false;
  }
}
