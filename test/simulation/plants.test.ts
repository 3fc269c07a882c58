import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { plantRows, worldsFoundIn } from "../../scripts/docs/plants.ts";
import { campaign, worldsOf } from "./campaign.ts";
import { hunt } from "./hunt.ts";
import { loadPlanted, PlantOutOfDate, withBug } from "./planted.ts";
import { plants } from "./plants.ts";

const text = readFileSync(new URL("../../docs/assurance.md", import.meta.url), "utf8");
const foundIn = worldsFoundIn(text);

describe("The simulation", () => {
  for (const plant of plants)
    it(`finds a planted bug: ${plant.name}`, async () => {
      const { law, worlds } = await hunt(plant, foundIn.get(plant.name));
      assert.ok(law !== undefined, `${worlds} worlds looked sound with it`);
    });

  it("plants nothing where the program has moved on, and says so", async () => {
    const [plant] = plants;
    for (const find of ["no such text", "const "]) {
      assert.throws(() => withBug({ ...plant, find }), PlantOutOfDate);
      await assert.rejects(loadPlanted({ ...plant, find }), PlantOutOfDate);
    }
  });

  it("leaves the program as it was: what a bug was planted into is another copy", async () => {
    await loadPlanted(plants[0]);
    const { violations } = await campaign({ worlds: worldsOf("record", 1, 1) });
    assert.deepEqual(violations, []);
  });

  it("says which command plays a world again in which something was wrong", async () => {
    const [plant] = plants;
    const planted = await loadPlanted(plant);
    const { violation } = await planted(plant.world, 1);
    assert.equal(violation?.law, "nothingBeforeRecord");
    assert.match(violation.detail, /nothing leaves the process before the record/);
  });
});

describe("docs/assurance.md", () => {
  it("has every planted bug with what it breaks and where it was found (`npm run simulate -- --plants` writes it)", () => {
    const table = text.slice(text.indexOf("<!-- begin planted bugs -->"), text.indexOf("<!-- end planted bugs -->"));
    for (const row of plantRows()) assert.match(table, row);
    assert.deepEqual(
      [...foundIn.keys()],
      plants.map(({ name }) => name),
    );
    assert.equal(table.trim().split("\n").length, plants.length + 4);
  });
});
