import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { loadOf, readMission, readScenario, scenarioOf } from "../../src/config/index.ts";
import { FabricError } from "../../src/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-mission-"));
after(() => rmSync(folder, { recursive: true }));

const quiet = readScenario("quiet").scenario;
const mission = { name: "mine", title: "A mission", scenario: resolve("config/scenarios/quiet.json") };

function write(file: string, value: object): string {
  writeFileSync(join(folder, file), JSON.stringify(value, undefined, 1));
  return join(folder, file);
}

/** What is said of a mission that is refused. */
function refusalOf(value: object): string {
  try {
    readMission(write("refused.json", value));
  } catch (error) {
    assert.ok(error instanceof FabricError && error.code === "DOCUMENT_INVALID", String(error));
    return error.message.replaceAll(`${folder}/`, "");
  }
  assert.fail("it was taken");
}

describe("A mission", () => {
  it("that ships can be played as it is, and asks for no more than the nodes can do", () => {
    const files = readdirSync("config/missions");
    assert.ok(files.length > 0);
    for (const file of files) {
      const { scenario, manifest } = readMission(join("config/missions", file));
      assert.equal(`${scenario.name}.json`, file);
      assert.deepEqual(loadOf(scenario, manifest).warnings, [], file);
    }
  });

  it("is its scenario where it says nothing else", () => {
    const { scenario } = readMission(write("plain.json", mission));
    const { $schema: _, ...rest } = quiet;
    assert.deepEqual(scenario, { ...rest, name: "mine", title: "A mission" });
  });

  it("is written down as a scenario that stands by itself, so that a bundle can be verified without it", () => {
    const { scenario, manifest, scenarioDocument } = readMission("config/missions/survey.json");
    assert.deepEqual(scenarioOf(scenarioDocument, manifest), scenario);
    assert.ok(!("$schema" in JSON.parse(scenarioDocument.text)));
  });

  it("has its own decisions, seed and number of jobs, and the jobs of a blueprint for the shard that it names", () => {
    const owners = [{ atTick: 3, change: { kind: "checkpointNow" } }];
    const blueprint = { idPrefix: "dig-", count: 5, shard: "luna", skills: ["observation"], durationTicks: 2 };
    write("dig.json", blueprint);
    const file = write("own.json", { ...mission, owners, seed: 9, jobsPerShard: 30, blueprints: ["dig.json"] });
    const { scenario } = readMission(file);
    assert.deepEqual([scenario.owners, scenario.seed, scenario.jobsPerShard], [owners, 9, 30]);
    const [dig, ...more] = scenario.templates.filter(({ shard }) => shard === "luna");
    assert.deepEqual(more, []);
    assert.deepEqual([dig.name, dig.share, dig.durationTicks, dig.budgetTicks], ["dig-", 5, { min: 2, max: 2 }, 9]);
    const others = (templates: typeof quiet.templates) => templates.filter(({ shard }) => shard !== "luna");
    assert.deepEqual(others(scenario.templates), others(quiet.templates));
  });

  it("plays on another fabric where it names one, if the scenario fits it", () => {
    const fabric = JSON.parse(readFileSync("config/fabric.json", "utf8"));
    write("other.json", { ...fabric, name: "other" });
    const { manifest, scenario } = readMission(write("moved.json", { ...mission, manifest: "other.json" }));
    assert.deepEqual([manifest.name, scenario.manifest], ["other", "other.json"]);
    const strange = { ...mission, manifest: resolve("config/continental.json") };
    assert.match(
      refusalOf(strange),
      /config\/scenarios\/quiet\.json:\d+:\d+: skills\[0\] names "finance", which is no skill/,
    );
  });

  it("is refused with the place of what is wrong, in whichever file that is", () => {
    assert.match(
      refusalOf({ ...mission, scenario: "gone.json" }),
      /^refused\.json:4:\d+: scenario names gone\.json, which/,
    );
    assert.match(
      refusalOf({ ...mission, blueprints: ["gone.json"] }),
      /^refused\.json:6:\d+: blueprints\[0\] names gone\.json/,
    );
    const owners = [{ atTick: 3, change: { kind: "drain", node: "nobody" } }];
    assert.match(refusalOf({ ...mission, owners }), /^refused\.json:\d+:\d+: node names "nobody"/);
    write("bad.json", { idPrefix: "x-", shard: "luna", skills: ["magic"], durationTicks: 2 });
    assert.match(refusalOf({ ...mission, blueprints: ["bad.json"] }), /^bad\.json:\d+:\d+: skills\[0\] names "magic"/);
    assert.match(refusalOf({ ...mission, jobs: 3 }), /^refused\.json:5:\d+: there is no key "jobs" here/);
  });
});
