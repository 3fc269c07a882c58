import { hexlify } from "ethers";
import { z } from "zod";
import { type Constitution, contractNames, interfaceOf } from "../../governance/index.ts";
import { list, struct } from "../decoding.ts";
import { counted } from "../entry.ts";
import { membersOf } from "../office.ts";
import { args, type CallWords, text, type Vocabulary, Wordless, whole, wordsOf } from "./callWords.ts";

/** A constitution as ethers decodes it. */
export const constitutionForm = struct({
  members: list(
    struct({
      kind: whole.refine((kind) => kind >= 1 && kind <= 3, "it has a member of a kind that there is not"),
      ...{ weight: whole, key: z.string().transform((key) => hexlify(key)) },
    }),
  ),
  ...{ threshold: whole, defaultDelay: whole },
  rules: list(struct({ target: text, selector: text, delay: whole })),
});

/** What calls of `OwnerMultisig` to itself do. */
export const constitutionWords: Readonly<Record<string, CallWords>> = {
  constitute: wordsOf(args(constitutionForm, text), ([next], vocabulary) => {
    const before = vocabulary.constitution;
    if (before === undefined) throw new Wordless("the constitution in force is not known here");
    const says = constitutionDifferences(vocabulary, before, next);
    const sentence =
      says.length === 0
        ? "Enact the same constitution once more: what was signed or announced before is void"
        : `Change the constitution, and void what was signed or announced before: ${says.join("; ")}`;
    return { says: sentence, teaches: { constitution: next } };
  }),
};

/** What is different, each in words, without full stops. */
export function constitutionDifferences(
  vocabulary: Pick<Vocabulary, "contracts">,
  before: Constitution,
  after: Constitution,
): string[] {
  const [old, young] = [membersOf(before), membersOf(after)];
  const joining = young.filter(({ key }) => !old.some((member) => member.key === key));
  const leaving = old.filter(({ key }) => !young.some((member) => member.key === key));
  const moved = young.filter(({ key, weight }) => old.some((member) => member.key === key && member.weight !== weight));
  const votes = (constitution: Constitution) =>
    `${counted(constitution.threshold)} of ${counted(constitution.members.reduce((sum, { weight }) => sum + weight, 0))}`;
  const rules = (constitution: Constitution) =>
    new Map(
      constitution.rules.map(({ target, selector, delay }) => [functionName(vocabulary, target, selector), delay]),
    );
  const [oldRules, youngRules] = [rules(before), rules(after)];
  const waits = (delay: number | undefined) => (delay === undefined ? "the default" : `${counted(delay)} s`);
  const functions = [...new Set([...oldRules.keys(), ...youngRules.keys()])];
  return [
    ...joining.map(({ kind, key, weight }) => `the ${kind} ${key} becomes a member of weight ${counted(weight)}`),
    ...leaving.map(({ kind, key }) => `the ${kind} ${key} is no member any more`),
    ...moved.map(({ kind, key, weight }) => `the ${kind} ${key} has weight ${counted(weight)}`),
    ...(votes(before) === votes(after) ? [] : [`${votes(after)} decide (before: ${votes(before)})`]),
    ...(before.defaultDelay === after.defaultDelay
      ? []
      : [`what no rule names waits ${waits(after.defaultDelay)} (before: ${waits(before.defaultDelay)})`]),
    ...functions.flatMap((name) => {
      const [was, is] = [oldRules.get(name), youngRules.get(name)];
      return was === is ? [] : [`${name} waits ${waits(is)} (before: ${waits(was)})`];
    }),
  ];
}

/** "ShardRegistry.setQueueBudget", or target and selector where they are none of the fabric's. */
export function functionName({ contracts }: Pick<Vocabulary, "contracts">, target: string, selector: string): string {
  const contract = contractNames.find((name) => contracts[name].address === target);
  const named = contract && interfaceOf(contract).getFunction(selector as never)?.name;
  return contract === undefined ? `${target} ${selector}` : `${contract}.${named ?? selector}`;
}
