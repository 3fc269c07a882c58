// `npm run cover`: which lines, which arms of which `if` and which outcomes of which conditions of the contracts their tests reach.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { contractNames } from "../src/governance/index.ts";
import { mark, withArms } from "./cover/arms.ts";
import { type Condition, withConditions } from "./cover/conditions.ts";
import { Sources } from "./mutants/compile.ts";
import { copyOfTree, put } from "./mutants/copy.ts";

const { only } = new Command("cover")
  .description(
    "Says which lines, which arms of which `if` and which outcomes of which conditions of the contracts their tests reach.",
  )
  .option("--only <text>", "by the suites whose name contains this")
  .parse()
  .opts<{ only?: string }>();
const root = fileURLToPath(new URL("..", import.meta.url));
// The instruments are Hardhat's own; that it gives no branches is why every arm of an `if` is made a statement first.
const require = createRequire(createRequire(import.meta.url).resolve("hardhat/package.json"));
const edr = require("@nomicfoundation/edr");
const { getCoverageLibrary } = require("@nomicfoundation/edr/coverage");

type Statement = { readonly tag: string; readonly text: string; readonly line: number };

const original = new Sources(root);
const files = globSync("contracts/{*.sol,libraries/*.sol,types/*.sol}", { cwd: root }).sort();
const trees = original.trees(files, "old");
const library = getCoverageLibrary();
const texts = new Map<string, string>([[library.filename, library.content]]);
const instrumented = new Map<string, { readonly conditions: readonly Condition[]; readonly lastLine: number }>();
for (const file of files) {
  const before = original.shallow(file);
  const { text, conditions } = withConditions(Buffer.from(before), trees.get(file));
  texts.set(file, text);
  instrumented.set(file, { conditions, lastLine: before.trimEnd().split("\n").length });
}
const treesWithConditions = new Sources(root, texts).trees(files, "old");
const statements = new Map<string, Statement[]>();
for (const file of files) {
  const text = withArms(Buffer.from(texts.get(file) ?? ""), treesWithConditions.get(file));
  const { source, metadata } = edr.addStatementCoverageInstrumentation(
    text,
    file,
    edr.latestSupportedSolidityVersion(),
  );
  texts.set(file, source);
  statements.set(
    file,
    metadata.map(({ tag, startUtf16, endUtf16 }: { tag: Uint8Array; startUtf16: number; endUtf16: number }) => {
      const whole = text.slice(startUtf16, endUtf16);
      const skipped = whole.length - whole.trimStart().length;
      const line = text.slice(0, startUtf16 + skipped).split("\n").length;
      return { tag: Buffer.from(tag).toString("hex"), text: whole.trim(), line };
    }),
  );
}

const copy = copyOfTree(root);
try {
  const code = new Sources(root, texts).code(contractNames);
  if (code === undefined) throw new Error("The contracts do not compile with instruments.");
  put(copy, code);
  const suites = globSync("test/contracts/*.test.ts", { cwd: root }).filter(
    (file) => !/Gas|Deployed|Differential|Proofs/.test(file) && file.includes(only ?? ""),
  );
  const words = ["test", "mocha", "--no-compile", "--coverage", ...suites];
  spawnSync(join(root, "node_modules", ".bin", "hardhat"), words, { cwd: copy, stdio: ["ignore", 2, 2] });
  console.log(JSON.stringify(report(), null, 2));
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function report() {
  const hit = new Set(
    globSync("coverage/data/**/*.json", { cwd: copy }).flatMap((file) =>
      Object.keys(JSON.parse(readFileSync(join(copy, file), "utf8"))),
    ),
  );
  const sums = { lines: [0, 0], arms: [0, 0], conditions: [0, 0] };
  const missed: string[] = [];
  for (const [file, all] of statements) {
    const { conditions, lastLine } = instrumented.get(file) ?? { conditions: [], lastLine: 0 };
    const arms = all.filter(({ text }) => text === mark);
    const lines = Map.groupBy(
      all.filter(({ text, line }) => !/^({|_;|_condition)/.test(text) && text !== mark && line <= lastLine),
      ({ line }) => line,
    );
    for (const { tag, line } of arms.filter(({ line }) => line <= lastLine)) {
      sums.arms[1]++;
      if (hit.has(tag)) sums.arms[0]++;
      else missed.push(`${file}:${line}: an arm of an if`);
    }
    for (const [i, { line, text }] of conditions.entries()) {
      const outcomes = arms.filter((arm) => arm.line === lastLine + 1 + i);
      for (const [of, { tag }] of outcomes.entries()) {
        sums.conditions[1]++;
        if (hit.has(tag)) sums.conditions[0]++;
        else missed.push(`${file}:${line}: ${text}: never ${of === 0}`);
      }
    }
    for (const [line, on] of lines) {
      sums.lines[1]++;
      if (on.every(({ tag }) => hit.has(tag))) sums.lines[0]++;
      else missed.push(`${file}:${line}: ${on.find(({ tag }) => !hit.has(tag))?.text.split("\n")[0]}`);
    }
  }
  return {
    lines: sums.lines.join(" of "),
    branches: sums.arms.join(" of "),
    conditions: sums.conditions.join(" of "),
    missed,
  };
}
