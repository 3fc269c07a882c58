import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandRunner, type Ended } from "../../src/worker/index.ts";
import { taskWith } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-command-"));
const seen: number[] = [];
after(() => {
  for (const id of seen) if (isAlive(id)) process.kill(id, "SIGKILL");
  rmSync(folder, { recursive: true });
});
const place = (name: string) => join(folder, name);
const never = new AbortController().signal;
const sha256 = (text: string) => hash("sha256", text, "hex");

function shell(script: string, signal = never, lengthMax?: number, task = taskWith()): Promise<Ended> {
  return new CommandRunner(["sh", "-c", script], lengthMax).run(task, signal);
}
function digestOf(ended: Ended): string {
  assert.equal(ended.outcome, "completed", "reason" in ended ? ended.reason : "");
  return "digest" in ended ? Buffer.from(ended.digest).toString("hex") : "";
}
const reasonOf = (ended: Ended) => ("reason" in ended ? ended.reason : "completed");

/** The number that a script writes to a file of the folder: that of a process. */
async function numberIn(name: string): Promise<number> {
  for (;;) {
    const [line] = readOr(join(folder, name)).split("\n");
    if (/^\d+$/.test(line)) {
      seen.push(Number(line));
      return Number(line);
    }
    await sleep(5);
  }
}
function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
/** A process that ended and that nobody has asked for is as good as gone. */
function isAlive(id: number): boolean {
  const status = readOr(`/proc/${id}/stat`);
  if (status !== "") return !/\) [ZX] /.test(status);
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
async function isGone(id: number): Promise<void> {
  while (isAlive(id)) await sleep(5);
}

describe("A command that does the jobs", { timeout: 60_000 }, () => {
  it("gets the payload on stdin and the facts in its environment; what it prints is the result", async () => {
    assert.equal(digestOf(await shell("cat")), sha256("what to do"));
    const names = ["JOB", "SUBMITTER", "LEASE", "ATTEMPT", "CLASS", "VALUE", "TIME_MS", "SKILLS", "PAYLOAD_DIGEST"];
    const facts = await shell(`for name in ${names.join(" ")}; do printenv FABRIC_$name; done`);
    const digest = `0x${"ab".repeat(32)}`;
    const told = ["3/17", "earth.exchange", "9", "2", "interactive", "5", "60000", "general,gpu", digest];
    assert.equal(digestOf(facts), sha256(`${told.join("\n")}\n`));
  });

  it("is a program and its words, not a line for a shell", async () => {
    const ended = await new CommandRunner(["printf", "%s", "$HOME; exit 1 | *"]).run(taskWith(), never);
    assert.equal(digestOf(ended), sha256("$HOME; exit 1 | *"));
  });

  it("is not disturbed when it reads nothing of a payload that is larger than a pipe", async () => {
    const task = taskWith({ payload: new Uint8Array(1 << 20) });
    assert.equal(digestOf(await shell("echo done", never, undefined, task)), sha256("done\n"));
  });

  it("fails with what it exits with, and its last complaint", async () => {
    assert.equal(reasonOf(await shell("echo no >&2; echo no disk >&2; exit 3")), "it exited with 3: no disk");
    assert.equal(reasonOf(await shell("kill -9 $$")), "it was ended by SIGKILL");
  });

  it("fails when it prints more than it may, and does not go on printing", async () => {
    assert.equal(digestOf(await shell("printf 12345678", never, 8)), sha256("12345678"));
    assert.equal(reasonOf(await shell("yes", never, 1000)), "its output is longer than 1000 bytes");
  });

  it("is missed before the first job fails for it", () => {
    for (const program of ["no-such-program", join(folder, "none"), folder, ""])
      assert.throws(() => new CommandRunner([program]), { code: "USAGE" });
    writeFileSync(join(folder, "plain"), "#!/bin/sh\n", { mode: 0o600 });
    assert.throws(() => new CommandRunner([join(folder, "plain")]), /There is no program .*plain/);
  });

  it("fails, and the node lives, when it cannot be started after all", async () => {
    const file = join(folder, "fleeting");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o700 });
    const runner = new CommandRunner([file]);
    rmSync(file);
    assert.match(reasonOf(await runner.run(taskWith(), never)), /could not be started: .*ENOENT/);
  });

  it("ends with all that it started when its time is up", async () => {
    const end = new AbortController();
    const running = shell(`sleep 1000 & echo $! > ${folder}/child; trap '' TERM; wait`, end.signal);
    const child = await numberIn("child");
    assert.ok(isAlive(child));
    end.abort();
    assert.equal(reasonOf(await running), "it was stopped");
    await isGone(child);
  });

  it("leaves nothing running behind when it ends by itself", async () => {
    assert.equal(digestOf(await shell(`sleep 1000 & echo $! > ${folder}/left; echo done`)), sha256("done\n"));
    await isGone(await numberIn("left"));
  });

  it("is not begun when its time is up already", async () => {
    assert.equal(reasonOf(await shell(`touch ${folder}/begun`, AbortSignal.abort())), "it was stopped before it began");
    assert.equal(readOr(join(folder, "begun")), "");
    await assert.rejects(async () => readFileSync(join(folder, "begun")));
  });

  const fates = {
    "the node is killed": { does: "", signal: "SIGKILL", timeMs: 1e6 },
    "the node is stopped until the fabric does not count on it": {
      does: "runner.countOn(300);",
      signal: "SIGSTOP",
      timeMs: 1e6,
    },
    "the node is stopped until the job's time is over": { does: "", signal: "SIGSTOP", timeMs: 300 },
    "the node ends in disorder": {
      does: "setTimeout(() => { throw new Error(); }, 300);",
      signal: "SIGCONT",
      timeMs: 1e6,
    },
  } as const;
  for (const [fate, { does, signal, timeMs }] of Object.entries(fates))
    it(`ends with all that it started when ${fate}`, async () => {
      const name = `orphan-${signal}-${timeMs}`;
      const door = new URL("../../src/worker/index.ts", import.meta.url).href;
      const tasks = new URL("./tasks.ts", import.meta.url).href;
      const words = JSON.stringify(["sh", "-c", `echo $$ > ${place(name)}; sleep 1000; sleep 1000`]);
      writeFileSync(
        place(`${name}.ts`),
        `import { CommandRunner } from ${JSON.stringify(door)};
         import { taskWith } from ${JSON.stringify(tasks)};
         const runner = new CommandRunner(${words});
         void runner.run(taskWith({ timeMs: ${timeMs} }), new AbortController().signal);
         ${does}
         process.stdout.write("begun");`,
      );
      const node = spawn(process.execPath, [place(`${name}.ts`)], { stdio: ["ignore", "pipe", "ignore"] });
      try {
        await once(node.stdout, "data");
        const orphan = await numberIn(name);
        node.kill(signal);
        await isGone(orphan);
      } finally {
        node.kill("SIGKILL");
      }
    });

  it("does not keep its node from ending", async () => {
    const door = new URL("../../src/worker/index.ts", import.meta.url).href;
    const tasks = new URL("./tasks.ts", import.meta.url).href;
    writeFileSync(
      place("short.ts"),
      `import { CommandRunner } from ${JSON.stringify(door)};
       import { taskWith } from ${JSON.stringify(tasks)};
       await new CommandRunner(["true"]).run(taskWith(), new AbortController().signal);`,
    );
    const node = spawn(process.execPath, [place("short.ts")], { stdio: "ignore" });
    try {
      assert.deepEqual(await once(node, "exit"), [0, null]);
    } finally {
      node.kill("SIGKILL");
    }
  });
});
