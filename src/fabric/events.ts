import { refusals } from "./inputs.ts";
import { type AsciiWord, asciiWord, type LineWriter, textOf } from "./lineWriter.ts";
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
  #values = new Float64Array(64 * columns);
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
    const values = this.#values;
    const at = index * columns;
    return {
      kind: kindOf(values[at]),
      tick: values[at + 1],
      submitter: values[at + 2],
      number: values[at + 3],
      values: [values[at + 4], values[at + 5], values[at + 6]],
    };
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

  /** Writes the tick's lines of `events.ndjson`, each ended by a newline. */
  writeLines(lines: LineWriter): void {
    const values = this.#values;
    for (let at = 0; at < this.#length * columns; at += columns) {
      const { members, end } = shapes[values[at]];
      lines.line();
      for (let member = 0; member < members.length; member++) {
        const { key, column, words } = members[member];
        const value = values[at + column];
        lines.word(key);
        if (words === undefined) lines.decimal(value);
        else lines.word(words[value]);
      }
      lines.word(end);
    }
  }

  /** The same as a text. */
  toNdjson(): string {
    return textOf((lines) => this.writeLines(lines));
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

/** A member of an event's line: what stands before its value, the column that has it, and words for it, if it has them. */
type Member = {
  readonly key: AsciiWord;
  readonly column: number;
  readonly words: readonly AsciiWord[] | undefined;
};
type Shape = { readonly kind: EventKind; readonly members: readonly Member[]; readonly end: AsciiWord };

const shapes: Shape[] = [];
for (const kind of Object.keys(eventKinds) as EventKind[]) shapes[eventKinds[kind].code] = shapeOf(kind);

function shapeOf(kind: EventKind): Shape {
  const { job, fields } = eventKinds[kind];
  const members: Member[] = [{ key: asciiWord('{"tick":'), column: 1, words: undefined }];
  let between = `,"event":"${kind}"`;
  const add = (name: string, column: number) => {
    members.push({ key: asciiWord(`${between},"${name}":`), column, words: wordsOf(kind, name) });
    between = "";
  };
  if (job) add("submitter", 2);
  if (job) add("job", 3);
  for (const [index, field] of fields.entries()) add(field, 4 + index);
  return { kind, members, end: asciiWord(`${between}}\n`) };
}

/** Words for the numbers of a field; undefined where it has none. */
function wordsOf(kind: EventKind, field: string): AsciiWord[] | undefined {
  if (field === "outcome") return quoted(wordsByNumber(outcomes));
  if (field !== "reason") return undefined;
  if (kind === "ended") return quoted(wordsByNumber(reasons));
  return quoted(kind === "refused" ? intakeRefusals : refusals);
}

function kindOf(code: number): EventKind {
  return shapes[code].kind;
}

function wordsByNumber(numbers: Readonly<Record<string, number>>): string[] {
  const words: string[] = [];
  for (const [word, number] of Object.entries(numbers)) words[number] = word;
  return words;
}

function quoted(words: readonly string[]): AsciiWord[] {
  return words.map((word) => asciiWord(`"${word}"`));
}
