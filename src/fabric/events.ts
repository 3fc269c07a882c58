import { refusals } from "./inputs.ts";
import { outcomes, reasons } from "./receipt.ts";

/**
 * What the machine reports of a tick, one line of `events.ndjson` each. `fields` name the three numbers that an event
 * carries besides tick and job; an event without a job has no `job`.
 */
export const eventKinds = {
  governed: { code: 1, job: false, fields: ["version", "block"] },
  paused: { code: 2, job: false, fields: ["scope"] },
  resumed: { code: 3, job: false, fields: ["scope"] },
  ordered: { code: 4, job: false, fields: ["index", "block"] },
  chainSilent: { code: 5, job: false, fields: ["silentTicks"] },
  restarted: { code: 6, job: false, fields: ["downTicks"] },
  refusedMessages: { code: 7, job: false, fields: ["node", "reason", "count"] },
  nodeActive: { code: 10, job: false, fields: ["node", "shard"] },
  nodeSuspect: { code: 11, job: false, fields: ["node", "shard"] },
  nodeOffline: { code: 12, job: false, fields: ["node", "shard", "interrupted"] },
  nodeSlow: { code: 13, job: false, fields: ["node", "shard", "latencyMs"] },
  nodeWithinBudget: { code: 14, job: false, fields: ["node", "shard", "latencyMs"] },
  accepted: { code: 20, job: true, fields: ["shard"] },
  repeated: { code: 21, job: true, fields: [] },
  refused: { code: 22, job: true, fields: ["reason"] },
  queued: { code: 23, job: true, fields: ["shard"] },
  assigned: { code: 24, job: true, fields: ["shard", "node", "lease"] },
  spilled: { code: 25, job: true, fields: ["from", "to"] },
  parked: { code: 26, job: true, fields: ["shard"] },
  unparked: { code: 27, job: true, fields: ["shard"] },
  interrupted: { code: 28, job: true, fields: ["shard", "node", "lease"] },
  requeued: { code: 29, job: true, fields: ["shard", "attempts", "backoffTicks"] },
  returned: { code: 30, job: true, fields: ["shard"] },
  moved: { code: 31, job: true, fields: ["from", "to"] },
  resultRefused: { code: 32, job: false, fields: ["node", "lease"] },
  ended: { code: 33, job: true, fields: ["outcome", "reason", "node"] },
  checkpoint: { code: 40, job: false, fields: [] },
} as const satisfies Record<string, { code: number; job: boolean; fields: readonly string[] }>;
export type EventKind = keyof typeof eventKinds;

/** Why a job was not taken in, by the number in a `refused` event. */
export const intakeRefusals = [
  "unknownSubmitter",
  "submitterRevoked",
  "submitterExpired",
  "overQuota",
  "shardNotAllowed",
  "unknownSkill",
  "badClass",
  "badBudget",
  "alreadyDecided",
  "tooFarAhead",
  "differentContent",
  "badNumber",
  "fabricRetired",
] as const;
export type IntakeRefusal = (typeof intakeRefusals)[number];

const columns = 7; // code, tick, submitter, number, a, b, c

/** The events of one tick in columns, so that a tick without a reader costs no objects. */
export class EventLog {
  #values = new Float64Array(256 * columns);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  add(kind: EventKind, tick: number, submitter = 0, number = 0, a = 0, b = 0, c = 0): void {
    const at = this.#length++ * columns;
    if (at === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    const values = this.#values;
    values[at] = eventKinds[kind].code;
    values[at + 1] = tick;
    values[at + 2] = submitter;
    values[at + 3] = number;
    values[at + 4] = a;
    values[at + 5] = b;
    values[at + 6] = c;
  }

  /** One event; `submitter` and `number` are 0 when it is about no job. */
  at(index: number): FabricEvent {
    if (index >= this.#length) throw new RangeError(`event ${index} of ${this.#length}`);
    const [code, tick, submitter, number, a, b, c] = this.#values.subarray(index * columns, (index + 1) * columns);
    return { kind: kindOf(code), tick, submitter, number, values: [a, b, c] };
  }

  *[Symbol.iterator](): Generator<FabricEvent> {
    for (let index = 0; index < this.#length; index++) yield this.at(index);
  }

  /** The three numbers of each event of one kind; the others cost nothing. */
  *of(kind: EventKind): Generator<FabricEvent["values"]> {
    const { code } = eventKinds[kind];
    for (let index = 0; index < this.#length; index++)
      if (this.#values[index * columns] === code) yield this.at(index).values;
  }

  /** The tick's lines of `events.ndjson`, each ended by a newline. */
  toNdjson(): string {
    let text = "";
    const values = this.#values;
    for (let at = 0; at < this.#length * columns; at += columns) {
      const shape = shapes[values[at]];
      text += `{"tick":${values[at + 1]},"event":"${shape.kind}"`;
      if (shape.job) text += `,"submitter":${values[at + 2]},"job":${values[at + 3]}`;
      for (let field = 0; field < shape.fields.length; field++) {
        const value = values[at + 4 + field];
        const word = shape.words[field]?.[value];
        text += word === undefined ? `,"${shape.fields[field]}":${value}` : `,"${shape.fields[field]}":"${word}"`;
      }
      text += "}\n";
    }
    return text;
  }
}

export type FabricEvent = {
  readonly kind: EventKind;
  readonly tick: number;
  readonly submitter: number;
  readonly number: number;
  /** In the order of the kind's `fields`. */
  readonly values: readonly [number, number, number];
};

type Shape = {
  readonly kind: EventKind;
  readonly job: boolean;
  readonly fields: readonly string[];
  /** Words for the numbers of a field, where it has them. */
  readonly words: readonly (readonly string[] | undefined)[];
};

const outcomeWords = wordsOf(outcomes);
const reasonWords = wordsOf(reasons);
const shapes: Shape[] = [];
for (const kind of Object.keys(eventKinds) as EventKind[]) {
  const { code, job, fields } = eventKinds[kind];
  const words = (fields as readonly string[]).map((field) => {
    if (field === "outcome") return outcomeWords;
    if (field !== "reason") return undefined;
    if (kind === "ended") return reasonWords;
    return kind === "refused" ? intakeRefusals : refusals;
  });
  shapes[code] = { kind, job, fields, words };
}

function kindOf(code: number): EventKind {
  return shapes[code].kind;
}

function wordsOf(numbers: Readonly<Record<string, number>>): string[] {
  const words: string[] = [];
  for (const [word, number] of Object.entries(numbers)) words[number] = word;
  return words;
}
