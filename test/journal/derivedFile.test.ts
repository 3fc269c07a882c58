import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DerivedFile } from "../../src/journal/derivedFile.ts";
import { MemoryStore } from "../../src/journal/index.ts";

describe("a derived file", () => {
  it("keeps the order of what is added, and gives back what is not stored yet: a burst's tick fills megabytes", () => {
    const store = new MemoryStore();
    const file = new DerivedFile(store, "a");
    let expected = "";
    for (let number = 0; number < 2_000; number++) {
      const text = `${"x".repeat(number % 997)}${number}|`;
      file.writer.line().raw(new TextEncoder().encode(text));
      expected += text;
      assert.equal(file.length, expected.length);
    }
    assert.ok(store.size("a") > 0 && store.size("a") < expected.length);
    assert.equal(new TextDecoder().decode(file.read(0, expected.length)), expected);
    assert.equal(store.size("a"), expected.length);
  });
});
