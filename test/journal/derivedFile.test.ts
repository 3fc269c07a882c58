import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DerivedFile } from "../../src/journal/derivedFile.ts";
import { MemoryStore } from "../../src/journal/index.ts";

describe("a derived file", () => {
  it("keeps the order of what is added, however much at once: a burst's tick fills megabytes", () => {
    const store = new MemoryStore();
    const file = new DerivedFile(store, "a");
    let expected = "";
    for (const length of [10, 300_000, 5, 262_144, 1_000_000, 1]) {
      const text = String.fromCharCode(97 + (length % 26)).repeat(length);
      file.bytes(new TextEncoder().encode(text));
      file.bytes(new TextEncoder().encode("|"));
      expected += `${text}|`;
      assert.equal(file.length, expected.length);
    }
    file.flush();
    assert.equal(new TextDecoder().decode(file.read(0, expected.length)), expected);
    assert.equal(store.size("a"), expected.length);
  });
});
