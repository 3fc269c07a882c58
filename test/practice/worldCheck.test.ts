import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { FileStore } from "../../src/journal/index.ts";
import { checkWorld } from "../../src/practice/index.ts";
import { fabric } from "../cli/commandLines.ts";
import { filesOf } from "../journal/storeFlips.ts";
import { storeAt } from "../journal/world.ts";
import { Folders } from "./folders.ts";
import { foundedFolder } from "./worldSample.ts";

const folders = new Folders();
after(() => folders.remove());

/** A world whose store has a course of the machine. */
function ranWorld(): { world: string; store: string } {
  const { folder } = foundedFolder(folders.make());
  const store = join(folder, "store");
  mkdirSync(store);
  for (const [name, bytes] of filesOf(storeAt(40))) writeFileSync(join(store, name), bytes);
  return { world: folder, store };
}

describe("The check of a world", () => {
  it("passes one whose files are what its journal makes, and one that never ran", () => {
    assert.equal(checkWorld(ranWorld().world).ticks, 40);
    assert.deepEqual(checkWorld(foundedFolder(folders.make()).folder), { ticks: 0, checkpoints: 0, receipts: 0 });
  });

  it("names a file that is another, and the journal when that is gone", () => {
    const { world, store } = ranWorld();
    writeFileSync(join(store, "events.ndjson"), '{"tick":2}\n');
    assert.throws(() => checkWorld(world), { code: "STORE_ALTERED", exitCode: 6, message: /^events\.ndjson/ });
    const gone = foundedFolder(folders.make()).folder;
    mkdirSync(join(gone, "store"));
    writeFileSync(join(gone, "store", "events.ndjson"), "{}\n");
    assert.throws(() => checkWorld(gone), { code: "JOURNAL_SEGMENT_MISSING", exitCode: 6 });
  });

  it("is what `fabric verify` does with the folder of a world", async () => {
    const { world, store } = ranWorld();
    const sound = await fabric(["verify", world]);
    assert.equal(sound.code, 0, sound.err);
    assert.match(
      sound.out,
      /^✓ 40 ticks replayed: every file of the store is what the journal makes, with 8 checkpoints/,
    );
    writeFileSync(join(store, "receipts.tree"), "x".repeat(64));
    const { code, err } = await fabric(["verify", world, "--json"]);
    assert.equal(code, 6);
    assert.match(err, /^STORE_ALTERED: receipts\.tree is not what the journal makes: byte 0 is another\.$/m);
  });

  it("is refused while somebody writes to it: half a tick would look like damage", () => {
    const { world, store } = ranWorld();
    const held = new FileStore(store);
    try {
      assert.throws(() => checkWorld(world), { code: "WORLD_RUNS" });
    } finally {
      held.close();
    }
  });
});
