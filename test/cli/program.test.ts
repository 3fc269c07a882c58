import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fabric, root, startProgram } from "./program.ts";
import { RunningFabric } from "./runningFabric.ts";

describe("The command line", { timeout: 120_000 }, () => {
  let running: RunningFabric;
  before(async () => {
    running = await RunningFabric.start();
  });
  after(async () => {
    await running.stop();
    running.remove();
  });

  const shell = (script: string) => startProgram("/bin/sh", ["-c", script], {}, running.folder).ended;
  const program = `${root}node_modules/.bin/fabric`;

  it("says which version it is", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const { code, out } = await fabric(["--version"], {}, "/");
    assert.deepEqual([code, out], [0, `${version}\n`]);
  });

  it("names what was mistyped, and the help of the command that it belongs to", async () => {
    const { code, err } = await fabric(["job", "submit", "--shards", "earth"], {}, "/");
    const help = "Run `fabric job submit --help` for what is right.";
    assert.deepEqual([code, err], [2, `error: unknown option '--shards'\n(Did you mean --shard?)\n${help}\n`]);
  });

  it("runs from any folder under the Node that this project pins, whatever `node` its caller has", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fabric-old-node-"));
    try {
      writeFileSync(join(folder, "node"), "#!/bin/sh\necho old node\nexit 9\n", { mode: 0o755 });
      const { code, out, err } = await fabric(["--version"], { PATH: `${folder}:${process.env.PATH}` }, folder);
      assert.equal(code, 0, err);
      assert.match(out, /^\d+\.\d+\.\d+\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const words of ["status", "events --follow", "status --watch", "job list", "job list --json", "--help"])
    it(`says in a line that what it wrote is lost, where the disk is full: ${words}`, {
      skip: !existsSync("/dev/full"),
    }, async () => {
      const { code, err } = await shell(`${program} ${words} > /dev/full`);
      assert.equal(code, 1, err);
      assert.match(err, /^OUTPUT_LOST: .*ENOSPC.*$/m);
      assert.doesNotMatch(err, / at /);
    });

  it("ends well when nobody reads what it says", async () => {
    const { err } = await shell(`{ ${program} status; echo "code $?" >&2; } | true`);
    assert.equal(err, "code 0\n");
  });

  it("goes on when its words cannot be written", { skip: !existsSync("/dev/full") }, async () => {
    const { code, out } = await shell(`${program} job list 2> /dev/full`);
    assert.equal(code, 0);
    assert.match(out, /^job +state/);
  });
});
