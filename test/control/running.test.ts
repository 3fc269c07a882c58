import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  ControlServer,
  findRun,
  openRun,
  type RunFile,
  removeRun,
  running,
  shellWord,
  socketOf,
  writeRun,
} from "../../src/control/index.ts";
import { exitCodes, FabricError } from "../../src/errors.ts";
import { processIdentity } from "../../src/journal/index.ts";
import { startChain } from "../governance/localChain.ts";
import { MemoryDesk, statusView } from "./memoryDesk.ts";

const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;

describe("Word of a running fabric", () => {
  const home = process.cwd();
  const given = process.env.XDG_RUNTIME_DIR;
  let root: string;
  let world: string;
  let folder: string;
  let file: string;
  let run: RunFile;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "fabric-run-")));
    process.chdir(root);
    process.env.XDG_RUNTIME_DIR = root;
    world = join(root, "world");
    mkdirSync(world);
    folder = join(root, ".fabric");
    file = join(folder, "run.json");
    run = {
      format: "planetary-fabric/run/v1",
      process: identityOf(process.pid),
      world,
      rpc: "http://127.0.0.1:8545/",
      chainId: 31337,
      genesisHash: `0x${"ab".repeat(32)}`,
      contracts: {
        OwnerMultisig: address(1),
        ShardRegistry: address(2),
        NodeRegistry: address(3),
        SubmitterRegistry: address(4),
        CheckpointLedger: address(5),
        SystemPause: address(6),
      },
      socket: socketOf(world),
    };
  });

  afterEach(() => {
    process.chdir(home);
    if (given === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = given;
    rmSync(root, { recursive: true });
  });

  it("is found as it was left, in the folder where the fabric was started, and nobody else may read it", () => {
    assert.equal(findRun(), undefined);
    writeRun(run);
    assert.deepEqual(findRun(), run);
    assert.deepEqual(findRun(folder), run);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ["run.json"]);
  });

  it("is taken back when the fabric ends", () => {
    writeRun(run);
    removeRun();
    assert.ok(!existsSync(file));
    removeRun();
  });

  it("does not count when its process has ended, and the next fabric takes its place", async () => {
    const dead = spawn("sleep", ["60"]);
    const identity = identityOf(dead.pid ?? 0);
    dead.kill();
    await once(dead, "exit");
    writeRun({ ...run, process: identity });
    assert.equal(findRun(), undefined);
    const gone = {
      code: "FABRIC_NOT_RUNNING",
      message: new RegExp(`process ${identity.id}, which .fabric/run.json names, has`),
    };
    await assert.rejects(running(), { ...gone, remedy: /^Start `fabric up`/ }, "without its world");
    writeFileSync(join(world, "world.json"), "{}");
    await assert.rejects(running(), { ...gone, remedy: `Go on with \`fabric resume ${world}\`.` });
    writeRun(run);
    assert.deepEqual(findRun(), run);
  });

  it("names a world as a shell takes it, so that what is to be typed works", async () => {
    const spaced = join(root, "my world's");
    mkdirSync(spaced);
    writeFileSync(join(spaced, "world.json"), "{}");
    const remedy = `Go on with \`fabric resume '${root}/my world'\\''s'\`.`;
    await assert.rejects(running({ world: spaced }), { code: "FABRIC_NOT_RUNNING", remedy });
    assert.deepEqual(["-f", "a/b-1.c"].map(shellWord), ["./-f", "a/b-1.c"]);
  });

  it("is not looked for in a file, with what to do", async () => {
    writeFileSync(folder, "");
    await assert.rejects(running(), { code: "RUN_FILE_UNSAFE", message: /^\.fabric .*no folder/, remedy: /remove it/ });
  });

  it("does not count when its process's number was given to another", () => {
    writeRun({ ...run, process: { id: process.pid, started: "1" } });
    assert.equal(findRun(), undefined);
  });

  it("is not written over while its fabric runs, which could not be found any more", () => {
    const other = { ...run, process: identityOf(process.ppid) };
    writeRun(other);
    assert.throws(() => writeRun(run), isCode("FABRIC_RUNS_HERE"));
    removeRun();
    assert.deepEqual(findRun(), other, "nor taken back by another process");
  });

  const isUnsafe = (problem: RegExp) => (error: unknown) => {
    assert.ok(error instanceof FabricError && error.code === "RUN_FILE_UNSAFE");
    assert.equal(error.exitCode, exitCodes.harmful);
    assert.match(error.message, problem);
    return true;
  };

  it("is not believed when others may write it: they would say who gets the owners' signatures", () => {
    writeRun(run);
    for (const mode of [0o620, 0o602]) {
      chmodSync(file, mode);
      assert.throws(() => findRun(), isUnsafe(new RegExp(`mode ${mode.toString(8)}`)));
    }
  });

  it("is not believed of another user", { skip: userInfo().uid !== 0 && "only root can give a file away" }, () => {
    writeRun(run);
    chownSync(file, 12345, 12345);
    assert.throws(() => findRun(), isUnsafe(/belongs to user 12345/));
  });

  it("is not believed behind a link", () => {
    writeRun(run, world);
    mkdirSync(folder);
    symlinkSync(join(world, "run.json"), file);
    assert.throws(() => findRun(), isUnsafe(/no regular file/));
  });

  it("is refused, with the place, when it is malformed", () => {
    const wrong: readonly (readonly [text: string, says: RegExp])[] = [
      ["{", /run\.json:1:/],
      [JSON.stringify({ ...run, format: "planetary-fabric/run/v2" }), /format .*"planetary-fabric\/run\/v1"/],
      [JSON.stringify({ ...run, process: { id: 0, started: "" } }), /id of a process/],
      [JSON.stringify({ ...run, rpc: "file:///etc/passwd" }), /URL of a JSON-RPC endpoint/],
      [JSON.stringify({ ...run, genesisHash: "0x12" }), /64 lower-case hex/],
      [JSON.stringify({ ...run, contracts: {} }), /OwnerMultisig/],
      [JSON.stringify({ ...run, world: "here" }), /absolute path/],
    ];
    mkdirSync(folder);
    for (const [text, says] of wrong) {
      writeFileSync(file, text, { mode: 0o600 });
      assert.throws(
        () => findRun(),
        (error) => {
          assert.ok(error instanceof FabricError && error.code === "RUN_FILE_BROKEN");
          assert.match(error.message, says);
          assert.match(error.remedy, /^Remove .*run\.json/);
          return true;
        },
      );
      assert.equal(readFileSync(file, "utf8"), text);
    }
  });

  it("says how to go on with a world whose orchestrator has ended while the rest of it is there", async () => {
    writeRun(run);
    const { client } = await running();
    await assert.rejects(client.status(), {
      code: "FABRIC_NOT_RUNNING",
      remedy: `Go on with \`fabric resume ${run.world}\`.`,
    });
    client.close();
    removeRun();
    mkdirSync(world, { recursive: true });
    writeFileSync(join(world, "world.json"), "{}");
    await assert.rejects(running({ world }), { code: "FABRIC_NOT_RUNNING", remedy: /fabric resume .*world`\.$/ });
  });

  it("leads to the fabric from its folder, and from its world's", async () => {
    await assert.rejects(running(), isCode("FABRIC_NOT_RUNNING"));
    await assert.rejects(running({ world }), (error) => {
      assert.ok(error instanceof FabricError && error.code === "FABRIC_NOT_RUNNING");
      assert.equal(error.exitCode, exitCodes.unreachable);
      assert.match(error.remedy, /fabric up/);
      return true;
    });
    const server = await ControlServer.open(new MemoryDesk(), run.socket);
    try {
      const byWorld = await running({ world: "world" });
      assert.equal(byWorld.run, undefined, "its socket alone tells of it");
      assert.deepEqual(await byWorld.client.status(), statusView);
      byWorld.client.close();
      writeRun(run);
      for (const found of [await running(), await running({ world })]) {
        assert.deepEqual(found.run, run);
        assert.deepEqual(await found.client.status(), statusView);
        found.client.close();
      }
      const other = join(root, "other");
      mkdirSync(other);
      await assert.rejects(running({ world: other }), isCode("FABRIC_NOT_RUNNING"));
    } finally {
      await server.close();
    }
  });

  it("leads to its own chain only: a chain that was started anew at that address is refused", async () => {
    const { url, chain, stop } = await startChain();
    try {
      const here = { ...run, rpc: url, chainId: chain.chainId, genesisHash: chain.genesisHash };
      const opened = await openRun(here);
      assert.equal(opened.chain.genesisHash, chain.genesisHash);
      opened.close();
      await assert.rejects(openRun({ ...here, genesisHash: run.genesisHash }), isCode("GENESIS_WRONG"));
      await assert.rejects(openRun({ ...here, chainId: 1 }), isCode("CHAIN_ID_WRONG"));
    } finally {
      await stop();
    }
    await assert.rejects(openRun({ ...run, rpc: url }), isCode("CHAIN_UNREACHABLE"));
  });
});

function identityOf(id: number): RunFile["process"] {
  const identity = processIdentity(id);
  assert.ok(identity !== undefined, `there is no process ${id}`);
  return identity;
}

function address(last: number): string {
  return `0x${last.toString(16).padStart(40, "0")}`;
}
