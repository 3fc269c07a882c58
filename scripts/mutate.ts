// `npm run mutate`: changes the contracts in small ways, one at a time, and looks whether their own tests notice.
import { hash } from "node:crypto";
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Random } from "../test/simulation/random.ts";
import { wholeNumber } from "./bench/wholeNumber.ts";
import { type Count, mutantsSection, mutantTable } from "./docs/mutants.ts";
import { withSection } from "./docs/section.ts";
import { Bench, type Judgement } from "./mutants/bench.ts";
import { Sources } from "./mutants/compile.ts";
import { type Mutant, mutantsOf } from "./mutants/operators.ts";
import { changeOf, type Explanation, explanations } from "./mutants/survivors.ts";

/** Fewer killed than this are a failure. */
const leastPercent = 95;

const root = fileURLToPath(new URL("..", import.meta.url));
type Judged = Omit<Mutant, "start" | "end"> &
  Judgement &
  Pick<Explanation, "is" | "becomes"> & {
    readonly at: number;
    /** Of the file that it is a change of. */
    readonly sha256: string;
  };

const options = new Command("mutate")
  .description("Changes the contracts in small ways, one at a time, and looks whether their own tests notice.")
  .option("--sample <count>", "judge so many, drawn by lot", wholeNumber)
  .option("--seed <seed>", "what they are drawn by", wholeNumber, 1)
  .option("--only <text>", "those of files whose name contains this")
  .option(
    "--results <file>",
    "what is known of each; those that are in it are not judged again",
    "reports/mutants.jsonl",
  )
  .option("--cpu <seconds>", "begin no mutant after so much CPU time", wholeNumber)
  .option("--known", "judge none, and say what is known")
  .option("--write", "write down in docs/assurance.md how many were killed")
  .parse()
  .opts<{ sample?: number; seed: number; only?: string; cpu?: number; known?: true; results: string; write?: true }>();

const sources = new Sources(root);
const files = globSync("contracts/{*,libraries/*,types/*}.sol", { cwd: root }).sort();
const texts = new Map(files.map((file) => [file, Buffer.from(sources.text(file))]));
const digests = new Map([...texts].map(([file, text]) => [file, hash("sha256", text)]));
const trees = sources.trees(files);
const all = [...texts].flatMap(([file, text]) => mutantsOf(file, text, trees.get(file)));
const drawn = shuffled(all, new Random(options.seed))
  .slice(0, options.sample ?? all.length)
  .filter(({ file }) => file.includes(options.only ?? ""));

mkdirSync(dirname(options.results), { recursive: true });
const known = new Map(
  (existsSync(options.results) ? readFileSync(options.results, "utf8").trim().split("\n") : [])
    .filter((line) => line !== "")
    .map((line): Judged => JSON.parse(line))
    .filter(({ file, sha256 }) => sha256 === digests.get(file))
    .map((judged) => [keyOf(judged, judged.at), judged]),
);
await judgeAll();
process.exitCode = report();

async function judgeAll(): Promise<void> {
  // A test that was written since may kill what survived.
  const survived = drawn.filter((mutant) => {
    const judged = known.get(keyOf(mutant, mutant.start));
    return judged?.verdict === "survived" && explanationOf(judged) === undefined;
  });
  const open = [...survived, ...drawn.filter((mutant) => !known.has(keyOf(mutant, mutant.start)))];
  if (open.length === 0 || options.known) return;
  const bench = new Bench(root, sources);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      bench.end();
      process.exit(1);
    });
  try {
    await bench.requireSound();
    let tookMs = 0;
    for (const [i, mutant] of open.entries()) {
      if (options.cpu !== undefined && tookMs >= options.cpu * 1000) break;
      const { start, end: _, ...said } = mutant;
      const [text, sha256] = [texts.get(mutant.file), digests.get(mutant.file)];
      if (text === undefined || sha256 === undefined) continue;
      const judgement = await bench.judge(mutant);
      const judged: Judged = { ...said, ...changeOf(text, mutant), at: start, sha256, ...judgement };
      tookMs += judgement.cpuMs;
      known.set(keyOf(mutant, start), judged);
      appendFileSync(options.results, `${JSON.stringify(judged)}\n`);
      console.error(`${i + 1}/${open.length} ${sentenceOf(judged)}`);
    }
  } finally {
    bench.end();
  }
}

function explanationOf({ file, is, becomes }: Pick<Judged, "file" | "is" | "becomes">): Explanation | undefined {
  return explanations.find((each) => each.file === file && each.is === is && each.becomes === becomes);
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  for (let i = left.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [left[i], left[j]] = [left[j], left[i]];
  }
  return left;
}

function keyOf({ file, operator, before, after }: Omit<Mutant, "start" | "end">, at: number): string {
  return JSON.stringify([file, operator, at, before, after]);
}

function sentenceOf({ file, line, operator, verdict, is, becomes }: Judged): string {
  return `${verdict}: ${file}:${line} (${operator}) ${is} → ${becomes || "nothing"}`;
}

/**
 * Says of each file how many of its mutants were killed.
 * @returns 1 if they are too few, if nobody knows why one survived, or if what is explained is not there
 */
function report(): number {
  const judged = drawn.flatMap((mutant) => known.get(keyOf(mutant, mutant.start)) ?? []);
  const open = judged.filter((each) => each.verdict === "survived" && explanationOf(each) === undefined);
  const changes = all.map((mutant) => ({
    file: mutant.file,
    ...changeOf(texts.get(mutant.file) ?? Buffer.of(), mutant),
  }));
  const needless = explanations.filter((each) => !changes.some((change) => explanationOf(change) === each));
  const whole = countOf(undefined, all, judged);
  const byFile = files
    .map((file) => {
      const of = <Item extends { file: string }>(items: readonly Item[]) => items.filter((each) => each.file === file);
      return countOf(file, of(all), of(judged));
    })
    .filter(({ places }) => places > 0);
  const found = byFile.filter((each) => each.judged > 0);
  console.log(JSON.stringify({ ...whole, files: found, survivors: open.map(sentenceOf), needless }, null, 2));
  if (options.write) {
    const text = readFileSync(mutantsSection.file, "utf8");
    writeFileSync(mutantsSection.file, withSection(text, mutantsSection, mutantTable(whole, byFile)));
  }
  return whole.percent < leastPercent || open.length > 0 || needless.length > 0 ? 1 : 0;
}

function countOf(file: string | undefined, mutants: readonly Mutant[], judged: readonly Judged[]): Count {
  const count = (verdict: Judged["verdict"]) => judged.filter((each) => each.verdict === verdict).length;
  const [killed, survived] = [count("killed"), count("survived")];
  return {
    ...(file === undefined ? {} : { file }),
    places: mutants.length,
    judged: judged.length,
    killed,
    survived,
    same: count("same code"),
    noCode: count("does not compile"),
    percent: Math.round((1000 * killed) / Math.max(1, killed + survived)) / 10,
    cpuSeconds: Math.round(judged.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000),
  };
}
