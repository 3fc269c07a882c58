import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FabricError } from "../src/errors.ts";

describe("what an error says", () => {
  const hostile = "\u001b[2J\u001b[H The plan does what it says\r\nSigned.";

  it("moves no cursor and begins no line with what others wrote: it would be believed", () => {
    const { message } = new FabricError("OWNER_FILE_ALTERED", { file: "plan.json", problem: hostile });
    assert.doesNotMatch(message, /\p{C}/u);
    assert.match(message, /\\u\{1b\}\[2J/);
    assert.match(message, /says\\u\{d\}\\u\{a\}Signed/);
  });

  it("has a line for each of several problems, and none within one", () => {
    const { message } = new FabricError("DOCUMENT_INVALID", { problems: "a.json, line 1: one\u001b[2J\nb.json: two" });
    assert.match(message, /line 1: one\\u\{1b\}\[2J\nb\.json: two/);
  });

  it("keeps what was wrong as it was, for programs", () => {
    const { slots } = new FabricError("OWNER_FILE_ALTERED", { file: "plan.json", problem: hostile });
    assert.deepEqual(slots, { file: "plan.json", problem: hostile });
  });
});
