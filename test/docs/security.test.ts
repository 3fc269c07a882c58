import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documents, root } from "./documents.ts";

/** What the last column of a row names: a test's file, and the words by which the test is found there. */
const named = /\]\(\.\.\/(test\/[^)]+)\) “([^”]*)”/g;

/** What is wrong with the tests that a threat model names, a sentence each. */
function unshown(document: string): string[] {
  const rows = document
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (-|whoever (has|can) \|)/.test(line));
  return rows.flatMap((row) => {
    const tests = [...(row.split("|").at(-2) ?? "").matchAll(named)];
    if (tests.length === 0) return [`no test is named by: ${row.slice(0, 60)}`];
    return tests.flatMap(([, file, title]) => {
      const path = join(root, file);
      const text = existsSync(path) ? readFileSync(path, "utf8") : "";
      return title !== "" && text.includes(`it("${title}"`) ? [] : [`${file} has no test “${title}”`];
    });
  });
}

describe("The threat model", () => {
  const model = documents().get("docs/security.md") ?? "";

  it("names for each threat a test that is there", () => {
    assert.ok(model.split("\n").length > 40, "the document was not found");
    assert.deepEqual(unshown(model), []);
  });

  it("is not believed where it names a test that there is not, or none", () => {
    const row = model.split("\n").find((line) => line.includes("](../test/")) ?? "";
    assert.equal(unshown(row.replace(/“[^”]*”/, "“is safe”")).length, 1);
    assert.equal(unshown("| a | b | c | |").length, 1);
  });
});
