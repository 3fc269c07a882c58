import { FabricError } from "../errors.ts";
import { catalogue } from "./catalogue.ts";
import { type Change, type ChangeKind, changeOf, describeParameters, type ParameterDescription } from "./changes.ts";

// How changes are typed. A spelling is a verb and what follows it: `<shard>` stands for a parameter, also within a word
// (`<shard>.queueBudget`); `[scope=fabric]` may be left out and is "fabric" then; `<shard=routers>` is what is typed for
// a parameter that a change leaves out; `<to...>` takes all words that are left, `[routes...]` also none;
// `--seconds <seconds>` is an option, which may be left out where its parameter may. A parameter that is a document is
// typed as the path of its file.

/** A word after the verb, or several. */
export type Operand = {
  /** As it is shown, without the brackets around the whole: "scope", "<shard>.queueBudget". */
  readonly text: string;
  readonly optional: boolean;
  readonly variadic: boolean;
  /** What stands for a parameter that is left out. */
  readonly fallback: string | null;
};

export type Spelling = {
  readonly kind: ChangeKind;
  readonly verb: string;
  readonly operands: readonly Operand[];
  readonly options: readonly { readonly flag: string; readonly parameter: ParameterDescription }[];
};

const placeholder = /<(\w+)>/g;

/** Every spelling of every change, in the catalogue's order; of each change the one that is shown comes first. */
export const spellings: readonly Spelling[] = Object.entries(catalogue).flatMap(([kind, { words }]) =>
  // The catalogue has no other keys than kinds.
  words.map((text) => spellingOf(kind as ChangeKind, text)),
);

/**
 * The change that words ask for.
 * @param verb the first word after `fabric owner`
 * @param operands those that follow it
 * @param options by the names of their parameters
 * @param read what a file holds, from its path
 * @throws CHANGE_INVALID when they ask for none, or a parameter is wrong
 */
export function understand(
  verb: string,
  operands: readonly string[],
  options: Readonly<Record<string, string>> = {},
  read: (file: string) => unknown = () => undefined,
): Change {
  const known = spellings.filter((spelling) => spelling.verb === verb);
  for (const { kind, operands: expected } of known) {
    const found = matched(expected, operands);
    if (found !== null) return changeOf(kind, typed(kind, { ...found, ...options }, read));
  }
  const shown = known.map((spelling) => `\`${usageOf(spelling)}\``);
  throw new FabricError("CHANGE_INVALID", {
    change: [verb, ...operands].join(" "),
    problem: "no change is spelled so",
    right: `Right is one of: ${shown.join(", ")}`,
  });
}

/** What is typed for a change, from the verb on, ready for a shell; a document as the file that it would be in. */
export function spell(change: Change): string {
  const values = new Map<string, unknown>(Object.entries(change));
  const spelling = spellings.find(({ kind }) => kind === change.kind);
  if (spelling === undefined) throw new RangeError(`${change.kind} has no words`);
  const words = [spelling.verb];
  for (const { text, optional, variadic, fallback } of spelling.operands) {
    const list = values.get(parametersIn(text)[0]);
    const word = text.replace(placeholder, (_, parameter: string) => {
      const value = values.get(parameter) ?? fallback;
      return typeof value === "object" ? `${parameter}.json` : String(value);
    });
    if (variadic) words.push(...(Array.isArray(list) ? list.map(String) : []));
    else if (!optional || word !== fallback) words.push(word);
  }
  for (const { flag, parameter } of spelling.options) {
    const value = values.get(parameter.name);
    if (value !== undefined) words.push(flag, Array.isArray(value) ? value.join(",") : String(value));
  }
  return words.map(quoted).join(" ");
}

/** How a change is typed, for help and documents: "guardian-pause [scope] --seconds <seconds>". */
export function usageOf({ verb, operands, options }: Spelling): string {
  const shown = operands.map(({ text, optional, variadic }) => {
    const dots = variadic ? "..." : "";
    const bare = /^<([^<>]+)>$/.exec(text)?.[1];
    if (optional) return `[${bare ?? text}${dots}]`;
    return bare === undefined ? text : `<${bare}${dots}>`;
  });
  const flags = options.map(({ flag, parameter }) => {
    const option = `${flag} <${parameter.name}>`;
    return parameter.required ? option : `[${option}]`;
  });
  return [verb, ...shown, ...flags].join(" ");
}

/** What a parameter is, its bounds and its unit, in a line. */
export function helpOf({ description, bounds, unit }: Omit<ParameterDescription, "type">): string {
  if (bounds === null) return description;
  return `${description} (${`${bounds.minimum} to ${bounds.maximum} ${unit}`.trim()})`;
}

/** The parameters that an operand gives values to. */
export function parametersIn(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name]) => name);
}

function spellingOf(kind: ChangeKind, text: string): Spelling {
  const parameters = new Map(describeParameters(kind).map((parameter) => [parameter.name, parameter]));
  const [verb, ...words] = text.split(" ");
  const operands: Operand[] = [];
  const options: { flag: string; parameter: ParameterDescription }[] = [];
  const named = (name: string) => {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new RangeError(`${kind} has no parameter ${name}`);
    return parameter;
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word.startsWith("--")) options.push({ flag: word, parameter: named(words[++index].slice(1, -1)) });
    else operands.push(operandOf(word));
  }
  for (const { text } of operands) parametersIn(text).forEach(named);
  return { kind, verb, operands, options };
}

function operandOf(word: string): Operand {
  return {
    text: word.replace(/[<[](\w+)(\.{3})?(=\w+)?[>\]]/g, "<$1>"),
    optional: word.startsWith("["),
    variadic: word.includes("..."),
    fallback: /=(\w+)/.exec(word)?.[1] ?? null,
  };
}

/** The parameters' values, as words; null when the operands are not of that form. */
function matched(expected: readonly Operand[], words: readonly string[]): Record<string, string | string[]> | null {
  const values: Record<string, string | string[]> = {};
  for (const [index, { text, optional, variadic, fallback }] of expected.entries()) {
    if (variadic) {
      const rest = words.slice(index);
      if (rest.length === 0 && !optional) return null;
      values[parametersIn(text)[0]] = rest;
      return values;
    }
    const word = words[index] ?? fallback;
    if (word === null && optional) continue;
    const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(placeholder, "(.*)");
    const found = word === null ? null : new RegExp(`^${pattern}$`).exec(word);
    if (found === null) return null;
    for (const [at, name] of parametersIn(text).entries()) values[name] = found[at + 1];
  }
  return words.length > expected.length ? null : values;
}

/** Numbers, lists and documents from words. What is no number stays a word, for the form to refuse. */
function typed(
  kind: ChangeKind,
  words: Readonly<Record<string, string | string[]>>,
  read: (file: string) => unknown,
): Record<string, unknown> {
  const types = new Map(describeParameters(kind).map(({ name, type }) => [name, type]));
  const entries = Object.entries(words).map(([name, word]): [string, unknown] => {
    if (types.get(name) === "document") return [name, read(String(word))];
    if (types.get(name) === "list") return [name, typeof word === "string" ? word.split(",") : word];
    return [name, types.get(name) === "number" && /^-?\d+(\.\d+)?$/.test(String(word)) ? Number(word) : word];
  });
  return Object.fromEntries(entries);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
