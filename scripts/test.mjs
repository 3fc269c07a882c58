// `npm test`: everything, one part after the other. It stops at nothing, fails if anything failed, and ends in one line:
// "N passed, N failed".
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
// Types are stripped once, and not once more for each of the many processes.
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "fabric") };

const bundle = join("reports", "ci");

/** Each with the command that is run, and how many of its checks passed and failed, read from what it wrote. */
const parts = [
  { title: "Types", command: ["tsc"], counts: oneCheck },
  { title: "Style", command: ["biome", "check", "--error-on-warnings"], counts: oneCheck },
  { title: "Contracts, in Solidity", command: ["hardhat", "test", "solidity"], counts: countsIn },
  { title: "Contracts, in TypeScript", command: ["hardhat", "test", "mocha", "--no-compile"], counts: countsIn },
  { title: "The rooms of the house", command: ["node", "scripts/testRooms.mjs"], counts: countsIn },
  {
    title: "The default drill",
    command: ["fabric", "drill", "--label", "ci", "--json"],
    quiet: true,
    counts: checksIn,
  },
  {
    title: "Its proof, and what the README shows of both",
    command: ["node", "scripts/docs/readme.ts", "--check", bundle],
    counts: oneCheck,
  },
];

const sum = { passed: 0, failed: 0 };
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
const started = performance.now();
for (const { title, command, counts, quiet } of parts) {
  const since = performance.now();
  console.log(`\n── ${title}: ${command.slice(0, 3).join(" ")}`);
  const { code, output } = await run(command, quiet === true);
  const { passed, failed } = honest(counts(output, code), code);
  sum.passed += passed;
  sum.failed += failed;
  console.log(`── ${title}: ${passed} passed, ${failed} failed, ${seconds(since)} s`);
}
console.log(`\n${seconds(started)} s`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed === 0 ? 0 : 1);

/** Runs a command to its end; what it writes on stdout is shown, unless it is for machines, and handed back. */
function run([name, ...words], quiet) {
  return new Promise((resolve) => {
    const child = spawn(bin(name), words, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    const pieces = [];
    child.stdout.on("data", (piece) => {
      pieces.push(piece);
      if (!quiet) process.stdout.write(piece);
    });
    child.on("error", (error) => {
      console.error(error.message);
      resolve({ code: 1, output: "" });
    });
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(pieces).toString() }));
  });
}

/** A command that failed has failed in something, whatever it counted; one that counted nothing did nothing. */
function honest({ passed, failed }, code) {
  if (code !== 0) return { passed, failed: Math.max(1, failed) };
  return passed + failed === 0 ? { passed, failed: 1 } : { passed, failed };
}

function oneCheck(_output, code) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The last "N passing" and "N failing" of a test runner's output. */
function countsIn(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = output.replace(/\u001b\[[0-9;]*m/g, "");
  const last = (word) => Number([...plain.matchAll(new RegExp(`(\\d+) ${word}\\b`, "g"))].at(-1)?.[1] ?? 0);
  return { passed: last("passing"), failed: last("failing") };
}

/** The checks of a drill that passed; its exit code alone says nothing of why. */
function checksIn(output) {
  if (output === "") return { passed: 0, failed: 1 };
  const { verdict, checks } = JSON.parse(output);
  for (const { pass, title, value, limit } of checks)
    console.log(`  ${pass ? "✓" : "✗"} ${title}: ${value} (${limit})`);
  const failed = checks.filter(({ pass }) => !pass).length;
  return { passed: checks.length - failed, failed: verdict === "pass" ? failed : Math.max(1, failed) };
}
