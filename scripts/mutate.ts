// `npm run mutate`: changes the contracts in small ways, one at a time, and looks whether their own tests notice.
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Random } from "../test/simulation/random.ts";
import { wholeNumber } from "./bench/wholeNumber.ts";
import { Bench, type Verdict } from "./mutants/bench.ts";
import { Sources } from "./mutants/compile.ts";
import { type Mutant, mutantsOf } from "./mutants/operators.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
type Judged = Omit<Mutant, "start" | "end"> & { readonly at: number; readonly verdict: Verdict; readonly by?: string };

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
  .parse()
  .opts<{ sample?: number; seed: number; only?: string; results: string }>();

const sources = new Sources(root);
const files = globSync("contracts/**/*.sol", { cwd: root }).sort();
const trees = sources.trees(files);
const all = files.flatMap((file) => mutantsOf(file, Buffer.from(sources.text(file)), trees.get(file)));
const drawn = shuffled(all, new Random(options.seed)).slice(0, options.sample ?? all.length);

mkdirSync(dirname(options.results), { recursive: true });
const known = new Map(
  (existsSync(options.results) ? readFileSync(options.results, "utf8").trim().split("\n") : [])
    .filter((line) => line !== "")
    .map((line): Judged => JSON.parse(line))
    .map((judged) => [keyOf(judged, judged.at), judged]),
);
await judgeAll();
process.exitCode = report();

async function judgeAll(): Promise<void> {
  const bench = new Bench(root, sources);
  try {
    await bench.requireSound();
    for (const [i, mutant] of drawn.entries()) {
      if (known.has(keyOf(mutant, mutant.start)) || !mutant.file.includes(options.only ?? "")) continue;
      const { start, end: _, ...said } = mutant;
      const judged: Judged = { ...said, at: start, ...(await bench.judge(mutant)) };
      known.set(keyOf(mutant, start), judged);
      appendFileSync(options.results, `${JSON.stringify(judged)}\n`);
      console.error(`${i + 1}/${drawn.length} ${sentenceOf(judged)}`);
    }
  } finally {
    bench.end();
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  for (let i = left.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [left[i], left[j]] = [left[j], left[i]];
  }
  return left;
}

function keyOf({ file, operator, before, after }: Omit<Mutant, "start" | "end" | "line">, at: number): string {
  return JSON.stringify([file, operator, at, before, after]);
}

function sentenceOf({ file, line, operator, before, after, verdict }: Judged): string {
  return `${verdict}: ${file}:${line} (${operator}) ${before.replaceAll(/\s+/g, " ")} → ${after || "nothing"}`;
}

/** Says of each file how many of its mutants were killed. */
function report(): number {
  const judged = drawn.flatMap((mutant) => known.get(keyOf(mutant, mutant.start)) ?? []);
  const counts = (of: readonly Judged[]) => {
    const [killed, survived] = (["killed", "survived"] as const).map(
      (verdict) => of.filter((each) => each.verdict === verdict).length,
    );
    return { killed, survived, percent: Math.round((1000 * killed) / Math.max(1, killed + survived)) / 10 };
  };
  console.log(
    JSON.stringify(
      {
        known: all.length,
        judged: judged.length,
        ...counts(judged),
        files: Object.fromEntries(files.map((file) => [file, counts(judged.filter((each) => each.file === file))])),
        survivors: judged.filter(({ verdict }) => verdict === "survived").map(sentenceOf),
      },
      null,
      2,
    ),
  );
  return 0;
}
