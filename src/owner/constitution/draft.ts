import { dataLength, getAddress, isHexString } from "ethers";
import { FabricError } from "../../errors.ts";
import {
  type Constitution,
  type ContractName,
  contractNames,
  interfaceOf,
  memberKinds,
} from "../../governance/index.ts";
import { type Member, membersOf } from "../office.ts";
import { invalid } from "./check.ts";

// How a constitution is spelled, as a whole or by what is to be different from another one.

/**
 * A *member* is an address, `contract:<address>`, or `key:<verifier, x and y>`, each with `:<weight>` behind it unless that
 * is 1. Who is one already may be named by number, name, address or key.
 */
export type ConstitutionWishes = {
  /** All members; those of the one before where it is left out. */
  readonly members?: readonly string[] | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  /** "<who is one>=<member>"; who is new has the weight of the other one unless told. */
  readonly replace?: readonly string[] | undefined;
  /** "<who is one>=<weight>" */
  readonly weight?: readonly string[] | undefined;
  readonly threshold?: number | undefined;
  /** Seconds. */
  readonly defaultDelay?: number | undefined;
  /** "<function>=<seconds>", or "<function>=default" for no rule; a function is "ShardRegistry.setWeight", or its name alone. */
  readonly delay?: readonly string[] | undefined;
};

export type Known = {
  /** Without them no function can be named. */
  readonly contracts?: Readonly<Record<ContractName, { readonly address: string }>> | undefined;
  /** What the members of the constitution before are called, the first one first. */
  readonly names?: readonly string[] | undefined;
};

/** Nobody, who decides nothing. */
const nobody: Constitution = { members: [], threshold: 0, defaultDelay: 0, rules: [] };

/**
 * A constitution made from another one, in the order that the multisig takes. Whether it can be is for
 * `checkConstitution` to say.
 * @param before null for none
 * @throws CONSTITUTION_INVALID when it cannot be understood
 */
export function draftConstitution(before: Constitution | null, wishes: ConstitutionWishes, known: Known): Constitution {
  const { members, threshold, defaultDelay, rules } = before ?? nobody;
  const listed = wishes.members?.map((text) => memberSpelled(text)) ?? members;
  return {
    members: sorted(changedMembers(listed, wishes, known)),
    threshold: wishes.threshold ?? threshold,
    defaultDelay: wishes.defaultDelay ?? defaultDelay,
    rules: changedRules(rules, wishes.delay ?? [], known),
  };
}

type Members = Constitution["members"];

function changedMembers(
  before: Members,
  { add = [], remove = [], replace = [], weight = [] }: ConstitutionWishes,
  known: Known,
) {
  const find = (who: string) => numberOf(before, who, known);
  const gone = new Set(remove.map(find));
  const changed = new Map(
    [
      ...weight.map((text) => ({
        text,
        as: (now: Members[number], given: string) => ({ ...now, weight: wholeIn(given, text) }),
      })),
      ...replace.map((text) => ({
        text,
        as: (now: Members[number], given: string) => memberSpelled(given, now.weight),
      })),
    ].map(({ text, as }) => {
      const [who, given] = halves(text);
      const number = find(who);
      return [number, as(before[number - 1], given)] as const;
    }),
  );
  const kept = before.flatMap((member, index) => (gone.has(index + 1) ? [] : [changed.get(index + 1) ?? member]));
  return [...kept, ...add.map((text) => memberSpelled(text))];
}

/** The number of a member, from 1. @throws CONSTITUTION_INVALID */
function numberOf(members: Members, who: string, { names = [] }: Known): number {
  const own = membersOf({ members });
  const wanted = who.toLowerCase();
  const is = ({ kind, address, key }: Member, index: number) =>
    [String(index + 1), names[index], key, ...(kind === "key" ? [] : [address.toLowerCase()])].includes(wanted) ||
    names[index] === who;
  const index = own.findIndex(is);
  if (index >= 0) return index + 1;
  const known = own.map(({ kind, address, key }, at) =>
    [at + 1, names[at] ?? [], kind === "key" ? key : address].flat().join(" "),
  );
  throw invalid(
    `${who} is no member`,
    `Name one of these by number, name or address: ${known.join("; ") || "there is none"}`,
  );
}

/** @param weight unless told */
function memberSpelled(text: string, weight = 1): Members[number] {
  const [, kind = "", key = "", said] = /^(?:(contract|key):)?(0x[0-9a-fA-F]+)(?::(.*))?$/.exec(text) ?? [];
  const weighs = said === undefined ? weight : wholeIn(said, text);
  if (kind === "key" && isHexString(key) && dataLength(key) === 84)
    return { kind: memberKinds.key, weight: weighs, key: key.toLowerCase() };
  if (kind === "key" || key === "")
    throw invalid(
      `“${text}” is no member`,
      "Members are <address>, contract:<address>, and key:<key, or its file>@<verifier's address>, with :<weight> behind",
    );
  return {
    kind: kind === "contract" ? memberKinds.contract : memberKinds.account,
    weight: weighs,
    key: addressIn(key, text),
  };
}

function addressIn(key: string, text: string): string {
  try {
    return getAddress(key).toLowerCase();
  } catch (cause) {
    const right = "Copy it anew: it takes 0x and 40 hex digits, and capitals in it have to be its checksum's (EIP-55)";
    const problem = `${key} in “${text}” is no address`;
    throw new FabricError("CONSTITUTION_INVALID", { problem, right }, { cause });
  }
}

function sorted(members: Members): Members {
  return [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function changedRules(before: Constitution["rules"], delays: readonly string[], known: Known): Constitution["rules"] {
  const rules = new Map(before.map((rule) => [ruleKey(rule), rule]));
  for (const text of delays) {
    const [name, given] = halves(text);
    const called = functionCalled(name, known);
    if (given === "default") rules.delete(ruleKey(called));
    else rules.set(ruleKey(called), { ...called, delay: wholeIn(given, text) });
  }
  return [...rules.values()].sort((a, b) => (ruleKey(a) < ruleKey(b) ? -1 : 1));
}

type Called = { readonly target: string; readonly selector: string };

function ruleKey({ target, selector }: Called): string {
  return `${target} ${selector}`.toLowerCase();
}

/** @throws CONSTITUTION_INVALID */
function functionCalled(text: string, { contracts }: Known): Called {
  if (contracts === undefined)
    throw invalid(
      "a first constitution has no rules: the contracts that they would name have no addresses yet",
      "Leave --delay out, and put a constitution with rules in force when the fabric is there",
    );
  const raw = /^(0x[0-9a-fA-F]{40})\.(0x[0-9a-fA-F]{8})$/.exec(text);
  if (raw !== null) return { target: getAddress(raw[1].toLowerCase()), selector: raw[2].toLowerCase() };
  const [name, contract] = text.split(".").reverse();
  const found = contractNames.flatMap((each) => {
    if (contract !== undefined && contract !== each) return [];
    const called = interfaceOf(each).getFunction(name as never);
    if (called === null || called === undefined || called.constant) return [];
    return [{ contract: each, target: contracts[each].address, selector: called.selector }];
  });
  if (found.length === 1) return { target: found[0].target, selector: found[0].selector };
  throw found.length > 1
    ? invalid(
        `several contracts have ${name}`,
        `Name one of: ${found.map((each) => `${each.contract}.${name}`).join(", ")}`,
      )
    : invalid(
        `no contract of a fabric has a function ${text}`,
        `Name one as in ShardRegistry.setWeight; docs/contracts.md has them, of ${contractNames.join(", ")}`,
      );
}

/** What stands before and behind the first equals sign. */
function halves(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw invalid(`“${text}” lacks an equals sign`, "Write what it is about, =, and what it is to be");
}

function wholeIn(given: string, text: string): number {
  if (/^\d{1,10}$/.test(given)) return Number(given);
  throw invalid(`“${given}” in “${text}” is no whole number`, "Give digits");
}
