import type { Manifest } from "../config/index.ts";
import { fieldInWords, manifestValues, type Stated, subjectInWords, valueText } from "../owner/index.ts";
import type { Summary } from "./forms.ts";
import type { Look } from "./look.ts";
import { stepWords } from "./stepWords.ts";
import { count } from "./text.ts";

/** A figure of two runs. */
export type Figure = {
  /** What it says something of: the run, a shard, a node. */
  readonly of: string;
  readonly what: string;
  readonly a: string;
  readonly b: string;
  /** The two as a sentence; null where they are the same, or nearly. */
  readonly change: string | null;
};

/** Two runs side by side. */
export type Comparison = {
  readonly a: string;
  readonly b: string;
  /** True where both runs had the same. */
  readonly same: {
    readonly scenario: boolean;
    readonly manifest: boolean;
    readonly seed: boolean;
    /** Every job ended in the same way. */
    readonly receipts: boolean;
    readonly state: boolean;
  };
  /** What changed, a sentence each: what was played, what was founded and decided, the verdict, then the figures. */
  readonly changes: readonly string[];
  readonly figures: readonly Figure[];
};

/** What of a bundle is compared. */
export type Compared = Pick<Look, "summary" | "manifest" | "decided">;

/** Holds two runs against one another by what their bundles say of them. */
export function compare(one: Compared, other: Compared): Comparison {
  const [a, b] = [one.summary, other.summary];
  const same = {
    scenario: a.inputs.scenario === b.inputs.scenario,
    manifest: a.inputs.manifest === b.inputs.manifest,
    seed: a.seed === b.seed,
    receipts: a.receipts.root === b.receipts.root,
    state: a.stateRoot === b.stateRoot,
  };
  const figures = [...checkFigures(a, b), ...runFigures(a, b), ...shardFigures(a, b), ...nodeFigures(a, b)];
  const slight = figures.filter((figure) => figure.a !== figure.b && figure.isSlight).length;
  const changes = [
    ...playedWords(a, b, same),
    ...manifestWords(one.manifest, other.manifest),
    ...decidedWords(one.decided, other.decided),
    ...endedWords(a, b, same),
    ...figures.flatMap(({ change }) => change ?? []),
    ...(slight === 0
      ? []
      : [`${count(slight)} more ${slight === 1 ? "figure differs" : "figures differ"} by less than half a per cent.`]),
  ];
  return { a: a.label, b: b.label, same, changes, figures: figures.map(({ isSlight: _, ...figure }) => figure) };
}

function playedWords(a: Summary, b: Summary, same: Comparison["same"]): string[] {
  const words: string[] = [];
  if (!same.scenario)
    words.push(
      a.scenario === b.scenario
        ? `The scenario ${a.scenario} is not the same document in both.`
        : `A plays the scenario ${a.scenario}, B ${b.scenario}.`,
    );
  if (!same.seed) words.push(`A has the seed ${a.seed}, B ${b.seed}: what chance decides is different.`);
  return words;
}

/** What each was founded with. */
function manifestWords(a: Manifest, b: Manifest): string[] {
  const [one, other] = [a, b].map(
    (manifest) => new Map(manifestValues(manifest).map((stated) => [fieldInWords(stated), stated])),
  );
  const subjects = (all: ReadonlyMap<string, Stated>) =>
    new Set([...all.values()].map((each) => subjectInWords(each.subject)));
  const [inA, inB] = [subjects(one), subjects(other)];
  const only = (subject: string, where: string) => capital(`${subject} is in the fabric of ${where} only.`);
  return [
    ...[...inA].filter((subject) => !inB.has(subject)).map((subject) => only(subject, "A")),
    ...[...inB].filter((subject) => !inA.has(subject)).map((subject) => only(subject, "B")),
    ...[...one].flatMap(([what, was]) => {
      const is = other.get(what);
      if (is === undefined) return [];
      const [before, after] = [was, is].map(({ field, value }) => valueText(field, value));
      return before === after ? [] : [capital(`${what}, at the beginning: ${before} in A, ${after} in B.`)];
    }),
  ];
}

function decidedWords(a: readonly string[], b: readonly string[]): string[] {
  const only = (all: readonly string[], others: readonly string[], where: string) =>
    all
      .filter((sentence) => !others.includes(sentence))
      .map((sentence) => `Decided in ${where} only: “${sentence.replace(/\.$/, "")}”.`);
  return [...only(a, b, "A"), ...only(b, a, "B")];
}

function endedWords(a: Summary, b: Summary, same: Comparison["same"]): string[] {
  const words: string[] = [];
  if (same.receipts && same.state)
    words.push("Every job ended in the same way, and both runs ended in the same state.");
  else if (same.receipts) words.push("Every job ended in the same way; the state at the end is another one.");
  if (a.verdict !== b.verdict) words.push(`A ${a.verdict}ed, and B ${b.verdict}ed.`);
  return words;
}

/** A figure, and whether its change is too slight for words. */
type Weighed = Figure & { readonly isSlight: boolean };

/** Each check of either run. It changed where it holds in one run only; what one is not checked for follows from what was played. */
function checkFigures(a: Summary, b: Summary): Weighed[] {
  const ids = [...new Set([...a.checks, ...b.checks].map(({ id }) => id))];
  return ids.map((id) => {
    const [one, other] = [a, b].map(({ checks }) => checks.find((check) => check.id === id));
    const title = (one ?? other)?.title ?? id;
    const [was, is] = [one, other].map(checkWords);
    const isSame = one === undefined || other === undefined || one.pass === other.pass;
    return {
      of: "checks",
      what: title,
      a: was,
      b: is,
      change: isSame ? null : `${title}: ${was} in A, ${is} in B.`,
      isSlight: false,
    };
  });
}

function checkWords(check: Summary["checks"][number] | undefined): string {
  if (check === undefined) return "not checked";
  const value = typeof check.value === "number" ? count(check.value) : check.value;
  return check.pass ? value : `${value} (broken)`;
}

function runFigures(a: Summary, b: Summary): Weighed[] {
  const of = "run";
  const numbers = (what: string, read: (summary: Summary) => number) => figureOf(of, what, read(a), read(b));
  return [
    numbers("length of the run in ticks", ({ ticks }) => ticks),
    numbers("jobs submitted", ({ jobs }) => jobs.submitted),
    numbers("jobs completed", ({ jobs }) => jobs.completed),
    numbers("jobs failed", ({ jobs }) => jobs.failed),
    numbers("jobs expired", ({ jobs }) => jobs.expired),
    numbers("jobs cancelled", ({ jobs }) => jobs.cancelled),
    numbers("times a job was interrupted", ({ jobs }) => jobs.interrupted),
    numbers("times a job spilled", ({ jobs }) => jobs.spilled),
    numbers("largest skew of a route", ({ skew }) => skew.max),
    numbers("owner changes", ({ owner }) => owner.changes),
    numbers("checkpoints on the chain", ({ checkpoints }) => checkpoints.anchored),
    numbers("messages refused", ({ heartbeats }) => heartbeats.refused),
    wordsOf(of, "the kill of the orchestrator", killWords(a), killWords(b)),
  ];
}

function shardFigures(a: Summary, b: Summary): Weighed[] {
  return named(a.shards, b.shards).flatMap(({ name, one, other }) => {
    const of = `shard ${name}`;
    if (one === undefined || other === undefined) return [wordsOf(of, "shard", presence(one), presence(other))];
    return [
      figureOf(of, "jobs submitted", one.submitted, other.submitted),
      figureOf(of, "jobs completed", one.completed, other.completed),
      figureOf(of, "jobs spilled in", one.spilledIn, other.spilledIn),
      figureOf(of, "jobs spilled out", one.spilledOut, other.spilledOut),
      figureOf(of, "wait of a job in the middle", one.waitP50Ticks, other.waitP50Ticks, "ticks"),
      figureOf(of, "wait that 95 % of the jobs do not exceed", one.waitP95Ticks, other.waitP95Ticks, "ticks"),
      figureOf(of, "most jobs in the queue", one.deepestQueue, other.deepestQueue),
    ];
  });
}

function nodeFigures(a: Summary, b: Summary): Weighed[] {
  return named(a.nodes, b.nodes).flatMap(({ name, one, other }) => {
    const of = `node ${name}`;
    if (one === undefined || other === undefined) return [wordsOf(of, "node", presence(one), presence(other))];
    return [
      figureOf(of, "jobs completed", one.completed, other.completed),
      figureOf(of, "part of its slots that was busy", percent(one.utilisation), percent(other.utilisation), "%"),
      figureOf(of, "silences", one.silences, other.silences),
    ];
  });
}

type Named = { readonly name: string };

/** Those of both by name, in the order of the first. */
function named<Entry extends Named>(a: readonly Entry[], b: readonly Entry[]) {
  const names = [...new Set([...a, ...b].map(({ name }) => name))];
  return names.map((name) => ({
    name,
    one: a.find((entry) => entry.name === name),
    other: b.find((entry) => entry.name === name),
  }));
}

function figureOf(of: string, what: string, a: number, b: number, unit = ""): Weighed {
  const place = of === "run" ? "" : `${of}: `;
  const isSlight = Math.abs(b - a) * 200 < Math.abs(a);
  const verb = b > a ? "rose" : "fell";
  const [was, is] = [a, b].map((value) => `${count(value)} ${unit}`.trim());
  const words = `${place}${what} ${verb} from ${count(a)} to ${is}${unit === "%" ? "" : growth(a, b)}.`;
  return { of, what, a: was, b: is, change: a === b || isSlight ? null : capital(words), isSlight };
}

/** How much more it is in parts of what it was, or how many times as much. */
function growth(a: number, b: number): string {
  if (a === 0 || b === 0) return "";
  if (b >= 3 * a) return ` (${count(Math.round(b / a))} times)`;
  const part = Math.round((100 * Math.abs(b - a)) / a);
  return ` (${b > a ? "+" : "−"}${count(part)} %)`;
}

function wordsOf(of: string, what: string, a: string, b: string): Weighed {
  const place = of === "run" ? "" : `${of}: `;
  const change = a === b ? null : capital(`${place}${what}: ${a} in A; ${b} in B.`);
  return { of, what, a, b, change, isSlight: false };
}

function presence(entry: Named | undefined): string {
  return entry === undefined ? "not there" : "there";
}

function killWords({ crash }: Summary): string {
  return crash === null ? "nobody was killed" : `tick ${count(crash.killedAtTick)}, ${stepWords[crash.killedAtStep]}`;
}

function percent(part: number): number {
  return Math.round(1000 * part) / 10;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
