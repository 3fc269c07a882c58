import { Result } from "ethers";
import { z } from "zod";
import { type Constitution, type ContractName, nameBytes, nameOf } from "../../governance/index.ts";
import { addressName } from "../documents.ts";

/** What the numbers in a call stand for, and what is in force before it. */
export type Vocabulary = {
  readonly contracts: Readonly<Record<ContractName, { readonly address: string }>>;
  /** Names by their number, from 1. */
  readonly shards: readonly string[];
  readonly nodes: readonly string[];
  readonly submitters: readonly string[];
  /** Names by their bit, from 0. */
  readonly skills: readonly string[];
  /** Left out where only the names are known. */
  readonly constitution?: Constitution;
  readonly anchorer?: string;
  readonly marketplace?: string;
};

/** What a call does in words, without a full stop; and what the calls after it may name. */
export type Words = { readonly says: string; readonly teaches?: Partial<Vocabulary> };

/** Of one function: words from its decoded arguments. Throws what `problemOf` understands where it finds none. */
export type CallWords = (args: Result, vocabulary: Vocabulary) => Words;

/** There are no words for a call; says why, without a full stop. */
export class Wordless extends Error {}

/** What a number stands for is not known. */
export class Nameless extends Wordless {
  readonly what: string;
  readonly number: number;

  constructor(what: string, number: number) {
    super(`there is no ${what} ${number}`);
    this.what = what;
    this.number = number;
  }
}

/** Words from arguments of that form. */
export function wordsOf<Form extends z.ZodType>(
  form: Form,
  say: (args: z.output<Form>, vocabulary: Vocabulary) => string | Words,
): CallWords {
  return (args, vocabulary) => {
    const parsed = form.safeParse(args);
    if (!parsed.success) throw new Wordless(parsed.error.issues[0].message);
    const words = say(parsed.data, vocabulary);
    return typeof words === "string" ? { says: words } : words;
  };
}

/** All arguments of a function, in their order. */
export const args = <const Forms extends readonly [z.ZodType, ...z.ZodType[]]>(...forms: Forms) =>
  z.preprocess((value) => (value instanceof Result ? value.toArray() : value), z.tuple(forms));

/** Of a function that takes none. */
export const noArgs = z.unknown();

/** A number that a person reads, and a float holds. */
export const whole = z
  .bigint()
  .refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER), "it has a number that is larger than any that is used")
  .transform(Number);

/** A name, which has no bytes but those that it shows. */
export const name = z
  .string()
  .refine((bytes) => isName(bytes), "it has a name that cannot be shown")
  .transform(nameOf);

/** An address, or `none`. */
export const someone = z.string().transform(addressName);

/** An address or other bytes as ethers has them. */
export const text = z.string();

/** @param numbers the names by number, from 1 @throws Wordless */
export function nameOfNumber(what: string, names: readonly string[], number: number): string {
  const found = names[number - 1];
  if (found === undefined) throw new Nameless(what, number);
  return found;
}

/** The names of a bit set: bit i - 1 is number i. @throws Wordless */
export function namesInSet(what: string, names: readonly string[], set: bigint): string[] {
  const numbers = [...set.toString(2)].reverse().flatMap((bit, index) => (bit === "1" ? [index + 1] : []));
  return numbers.map((number) => nameOfNumber(what, names, number));
}

function isName(bytes: string): boolean {
  try {
    return nameBytes(nameOf(bytes)) === bytes;
  } catch {
    return false;
  }
}
