import { FabricError } from "../errors.ts";
import type { ContractName } from "../governance/index.ts";
import type { Call } from "./batch.ts";
import type { Change, ChangeKind, ChangeParameters } from "./changes.ts";
import type { Lane } from "./office.ts";
import type { World } from "./world.ts";

/** How much care a change asks for; with what is `irreversible` something is lost for good. */
export type Severity = (typeof severities)[number];
/** The mildest first. */
export const severities = ["routine", "serious", "irreversible"] as const;

/** The calls of a change, and the changes that bring back what was before; `lasts` says why none do. */
export type Plan = { readonly calls: readonly Call[] } & (
  | { readonly undo: readonly Change[] }
  | { readonly lasts: string }
);

/** One kind of change, as the catalogue has it. */
export type Entry<Kind extends ChangeKind> = {
  /** What it is for, in the list of changes. */
  readonly title: string;
  /** How it is typed after `fabric owner`, see `spelling.ts`; the first is what is shown, the rest are understood, too. */
  readonly words: readonly [string, ...string[]];
  readonly by: "owners" | "guardian";
  readonly lane: Lane;
  readonly severity: Severity;
  readonly plan: (parameters: ChangeParameters<Kind>, world: World) => Plan;
};

export type Entries<Kind extends ChangeKind> = { readonly [Each in Kind]: Entry<Each> };

export const routine = { by: "owners", lane: "parameters", severity: "routine" } as const;
export const serious = { by: "owners", lane: "parameters", severity: "serious" } as const;
export const irreversible = { by: "owners", lane: "parameters", severity: "irreversible" } as const;
export const emergency = { by: "owners", lane: "emergency", severity: "serious" } as const;
export const byGuardian = { by: "guardian", lane: "emergency", severity: "serious" } as const;

/** What it does is read from it, see `words/`. */
export function callOf({ deployment }: World, contract: ContractName, data: string): Call {
  return { to: deployment.contracts[contract].address, data };
}

/** The error of a change that would change nothing. */
export function needless(change: ChangeKind, what: string, is: string): FabricError {
  return invalid(change, `${what} is ${is} already`, "There is nothing to do");
}

/** @param right what would be right, without a full stop */
export function invalid(change: ChangeKind, problem: string, right: string): FabricError {
  return new FabricError("CHANGE_INVALID", { change, problem, right });
}

export function counted(amount: number): string {
  return amount.toLocaleString("en-US");
}

/** A number with its unit, which is named as of several: `1 job a tick`, `32 jobs a tick`; ms and s are of any number. */
export function amountOf(amount: number, unit: string): string {
  const named = amount === 1 ? unit.replace(/^(\w\w+)s\b/, "$1") : unit;
  return `${counted(amount)} ${named}`.trim();
}

/** Unix seconds as a date; 0 stands for never. */
export function dateOf(seconds: number): string {
  if (seconds === 0) return "never";
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace(".000Z", "Z");
}
