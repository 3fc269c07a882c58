import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeDeployment } from "../../src/governance/index.ts";
import { startFabric } from "../governance/localChain.ts";
import { fabric } from "./commandLines.ts";
import { root, runProgram, startProgram } from "./program.ts";
import { RunningFabric } from "./runningFabric.ts";
import { until } from "./until.ts";

describe("fabric status", { timeout: 120_000 }, () => {
  let running: RunningFabric;
  before(async () => {
    running = await RunningFabric.start();
  });
  after(async () => {
    await running.stop();
    running.remove();
  });
  const status = (...words: string[]) => fabric(["status", ...words], { FORCE_COLOR: "1" }, running.folder);

  it("says how the fabric is that runs here, or in a world, in words and as one document", async () => {
    const [words, json, named, alias] = await Promise.all([
      status(),
      status("--json"),
      fabric(["status", "--json", "--world", running.world]),
      runProgram("planetary-fabric", ["status"], {}, running.folder),
    ]);
    assert.equal(words.code, 0, words.err);
    assert.match(words.out, /^Both shards are running\. No job waits\. No proof is on the chain yet\.\n\nshard /);
    assert.ok(!words.out.includes(String.fromCharCode(27)), "no colour where there is no terminal");
    assert.equal(alias.out.split("\n")[0], words.out.split("\n")[0]);
    const view = JSON.parse(json.out);
    assert.equal(json.out.split("\n").length, 2, "one line");
    assert.deepEqual([view.format, view.tick], ["planetary-fabric/status/v1", 1]);
    assert.deepEqual(JSON.parse(named.out).shards, view.shards);
    assert.equal(words.err + json.err, "");
  });

  it("goes on each second with --watch, through a restart of the orchestrator, until Ctrl-C", async () => {
    const restarted = await RunningFabric.start();
    const file = `${root}node_modules/.bin/fabric`;
    const { child, written, ended } = startProgram(file, ["status", "--watch"], {}, restarted.folder);
    try {
      const frames = () => written.out.split("shard ").length - 1;
      await until(() => frames() >= 2);
      await restarted.silence();
      await until(() => written.out.includes("FABRIC_NOT_RUNNING"));
      const before = frames();
      await restarted.serve();
      await until(() => frames() > before);
      child.kill("SIGINT");
      const { code, err } = await ended;
      assert.equal(code, 0, err);
      assert.equal(err, "");
    } finally {
      child.kill("SIGKILL");
      await restarted.stop();
      restarted.remove();
    }
  });

  it("prints lines of JSON with --watch --json", async () => {
    const { child, written, ended } = startProgram(
      `${root}node_modules/.bin/fabric`,
      ["status", "--watch", "--json"],
      {},
      running.folder,
    );
    try {
      await until(() => written.out.split("\n").length > 2);
      child.kill("SIGINT");
      await ended;
      for (const line of written.out.trimEnd().split("\n"))
        assert.equal(JSON.parse(line).format, "planetary-fabric/status/v1");
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("draws what the chain says, with the manifest's titles", async () => {
    const local = await startFabric();
    const deployed = await RunningFabric.start(local.url);
    try {
      writeDeployment(join(deployed.world, "deployment.json"), local.deployment);
      const plain = await fabric(["status", "--mermaid"], {}, deployed.folder);
      assert.equal(plain.code, 0, plain.err);
      assert.match(plain.out, /^flowchart TD\n {2}OWNERS.*\n {2}S1\["earth"\]:::shard\n/);
      assert.match(plain.out, / {2}S\d -\. spillover \.-> S\d\n/);
      copyFileSync(join(root, "config/fabric.json"), join(deployed.world, "manifest.json"));
      const titled = await fabric(["status", "--mermaid"], {}, deployed.folder);
      assert.match(titled.out, /\n {2}S1\["Earth Hypergrid"\]:::shard\n/);
    } finally {
      await deployed.stop();
      deployed.remove();
      await local.stop();
    }
  });

  it("ends with 5 where no fabric runs and no drill left anything, and says what starts one", async () => {
    const empty = mkdtempSync(join(tmpdir(), "fabric-empty-"));
    try {
      for (const words of [[], ["--watch"], ["--mermaid"], ["--world", "."]]) {
        const { code, out, err } = await fabric(["status", ...words], {}, empty);
        assert.equal(code, 5, err);
        assert.equal(out, "");
        assert.match(err, /FABRIC_NOT_RUNNING.*\n.*`fabric up`/);
      }
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it("refuses what cannot be one thing: a drawing that is JSON, or is watched", async () => {
    for (const flag of ["--json", "--watch"]) {
      const { code, err } = await status("--mermaid", flag);
      assert.equal(code, 2, err);
      assert.match(err, /cannot be used with/);
    }
  });
});
