import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { performanceFile, shown, suites } from "../../scripts/bench/all.ts";
import { gasLimits } from "../contracts/gas/limits.ts";
import { documents } from "./documents.ts";

describe("docs/performance.md", () => {
  const text = documents().get(performanceFile) ?? "";

  for (const suite of suites)
    it(`shows what ${suite} printed, and the commands that it was measured by`, () => {
      const section = text.split(`<!-- begin ${suite} -->`)[1]?.split(`<!-- end ${suite} -->`)[0] ?? "";
      assert.match(section, /^\n\n\d{4}-\d\d-\d\d, \d+ cores .*Node\.js \d+/);
      const printed = section.split("```sh\n").slice(1);
      const commands = shown[suite].map((options) => ["npm run --silent bench --", suite, ...options].join(" "));
      assert.deepEqual(
        printed.map((part) => part.split("\n```\n")[0]),
        commands,
      );
      for (const part of printed) assert.notEqual(part.split("\n```\n")[1].trim(), "");
    });

  it("has the gas that the contracts take now (`npm run bench -- all gas --write` writes it anew)", () => {
    const gas = JSON.parse(readFileSync(new URL("../contracts/gas.json", import.meta.url), "utf8"));
    for (const { by, use } of gasLimits)
      assert.ok(text.includes(`| ${by}, ${use} | ${gas[by][use].toLocaleString("en-US")} |`), `${by}, ${use}`);
  });
});
