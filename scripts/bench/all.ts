import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { withSection } from "../docs/section.ts";

/** What `docs/performance.md` shows, in its order: a section for each suite, with the options of each of its runs. */
export const shown = {
  core: [
    ["--total", "40000"],
    ["--total", "1000000"],
    ["--total", "1000000", "--nodes", "600"],
    ["--total", "10000000", "--nodes", "6000"],
  ],
  scale: [[]],
  recover: [
    ["--total", "40000"],
    ["--total", "80000", "--backlog", "40000", "--after", "50"],
    ["--total", "10000000", "--nodes", "6000", "--after", "125"],
  ],
  resume: [["--total", "40000"]],
  messages: [[]],
  gas: [[]],
  chain: [[]],
} as const satisfies Record<string, readonly (readonly string[])[]>;
export type Suite = keyof typeof shown;
export const suites = Object.keys(shown).filter((name): name is Suite => name in shown);

export const performanceFile = "docs/performance.md";
const root = fileURLToPath(new URL("../..", import.meta.url));

export function allCommand(): Command {
  return new Command("all")
    .description(`every suite as ${performanceFile} shows it, each run in a process of its own`)
    .addArgument(new Argument("[suites...]", "only these").choices(suites).default(suites, "all of them"))
    .option("--write", `write what was found into ${performanceFile}`)
    .action((asked: readonly Suite[], { write }: { write?: boolean }) => {
      for (const suite of asked) {
        const body = sectionOf(suite);
        console.log(`\n# ${suite}\n\n${body}`);
        if (write === true) writeSection(suite, body);
      }
    });
}

/** What the document says of a suite: when, on what, by which command, and what it printed. */
function sectionOf(suite: Suite): string {
  const runs = shown[suite].map((options) => {
    const command = ["npm run --silent bench --", suite, ...options].join(" ");
    return `\`\`\`sh\n${command}\n\`\`\`\n\n${outputOf([suite, ...options])}`;
  });
  return [`${new Date().toISOString().slice(0, 10)}, ${machine()}; ${versions()}.`, ...runs].join("\n\n");
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

function writeSection(name: Suite, body: string): void {
  const path = join(root, performanceFile);
  writeFileSync(path, withSection(readFileSync(path, "utf8"), { file: performanceFile, name }, body));
}

/** With what else it had to do: the mean number of processes that wanted a core in the last minute. */
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
