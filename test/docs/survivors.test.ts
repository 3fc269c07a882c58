import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { explanations } from "../../scripts/mutants/survivors.ts";
import { root } from "./documents.ts";

describe("Mutants that are said to change nothing", () => {
  it("are changes of lines that the contracts have: no excuse outlives the line that it was for", () => {
    assert.ok(explanations.length > 0);
    for (const { file, is, becomes } of explanations) {
      const text = readFileSync(join(root, file), "utf8").replaceAll(/\s+/g, " ");
      assert.ok(text.includes(is), `${file}: ${is}`);
      assert.notEqual(becomes, is);
    }
  });
});
