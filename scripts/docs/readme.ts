// What the README shows of runs. `npm run docs` ends with this: it plays them and writes the README anew.
// `node scripts/docs/readme.ts --check reports/ci` holds the README against the bundle of a run that was played already.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { words } from "../../src/cli/drill.ts";
import { withSection } from "./section.ts";
import { threeOwners } from "./threeOwners.ts";

const file = "README.md";
const root = fileURLToPath(new URL("../../", import.meta.url));

/** The document with what the bundle's drill printed, what its verification prints, its topology, and what three owners see. */
async function withShown(document: string, bundle: string): Promise<string> {
  const verified = fabric("verify", bundle);
  const proof = verified.split("\n").find((line) => line.startsWith("Verified:")) ?? "";
  const summary = JSON.parse(readFileSync(join(bundle, "summary.json"), "utf8"));
  const parts = {
    "drill default": fenced("text", withoutHashes(words(summary, "reports/default", proof).trim())),
    "verify default": fenced("text", withoutHashes(verified)),
    topology: fenced("mermaid", readFileSync(join(bundle, "topology.mmd"), "utf8").trimEnd()),
    "three owners": fenced("console", await threeOwners()),
  };
  return Object.entries(parts).reduce((text, [name, body]) => withSection(text, { file, name }, body), document);
}

/** A block's hash changes with each comment in a contract, and tells a reader nothing. */
function withoutHashes(text: string): string {
  return text.replaceAll(/0x[0-9a-f]{64}/g, "0x…");
}

/** @throws Error with what was printed when the command does not end well */
function fabric(...args: readonly string[]): string {
  const command = [join(root, "src", "cli", "main.ts"), ...args];
  const { status, stdout, stderr } = spawnSync(execPath, command, { cwd: root, encoding: "utf8" });
  if (status === 0) return stdout.trim();
  throw new Error(`fabric ${args.join(" ")} ended with ${status}:\n${stderr}${stdout}`);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

async function play(document: string): Promise<string> {
  const reports = mkdtempSync(join(tmpdir(), "fabric-readme-"));
  try {
    fabric("drill", "--reports", reports);
    return await withShown(document, join(reports, "default"));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

const [flag, bundle] = argv.slice(2);
const document = readFileSync(join(root, file), "utf8");
if (flag !== "--check") writeFileSync(join(root, file), await play(document));
else if ((await withShown(document, bundle ?? join("reports", "default"))) !== document) {
  console.error(
    `${file} does not show what the default drill prints, or what three owners see. Run \`npm run docs\`, and look at the difference.`,
  );
  process.exitCode = 1;
}
