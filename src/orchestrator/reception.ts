import type { MessageAnswer, SubmissionAnswer } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import { type Effects, intakeRefusals, type JobsInput, jobRow } from "../fabric/index.ts";
import type { Admission } from "../nodes/index.ts";
import type { Arrivals, Gathered } from "./edge.ts";

/** Bytes that may wait for one tick; whoever comes then is asked to come again. */
const waitingBytesMax = 64 * 2 ** 20;

type Waiting<Answer> = {
  readonly frame: Uint8Array;
  resolve(answer: Answer): void;
  reject(reason: unknown): void;
};

/** What arrived for one tick, and who waits for an answer. */
export type Batch = {
  readonly arrivals: Arrivals;
  /** To be called when the tick is on disk. */
  answer(gathered: Gathered, effects: Effects): void;
  refuse(reason: unknown): void;
};

/** Where submitters and nodes wait for the next tick. Nobody gets an answer before the tick is on disk. */
export class Reception {
  #submissions: Waiting<SubmissionAnswer>[] = [];
  #messages: Waiting<MessageAnswer>[] = [];
  #bytes = 0;
  #closed: unknown;

  submit(frame: Uint8Array): Promise<SubmissionAnswer> {
    return this.#wait(this.#submissions, frame);
  }

  message(frame: Uint8Array): Promise<MessageAnswer> {
    return this.#wait(this.#messages, frame);
  }

  /** All that waits now; what comes later is for the tick after. */
  take(): Batch {
    const submissions = this.#submissions;
    const messages = this.#messages;
    this.#submissions = [];
    this.#messages = [];
    this.#bytes = 0;
    return {
      arrivals: { submissions: submissions.map(({ frame }) => frame), messages: messages.map(({ frame }) => frame) },
      answer: (gathered, effects) => {
        const verdicts = new JobVerdicts(effects);
        gathered.submissions.forEach((admission, index) => {
          submissions[index].resolve(submissionAnswer(effects.tick, admission, verdicts));
        });
        const refused = refusedLeases(effects);
        gathered.messages.forEach((admission, index) => {
          messages[index].resolve(
            "input" in admission
              ? { tick: effects.tick, taken: true, refusedLeases: refused.get(admission.input.node) ?? [] }
              : { tick: effects.tick, taken: false, refusal: admission.refused.reason },
          );
        });
      },
      refuse: (reason) => {
        for (const { reject } of [...submissions, ...messages]) reject(reason);
      },
    };
  }

  /** Nobody is let in any more, and whoever waits is told why. */
  close(reason: unknown): void {
    this.#closed = reason;
    this.take().refuse(reason);
  }

  #wait<Answer>(line: Waiting<Answer>[], frame: Uint8Array): Promise<Answer> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#bytes + frame.length > waitingBytesMax) return Promise.reject(new FabricError("FABRIC_BUSY", {}));
    this.#bytes += frame.length;
    return new Promise((resolve, reject) => line.push({ frame, resolve, reject }));
  }
}

/** What intake said of each job, in the order of the rows: one event each. */
class JobVerdicts {
  readonly #effects: Effects;
  #next = 0;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  take() {
    const { events } = this.#effects;
    while (this.#next < events.length) {
      const { kind, number, values } = events.at(this.#next++);
      if (kind === "accepted" || kind === "repeated") return { number, answer: kind };
      if (kind === "refused") return { number, answer: intakeRefusals[values[0]] };
    }
    throw new RangeError("a job of which intake said nothing");
  }
}

function submissionAnswer(tick: number, admission: Admission<JobsInput>, verdicts: JobVerdicts): SubmissionAnswer {
  if (!("input" in admission)) return { tick, taken: false, refusal: admission.refused.reason };
  const count = admission.input.rows.length / jobRow.length;
  return { tick, taken: true, jobs: Array.from({ length: count }, () => verdicts.take()) };
}

/** Leases whose results were refused, by node. */
function refusedLeases({ events }: Effects): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [node, lease] of events.of("resultRefused")) {
    const leases = found.get(node);
    if (leases === undefined) found.set(node, [lease]);
    else leases.push(lease);
  }
  return found;
}
