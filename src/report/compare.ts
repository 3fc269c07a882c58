import type { Summary } from "./forms.ts";
import { count } from "./text.ts";

/** A figure of two runs. */
export type Figure = {
  /** What it says something of: the run, a shard, a node. */
  readonly of: string;
  readonly what: string;
  readonly a: string;
  readonly b: string;
  /** The two as a sentence; null where they are the same. */
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
  /** What changed, a sentence each: what was played, the verdict, then the figures. */
  readonly changes: readonly string[];
  readonly figures: readonly Figure[];
};

/** Holds two runs against one another by what their bundles say of them. */
export function compare(a: Summary, b: Summary): Comparison {
  const same = {
    scenario: a.inputs.scenario === b.inputs.scenario,
    manifest: a.inputs.manifest === b.inputs.manifest,
    seed: a.seed === b.seed,
    receipts: a.receipts.root === b.receipts.root,
    state: a.stateRoot === b.stateRoot,
  };
  const figures = [...checkFigures(a, b), ...runFigures(a, b), ...shardFigures(a, b), ...nodeFigures(a, b)];
  const moved = figures.flatMap(({ change }) => change ?? []);
  return { a: a.label, b: b.label, same, changes: [...playedWords(a, b, same), ...moved], figures };
}

function playedWords(a: Summary, b: Summary, same: Comparison["same"]): string[] {
  const words: string[] = [];
  if (!same.scenario)
    words.push(
      a.scenario === b.scenario
        ? `The scenario ${a.scenario} is not the same document in both.`
        : `A plays the scenario ${a.scenario}, B ${b.scenario}.`,
    );
  if (!same.manifest) words.push("The fabric is another one: the manifests differ.");
  if (!same.seed) words.push(`A has the seed ${a.seed}, B ${b.seed}.`);
  if (same.receipts && same.state)
    words.push("Every job ended in the same way, and both runs ended in the same state.");
  else if (same.receipts) words.push("Every job ended in the same way; the state at the end is another one.");
  if (a.verdict !== b.verdict) words.push(`A ${a.verdict}ed, and B ${b.verdict}ed.`);
  return words;
}

/** Each check of either run. It changed where it holds in one run only, or was made in one only. */
function checkFigures(a: Summary, b: Summary): Figure[] {
  const ids = [...new Set([...a.checks, ...b.checks].map(({ id }) => id))];
  return ids.map((id) => {
    const [one, other] = [a, b].map(({ checks }) => checks.find((check) => check.id === id));
    const title = (one ?? other)?.title ?? id;
    const [was, is] = [one, other].map(checkWords);
    const change = one?.pass === other?.pass ? null : `${title}: ${was} in A, ${is} in B.`;
    return { of: "checks", what: title, a: was, b: is, change };
  });
}

function checkWords(check: Summary["checks"][number] | undefined): string {
  if (check === undefined) return "not checked";
  const value = typeof check.value === "number" ? count(check.value) : check.value;
  return check.pass ? value : `${value} (broken)`;
}

function runFigures(a: Summary, b: Summary): Figure[] {
  const of = "run";
  const numbers = (what: string, read: (summary: Summary) => number) => figureOf(of, what, read(a), read(b));
  return [
    numbers("ticks", ({ ticks }) => ticks),
    numbers("jobs submitted", ({ jobs }) => jobs.submitted),
    numbers("jobs completed", ({ jobs }) => jobs.completed),
    numbers("jobs failed", ({ jobs }) => jobs.failed),
    numbers("jobs expired", ({ jobs }) => jobs.expired),
    numbers("jobs cancelled", ({ jobs }) => jobs.cancelled),
    numbers("leases interrupted", ({ jobs }) => jobs.interrupted),
    numbers("times a job spilled", ({ jobs }) => jobs.spilled),
    numbers("largest skew of a route", ({ skew }) => skew.max),
    numbers("owner changes", ({ owner }) => owner.changes),
    numbers("checkpoints on the chain", ({ checkpoints }) => checkpoints.anchored),
    numbers("messages refused", ({ heartbeats }) => heartbeats.refused),
    wordsOf(of, "tick of the kill", killWords(a), killWords(b)),
  ];
}

function shardFigures(a: Summary, b: Summary): Figure[] {
  return named(a.shards, b.shards).flatMap(({ name, one, other }) => {
    const of = `shard ${name}`;
    if (one === undefined || other === undefined) return [wordsOf(of, "shard", presence(one), presence(other))];
    return [
      figureOf(of, "jobs submitted", one.submitted, other.submitted),
      figureOf(of, "jobs completed", one.completed, other.completed),
      figureOf(of, "jobs spilled in", one.spilledIn, other.spilledIn),
      figureOf(of, "jobs spilled out", one.spilledOut, other.spilledOut),
      figureOf(of, "ticks of wait, p50", one.waitP50Ticks, other.waitP50Ticks),
      figureOf(of, "ticks of wait, p95", one.waitP95Ticks, other.waitP95Ticks),
      figureOf(of, "deepest queue", one.deepestQueue, other.deepestQueue),
    ];
  });
}

function nodeFigures(a: Summary, b: Summary): Figure[] {
  return named(a.nodes, b.nodes).flatMap(({ name, one, other }) => {
    const of = `node ${name}`;
    if (one === undefined || other === undefined) return [wordsOf(of, "node", presence(one), presence(other))];
    return [
      figureOf(of, "jobs completed", one.completed, other.completed),
      figureOf(of, "per cent busy", percent(one.utilisation), percent(other.utilisation)),
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

function figureOf(of: string, what: string, a: number, b: number): Figure {
  const place = of === "run" ? "" : `${of}: `;
  const part =
    a === 0 || Math.abs(b - a) * 200 < a
      ? ""
      : ` (${b > a ? "+" : "−"}${count(Math.round((100 * Math.abs(b - a)) / a))} %)`;
  const verb = b > a ? "rose" : "fell";
  const words = `${place}${what} ${verb} from ${count(a)} to ${count(b)}${part}.`;
  return { of, what, a: count(a), b: count(b), change: a === b ? null : capital(words) };
}

function wordsOf(of: string, what: string, a: string, b: string): Figure {
  const place = of === "run" ? "" : `${of}: `;
  return { of, what, a, b, change: a === b ? null : capital(`${place}${what}: ${a} in A, ${b} in B.`) };
}

function presence(entry: Named | undefined): string {
  return entry === undefined ? "not there" : "there";
}

function killWords({ crash }: Summary): string {
  return crash === null ? "none" : `${count(crash.killedAtTick)} (${crash.killedAtStep})`;
}

function percent(part: number): number {
  return Math.round(1000 * part) / 10;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
