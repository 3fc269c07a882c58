import {
  type JobsInput,
  jobRow,
  MalformedBytes,
  type NodeMessageInput,
  type NodeParameters,
  type Parameters,
  type Refusal,
  type RefusedInput,
  refusals,
  type SubmitterParameters,
} from "../fabric/index.ts";
import { type Domains, decodeNodeFrame, decodeSubmissionFrame, isSigned, peekNodeFrame } from "./messages.ts";

/** What the gate judges by: the parameters in force and what the machine has heard already. */
export type GateView = {
  readonly parameters: Parameters;
  /** Number of the node's newest message that became an input; 0 = none. */
  lastSeq(node: number): number;
};

/** `from` is the node that the message claims to be of; 0 when there is none such, and for submitters. */
export type Refused = { readonly from: number; readonly reason: Refusal };
export type Admission<Input> = { readonly input: Input } | { readonly refused: Refused };

/**
 * Bad signatures that are looked at for one claimed sender in one tick. Beyond them its messages are turned away
 * unread until the next tick: a flood under one name may silence that name, and never the fabric.
 */
export const forgeriesMax = 64;

/**
 * The check of what arrives, before it becomes input. Cheap questions come first, so that a flood costs little:
 * size, sender, number, and only then the signature. What is refused is counted and forgotten.
 */
export class Gate {
  readonly #domains: Domains;
  #view: GateView;
  /** Number of the message kept of each node in this tick. */
  readonly #kept = new Map<number, number>();
  /** Jobs kept of each submitter in this tick. */
  readonly #jobs = new Map<number, number>();
  readonly #forgeries = new Map<NodeParameters | SubmitterParameters, number>();
  /** By sender, one count for each reason. At most one entry for each known node. */
  readonly #refused = new Map<number, Uint32Array>();

  constructor(domains: Domains, view: GateView) {
    this.#domains = domains;
    this.#view = view;
  }

  /** Begins a tick: all that was admitted and refused until now belongs to the one before. */
  openTick(view: GateView): void {
    this.#view = view;
    this.#kept.clear();
    this.#jobs.clear();
    this.#forgeries.clear();
    this.#refused.clear();
  }

  /** Keeps at most one message of each node in one tick. The input holds views of the frame, which must not change. */
  admitNodeMessage(frame: Uint8Array): Admission<NodeMessageInput> {
    const head = soundOrNull(() => peekNodeFrame(frame));
    if (head === null) return this.#refuse(0, "malformed");
    const { node, seq, results } = head;
    const sender = this.#view.parameters.nodes[node - 1];
    if (sender === undefined || sender.status === "removed") return this.#refuse(0, "unknownSender");
    const kept = this.#kept.get(node);
    if (seq <= (kept ?? this.#view.lastSeq(node))) return this.#refuse(node, "replay");
    if (kept !== undefined || results > sender.maxConcurrency) return this.#refuse(node, "tooMany");
    const input = soundOrNull(() => decodeNodeFrame(frame));
    if (input === null) return this.#refuse(node, "malformed");
    const forged = this.#refuseUnsigned(node, sender, "nodeMessage", frame);
    if (forged !== undefined) return forged;
    this.#kept.set(node, seq);
    return { input };
  }

  /**
   * Keeps a submitter's jobs up to its quota: the submission that exceeds it is the last one kept in a tick, so that the
   * machine can say of each job too many what became of it. None may be larger than the quota.
   */
  admitSubmission(frame: Uint8Array): Admission<JobsInput> {
    const input = soundOrNull(() => decodeSubmissionFrame(frame));
    if (input === null) return this.#refuse(0, "malformed");
    const sender = this.#view.parameters.submitters[input.submitter - 1];
    if (sender === undefined || sender.revoked) return this.#refuse(0, "unknownSender");
    const count = input.rows.length / jobRow.length;
    const before = this.#jobs.get(input.submitter) ?? 0;
    if (count > sender.jobsPerTick || before >= sender.jobsPerTick) return this.#refuse(0, "tooMany");
    const forged = this.#refuseUnsigned(0, sender, "submission", frame);
    if (forged !== undefined) return forged;
    this.#jobs.set(input.submitter, before + count);
    return { input };
  }

  /** The tick's refusals as inputs, by sender and reason: the same for the same messages in whatever order. */
  refused(): RefusedInput[] {
    const inputs: RefusedInput[] = [];
    for (const [from, counts] of [...this.#refused].sort(([a], [b]) => a - b))
      refusals.forEach((reason, index) => {
        const count = counts[index];
        if (count > 0) inputs.push({ kind: "refused", from, reason, count });
      });
    return inputs;
  }

  #refuseUnsigned(
    from: number,
    sender: NodeParameters | SubmitterParameters,
    purpose: "nodeMessage" | "submission",
    frame: Uint8Array,
  ): { readonly refused: Refused } | undefined {
    const forgeries = this.#forgeries.get(sender) ?? 0;
    if (forgeries >= forgeriesMax) return this.#refuse(from, "tooMany");
    if (isSigned(this.#domains, purpose, sender, frame)) return undefined;
    this.#forgeries.set(sender, forgeries + 1);
    return this.#refuse(from, "signature");
  }

  #refuse(from: number, reason: Refusal): { readonly refused: Refused } {
    let counts = this.#refused.get(from);
    if (counts === undefined) {
      counts = new Uint32Array(refusals.length);
      this.#refused.set(from, counts);
    }
    counts[refusals.indexOf(reason)]++;
    return { refused: { from, reason } };
  }
}

function soundOrNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedBytes) return null;
    throw error;
  }
}
