import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { makeWorldFolder, openWorld } from "../../src/practice/world.ts";
import { Folders } from "./folders.ts";
import { foundedFolder } from "./worldSample.ts";

const folders = new Folders();
after(() => folders.remove());

const written = () => foundedFolder(folders.make());

describe("A world's folder", () => {
  it("is opened as it was written, by its owner alone", () => {
    const world = written();
    assert.deepEqual(openWorld(world.folder), world);
    assert.equal(statSync(join(world.folder, "world.json")).mode & 0o777, 0o600);
  });

  it("that is not there, or holds something else, is named", () => {
    const other = folders.make();
    writeFileSync(join(other, "notes.txt"), "mine");
    for (const folder of [join(other, "nowhere"), other])
      assert.throws(() => openWorld(folder), { code: "WORLD_MISSING", message: `There is no world in ${folder}.` });
  });

  it("that was not founded to its end is not gone on with", () => {
    const folder = folders.make();
    writeFileSync(join(folder, "chain.ndjson"), "");
    assert.throws(() => openWorld(folder), { code: "WORLD_UNFOUNDED" });
  });

  it("of another format, or with something wrong in it, is refused with the place", () => {
    const { folder, file } = written();
    const place = join(folder, "world.json");
    const cases = [
      [
        { ...file, format: "planetary-fabric/world/v2" },
        /world\.json:1:11: format is .*"planetary-fabric\/world\/v1" would be/,
      ],
      [{ ...file, seed: -1 }, /seed is -1; a whole number from 0 on would be right/],
      [{ ...file, chain: { kind: "practice" } }, /port is missing; add a port/],
      [{ ...file, key: "0x00" }, /key/],
    ] as const;
    for (const [altered, message] of cases) {
      writeFileSync(place, JSON.stringify(altered));
      assert.throws(() => openWorld(folder), { code: "DOCUMENT_INVALID", message });
    }
    writeFileSync(place, "{");
    assert.throws(() => openWorld(folder), { code: "DOCUMENT_INVALID" });
  });

  it("goes to one of two that want it at once, before either has written into it", () => {
    const folder = folders.make();
    makeWorldFolder(folder);
    assert.throws(() => makeWorldFolder(folder), { code: "WORLD_TAKEN" });
  });

  it("of a new world is never one in which there is anything", () => {
    const { folder } = written();
    const before = readdirSync(folder);
    assert.throws(() => makeWorldFolder(folder), { code: "WORLD_TAKEN" });
    assert.throws(() => makeWorldFolder(join(folder, "world.json")), { code: "WORLD_UNWRITABLE" });
    assert.deepEqual(readdirSync(folder), before);
    const empty = folders.make();
    assert.equal(makeWorldFolder(empty), empty);
  });

  it("is another one for each, also for two that are made in one second", () => {
    const cwd = process.cwd();
    process.chdir(folders.make());
    try {
      const now = new Date("2030-02-03T04:05:06Z");
      const made = [makeWorldFolder(undefined, now), makeWorldFolder(undefined, now), makeWorldFolder(undefined, now)];
      assert.equal(new Set(made).size, 3);
      assert.match(made[0] ?? "", /\/\.fabric\/worlds\/20300203-040506$/);
      for (const folder of made) assert(existsSync(folder));
    } finally {
      process.chdir(cwd);
    }
  });
});
