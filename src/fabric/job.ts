import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";

export const classes = ["interactive", "background", "maintenance"] as const;
export type JobClass = (typeof classes)[number];

/** One job as its submitter signs it. A job's identity is (submitter, number). */
export type Job = {
  readonly number: number;
  /** Shard that takes it in (1-based). */
  readonly shard: number;
  readonly class: JobClass;
  /** Bit set of the skills a node must have, all of them. */
  readonly skills: bigint;
  /** Ticks from submission within which it must have ended; 0 = no deadline. */
  readonly deadlineTicks: number;
  /** Most ticks that one attempt may take, at least 1. */
  readonly budgetTicks: number;
  readonly value: number;
  /** SHA-256 of the payload, which travels outside the fabric. */
  readonly payloadDigest: Uint8Array;
};

/** Layout of one job in a submission, big-endian; byte offsets. */
export const jobRow = {
  number: 0,
  shard: 8,
  class: 10,
  skillsHigh: 11,
  skillsLow: 15,
  deadlineTicks: 19,
  budgetTicks: 23,
  value: 27,
  payloadDigest: 35,
  length: 67,
} as const;

/** The rows of a submission, 67 bytes a job. */
export function encodeJobs(jobs: readonly Job[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(jobs.length * jobRow.length);
  for (const job of jobs) {
    writer.u64(job.number).u16(job.shard).u8(classes.indexOf(job.class)).bigU64(job.skills);
    writer.u32(job.deadlineTicks).u32(job.budgetTicks).u64(job.value).raw(job.payloadDigest);
  }
  return writer.finish();
}

/** @throws MalformedBytes when the rows are no whole number of jobs, or a class or number is out of range. */
export function decodeJobs(rows: Uint8Array): Job[] {
  const reader = new ByteReader(rows);
  const jobs: Job[] = [];
  while (reader.remaining > 0) {
    const number = reader.u64();
    const shard = reader.u16();
    const jobClass = classes[reader.u8()];
    if (jobClass === undefined) throw new MalformedBytes(`unknown class in job ${number}`);
    jobs.push({
      number,
      shard,
      class: jobClass,
      skills: reader.bigU64(),
      deadlineTicks: reader.u32(),
      budgetTicks: reader.u32(),
      value: reader.u64(),
      payloadDigest: reader.raw(32),
    });
  }
  return jobs;
}

/**
 * 64 bits over the content of one row, number excluded, in two words. It tells a repeated submission from another job
 * under the same number; who could make two contents collide is the submitter, who would only mislead itself. The same
 * pair is filled again by the next call.
 */
export function contentHash(view: DataView, at: number): readonly [number, number] {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let offset = jobRow.shard; offset < jobRow.length; offset += 4) {
    const word =
      offset + 4 <= jobRow.length ? view.getUint32(at + offset) : lastBytes(view, at + offset, jobRow.length - offset);
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x1b873593) ^ a;
    b ^= b >>> 13;
  }
  contentWords[0] = a >>> 0;
  contentWords[1] = b >>> 0;
  return contentWords;
}

const contentWords: [number, number] = [0, 0];

function lastBytes(view: DataView, at: number, count: number): number {
  let word = 0;
  for (let i = 0; i < count; i++) word = (word << 8) | view.getUint8(at + i);
  return word;
}
