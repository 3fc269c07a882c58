// `npm run prove`: has the Solidity compiler's model checker prove what test/contracts/proofs/ asserts, for every sequence of calls.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Command } from "commander";

const solc = createRequire(import.meta.url)("solc");

/** Of each proof: what takes its reason away, so that it must fail. */
const proofs: Readonly<Record<string, readonly (readonly [before: string, after: string])[]>> = {
  Lanes: [["if (seq != next) revert();", ""]],
  Ledger: [["if (size < _size || size - _size > 1_048_576) revert();", ""]],
  Threshold: [
    ["threshold == 0 || ", ""],
    ["threshold > totalWeight", "threshold > totalWeight + 1"],
  ],
  Constitution: [["if (msg.sender != address(this)) revert();", ""]],
};

const { only, breaks } = new Command("prove")
  .description("Proves what test/contracts/proofs/ asserts, by the Solidity compiler's model checker.")
  .option("--only <proof>", "this one")
  .option("--breaks", "take the reason of each proof away instead: it must fail then")
  .parse()
  .opts<{ only?: string; breaks?: true }>();

for (const [name, changes] of Object.entries(proofs)) {
  if (only !== undefined && only !== name) continue;
  const text = readFileSync(new URL(`../test/contracts/proofs/${name}.sol`, import.meta.url), "utf8");
  if (!breaks) say(name, "as it is", text, true);
  for (const [before, after] of breaks ? changes : []) {
    if (!text.includes(before)) throw new Error(`${name}.sol no longer has: ${before}`);
    say(name, `without: ${before}`, text.replace(before, after), false);
  }
}

/** Checks one text, and fails the run if it does not end as it should. */
function say(name: string, how: string, content: string, expected: boolean): void {
  const before = process.cpuUsage();
  const { proved, open } = check(name, content);
  const { user, system } = process.cpuUsage(before);
  const asExpected = expected ? proved > 0 && open.length === 0 : open.length > 0;
  if (!asExpected) process.exitCode = 1;
  console.log(
    `${asExpected ? "✓" : "✗"} ${name}, ${how}: ${proved} proved, ${open.length} not (${((user + system) / 1e6).toFixed(1)} s)`,
  );
}

/** How many assertions the checker proved, and what it says of the others. No time limit: chance would decide. */
function check(name: string, content: string): { proved: number; open: string[] } {
  const input = {
    language: "Solidity",
    sources: { [name]: { content } },
    settings: {
      modelChecker: {
        engine: "chc",
        targets: ["assert"],
        showProvedSafe: true,
        showUnproved: true,
        showUnsupported: true,
      },
    },
  };
  const messages: { severity: string; message: string }[] =
    JSON.parse(solc.compile(JSON.stringify(input))).errors ?? [];
  const failed = messages.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw new Error(`${name}: ${failed.message}`);
  const said = messages.map(({ message }) => message).filter((message) => message.startsWith("CHC:"));
  const proved = said.filter((message) => message.includes("is safe"));
  return { proved: proved.length, open: said.filter((message) => !proved.includes(message)) };
}
