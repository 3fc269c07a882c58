import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Bound, pages } from "../../scripts/bench/pages.ts";

const program = fileURLToPath(new URL("../../scripts/bench/main.ts", import.meta.url));

function bench(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** What a suite prints as JSON, and in words. */
function found(...words: readonly string[]) {
  const { status, stdout, stderr } = bench(...words, "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

describe("A benchmark", () => {
  it("of the core counts the jobs that it was asked for, and puts what they cost beside the floor", () => {
    const cost = found("core", "--total", "200");
    assert.equal(cost.jobs, 200);
    assert.ok(cost.cpuSeconds > cost.startCpuSeconds && cost.startCpuSeconds > 0);
    assert.ok(cost.floorCpuSeconds > 0 && cost.timesFloor > 0 && cost.rssMiB > 0 && cost.checkpoints > 0);
  });

  it("of recovery goes on with what another process left when it was killed", () => {
    const cost = found("recover", "--total", "400");
    // Five ticks brought forty jobs each before the kill, and one after it.
    assert.equal(cost.endedJobs + cost.liveJobs, 240);
    assert.ok(cost.firstLeaseMs >= cost.readyMs && cost.readyMs > 0);
  });

  it("of sizes has each of them, and costs that a person can read", () => {
    const cost = found("scale", "--rounds", "1", "--most", "100");
    const sizes = (points: readonly { size: number }[]) => points.map(({ size }) => size);
    assert.deepEqual(
      [sizes(cost.tickByQueue), sizes(cost.tickByFinished)],
      [
        [1, 1, 1, 10, 100],
        [1, 1, 1, 10, 100],
      ],
    );
    assert.deepEqual(sizes(cost.assignmentByNodes), [6]);
    for (const points of Object.values<readonly { microseconds: number }[]>(cost))
      for (const { microseconds } of points) assert.ok(microseconds > 0);
  });

  it("of messages has every kind of key, and a table of them without --json", () => {
    const { status, stdout } = bench("messages", "--nodes", "2", "--rounds", "1");
    assert.equal(status, 0);
    const [, , ...rows] = stdout.trim().split("\n");
    assert.deepEqual(
      rows.map((row) => row.split(" | ")[0]),
      ["| ed25519", "| p256", "| secp256k1"],
    );
  });

  it("says what is wrong with its options, and what would be right, instead of measuring something else", () => {
    for (const [words, problem] of [
      [["core"], /required option '--total <jobs>' not specified/],
      [["core", "--total", "0"], /'0' is invalid.*a whole number of at least 1 is right/],
      [["resume", "--total", "many"], /'many' is invalid.*a whole number of at least 1 is right/],
      [["chain", "--anchors", "1.5"], /'1\.5' is invalid.*a whole number of at least 1 is right/],
      [["messages", "--key", "rsa"], /unknown option '--key'/],
      [["all", "cor"], /'cor' is invalid.*core, scale, recover, resume, drill, messages, gas, chain/],
      [["drill", "--scenario", "nowhere", "--rounds", "1"], /the drill ended with 2: .*nowhere/],
      [["floor"], /unknown command 'floor'/],
    ] as const) {
      const { status, stdout, stderr } = bench(...words);
      assert.notEqual(status, 0, words.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, problem);
    }
  });
});

describe("The page of benchmarks", () => {
  const core = { jobs: 1_000_000, ticks: 254, startCpuSeconds: 0.2, timesFloor: 2, wallSeconds: 9, rssMiB: 250 };
  const costing = (...all: readonly number[]) => all.map((cpuSeconds) => JSON.stringify({ ...core, cpuSeconds }));
  const verdicts = (bounds: readonly Bound[]) => bounds.map(({ isMet }) => isMet);

  it("has the medians of several runs, and says honestly of each bound whether they meet it", async () => {
    const { body, bounds } = await pages.core.says([
      costing(0.9, 3, 0.8),
      costing(13, 12, 14),
      costing(5, 7, 4),
      costing(61),
    ]);
    const [small, six, many] = body.split("\n").slice(2);
    assert.match(small, /\| 3 \| 0\.90 \| 0\.80 to 3\.00 \|/);
    assert.match(six, /\| 13\.00 \| 12\.00 to 14\.00 \|/);
    assert.match(many, /\| 5\.00 \|/);
    assert.deepEqual(verdicts(bounds), [true, false, true, true, true, true]);
    const [, , , large, , ratio] = bounds;
    assert.equal(large.found, "61.00 CPU-s, 262 MB");
    assert.equal(ratio.found, "1.22 times");
  });

  it("does not take for flat what grows, nor for logarithmic what grows faster, and draws both", async () => {
    const points = (...costs: readonly number[]) =>
      costs.map((microseconds, order) => ({ size: 10 ** (order + 2), microseconds, jobs: 10 }));
    const cost = {
      tickByQueue: points(20, 21, 25, 24),
      tickByFinished: points(20, 40, 80, 160),
      checkpointByLive: points(500, 1000, 10_000, 100_000),
      assignmentByNodes: points(1, 1.4, 1.9, 2.4),
    };
    const said = await pages.scale.says([[JSON.stringify(cost)]]);
    assert.deepEqual(verdicts(said.bounds), [true, false, true, true]);
    const steep = { ...cost, assignmentByNodes: points(1, 1.6, 2.1, 2.6) };
    assert.deepEqual(verdicts((await pages.scale.says([[JSON.stringify(steep)]])).bounds), [true, false, true, false]);
    assert.deepEqual([...said.pictures.keys()].sort(), [
      "images/performance-checkpoints.svg",
      "images/performance-nodes.svg",
      "images/performance-ticks.svg",
    ]);
    for (const [path, svg] of said.pictures) {
      assert.match(svg, /^<svg xmlns.*@font-face/, path);
      assert.ok(said.body.includes(`](${path})`), path);
    }
  });
});
