import type {
  Desk,
  EventQuery,
  InForceView,
  JobQuery,
  JobRef,
  JobView,
  LiveJobView,
  MessageAnswer,
  ReceiptView,
  StatusView,
  SubmissionAnswer,
  SubmitterView,
  WhyView,
} from "../../src/control/index.ts";
import { type Hex, sha256, toHex } from "../../src/journal/index.ts";
import { practiceKey, signNodeMessage, signSubmission } from "../../src/nodes/index.ts";
import { domains, jobOf, nodeKey } from "../nodes/practiceWorld.ts";

/** A fabric's desk in memory: it keeps what it is told, and says what a test has put there. */
export class MemoryDesk implements Desk {
  tick = 7;
  /** False: what is sent in stays unanswered until `settle` is called. */
  answersAtOnce = true;
  readonly submissions: Uint8Array[] = [];
  readonly messages: Uint8Array[] = [];
  readonly queries: JobQuery[] = [];
  readonly listeners = new Map<number, Set<(frame: Uint8Array) => void>>();
  readonly eventQueries: EventQuery[] = [];
  /** How often an events reader has asked for more. */
  fetched = 0;
  lines: string[] = [];
  /** When a test wants more events than any buffer holds. */
  endless: string | undefined;
  block = 0;
  thrown: Error | undefined;
  readonly #payloads = new Map<Hex, Uint8Array>();
  #waiting: { kind: "submission" | "message"; answer: () => void }[] = [];

  /** Answers what waits. */
  settle(): void {
    for (const { answer } of this.#waiting.splice(0)) answer();
  }

  settleSubmissions(): void {
    for (const { kind, answer } of this.#waiting) if (kind === "submission") answer();
    this.#waiting = this.#waiting.filter(({ kind }) => kind !== "submission");
  }

  dispatch(node: number, frame: Uint8Array): void {
    for (const listener of this.listeners.get(node) ?? []) listener(frame);
  }

  status(): StatusView {
    if (this.thrown !== undefined) throw this.thrown;
    return statusView;
  }

  async submit(frame: Uint8Array): Promise<SubmissionAnswer> {
    this.submissions.push(frame);
    await this.#answered("submission");
    return { tick: this.tick, taken: true, jobs: [{ number: 1, answer: "accepted" }] };
  }

  async message(frame: Uint8Array): Promise<MessageAnswer> {
    this.messages.push(frame);
    await this.#answered("message");
    return { tick: this.tick, taken: true, refusedLeases: [3] };
  }

  listen(node: number, listener: (frame: Uint8Array) => void): () => void {
    const listeners = this.listeners.get(node) ?? new Set();
    this.listeners.set(node, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(node);
    };
  }

  jobs(query: JobQuery): readonly LiveJobView[] {
    this.queries.push(query);
    return [liveJob];
  }

  async job(ref: JobRef): Promise<JobView | undefined> {
    return isTheJob(ref) ? liveJob : undefined;
  }

  async why(ref: JobRef): Promise<WhyView | undefined> {
    return isTheJob(ref) ? { job: liveJob, sentence: "It waits.", details: ["for a node"] } : undefined;
  }

  async receipt(ref: JobRef): Promise<ReceiptView | undefined> {
    return isTheJob(ref) ? receiptView : undefined;
  }

  submitter(name: string): SubmitterView | undefined {
    return name === submitterView.name ? submitterView : undefined;
  }

  async *events(query: EventQuery, signal: AbortSignal): AsyncGenerator<string> {
    this.eventQueries.push(query);
    if (this.lines.length > 0) yield `${this.lines.join("\n")}\n`;
    while (this.endless !== undefined) {
      this.fetched++;
      yield this.endless;
    }
    if (query.follow) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }

  inForce(block: number, signal: AbortSignal): Promise<InForceView> {
    if (block <= this.block) return Promise.resolve({ block: this.block, version: 2, tick: this.tick });
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }

  async putPayload(bytes: Uint8Array): Promise<Hex> {
    const digest = toHex(sha256(bytes));
    this.#payloads.set(digest, bytes);
    return digest;
  }

  async payload(digest: Hex): Promise<Uint8Array | undefined> {
    return this.#payloads.get(digest);
  }

  #answered(kind: "submission" | "message"): Promise<void> {
    if (this.answersAtOnce) return Promise.resolve();
    return new Promise((answer) => this.#waiting.push({ kind, answer }));
  }
}

export const theJob: JobRef = { submitter: "earth.exchange", number: 17 };
export const zeros: Hex = `0x${"00".repeat(32)}`;

export const liveJob: LiveJobView = {
  ...theJob,
  state: "queued",
  shard: "earth",
  origin: "earth",
  class: "background",
  skills: ["general"],
  value: 5,
  attempts: 0,
  submittedTick: 2,
  payloadDigest: zeros,
  node: null,
  lease: null,
  leaseEndsInTicks: null,
  deadlineInTicks: null,
  releaseInTicks: null,
};

export const receiptView: ReceiptView = {
  job: {
    ...theJob,
    state: "ended",
    outcome: "completed",
    reason: "none",
    shard: "earth",
    node: "node-1",
    attempts: 1,
    submittedTick: 2,
    endedTick: 5,
    value: 5,
    resultDigest: zeros,
    index: 0,
  },
  receipt: {
    submitter: 1,
    number: 17,
    outcome: 1,
    reason: 0,
    shard: 1,
    node: 1,
    attempts: 1,
    submittedTick: 2,
    endedTick: 5,
    value: 5,
    resultDigest: zeros,
  },
  leafHash: zeros,
  proof: null,
};

export const submitterView: SubmitterView = {
  name: theJob.submitter,
  number: 1,
  shards: ["earth"],
  jobsPerTick: 3,
  expiry: 0,
  expired: false,
  revoked: false,
  keyKind: "ed25519",
  key: zeros,
  highest: 17,
};

export const statusView: StatusView = {
  format: "planetary-fabric/status/v1",
  tick: 7,
  tickMs: 1000,
  atMs: 1,
  epoch: 1,
  chain: { chainId: 31337, ledger: `0x${"11".repeat(20)}`, silentTicks: 0, silence: null },
  governance: { version: 1, block: 3, hash: zeros, time: 1, lagBlocks: 0, changedTick: 1 },
  pause: null,
  retired: false,
  checkpointIntervalTicks: 10,
  heartbeatGrace: 3,
  maxAttempts: 5,
  outOfTouch: false,
  shards: [],
  nodes: [],
  submitters: [],
  skills: [],
  counters: {},
  live: 1,
  checkpoint: null,
  anchored: null,
  anchorsWaiting: 0,
};

export function messageFrame(node: number, seq = 1): Uint8Array {
  return signNodeMessage(domains, nodeKey(node), { node, seq, heartbeat: true, latencyMs: 1, results: [] });
}

export function submissionFrame(): Uint8Array {
  return signSubmission(domains, practiceKey(1, "submitter/1"), 1, [jobOf(1)]);
}

function isTheJob({ submitter, number }: JobRef): boolean {
  return submitter === theJob.submitter && number === theJob.number;
}
