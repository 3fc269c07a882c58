import { existsSync, realpathSync } from "node:fs";
import { extname, join } from "node:path";
import { Command } from "commander";
import { exitCodes, FabricError } from "../errors.ts";
import {
  type Comparison,
  changedWords,
  compare,
  compareMarkdown,
  comparePage,
  lookAtBundle,
  redraw,
  type Texts,
  visible,
  withDigests,
} from "../report/index.ts";
import { table } from "./table.ts";
import { makeFolder, writeText } from "./textFile.ts";

type DrawFlags = { readonly out?: string; readonly json?: boolean };
type CompareFlags = { readonly out?: string; readonly json?: boolean; readonly markdown?: boolean };

/** `fabric report …`: what a person reads of runs. */
export function reportCommand(): Command {
  const command = new Command("report")
    .description("draw the page and the plots of a bundle anew from its journal, or put two runs side by side")
    .argument("<bundle>", "folder of the bundle, for example reports/latest")
    .option("--out <folder>", "where the page and the plots are written (default: into the bundle)")
    .option("--json", "print the summary as JSON")
    .action(async (bundle: string, flags: DrawFlags) => {
      await drawAnew(bundle, flags);
      process.exitCode = exitCodes.done;
    });
  command
    .command("compare")
    .description("two runs side by side: what changed first, in words, then every figure")
    .argument("<a>", "folder of the first bundle")
    .argument("<b>", "folder of the second bundle")
    .option("--out <file>", "write it to a file: a page with the plots of both (.html), or Markdown (.md)")
    .option("--json", "print it as JSON")
    .option("--markdown", "print it as Markdown")
    .action(async (a: string, b: string, flags: CompareFlags) => {
      // Options that both commands have are read by the first of them.
      await compareRuns(a, b, { ...command.opts<DrawFlags>(), ...flags });
      process.exitCode = exitCodes.done;
    });
  return command;
}

/** @throws USAGE where another bundle's page would be lost; errors of `redraw`; FILE_UNWRITABLE */
async function drawAnew(bundle: string, { out = bundle, json }: DrawFlags): Promise<void> {
  const isItsOwn = existsSync(out) && existsSync(bundle) && realpathSync(out) === realpathSync(bundle);
  if (!isItsOwn && existsSync(join(out, "manifest.json")))
    throw new FabricError("USAGE", { problem: `${out} has a bundle of its own. --out takes another folder.` });
  const { derived, pictures } = await redraw(bundle);
  write(out, isItsOwn ? withDigests(bundle, pictures) : pictures);
  if (json === true) console.log(JSON.stringify(derived.summary));
  else console.log(`The page and ${pictures.size - 1} plots of ${visible(derived.summary.label)} are drawn.`);
  process.stderr.write(`Next: open ${join(out, "index.html")}\n`);
}

function write(folder: string, texts: Texts): void {
  makeFolder(join(folder, "plots"));
  for (const [path, content] of texts) writeText(join(folder, path), content);
}

/** @throws USAGE, FILE_UNWRITABLE; errors of `lookAtBundle` and `redraw` */
async function compareRuns(a: string, b: string, { out, json, markdown }: CompareFlags): Promise<void> {
  const kind = out === undefined ? undefined : extname(out);
  if (kind !== undefined && kind !== ".html" && kind !== ".md")
    throw new FabricError("USAGE", { problem: "--out takes the name of a file that ends in .html or .md." });
  const [first, second] = [lookAtBundle(a), lookAtBundle(b)];
  const comparison = compare(first, second);
  if (out !== undefined && kind === ".md") writeText(out, compareMarkdown(comparison));
  if (out !== undefined && kind === ".html") {
    const [one, other] = [await redraw(a), await redraw(b)];
    const made = compare({ ...first, summary: one.derived.summary }, { ...second, summary: other.derived.summary });
    writeText(out, comparePage(made, one.pictures, other.pictures));
  }
  if (json === true) console.log(JSON.stringify(comparison));
  else process.stdout.write(markdown === true ? compareMarkdown(comparison) : words(comparison));
  if (out !== undefined) process.stderr.write(`Next: open ${out}\n`);
}

function words({ a, b, changes, figures }: Comparison): string {
  const columns = [
    { head: "of", align: "left" },
    { head: "what", align: "left" },
    { head: "A", align: "right" },
    { head: "B", align: "right" },
  ] as const;
  const rows = figures.map((figure) => [figure.of, figure.what, figure.a, figure.b].map(visible));
  const says = changedWords(changes).map((change) => `  ${visible(change)}`);
  return [`A: ${visible(a)}, B: ${visible(b)}. What changed:`, ...says, "", table(columns, rows)].join("\n");
}
