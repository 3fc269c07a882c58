// What the README shows of runs. `npm run docs` ends with this: it plays them and writes the README and its pictures anew.
// `node scripts/docs/readme.ts --check reports/ci` holds them against the bundle of a run that was played already.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { argv, execPath } from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { words } from "../../src/cli/drill.ts";
import { withSection } from "./section.ts";
import { threeOwners } from "./threeOwners.ts";

const file = "README.md";
/** Plots of the bundle that the README shows. */
const pictures = ["plots/queues.svg", "plots/spillover.svg", "plots/nodes.svg"];
const pictureFolder = join("docs", "images");
const root = fileURLToPath(new URL("../../", import.meta.url));

/** The document with what the bundle's drill printed, what its verification prints, its topology, and what three owners see. */
async function withShown(document: string, bundle: string): Promise<string> {
  const [verified, ownersShown] = await Promise.all([fabric("verify", bundle), threeOwners()]);
  const proof = verified.split("\n").find((line) => line.startsWith("Verified:")) ?? "";
  const summary = JSON.parse(readFileSync(join(bundle, "summary.json"), "utf8"));
  const parts = {
    "drill default": fenced("text", withoutHashes(words(summary, "reports/default", proof).trim())),
    "verify default": fenced("text", withoutHashes(verified)),
    topology: fenced("mermaid", readFileSync(join(bundle, "topology.mmd"), "utf8").trimEnd()),
    "three owners": fenced("console", ownersShown),
  };
  return Object.entries(parts).reduce((text, [name, body]) => withSection(text, { file, name }, body), document);
}

/** A block's hash changes with each comment in a contract, and tells a reader nothing. */
function withoutHashes(text: string): string {
  return text.replaceAll(/0x[0-9a-f]{64}/g, "0x…");
}

/** @throws Error with what was printed when the command does not end well */
async function fabric(...args: readonly string[]): Promise<string> {
  const command = [join(root, "src", "cli", "main.ts"), ...args];
  const child = spawn(execPath, command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (status === 0) return out.trim();
  throw new Error(`fabric ${args.join(" ")} ended with ${status}:\n${err}${out}`);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** What the files are to be, by their paths, when they show that bundle. */
async function filesOf(bundle: string): Promise<ReadonlyMap<string, string>> {
  const readme = await withShown(readFileSync(join(root, file), "utf8"), bundle);
  const shown = pictures.map((path) => {
    return [join(pictureFolder, basename(path)), readFileSync(join(bundle, path), "utf8")] as const;
  });
  return new Map([[file, readme], ...shown]);
}

async function play(): Promise<void> {
  const reports = mkdtempSync(join(tmpdir(), "fabric-readme-"));
  try {
    await fabric("drill", "--reports", reports);
    mkdirSync(join(root, pictureFolder), { recursive: true });
    for (const [path, content] of await filesOf(join(reports, "default"))) writeFileSync(join(root, path), content);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

async function check(bundle: string): Promise<void> {
  for (const [path, content] of await filesOf(bundle)) {
    const place = join(root, path);
    if (existsSync(place) && readFileSync(place, "utf8") === content) continue;
    console.error(
      `${path} does not show the default drill, or what three owners see. Run \`npm run docs\`, and look at the difference.`,
    );
    process.exitCode = 1;
  }
}

const [flag, bundle] = argv.slice(2);
if (flag === "--check") await check(bundle ?? join("reports", "default"));
else await play();
