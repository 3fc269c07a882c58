import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decideNow } from "../../src/cli/owner/decision.ts";
import { addToLog, checkLog, logFileOf, logOf } from "../../src/cli/owner/worldLog.ts";
import { ControlClient } from "../../src/control/index.ts";
import { contractNames, parseDeployment } from "../../src/governance/index.ts";
import type { OwnerLogEntry } from "../../src/owner/index.ts";
import { root, startProgram } from "./program.ts";

const entryOf = (block: number): OwnerLogEntry => ({
  change: { kind: "checkpointNow" },
  ...{ sentence: "Make a checkpoint now.", calls: [], batch: null, signers: [] },
  ...{ transactionHash: `0x${block.toString(16).padStart(64, "0")}`, block },
});
const hash = `0x${"cd".repeat(32)}`;
const contract = { address: `0x${"0".repeat(39)}1`, codeHash: hash };
const deployment = parseDeployment(
  JSON.stringify({
    ...{ format: "planetary-fabric/deployment/v1", chainId: 31337, genesisHash: hash, blocks: { first: 1, last: 2 } },
    contracts: Object.fromEntries(contractNames.map((name) => [name, contract])),
  }),
  "deployment.json",
);
const note = { act: "made", reason: null, plan: null } as const;

describe("The log of a world", () => {
  const world = mkdtempSync(join(tmpdir(), "fabric-log-"));
  after(() => rmSync(world, { recursive: true, force: true }));

  it("has every decision, one after the other, when several commands add to it at once", async () => {
    const script = `
      import { randomBytes } from "node:crypto";
      import { addToLog } from "${root}src/cli/owner/worldLog.ts";
      for (let block = 0; block < 20; block++) {
        const transactionHash = "0x" + randomBytes(32).toString("hex");
        const entry = { ...${JSON.stringify(entryOf(0))}, block, transactionHash };
        const problem = await addToLog(process.argv[1], entry, ${JSON.stringify(note)});
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
    const holders = [
      { id: 2 ** 30, started: "1" },
      { id: process.pid, started: "1" },
    ];
    for (const [index, holder] of holders.entries()) {
      writeFileSync(`${logFileOf(world)}.lock`, JSON.stringify(holder));
      assert.equal(await addToLog(world, entryOf(index), note), null);
    }
    assert.equal(logOf(world).length, before + 2);
  });

  it("is looked at before anything is sent: a decision that nobody can read about is not made unawares", async () => {
    const other = mkdtempSync(join(tmpdir(), "fabric-log-"));
    try {
      checkLog(other);
      mkdirSync(logFileOf(other));
      const unreadable = {
        code: "FILE_UNREADABLE",
        message: /owner-log\.ndjson cannot be read: it is a folder\.$/,
      };
      assert.throws(() => checkLog(other), unreadable);
      assert.throws(() => logOf(other), unreadable);
      assert.match((await addToLog(other, entryOf(1), note)) ?? "", /it is a folder/);
      // Nothing answers there: it would be known by now, had it been asked.
      const place = { world: other, url: "http://127.0.0.1:1", deployment, control: new ControlClient("none.sock") };
      await assert.rejects(decideNow(place, { kind: "checkpointNow" }), unreadable);
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});
