import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { FileStore, type Hex, MemoryStore, PayloadStore, PowerLost, sha256, toHex } from "../../src/journal/index.ts";

const root = mkdtempSync(join(tmpdir(), "fabric-payloads-"));
after(() => rmSync(root, { recursive: true }));
const bytes = (text: string) => new TextEncoder().encode(text);
const digestOf = (text: string) => toHex(sha256(bytes(text)));
const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;

describe("payloads", () => {
  it("are given back by their digest, byte for byte, also by the next process", () => {
    const folder = join(root, "kept");
    const first = new PayloadStore(new FileStore(folder));
    assert.equal(first.put(bytes("survey")), digestOf("survey"));
    first.close();
    const second = new PayloadStore(new FileStore(folder));
    assert.deepEqual(second.get(digestOf("survey")), bytes("survey"));
    second.close();
  });

  it("that nobody put are not there; the empty one needs no putting", () => {
    const payloads = new PayloadStore(new MemoryStore());
    assert.equal(payloads.get(digestOf("survey")), undefined);
    assert.equal(payloads.put(new Uint8Array()), digestOf(""));
    assert.deepEqual(payloads.get(digestOf("")), new Uint8Array());
  });

  it("are written once, however often they are put: repeated submissions cost no disk", () => {
    const store = new MemoryStore();
    const payloads = new PayloadStore(store);
    payloads.put(bytes("survey"));
    const { operations } = store;
    assert.equal(payloads.put(bytes("survey")), digestOf("survey"));
    assert.equal(store.operations, operations);
  });

  it("that a disk has damaged are never handed to a node as if they were whole, and can be put right", () => {
    const store = new MemoryStore();
    const payloads = new PayloadStore(store);
    const digest = payloads.put(bytes("survey"));
    store.alter(digest.slice(2), 3, 1);
    assert.throws(() => payloads.get(digest), isCode("PAYLOAD_ALTERED"));
    payloads.put(bytes("survey"));
    assert.deepEqual(payloads.get(digest), bytes("survey"));
  });

  it("are there whole or not at all when the power is lost, and whole once their digest was returned", () => {
    for (let operation = 1; ; operation++) {
      const store = new MemoryStore();
      const payloads = new PayloadStore(store);
      payloads.put(bytes("earlier"));
      store.losePowerAt(store.operations + operation);
      let returned: Hex | undefined;
      try {
        returned = payloads.put(bytes("survey"));
      } catch (error) {
        assert.ok(error instanceof PowerLost);
      }
      store.restart();
      const found = payloads.get(digestOf("survey"));
      if (returned === undefined) assert.ok(found === undefined || Buffer.from(found).equals(bytes("survey")));
      else assert.deepEqual(found, bytes("survey"));
      assert.deepEqual(payloads.get(digestOf("earlier")), bytes("earlier"));
      if (returned !== undefined) break;
    }
  });

  it("that the disk has no room for are refused by name, and take nothing away from others", () => {
    const store = new MemoryStore();
    const payloads = new PayloadStore(store);
    payloads.put(bytes("earlier"));
    store.capacity = 10;
    assert.throws(() => payloads.put(bytes("survey")), isCode("STORE_FULL"));
    assert.equal(payloads.get(digestOf("survey")), undefined);
    assert.deepEqual(payloads.get(digestOf("earlier")), bytes("earlier"));
    assert.equal(payloads.put(bytes("abc")), digestOf("abc"));
    store.capacity = 100;
    assert.equal(payloads.put(bytes("survey")), digestOf("survey"));
  });

  it("cannot be asked for by a path: what is beside them stays private", () => {
    const payloads = new PayloadStore(new MemoryStore());
    for (const name of ["../world.json", "0x../../world.json", `${digestOf("a")}/..`, digestOf("a").toUpperCase()])
      assert.throws(() => payloads.get(name as Hex), RangeError);
  });

  it("may be more than a process can have files open", () => {
    const store = new FileStore(join(root, "many"));
    const payloads = new PayloadStore(store);
    const openFiles = () => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);
    const before = openFiles();
    const digests = Array.from({ length: 200 }, (_, index) => payloads.put(bytes(`payload ${index}`)));
    digests.forEach((digest, index) => {
      assert.deepEqual(payloads.get(digest), bytes(`payload ${index}`));
    });
    assert.ok(openFiles() - before < 100, "files are closed again");
    payloads.close();
  });
});
