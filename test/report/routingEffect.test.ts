import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { type Derived, routingEffect } from "../../src/report/index.ts";
import { playQuietly, type QuietDrill } from "./quietBundle.ts";

describe("what a change would have done to a run that is over", () => {
  let quiet: QuietDrill;
  let bundle: string;
  let derived: Derived;
  before(async () => {
    quiet = await playQuietly(3, { unkilled: true });
    ({ folder: bundle, derived } = await quiet.write("past"));
  });
  after(() => quiet.remove());

  it("is nothing where routing has nothing to do with it, and the run is the one that the bundle has", async () => {
    const differences = [
      { what: "fabric.anchorer", before: "none", after: "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65" },
    ];
    const { run, jobs, without, with: changed, unplayed, verdict } = await routingEffect(bundle, [], differences);
    assert.deepEqual([run, jobs, unplayed], ["past", 40, []]);
    assert.deepEqual(changed, without);
    assert.equal(verdict, "In the run past of 40 jobs it would have made no difference.");
    const { jobs: counted, shards } = derived.summary;
    assert.deepEqual([without.completed, without.spilled], [counted.completed, counted.spilled]);
    assert.deepEqual(
      without.shards,
      shards.map(({ name, completed, spilledOut, waitP50Ticks, waitP95Ticks }) => {
        return { shard: name, completed, spilled: spilledOut, waitP50: waitP50Ticks, waitP95: waitP95Ticks };
      }),
    );
  });

  it("is told in jobs and ticks, as if it had been in force from the first tick", async () => {
    const differences = ["earth", "luna", "mars", "helios"].map((shard) => {
      return { what: `${shard}.paused`, before: false, after: true };
    });
    const { without, with: changed, verdict } = await routingEffect(bundle, [], differences);
    assert.deepEqual([without.waiting, changed.completed], [0, 0]);
    assert.equal(changed.failed + changed.waiting, 40);
    assert.match(verdict, /^In the run past of 40 jobs 0 would have been completed instead of \d+; .*\.$/);
  });

  it("says what cannot be tried on a run that is over", async () => {
    const reroute = { kind: "reroute", from: "mars", to: ["helios"] } as const;
    const cancel = { kind: "cancel", submitter: "mars.works", number: 1 } as const;
    const differences = [
      { what: "ceres.queueBudget", before: null, after: 900 },
      { what: "fabric.tickMs", before: 5000, after: 1000 },
    ];
    const { unplayed } = await routingEffect(bundle, [reroute, cancel], differences);
    assert.deepEqual(unplayed, [
      "cancel, which is about jobs that wait now",
      "moving what waits now",
      "ceres.queueBudget",
      "fabric.tickMs",
    ]);
  });

  it("is refused for what is no bundle", async () => {
    await assert.rejects(
      routingEffect(quiet.folder, [], []),
      (error) => error instanceof FabricError && error.code === "BUNDLE_MISSING",
    );
  });
});
