import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { apportion, demandOf, withJobs } from "../../src/config/index.ts";
import { edited, manifestFrom, manifestText, scenarioFrom, scenarioText } from "./documents.ts";

const manifest = manifestFrom(manifestText);
const waves = scenarioFrom(scenarioText);
const sum = (numbers: Iterable<number>) => [...numbers].reduce((before, number) => before + number, 0);
const withArrival = (arrival: string) =>
  scenarioFrom(
    edited(scenarioText, '{ "kind": "waves", "ticks": 50, "periodTicks": 20, "amplitudePercent": 30 }', arrival),
  );

describe("dividing a whole number by shares", () => {
  it("loses and invents nothing, and is nowhere off by one", () => {
    const shares = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 20 }).filter((list) => sum(list) > 0);
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), shares, (total, list) => {
        const parts = apportion(total, list);
        assert.equal(sum(parts), total);
        parts.forEach((part, index) => {
          assert.ok(Math.abs(part - (total * list[index]) / sum(list)) < 1);
        });
      }),
      { seed: 1 },
    );
  });
});

describe("the demand of a scenario", () => {
  it("counts every job once, by shard, by template and by tick", () => {
    const jobs = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(
        jobs,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 99 }),
        (perShard, amplitude, phase) => {
          const demand = [{ shard: "mars", share: 3, phasePercent: phase }];
          const arrival = { kind: "waves", ticks: 70, periodTicks: 20, amplitudePercent: amplitude } as const;
          const shards = demandOf({ ...waves, jobsPerShard: perShard, arrival, demand }, manifest);
          assert.equal(sum(shards.map((shard) => shard.jobs)), perShard * 2);
          for (const { jobs: total, templates, arrivals } of shards) {
            assert.equal(sum(templates.map((template) => template.jobs)), total);
            assert.equal(sum(arrivals), total);
          }
        },
      ),
      { seed: 1 },
    );
  });

  it("comes in waves: a crest brings more than a trough by what the amplitude says", () => {
    const [{ arrivals }] = demandOf({ ...waves, jobsPerShard: 10_000 }, manifest);
    assert.equal(arrivals.length, 50);
    const crest = arrivals[10];
    const trough = arrivals[20];
    assert.ok(Math.abs(crest / trough - 1.3 / 0.7) < 0.02, `${crest} ${trough}`);
  });

  it("comes steadily or at once where the scenario says so", () => {
    const [steady] = demandOf(withArrival('{ "kind": "steady", "ticks": 20 }'), manifest);
    assert.deepEqual(
      [...steady.arrivals],
      Array.from({ length: 20 }, () => 5),
    );
    const [atOnce] = demandOf(withArrival('{ "kind": "atOnce" }'), manifest);
    assert.deepEqual([...atOnce.arrivals], [100]);
  });

  it("never exceeds what the submitters may bring in a tick, or jobs would be refused that nobody meant to lose", () => {
    const mean = manifestFrom(manifestText.replaceAll('"jobsPerTick": 500', '"jobsPerTick": 30'));
    const [earth, mars] = demandOf(withArrival('{ "kind": "atOnce" }'), mean);
    assert.deepEqual([...earth.arrivals], [60, 40]);
    assert.deepEqual([...mars.arrivals], [30, 30, 30, 10]);
  });
});

describe("another number of jobs", () => {
  it("keeps the rate and stretches the times when there are more, so that the load stays what it was", () => {
    const double = withJobs(waves, 200);
    assert.equal(double.jobsPerShard, 200);
    assert.deepEqual(double.arrival, { kind: "waves", ticks: 100, periodTicks: 20, amplitudePercent: 30 });
    assert.deepEqual(double.faults, [
      { kind: "silence", node: "mars.gpu", atTick: 40, forTicks: 10 },
      { kind: "kill", fromTick: 48, toTick: 52 },
    ]);
    assert.deepEqual(
      double.owners.map(({ atTick }) => atTick),
      [20, 60],
    );
  });

  it("keeps the times when there are fewer, so that faults and owners' changes still fall into the run", () => {
    assert.deepEqual(withJobs(waves, 10), { ...waves, jobsPerShard: 10 });
  });

  it("leaves a burst a burst", () => {
    const burst = withArrival('{ "kind": "atOnce" }');
    assert.deepEqual(withJobs(burst, 1000), { ...burst, jobsPerShard: 1000 });
  });
});
