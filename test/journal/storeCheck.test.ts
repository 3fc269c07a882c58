import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { checkpointsName, checkStore, eventsName, MemoryStore } from "../../src/journal/index.ts";
import { genesis } from "../fabric/world.ts";
import { courseTicks } from "./course.ts";
import { flipsOf, placeOf, Tally } from "./flips.ts";
import { filesOf, outcomeOf, type SoundStore } from "./storeFlips.ts";
import { open, proceed, settings } from "./world.ts";

const sound: SoundStore = (() => {
  const store = new MemoryStore();
  const record = open(store);
  proceed(record);
  record.noteAnchored(record.head.digest);
  record.close();
  return { files: filesOf(store), genesis, settings };
})();

function soundStore(): MemoryStore {
  const store = new MemoryStore();
  for (const [name, bytes] of sound.files) store.replace(name, bytes);
  return store;
}

const isAltered = (file: string, offset: number) => (error: unknown) => {
  assert.ok(error instanceof FabricError && error.code === "STORE_ALTERED" && error.exitCode === 6, `${error}`);
  assert.deepEqual(error.slots, { file, offset });
  return true;
};

describe("the check of a whole store", () => {
  it("passes one in which nothing is wrong, and says how much there is", () => {
    const { ticks, checkpoints, receipts } = checkStore(soundStore());
    assert.deepEqual([ticks, checkpoints], [courseTicks, 8]);
    assert.ok(receipts > 20);
  });

  it("changes nothing", () => {
    const store = soundStore();
    const before = store.operations;
    checkStore(store);
    assert.equal(store.operations, before);
  });

  it("names the first byte that is another, also where nobody looks who only opens the store", () => {
    for (const name of sound.files.keys()) {
      if (name.endsWith(".segment") || name === "anchored.json") continue;
      for (const offset of [0, 9]) {
        const store = soundStore();
        store.alter(name, offset, 1);
        assert.throws(() => checkStore(store), isAltered(name, offset), name);
      }
    }
  });

  it("names a file that goes on after what is made, a snapshot that nothing is known of, and one that was cut", () => {
    const longer = soundStore();
    const end = longer.size(eventsName);
    longer.append(eventsName, new TextEncoder().encode("{}\n"));
    assert.throws(() => checkStore(longer), isAltered(eventsName, end));

    const [snapshot] = [...sound.files.keys()].filter((name) => name.startsWith("snapshot-"));
    const stray = soundStore();
    stray.replace("snapshot-000000000777.bin", sound.files.get(snapshot) ?? new Uint8Array());
    assert.throws(() => checkStore(stray), isAltered("snapshot-000000000777.bin", 0));

    const cut = soundStore();
    cut.truncate(snapshot, 100);
    assert.throws(() => checkStore(cut), isAltered(snapshot, 100));
  });

  it("passes files that end too early, as a crash leaves them: they are made again when the store is opened", () => {
    const store = soundStore();
    for (const name of [eventsName, checkpointsName]) store.truncate(name, store.size(name) - 5);
    assert.equal(checkStore(store).ticks, courseTicks);
  });

  it("finds a note of what is anchored that names a checkpoint by another's number", () => {
    const store = soundStore();
    const text = new TextDecoder().decode(sound.files.get("anchored.json"));
    store.replace("anchored.json", new TextEncoder().encode(text.replace('"seq":8', '"seq":7')));
    assert.throws(() => checkStore(store), isAltered("anchored.json", 0));
    assert.throws(() => open(store), { code: "CHECKPOINTS_ALTERED" });
  });
});

describe("a bit of a store that turned over while nobody had it open", () => {
  it("is refused, mended and noted, made again, or found by the check of the whole store, wherever it was", () => {
    const tally = new Tally();
    for (const flip of flipsOf(sound.files, 500, 20260105)) {
      const outcome = outcomeOf(sound, flip);
      assert.ok(outcome !== undefined, `nobody finds ${placeOf(flip)}`);
      tally.add(outcome.replace(/:.*/, ""));
    }
    assert.equal(tally.rows.length, 4, "what never happens is not tested");
  });
});
