// Runs the tests of the rooms: those that take long before the others, or the last of them would be waited for alone.
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import report from "./testReporter.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A quarter of a minute or more each, the longest first. */
const long = [
  ...["report/bundle", "practice/up", "drill/run", "docs/runbooks", "cli/drill", "simulation/simulation"],
  ...["cli/ownerPlan", "cli/elsewhere", "docs/deploying", "cli/ownerConstitution", "cli/node"],
].map((name) => `test/${name}.test.ts`);

const files = globSync("test/**/*.test.ts", { cwd: root, exclude: ["test/contracts/**"] }).sort();
const rank = (file) => (long.includes(file) ? long.indexOf(file) : long.length);
files.sort((one, other) => rank(one) - rank(other));

const results = run({
  files: files.map((file) => join(root, file)),
  cwd: root,
  // Many of them wait for processes and ticks: two more than there are cores keep these busy.
  concurrency: availableParallelism() + 2,
  // A file whose end is forced instead (--test-force-exit) loses results that are still on their way.
  execArgv: [`--import=${new URL("testEnd.mjs", import.meta.url)}`],
});
results.on("test:fail", () => {
  process.exitCode = 1;
});
results.compose(report).pipe(process.stdout);
