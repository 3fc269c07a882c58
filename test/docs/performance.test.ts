import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { commandsOf, performanceFile, suites } from "../../scripts/bench/all.ts";
import { gasLimits } from "../contracts/gas/limits.ts";
import { documents } from "./documents.ts";

describe("docs/performance.md", () => {
  const text = documents().get(performanceFile) ?? "";

  for (const suite of suites)
    it(`shows what ${suite} printed, and the commands that it was measured by`, () => {
      const section = text.split(`<!-- begin ${suite} -->`)[1]?.split(`<!-- end ${suite} -->`)[0] ?? "";
      assert.match(section, /^\n\n\d{4}-\d\d-\d\d, \d+ cores .*Node\.js \d+/);
      const [, commands = "", found = ""] = section.split(/```(?:sh)?\n/);
      assert.deepEqual(commands.trimEnd().split("\n"), commandsOf(suite));
      assert.notEqual(found.trim(), "");
      const asked = text.split("\n").filter((line) => line.startsWith(`| \`${suite}\` |`));
      assert.ok(asked.length > 0, "the table at the top does not say whether it does what is asked");
      for (const row of asked) assert.match(row, /\| (✓ met|✗ \*\*not met\*\*) \|$/);
    });

  it("shows only pictures that are there", () => {
    for (const [, path] of text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g))
      assert.match(readFileSync(new URL(path, new URL("../../docs/", import.meta.url)), "utf8"), /^<svg/);
  });

  it("has the gas that the contracts take now (`npm run bench -- all gas --write` writes it anew)", () => {
    const gas = JSON.parse(readFileSync(new URL("../contracts/gas.json", import.meta.url), "utf8"));
    for (const { by, use } of gasLimits)
      assert.ok(text.includes(`| ${by}, ${use} | ${gas[by][use].toLocaleString("en-US")} |`), `${by}, ${use}`);
  });
});
