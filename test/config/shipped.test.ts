import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadOf, type Manifest, readManifest, readScenario, scenarioNames } from "../../src/config/index.ts";

/** Shard, queue budget, latency budget, routes: the table of the architecture dossier. */
const dossierShards = [
  ["earth", "Earth Hypergrid", 6000, 120, ["luna", "mars"]],
  ["luna", "Luna Relay", 2400, 180, ["earth"]],
  ["mars", "Mars Foundry", 4000, 420, ["earth", "helios"]],
  ["helios", "Helios GPU Helion", 2200, 850, ["mars"]],
];

/** Node, region, capacity, concurrency, heartbeat, capabilities: the node marketplace of the same document. */
const dossierNodes = [
  ["earth.core-alpha", "earth", 24, 24, 12, ["general", "finance", "compliance"]],
  ["earth.edge-europa", "earth", 16, 12, 18, ["logistics", "iot", "edge"]],
  ["luna.nav-station", "luna", 12, 10, 18, ["navigation", "observation"]],
  ["mars.regolith-cradle", "mars", 18, 14, 20, ["manufacturing", "terraforming"]],
  ["mars.gpu-helion", "mars", 32, 20, 10, ["gpu", "vision", "simulation"]],
  ["helios.solaris-array", "helios", 28, 18, 9, ["gpu", "astronomy"]],
];

/** The arrows of the topology in the v0 README. */
const continentalRoutes = [
  ["earth", "Earth Continental Grid", ["luna", "mars"]],
  ["luna", "Luna Orbital Lattice", ["earth", "mars"]],
  ["mars", "Mars Frontier Array", ["earth", "edge"]],
  ["edge", "Helios Edge Halo", ["earth", "mars"]],
];

const continentalNodes = [
  ["EARTH-TITAN-01", "earth", ["governance", "sovereign-finance", "logistics"]],
  ["EARTH-ATHENA-02", "earth", ["research", "governance", "validation"]],
  ["LUNA-HYPERION-01", "luna", ["validation", "logistics"]],
  ["MARS-ARES-01", "mars", ["terraforming", "logistics", "research"]],
  ["MARS-ARES-02", "mars", ["terraforming", "governance"]],
  ["EDGE-HELIOS-PRIME", "edge", ["gpu-acceleration", "research"]],
];

const routesOf = ({ shards }: Manifest) => shards.map(({ id, title, routes }) => [id, title, routes]);
const skillsOf = ({ nodes }: Manifest) => nodes.map(({ id, shard, skills }) => [id, shard, skills]);

describe("config/fabric.json", () => {
  const manifest = readManifest("config/fabric.json");

  it("is the fabric of the dossier: an owner who knows the one knows the other", () => {
    assert.deepEqual(
      manifest.shards.map((s) => [s.id, s.title, s.queueBudget, s.latencyBudgetMs, s.routes]),
      dossierShards,
    );
    assert.deepEqual(
      manifest.nodes.map((n) => [n.id, n.shard, n.capacity, n.maxConcurrency, n.heartbeatSeconds, n.skills]),
      dossierNodes,
    );
    assert.equal(manifest.fabric.checkpointIntervalTicks, 40);
  });
});

describe("config/continental.json", () => {
  it("has the topology of the v0 README", () => {
    const manifest = readManifest("config/continental.json");
    assert.deepEqual(routesOf(manifest), continentalRoutes);
    assert.deepEqual(skillsOf(manifest), continentalNodes);
    assert.equal(manifest.fabric.checkpointIntervalTicks, 40);
  });
});

describe("the scenarios that ship", () => {
  it("are found by name", () => {
    assert.deepEqual(scenarioNames(), ["asymmetric", "burst", "continental", "default", "quiet"]);
    for (const name of scenarioNames()) assert.equal(readScenario(name).scenario.name, name);
  });

  it("bring no work that nothing can serve, nor more than the nodes can carry", () => {
    for (const name of scenarioNames()) {
      const { scenario, manifest } = readScenario(name);
      assert.deepEqual(loadOf(scenario, manifest).warnings, [], name);
    }
  });

  it("bring 40,000 jobs where 40,000 are promised", () => {
    for (const name of ["default", "asymmetric", "burst"]) {
      const { scenario, manifest } = readScenario(name);
      assert.equal(loadOf(scenario, manifest).jobs, 40_000, name);
    }
  });

  it("near capacity by default, so that waves make queues and spillover has something to do", () => {
    const { scenario, manifest } = readScenario("default");
    for (const { node, load } of loadOf(scenario, manifest).nodes) {
      assert.ok(load !== null && load > 0.8 && load < 0.95, `${node} ${load}`);
    }
  });

  it("ask more of Helios than its own node can carry when demand is asymmetric", () => {
    const { scenario, manifest } = readScenario("asymmetric");
    const helios = loadOf(scenario, manifest).rows.filter(({ shard }) => shard === "helios");
    const jobs = helios.reduce((sum, row) => sum + row.jobs, 0);
    const work = helios.reduce((sum, row) => sum + row.work, 0);
    assert.ok(jobs > 40_000 / 2);
    assert.ok(scenario.arrival.kind === "waves" && work > 18 * scenario.arrival.ticks);
  });

  it("have by default every fault and every owner's change that a drill has to survive", () => {
    const { faults, owners } = readScenario("default").scenario;
    const kinds = new Set(faults.map(({ kind }) => kind));
    for (const kind of ["silence", "lateResult", "duplicate", "forge", "replay", "kill"] as const)
      assert.ok(kinds.has(kind), kind);
    const silences = faults.flatMap((fault) => (fault.kind === "silence" ? [fault.forTicks > 0] : []));
    assert.ok(silences.includes(true) && silences.includes(false), "one node comes back, one does not");
    const has = (expected: object) =>
      owners.some(({ change }) => Object.entries(expected).every(([key, value]) => Reflect.get(change, key) === value));
    assert.ok(has({ kind: "guardianPause", scope: "fabric" }) && has({ kind: "resume", scope: "fabric" }));
    assert.ok(has({ kind: "setQueueBudget", shard: "earth" }));
    assert.ok(has({ kind: "setLatencyBudget", shard: "helios" }));
    assert.ok(
      owners.some(({ change }) => change.kind === "reroute" && change.from === "mars" && change.to[0] === "helios"),
    );
    assert.ok(has({ kind: "setSpillBatch" }) && has({ kind: "drain" }) && has({ kind: "checkpointNow" }));
  });
});
