import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { assertLaws, Machine } from "../../src/fabric/index.ts";
import { RandomWorld, worldGenesis } from "./randomWorld.ts";

const file = new URL("golden.json", import.meta.url);
const ticks = 500;

type Golden = { readonly ticks: number; readonly state: string; readonly events: string; readonly receipts: number };

function goldenRun(): Golden {
  const world = new RandomWorld(2026);
  const machine = new Machine(worldGenesis);
  const events = createHash("sha256");
  let receipts = 0;
  for (let tick = 1; tick <= ticks; tick++) {
    const effects = machine.step(world.inputs());
    assertLaws(machine, effects);
    world.take(effects);
    events.update(effects.events.toNdjson());
    receipts += effects.receipts.length;
  }
  const state = createHash("sha256").update(machine.snapshot().state).digest("hex");
  return { ticks, state, events: events.digest("hex"), receipts };
}

describe("A fixed world of 500 ticks", () => {
  it("has the state and the events on record: journals of released versions replay to the same digests", () => {
    const found = goldenRun();
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    assert.deepEqual(
      found,
      JSON.parse(readFileSync(file, "utf8")),
      "The machine decides otherwise than before. If that is meant, UPDATE_SNAPSHOTS=1 writes the new digests.",
    );
  });
});
