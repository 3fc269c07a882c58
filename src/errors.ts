/** What the process ends with; the meaning of each number never changes. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  signaturesMissing: 3,
  harmful: 4,
  unreachable: 5,
  integrity: 6,
  drift: 7,
} as const;

type Entry = { readonly exit: number; readonly says: string; readonly remedy: string };

/**
 * The one catalogue of errors: a stable code, the exit code, a sentence with {slots}, and what to do. A code is never
 * used again for something else. Entries are sorted by room, then by name.
 */
const catalogue = {
  USAGE: { exit: exitCodes.usage, says: "{problem}", remedy: "Run `fabric --help`." },
  DOCUMENT_INVALID: {
    exit: exitCodes.usage,
    says: "{problems}",
    remedy: "Mend the places named; `fabric config check` looks again.",
  },
  FILE_UNREADABLE: { exit: exitCodes.usage, says: "{file} cannot be read: {reason}.", remedy: "Check the path." },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;

type SlotsOf<Text extends string> = Text extends `${string}{${infer Slot}}${infer Rest}` ? Slot | SlotsOf<Rest> : never;
export type ErrorSlots<Code extends ErrorCode> = Readonly<
  Record<SlotsOf<(typeof catalogue)[Code]["says"] | (typeof catalogue)[Code]["remedy"]>, string | number>
>;

/** Thrown once, where it is known what went wrong; `cli/` prints the sentence and the remedy and ends with `exitCode`. */
export class FabricError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "FabricError";
  readonly code: Code;
  readonly exitCode: number;
  readonly remedy: string;
  readonly slots: ErrorSlots<Code>;

  constructor(code: Code, slots: ErrorSlots<Code>, options?: ErrorOptions) {
    const entry: Entry = catalogue[code];
    super(fill(entry.says, slots), options);
    this.code = code;
    this.exitCode = entry.exit;
    this.remedy = fill(entry.remedy, slots);
    this.slots = slots;
  }
}

function fill(text: string, slots: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, slot: string) => String(slots[slot] ?? whole));
}
