import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { markdownTable, withSection } from "../docs/section.ts";
import { type Bound, pages, type Said } from "./pages.ts";

/** The suites that `docs/performance.md` has a section of, in its order. */
export type Suite = keyof typeof pages;
export const suites = Object.keys(pages).filter((name): name is Suite => name in pages);

/** The name of the section with what is asked of the program, beside what was found. */
export const boundsSection = "bounds";
export const performanceFile = "docs/performance.md";
const root = fileURLToPath(new URL("../..", import.meta.url));

export function allCommand(): Command {
  return new Command("all")
    .description(
      `every suite as ${performanceFile} shows it, each run in a process of its own; medians where it is run several times`,
    )
    .addArgument(new Argument("[suites...]", "only these").choices(suites).default(suites, "all of them"))
    .option("--write", `write what was found into ${performanceFile}`)
    .action(async (asked: readonly Suite[], { write }: { write?: boolean }) => {
      for (const suite of asked) {
        const { body, bounds, pictures } = await sectionOf(suite);
        console.log(`\n# ${suite}\n\n${boundTable(boundRows(suite, bounds))}\n\n${body}`);
        if (write === true) writeSection(suite, { body, bounds, pictures });
      }
    });
}

/** What the document says of a suite: when, on what, by which commands, and what they found. */
async function sectionOf(suite: Suite): Promise<Said> {
  const { runs, says } = pages[suite];
  const head = `${new Date().toISOString().slice(0, 10)}, ${machine()}; ${versions()}.`;
  const printed = runs.map(({ options, times }) =>
    Array.from({ length: times }, () => outputOf([suite, ...options, "--json"])),
  );
  const { body, ...said } = await says(printed);
  return { ...said, body: [head, `\`\`\`sh\n${commandsOf(suite).join("\n")}\n\`\`\``, body].join("\n\n") };
}

/** As they are typed to see the same; a comment says how often they were run. */
export function commandsOf(suite: Suite): string[] {
  return pages[suite].runs.map(({ options, times }) => {
    const command = ["npm run --silent bench --", suite, ...options].join(" ");
    return times === 1 ? command : `${command} # ${times} times: the medians`;
  });
}

/** @throws when the run fails */
function outputOf(words: readonly string[]): string {
  const program = fileURLToPath(new URL("main.ts", import.meta.url));
  const run = spawnSync(process.execPath, [program, ...words], {
    ...{ cwd: root, encoding: "utf8", maxBuffer: 2 ** 24 },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`${words.join(" ")} ended with ${run.status ?? run.signal}`);
  return run.stdout.trim();
}

function writeSection(suite: Suite, { body, bounds, pictures }: Said): void {
  const path = join(root, performanceFile);
  const text = readFileSync(path, "utf8");
  const rows = suites.flatMap((each) => (each === suite ? boundRows(suite, bounds) : rowsIn(text, each)));
  const withBounds = withSection(text, { file: performanceFile, name: boundsSection }, boundTable(rows));
  writeFileSync(path, withSection(withBounds, { file: performanceFile, name: suite }, body));
  for (const [picture, svg] of pictures) writeFileSync(join(root, dirname(performanceFile), picture), svg);
}

function boundRows(suite: Suite, bounds: readonly Bound[]): string[][] {
  return bounds.map(({ asked, found, isMet }) => [`\`${suite}\``, asked, found, isMet ? "✓ met" : "✗ **not met**"]);
}

/** What the document says of a suite that is not run this time. */
function rowsIn(document: string, suite: Suite): string[][] {
  const lines = document.split("\n").filter((line) => line.startsWith(`| \`${suite}\` |`));
  return lines.map((line) => line.slice(2, -2).split(" | "));
}

function boundTable(rows: readonly (readonly string[])[]): string {
  return markdownTable(["By", "Asked", "Measured", ""], rows);
}

/** With what else it has to do now: the mean number of processes that wanted a core in the last minute. */
function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${memory} GiB, ${process.platform}, load ${loadavg()[0].toFixed(1)}`;
}

function versions(): string {
  const {
    dependencies,
    devDependencies,
  }: Record<string, Record<string, string>> = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = ["hardhat", "solc", "ethers"].map((name) => `${name} ${{ ...dependencies, ...devDependencies }[name]}`);
  return [`Node.js ${process.versions.node}`, ...named].join(", ");
}
