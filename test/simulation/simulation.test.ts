import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { campaign, worldsOf } from "./campaign.ts";
import { play } from "./play.ts";
import { faultKinds } from "./world.ts";

/** Fixed, so that a run of the tests says the same of the same program. */
const worlds = { record: 2120, whole: 24 } as const;
const least = { ticks: 500_000, recoveries: 20_000 } as const;

describe("A fabric in which everything goes wrong that may", () => {
  it("breaks no law, loses nothing, ends every job once, and comes to rest when faults cease", async () => {
    const record = await campaign({ worlds: worldsOf("record", 1, worlds.record) });
    const whole = await campaign({ worlds: worldsOf("whole", 1, worlds.whole) });
    assert.deepEqual([...record.violations, ...whole.violations], []);
    const ticks = record.ticks + whole.ticks;
    const recoveries = record.recoveries + whole.recoveries;
    assert.ok(ticks >= least.ticks, `${ticks} ticks`);
    assert.ok(recoveries >= least.recoveries, `${recoveries} recoveries`);
    assert.ok(whole.staleResults > 0 && record.staleResults > 0, "results came too late");
    // What never happens is not tested.
    assert.deepEqual(
      faultKinds.filter((kind) => (whole.faults[kind] ?? 0) === 0),
      [],
    );
    assert.deepEqual(
      Object.entries(record.faults).filter(([, times]) => times === 0),
      [],
    );
  });

  it("ends all work within the bound when faults cease early", async () => {
    const { violations, jobs } = await campaign({ worlds: worldsOf("whole", 10_001, 12), liveness: true });
    assert.deepEqual(violations, []);
    assert.ok(jobs > 100, `${jobs} jobs`);
  });

  it("is played again from its seed, to the last number", async () => {
    for (const kind of ["whole", "record"] as const)
      for (const seed of [3, 11]) assert.deepEqual(await play(kind, seed), await play(kind, seed));
  });
});
