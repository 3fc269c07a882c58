import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { socketOf } from "../../src/control/index.ts";
import { exitCodes, FabricError } from "../../src/errors.ts";

describe("The place of a control socket", () => {
  const given = process.env.XDG_RUNTIME_DIR;
  let root: string;
  let world: string;
  let runtime: string;
  let folder: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "fabric-socket-")));
    world = join(root, "world");
    runtime = join(root, "run");
    folder = join(runtime, "planetary-fabric");
    mkdirSync(world);
    mkdirSync(runtime);
    process.env.XDG_RUNTIME_DIR = runtime;
  });

  afterEach(() => {
    if (given === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = given;
    rmSync(root, { recursive: true });
  });

  const isUnsafe = (problem: RegExp) => (error: unknown) => {
    assert.ok(error instanceof FabricError && error.code === "CONTROL_FOLDER_UNSAFE");
    assert.equal(error.exitCode, exitCodes.harmful);
    assert.match(error.message, problem);
    return true;
  };

  it("is the same however a world is called, so that a fabric is found again after it was started anew", () => {
    symlinkSync(world, join(root, "alias"));
    const socket = socketOf(world);
    assert.match(socket, new RegExp(`^${folder}/[0-9a-f]{16}\\.sock$`));
    assert.equal(socketOf(join(root, "alias")), socket);
    assert.equal(socketOf(`${world}/../world/`), socket);
    mkdirSync(join(root, "other"));
    assert.notEqual(socketOf(join(root, "other")), socket);
  });

  it("is in a folder that only its user may enter", () => {
    socketOf(world);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("is among the temporary files, in a folder of the user's own, where there is no runtime folder", () => {
    const own = new RegExp(`^${tmpdir()}/planetary-fabric-${userInfo().uid}/`);
    process.env.XDG_RUNTIME_DIR = join(root, "nowhere");
    assert.match(socketOf(world), own);
    process.env.XDG_RUNTIME_DIR = "relative";
    assert.match(socketOf(world), own);
  });

  it("is not where a link leads: somebody else may own what is there", () => {
    mkdirSync(join(root, "elsewhere"), { mode: 0o700 });
    symlinkSync(join(root, "elsewhere"), folder);
    assert.throws(() => socketOf(world), isUnsafe(/symbolic link/));
  });

  it("is not where others may enter, list or write", () => {
    mkdirSync(folder);
    for (const mode of [0o710, 0o701, 0o740, 0o777]) {
      chmodSync(folder, mode);
      assert.throws(() => socketOf(world), isUnsafe(new RegExp(`mode ${mode.toString(8)}`)));
    }
  });

  it("is not in another user's folder", { skip: userInfo().uid !== 0 && "only root can give a folder away" }, () => {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 12345, 12345);
    assert.throws(() => socketOf(world), isUnsafe(/belongs to user 12345/));
  });

  it("says so when the path is longer than the system takes, which would be cut off", () => {
    process.env.XDG_RUNTIME_DIR = join(runtime, "x".repeat(90));
    mkdirSync(process.env.XDG_RUNTIME_DIR);
    assert.throws(
      () => socketOf(world),
      (error) => error instanceof FabricError && error.code === "CONTROL_PATH_TOO_LONG",
    );
  });

  it("is none for a world that is not there", () => {
    assert.throws(
      () => socketOf(join(root, "nowhere")),
      (error) => error instanceof FabricError && error.code === "FILE_UNREADABLE",
    );
  });
});
