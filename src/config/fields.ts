import { z } from "zod";
import { didYouMean, oneOf, quote, type UnknownName } from "./sentences.ts";

// The kinds of field that documents have. A field's message says what would be right; `sentences.ts` says what was wrong.

/** @param unit what the number counts, as it reads after it: "jobs", "ticks" */
export function whole(title: string, minimum: number, maximum: number, unit = ""): z.ZodInt {
  const right = `a whole number from ${minimum} to ${maximum}${unit === "" ? "" : ` (${unit})`}`;
  const description = unit === "" ? title : `${title}, in ${unit}`;
  // A number out of range ends the checks of the object around it, which would only echo the mistake.
  const bound = { error: right, abort: true };
  return z.int(right).min(minimum, bound).max(maximum, bound).describe(`${description}.`);
}

/** Names on the chain, which a bytes32 holds with a zero byte at its end. */
const names = {
  node: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/, of: 'letters, digits, ".", "-" and "_"' },
  shard: { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/, of: 'letters, digits, "-" and "_"' },
  skill: { pattern: /^[a-z0-9][a-z0-9-]*$/, of: 'small letters, digits and "-"' },
} as const;

export function name(title: string, kind: keyof typeof names): z.ZodString {
  const { pattern, of } = names[kind];
  const right = `a name of 1 to 31 ${of} that begins with a letter or digit`;
  return z.string(right).min(1, right).max(31, right).regex(pattern, right).describe(`${title}.`);
}

/** A line for people. */
export function line(title: string, longest = 200): z.ZodString {
  const right = `a text of 1 to ${longest} characters in one line`;
  return z
    .string(right)
    .min(1, right)
    .max(longest, right)
    .regex(/^[^\p{Cc}]*$/u, right)
    .describe(`${title}.`);
}

/** The name of something that the documents have; `known` is absent where only the shape is asked for. */
export function reference(title: string, what: string, known: ReadonlySet<string> | undefined): z.ZodString {
  const field = z.string(`the name of a ${what}`).describe(`${title}.`);
  if (known === undefined) return field;
  return field.superRefine((value, context) => {
    if (known.has(value)) return;
    context.addIssue({ code: "custom", params: { name: value, what, known } satisfies UnknownName });
  });
}

export function choice<const Values extends readonly string[]>(
  title: string,
  values: Values,
): z.ZodEnum<{ [Value in Values[number]]: Value }> {
  return z.enum(values, oneOf(values)).describe(`${title}.`);
}

export function list<Entry extends z.ZodType>(
  title: string,
  entry: Entry,
  fewest: number,
  most: number,
): z.ZodArray<Entry> {
  return z
    .array(entry, "a list")
    .min(fewest, `at least ${fewest} ${fewest === 1 ? "entry" : "entries"}`)
    .max(most, `at most ${most} entries`)
    .describe(`${title}.`);
}

/** An object with these keys and no others. */
export function record<Shape extends z.ZodRawShape>(title: string, shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = new Set(Object.keys(shape));
  return z
    .strictObject(shape, {
      error: (issue) => {
        if (issue.code !== "unrecognized_keys") return "an object";
        return issue.keys.map((key) => `there is no key ${quote(key)} here; ${didYouMean(key, known)}`).join("\n");
      },
    })
    .describe(`${title}.`);
}

/** Refuses an entry of a list whose name an earlier one has. Looks at lists with other problems too. */
export function unique<Entry extends z.ZodType>(entries: z.ZodArray<Entry>, key: string): z.ZodArray<Entry> {
  return entries.superRefine(
    (values, context) => {
      const first = new Map<unknown, number>();
      values.forEach((value: unknown, index) => {
        const id = isObject(value) ? value[key] : undefined;
        if (typeof id !== "string") return;
        const earlier = first.get(id);
        if (earlier === undefined) first.set(id, index);
        else {
          const message = `is ${quote(id)}, which number ${earlier + 1} of the list is already; give it a name of its own`;
          context.addIssue({ code: "custom", path: [index, key], message });
        }
      });
    },
    { when: ({ value }) => Array.isArray(value) },
  );
}

/** Refuses a second mention of the same name in a list of names. */
export function withoutRepeats<Entry extends z.ZodString>(entries: z.ZodArray<Entry>): z.ZodArray<Entry> {
  return entries.superRefine(
    (values: readonly unknown[], context) => {
      const seen = new Set<unknown>();
      values.forEach((value, index) => {
        if (typeof value !== "string" || seen.size < seen.add(value).size) return;
        context.addIssue({ code: "custom", path: [index], message: `is ${quote(value)} a second time; keep one` });
      });
    },
    { when: ({ value }) => Array.isArray(value) },
  );
}

/** The ids in a list of a document that may be wrong in every other way. */
export function idsIn(document: unknown, key: string): ReadonlySet<string> {
  const entries = isObject(document) ? document[key] : undefined;
  const ids = Array.isArray(entries) ? entries.map((entry: unknown) => (isObject(entry) ? entry.id : undefined)) : [];
  return new Set(ids.filter((id) => typeof id === "string"));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
