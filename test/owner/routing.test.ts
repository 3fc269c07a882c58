import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Difference, withDifferences } from "../../src/owner/index.ts";
import { world } from "./exportSamples.ts";

const { parameters } = world;
const [earth] = parameters.shards;
const [first] = parameters.nodes;
const mars = parameters.submitters.findIndex(({ name }) => name === "mars.works");

describe("what a plan changes, put into the parameters of another run", () => {
  const cases: readonly (readonly [
    Pick<Difference, "what" | "after">,
    (changed: typeof parameters) => unknown,
    unknown,
  ])[] = [
    [{ what: "earth.queueBudget", after: 5 }, ({ shards: [shard] }) => shard, { ...earth, queueBudget: 5 }],
    [{ what: "earth.routes", after: ["helios", "luna"] }, ({ shards: [shard] }) => shard.routes, [4, 2]],
    [{ what: "earth.paused", after: true }, ({ shards: [shard] }) => shard.pause.ownerPaused, true],
    [{ what: "earth.retired", after: true }, ({ shards: [shard] }) => shard.retired, true],
    [{ what: "fabric.paused", after: true }, ({ pause }) => pause.ownerPaused, true],
    [{ what: "fabric.retired", after: true }, ({ retired }) => retired, true],
    [{ what: "fabric.maxAttempts", after: 9 }, ({ maxAttempts }) => maxAttempts, 9],
    [{ what: `node ${first.name}.capacity`, after: 7 }, ({ nodes: [node] }) => node, { ...first, capacity: 7 }],
    [{ what: `node ${first.name}.status`, after: "draining" }, ({ nodes: [node] }) => node.status, "draining"],
    [{ what: "submitter mars.works.jobsPerTick", after: 3 }, ({ submitters }) => submitters[mars].jobsPerTick, 3],
    [{ what: "submitter mars.works.revoked", after: true }, ({ submitters }) => submitters[mars].revoked, true],
    [
      { what: "submitter mars.works.shards", after: ["luna", "helios"] },
      ({ submitters }) => submitters[mars].shards,
      10,
    ],
  ];
  for (const [{ what, after }, of, expected] of cases)
    it(`changes ${what}, and nothing else`, () => {
      const { parameters: changed, unplayed } = withDifferences(parameters, [{ what, before: null, after }]);
      assert.deepEqual(unplayed, []);
      assert.deepEqual(of(changed), expected);
      assert.notDeepEqual(changed, parameters);
    });

  it("leaves alone who decides, and names what the run has no place for", () => {
    const differences = [
      { what: "constitution.threshold", before: 2, after: 3 },
      { what: "guardian 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65.armed", before: true, after: false },
      { what: "mars.guardianUntil", before: 5, after: 0 },
      { what: "ceres.weight", before: 1, after: 2 },
      { what: "earth.routes", before: [], after: ["ceres"] },
      { what: "earth.weight", before: 1, after: null },
      { what: "node nobody.capacity", before: 1, after: 2 },
      { what: `node ${first.name}.status`, before: "admitted", after: "asleep" },
      { what: "submitter mars.works.expiry", before: 0, after: 2_000_000_000 },
    ];
    const { parameters: same, unplayed } = withDifferences(parameters, differences);
    assert.deepEqual(same, parameters);
    assert.deepEqual(
      unplayed,
      differences.slice(3).map(({ what }) => what),
    );
  });
});
