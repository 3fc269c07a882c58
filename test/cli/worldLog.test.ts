import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { addToLog, logFileOf, logOf } from "../../src/cli/owner/worldLog.ts";
import type { OwnerLogEntry } from "../../src/owner/index.ts";
import { root, startProgram } from "./program.ts";

const entryOf = (block: number): OwnerLogEntry => ({
  change: { kind: "checkpointNow" },
  ...{ sentence: "Make a checkpoint now.", calls: [], batch: null, signers: [] },
  ...{ transactionHash: `0x${"ab".repeat(32)}`, block },
});
const note = { act: "made", reason: null, plan: null } as const;

describe("The log of a world", () => {
  const world = mkdtempSync(join(tmpdir(), "fabric-log-"));
  after(() => rmSync(world, { recursive: true, force: true }));

  it("has every decision, one after the other, when several commands add to it at once", async () => {
    const script = `
      import { addToLog } from "${root}src/cli/owner/worldLog.ts";
      for (let block = 0; block < 20; block++) {
        const problem = await addToLog(process.argv[1], { ...${JSON.stringify(entryOf(0))}, block }, ${JSON.stringify(note)});
        if (problem !== null) throw new Error(problem);
      }`;
    const words = ["--input-type=module", "--eval", script, world];
    const ended = await Promise.all([1, 2, 3].map(() => startProgram(process.execPath, words).ended));
    assert.deepEqual(
      ended.map(({ code, err }) => [code, err]),
      [1, 2, 3].map(() => [0, ""]),
    );
    assert.equal(logOf(world).length, 60);
  });

  it("is not kept from anybody by a command that was killed while it wrote", async () => {
    const before = logOf(world).length;
    // No process has this number; and this one has, but is another one than the lock's.
    for (const holder of [
      { id: 2 ** 30, started: "1" },
      { id: process.pid, started: "1" },
    ]) {
      writeFileSync(`${logFileOf(world)}.lock`, JSON.stringify(holder));
      assert.equal(await addToLog(world, entryOf(1), note), null);
    }
    assert.equal(logOf(world).length, before + 2);
  });
});
