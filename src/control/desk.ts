import type { Hex } from "../journal/index.ts";
import type {
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
} from "./api.ts";

/** Most bytes of a payload. */
export const payloadLengthMax = 256 * 1024;
/** Most jobs that one answer names. */
export const jobsMax = 10_000;

/**
 * What the control socket needs of the orchestrator behind it. Frames are those of `nodes/`, and signed: the desk trusts
 * the socket with nothing. What is promised resolves when the tick is on disk, and rejects, with the reason, when the
 * orchestrator ends before.
 */
export interface Desk {
  /** Last tick on record. */
  readonly tick: number;
  status(): StatusView;
  submit(frame: Uint8Array): Promise<SubmissionAnswer>;
  message(frame: Uint8Array): Promise<MessageAnswer>;
  /** Hands each lease message for a node, by its number, to a listener; returns what ends that. */
  listen(node: number, listener: (frame: Uint8Array) => void): () => void;
  /** Jobs that have not ended, in the order of their admission. */
  jobs(query: JobQuery): readonly LiveJobView[];
  /** Undefined when there never was such a job. */
  job(ref: JobRef): Promise<JobView | undefined>;
  why(ref: JobRef): Promise<WhyView | undefined>;
  /** Undefined when it has not ended, or never was. */
  receipt(ref: JobRef): Promise<ReceiptView | undefined>;
  submitter(name: string): SubmitterView | undefined;
  /** Lines of `events.ndjson`, in pieces that end with a line. */
  events(query: EventQuery, signal: AbortSignal): AsyncIterable<string>;
  /** Resolves when that block, or a later one, is in force. */
  inForce(block: number, signal: AbortSignal): Promise<InForceView>;
  /** Keeps bytes for as long as the world lasts, durably. */
  putPayload(bytes: Uint8Array): Promise<Hex>;
  payload(digest: Hex): Promise<Uint8Array | undefined>;
}
