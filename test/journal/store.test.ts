import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import { FileStore, FolderReader, MemoryStore, PowerLost } from "../../src/journal/index.ts";
import { describeStore } from "./storeConformance.ts";
import { WatchedDisk } from "./watchedDisk.ts";

const root = mkdtempSync(join(tmpdir(), "fabric-store-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, `${++folders}`);
const bytes = (text: string) => new TextEncoder().encode(text);
const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;

describeStore("a store in a folder", () => new FileStore(newFolder()));
describeStore("a store in memory", () => new MemoryStore());

describe("a store in a folder, and its process", () => {
  it("refuses a second opener, naming folder and process: two writers would tear the journal", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    assert.throws(
      () => new FileStore(folder),
      (error) => {
        assert.ok(error instanceof FabricError && error.code === "STORE_LOCKED");
        assert.equal(error.slots.folder, folder);
        assert.equal(error.slots.process, process.pid);
        return true;
      },
    );
    store.close();
    new FileStore(folder).close();
  });

  it("is free again when its process was killed, so that the fabric can be started again", async () => {
    const folder = newFolder();
    const holder = holdInAnotherProcess(folder);
    await said(holder, "held");
    assert.throws(() => new FileStore(folder), isCode("STORE_LOCKED"));
    holder.kill("SIGKILL");
    await once(holder, "exit");
    new FileStore(folder).close();
  });

  it("is not held by a process that was given a dead holder's number", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const lock = readFileSync(join(folder, "lock"), "utf8");
    store.close();
    writeFileSync(join(folder, "lock"), lock.replace(/ \d+ /, " 1 "));
    new FileStore(folder).close();
  });

  it("is not held in a copy of its folder: that can be used while the original is", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    new FileStore(copy).close();
    store.close();
  });

  it("is still held when its folder has another name meanwhile", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    assert.throws(() => new FileStore(moved), isCode("STORE_LOCKED"));
    renameSync(moved, folder);
    store.close();
  });

  it("leaves the lock of whoever came after alone when it is closed", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    writeFileSync(join(folder, "lock"), "another");
    store.close();
    assert.equal(readFileSync(join(folder, "lock"), "utf8"), "another");
  });

  it("removes what a crash left of a file that was being replaced, and never shows it", () => {
    const folder = newFolder();
    new FileStore(folder).close();
    writeFileSync(join(folder, "a.unfinished"), "half");
    assert.deepEqual(new FolderReader(folder).list(), []);
    const store = new FileStore(folder);
    assert.deepEqual(readdirSync(folder), ["lock"]);
    store.close();
  });

  it("names the file that could not be written, and why", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    rmSync(folder, { recursive: true });
    assert.throws(
      () => store.append("a", bytes("x")),
      (error) =>
        error instanceof FabricError &&
        error.code === "STORE_FAILED" &&
        error.slots.file === "a" &&
        /ENOENT/.test(`${error.slots.reason}`),
    );
  });

  it("can be read by anyone without being held or changed", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    store.append("a", bytes("text"));
    const reader = new FolderReader(folder);
    const into = new Uint8Array(4);
    assert.equal(reader.read("a", 0, into), 4);
    assert.equal(reader.size("b"), 0);
    assert.deepEqual(reader.list(), ["a"]);
    reader.close();
    store.close();
  });
});

describe("a store in memory, and its faults", () => {
  it("forgets at a loss of power what was not synced, and keeps what was", () => {
    const store = new MemoryStore();
    store.append("a", bytes("kept"));
    store.sync("a");
    store.append("a", bytes("lost"));
    store.append("b", bytes("lost"));
    store.restart();
    assert.equal(store.size("a"), 4);
    assert.deepEqual(store.list(), ["a"]);
  });

  it("leaves of what was not synced what the tear leaves", () => {
    const store = new MemoryStore();
    store.append("a", bytes("kept"));
    store.sync("a");
    store.append("a", bytes("torn"));
    store.restart((name, unsynced) => (name === "a" ? unsynced.subarray(0, 2) : unsynced));
    const into = new Uint8Array(8);
    assert.equal(store.read("a", 0, into), 6);
    assert.equal(new TextDecoder().decode(into.subarray(0, 6)), "keptto");
    store.restart();
    assert.equal(store.size("a"), 6);
  });

  it("loses power in the operation it was told, and does nothing until it is started again", () => {
    const store = new MemoryStore();
    store.losePowerAt(2);
    store.append("a", bytes("kept"));
    assert.throws(() => store.sync("a"), PowerLost);
    assert.throws(() => store.size("a"), PowerLost);
    assert.throws(() => store.append("a", bytes("x")), PowerLost);
    store.restart();
    assert.equal(store.size("a"), 0);
    store.append("a", bytes("on"));
    assert.equal(store.size("a"), 2);
  });

  it("runs full: takes what has room, and says that the rest had none", () => {
    const store = new MemoryStore();
    store.capacity = 6;
    store.append("a", bytes("1234"));
    assert.throws(() => store.append("a", bytes("5678")), isCode("STORE_FULL"));
    assert.equal(store.size("a"), 6);
    assert.throws(() => store.replace("b", bytes("1")), isCode("STORE_FULL"));
  });
});

function holdInAnotherProcess(folder: string): ChildProcess {
  const program = `
    import { FileStore } from ${JSON.stringify(new URL("../../src/journal/index.ts", import.meta.url).href)};
    new FileStore(${JSON.stringify(folder)});
    console.log("held");
    setInterval(() => {}, 1 << 30);`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

async function said(child: ChildProcess, word: string): Promise<void> {
  assert.ok(child.stdout !== null);
  const [chunk] = await once(child.stdout, "data");
  assert.equal(`${chunk}`.trim(), word);
}

const anyName = fc.constantFrom("a", "b", "c");
const anyWrite = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("append" as const), name: anyName }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("sync" as const), name: anyName }) },
  fc.record({ kind: fc.constantFrom("replace" as const, "truncate" as const, "remove" as const), name: anyName }),
  fc.record({ kind: fc.constant("openAgain" as const), name: anyName }),
);

// Windows opens no folder as a file.
describe("a store in a folder, when the power is lost", { skip: process.platform === "win32" }, () => {
  let disk: WatchedDisk;
  beforeEach(() => {
    disk = new WatchedDisk();
  });
  afterEach(() => disk.close());

  it("has every file that was made durable, by its name, as it was then: a journal whose name is lost is lost", () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { minLength: 1, maxLength: 20, size: "max" }), (writes) => {
        const folder = newFolder();
        const played = new MemoryStore();
        let store = new FileStore(folder);
        writes.forEach(({ kind, name }, index) => {
          if (kind === "openAgain") {
            store.close();
            store = new FileStore(folder);
            return;
          }
          for (const each of [store, played]) {
            const text = bytes(`${index} `);
            if (kind === "truncate") {
              if (each.size(name) > 0) each.truncate(name, 1);
            } else if (kind === "sync" || kind === "remove") each[kind](name);
            else each[kind](name, text);
          }
        });
        const left = disk.survivors(folder);
        store.close();
        played.restart();
        for (const name of played.list()) {
          const kept = new Uint8Array(played.size(name));
          played.read(name, 0, kept);
          assert.equal(left.get(name), new TextDecoder().decode(kept), `what is left of ${name}`);
        }
        // The name of a file that nobody made durable may be there, but nothing of what is in it.
        for (const [name, text] of left) if (played.size(name) === 0) assert.equal(text, "", `what is left of ${name}`);
      }),
      { numRuns: 60 },
    );
  });

  it("has its folder, and those above it that were made for it", () => {
    const folder = newFolder();
    new FileStore(join(folder, "of", "a", "fabric")).close();
    assert.ok(disk.survivors(root).has(basename(folder)));
    for (const [above, name] of [
      [folder, "of"],
      [join(folder, "of"), "a"],
      [join(folder, "of", "a"), "fabric"],
    ])
      assert.deepEqual([...disk.survivors(above).keys()], [name]);
  });
});
