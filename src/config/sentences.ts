import type { z } from "zod";
import type { Path } from "./document.ts";

type Issue = z.core.$ZodIssue;

/** What a person calls the value at a path: its key, or its key and position in a list. */
export function labelOf(path: Path): string {
  let label = "";
  for (const step of path) label = typeof step === "number" ? `${label}[${step}]` : step;
  return label === "" ? "the document" : label;
}

/**
 * The sentences for one issue, without place and full stop: what was wrong; what would be right. The schema's own
 * messages (`fields.ts`) say what would be right, and those of cross checks follow the label.
 * @param literal the value as the file has it; absent when the key is missing
 */
export function sentencesOf(issue: Issue, label: string, literal: string | undefined): string[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.message.split("\n");
    case "custom":
      return [`${label} ${isUnknownName(issue.params) ? unknownName(issue.params) : issue.message}`];
    case "invalid_union":
      if (literal === undefined) return [`${label} is missing; add ${oneOf(optionsOf(issue))}`];
      return [`${label} is ${literal}; ${oneOf(optionsOf(issue))} would be right`];
    default:
  }
  if (literal === undefined) return [`${label} is missing; add ${issue.message}`];
  return [`${label} is ${literal}; ${issue.message} would be right`];
}

/** "a", "b" or "c" */
export function oneOf(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** A name that nothing bears: the parameters of a cross check's issue, so that only issues that are shown cost a search. */
export type UnknownName = { readonly name: string; readonly what: string; readonly known: ReadonlySet<string> };

/** The question after a name that nothing bears: the nearest one, or what there is to choose from. */
export function didYouMean(name: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return "there is none";
  if (known.size > mostNames) return `there are ${known.size}, none of that name`;
  const near = nearest(name, [...known]);
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`;
  return known.size <= 20 ? `${oneOf([...known])} would be right` : `there are ${known.size}, none of that name`;
}

export function quote(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}…`);
}

const mostNames = 4096;

function isUnknownName(params: object | undefined): params is UnknownName {
  return params !== undefined && "what" in params && "known" in params;
}

function unknownName({ name, what, known }: UnknownName): string {
  return `names ${quote(name)}, which is no ${what}; ${didYouMean(name, known)}`;
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

/** The name at the smallest Levenshtein distance, if at most a third of the letters differ; case counts for nothing. */
function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(name.length, 3) / 3) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
