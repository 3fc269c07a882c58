import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { balanceOf, type Group, type Worker } from "../../src/config/balance.ts";
import { loadOf, type Manifest, type Scenario } from "../../src/config/index.ts";
import { edited, manifestFrom, manifestText, scenarioFrom, scenarioText } from "./documents.ts";

/** The worst ratio of work to slots over all sets of groups, by looking at each of them. */
function worstByHand(groups: readonly Group[], workers: readonly Worker[]): number {
  let worst = 0;
  for (let set = 1; set < 2 ** groups.length; set++) {
    const chosen = groups.filter((_, index) => (set & (1 << index)) !== 0);
    const able = new Set(chosen.flatMap((group) => group.workers));
    const work = chosen.reduce((sum, group) => sum + group.work, 0);
    worst = Math.max(worst, work / [...able].reduce((sum, worker) => sum + workers[worker].slots, 0));
  }
  return worst;
}

const manifest = manifestFrom(manifestText);
const scenario = scenarioFrom(scenarioText);
const says = (ofScenario: Scenario, ofManifest: Manifest) =>
  loadOf(ofScenario, ofManifest).warnings.map(({ document, path, says }) => `${document} ${path.join(".")}: ${says}`);

describe("spreading work over workers", () => {
  const world = fc.integer({ min: 1, max: 6 }).chain((count) =>
    fc.record({
      workers: fc.array(fc.record({ slots: fc.integer({ min: 1, max: 30 }) }), { minLength: count, maxLength: count }),
      groups: fc.array(
        fc.record({
          work: fc.integer({ min: 1, max: 1000 }),
          workers: fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: count }),
        }),
        { minLength: 1, maxLength: 7 },
      ),
    }),
  );

  it("finds the worst crowd among all there are: the load that is printed is the true one", () => {
    fc.assert(
      fc.property(world, ({ groups, workers }) => {
        const worst = Math.max(...balanceOf(groups, workers).groups);
        assert.ok(Math.abs(worst - worstByHand(groups, workers)) <= 1e-6 * worst);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("gives the workers exactly the work there is", () => {
    fc.assert(
      fc.property(world, ({ groups, workers }) => {
        const given = balanceOf(groups, workers).workers.reduce(
          (sum, ticks, index) => sum + ticks * workers[index].slots,
          0,
        );
        const work = groups.reduce((sum, group) => sum + group.work, 0);
        assert.ok(Math.abs(given - work) <= 1e-6 * work, `${given} ${work}`);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("says that work which nobody can do is never done", () => {
    const { groups, workers } = balanceOf([{ work: 5, workers: [] }], [{ slots: 1 }]);
    assert.deepEqual({ groups, workers }, { groups: [Infinity], workers: [0] });
  });
});

describe("the load of a scenario", () => {
  it("is work for each slot and tick", () => {
    const { jobs, arrivalTicks, rows, nodes, ticks, warnings } = loadOf(scenario, manifest);
    assert.deepEqual({ jobs, arrivalTicks, ticks, warnings }, { jobs: 200, arrivalTicks: 50, ticks: 20, warnings: [] });
    assert.deepEqual(rows, [
      {
        shard: "earth",
        skills: ["finance"],
        jobs: 100,
        work: 200,
        slotsAtHome: 20,
        slotsOverRoutes: 0,
        ticks: 10,
        load: 0.2,
      },
      {
        shard: "mars",
        skills: ["gpu"],
        jobs: 100,
        work: 200,
        slotsAtHome: 10,
        slotsOverRoutes: 0,
        ticks: 20,
        load: 0.4,
      },
    ]);
    assert.deepEqual(nodes, [
      { node: "earth.core", slots: 20, ticks: 10, load: 0.2 },
      { node: "mars.gpu", slots: 10, ticks: 20, load: 0.4 },
    ]);
  });

  it("is shared along approved routes, and no others", () => {
    const text = edited(
      manifestText,
      '"skills": ["finance"], "latencyMs"',
      '"skills": ["finance", "gpu"], "latencyMs"',
    );
    const shared = loadOf(scenario, manifestFrom(text));
    assert.deepEqual(
      shared.rows.map(({ slotsAtHome, slotsOverRoutes, load }) => [slotsAtHome, slotsOverRoutes, load]),
      [
        [20, 0, 400 / 30 / 50],
        [10, 20, 400 / 30 / 50],
      ],
    );
    const alone = loadOf(scenario, manifestFrom(edited(text, '"routes": ["earth"]', '"routes": []')));
    assert.deepEqual(
      alone.rows.map(({ slotsOverRoutes, load }) => [slotsOverRoutes, load]),
      [
        [0, 0.2],
        [0, 0.4],
      ],
    );
  });

  it("does not count nodes behind a shard that has none for the work: jobs go no further than where they can be served", () => {
    const moon = `{ "id": "moon", "title": "Moon", "queueBudget": 400, "latencyBudgetMs": 420, "spillThreshold": 100,
      "spillBatch": 32, "weight": 1, "routes": [] },`;
    const node = `{ "id": "moon.gpu", "shard": "moon", "capacity": 9, "maxConcurrency": 5, "heartbeatSeconds": 10,
      "skills": ["gpu"], "latencyMs": 240 },`;
    let text = edited(manifestText, '"shards": [\n', `"shards": [\n${moon}\n`);
    text = edited(text, '"nodes": [\n', `"nodes": [\n${node}\n`);
    text = edited(text, '"routes": ["mars"]', '"routes": ["mars", "moon"]');
    const slots = (source: string) => {
      const { rows } = loadOf(
        { ...scenario, demand: [{ shard: "moon", share: 0, phasePercent: 0 }] },
        manifestFrom(source),
      );
      return rows.map(({ shard, slotsAtHome, slotsOverRoutes }) => [shard, slotsAtHome, slotsOverRoutes]);
    };
    assert.deepEqual(slots(text), [
      ["earth", 20, 0],
      ["mars", 10, 0],
    ]);
    assert.deepEqual(
      slots(edited(text, '"skills": ["finance"], "latencyMs"', '"skills": ["finance", "gpu"], "latencyMs"')),
      [
        ["earth", 20, 0],
        ["mars", 10, 25],
      ],
    );
  });

  it("warns of a skill that no node offers", () => {
    const text = edited(manifestText, '["gpu", "finance"]', '["gpu", "finance", "vision"]');
    assert.deepEqual(says(scenario, manifestFrom(text)), [
      "manifest skills.2: no node offers the skill vision; jobs that ask for it will be parked",
    ]);
  });

  it("warns of work that nothing on an approved route can serve", () => {
    const both = scenarioFrom(edited(scenarioText, '["gpu"]', '["gpu", "finance"]'));
    assert.deepEqual(says(both, manifest), [
      "scenario templates.1: no node on an approved route can serve the jobs of mars for gpu + finance; they will be parked",
    ]);
    assert.equal(loadOf(both, manifest).rows[1].load, null);
  });

  it("warns of more work than the nodes can carry", () => {
    assert.deepEqual(says({ ...scenario, jobsPerShard: 250 }, manifest), [
      "scenario templates.1: the jobs of mars for gpu are 100 % of what their nodes can carry; they will wait ever longer",
    ]);
  });

  it("warns of a node that breaks its shard's latency budget, and counts it for nothing", () => {
    const slow = manifestFrom(edited(manifestText, '"latencyMs": 240', '"latencyMs": 421'));
    assert.deepEqual(says(scenario, slow), [
      "manifest nodes.1.latencyMs: mars.gpu breaks the latency budget of mars and will be given nothing",
      "scenario templates.1: no node on an approved route can serve the jobs of mars for gpu; they will be parked",
    ]);
  });

  it("warns of submitters who may not bring the jobs, or not as fast", () => {
    const slow = manifestFrom(manifestText.replaceAll('"jobsPerTick": 500', '"jobsPerTick": 1'));
    assert.deepEqual(says(scenario, slow), [
      "scenario templates.0: the submitters of earth may bring so little in a tick that its jobs come until tick 51",
      "scenario templates.1: the submitters of mars may bring so little in a tick that its jobs come until tick 100",
    ]);
    const nobody = manifestFrom(edited(manifestText, '["earth", "mars"]', '["earth"]'));
    assert.deepEqual(says(scenario, nobody), [
      "scenario templates.1: no submitter of the manifest may bring jobs to mars",
    ]);
  });
});
