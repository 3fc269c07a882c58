import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import type { Store } from "../../src/journal/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function content(store: Store, name: string): string {
  const into = new Uint8Array(store.size(name));
  assert.equal(store.read(name, 0, into), into.length);
  return new TextDecoder().decode(into);
}

/** What every store must do: the journal's promises rest on it. `open` gives an empty store. */
export function describeStore(name: string, open: () => Store): void {
  describe(name, () => {
    it("gives back what was appended, in order", () => {
      const store = open();
      store.append("a", bytes("one "));
      store.append("a", bytes("two"));
      assert.equal(store.size("a"), 7);
      assert.equal(content(store, "a"), "one two");
      store.close();
    });

    it("keeps a copy: a buffer that its owner fills again alters nothing", () => {
      const store = open();
      const buffer = bytes("kept");
      store.append("a", buffer);
      buffer.fill(0);
      assert.equal(content(store, "a"), "kept");
      store.close();
    });

    it("has no bytes of a file that does not exist, and does not make it by looking", () => {
      const store = open();
      assert.equal(store.size("a"), 0);
      assert.equal(store.read("a", 0, new Uint8Array(4)), 0);
      assert.deepEqual(store.list(), []);
      store.close();
    });

    it("reads from an offset, and tells how far the file goes", () => {
      const store = open();
      store.append("a", bytes("0123456789"));
      const into = new Uint8Array(6);
      assert.equal(store.read("a", 2, into), 6);
      assert.equal(new TextDecoder().decode(into), "234567");
      assert.equal(store.read("a", 8, into), 2);
      assert.equal(new TextDecoder().decode(into), "894567");
      assert.equal(store.read("a", 10, into), 0);
      assert.equal(store.read("a", 11, into), 0);
      store.close();
    });

    it("lists names sorted, whatever the order in which they came to be", () => {
      const store = open();
      for (const name of ["b", "c", "a"]) store.append(name, bytes(name));
      store.replace("aa", bytes(""));
      assert.deepEqual(store.list(), ["a", "aa", "b", "c"]);
      store.close();
    });

    it("appends behind what was cut, synced and replaced", () => {
      const store = open();
      store.append("a", bytes("0123456789"));
      store.sync("a");
      store.truncate("a", 4);
      store.append("a", bytes("x"));
      assert.equal(content(store, "a"), "0123x");
      store.replace("a", bytes("new"));
      assert.equal(content(store, "a"), "new");
      store.append("a", bytes("er"));
      store.sync("a");
      assert.equal(content(store, "a"), "newer");
      store.close();
    });

    it("replaces a file that is there, and one that is not", () => {
      const store = open();
      store.replace("a", bytes("first"));
      store.replace("a", bytes("2nd"));
      assert.equal(content(store, "a"), "2nd");
      assert.deepEqual(store.list(), ["a"]);
      store.close();
    });

    it("removes a file, and minds not when there is none", () => {
      const store = open();
      store.append("a", bytes("old"));
      store.remove("a");
      store.remove("a");
      assert.deepEqual(store.list(), []);
      store.append("a", bytes("new"));
      assert.equal(content(store, "a"), "new");
      store.close();
    });

    it("syncs a file that is not there without making it", () => {
      const store = open();
      store.sync("a");
      assert.deepEqual(store.list(), []);
      store.close();
    });

    it("refuses by name to cut a file to more than it has: that would fill it with zeros", () => {
      const store = open();
      const isRefusal = (error: unknown) =>
        error instanceof FabricError && error.code === "STORE_FAILED" && error.slots.file === "a";
      assert.throws(() => store.truncate("a", 0), isRefusal);
      store.append("a", bytes("1234"));
      assert.throws(() => store.truncate("a", 5), isRefusal);
      assert.equal(content(store, "a"), "1234");
      store.close();
    });

    it("holds more than one write can take", () => {
      const store = open();
      const large = new Uint8Array(3_000_001).map((_, index) => index % 251);
      store.append("a", large);
      store.append("a", large);
      const into = new Uint8Array(2 * large.length);
      assert.equal(store.read("a", 0, into), into.length);
      assert.deepEqual(into.subarray(large.length), large);
      store.close();
    });
  });
}
