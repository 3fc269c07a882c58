import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastHash, logLine, logText, type OwnerLogEntry, readLog, reasonOf } from "../../src/owner/index.ts";

const entryOf = (number: number): OwnerLogEntry => ({
  change: { kind: "setQueueBudget", shard: "earth", value: number },
  sentence: `Set the queue budget of earth to ${number} jobs.`,
  calls: [{ to: `0x${"11".repeat(20)}`, data: "0x1234" }],
  batch: null,
  signers: [`0x${"22".repeat(20)}`],
  transactionHash: `0x${"ab".repeat(32)}`,
  block: number,
});
const note = { act: "made", reason: null, plan: null } as const;
const log = () => {
  const text = logText([entryOf(1), entryOf(2), entryOf(3)]);
  return `${text}${logLine(entryOf(4), { ...note, reason: "The queue of earth was full for an hour." }, lastHash(text))}`;
};
const lines = () => log().trimEnd().split("\n");
const refused = (changed: readonly string[], line: number, problem: RegExp) =>
  assert.throws(() => readLog("owner-log.ndjson", `${changed.join("\n")}\n`), {
    code: "OWNER_LOG_BROKEN",
    exitCode: 6,
    message: new RegExp(`^owner-log\\.ndjson, line ${line}: ${problem.source}`),
  });

describe("The log of the owners", () => {
  it("is read as it was written, with the reasons, each line after the one it names", () => {
    const entries = readLog("owner-log.ndjson", log());
    assert.deepEqual(
      entries.map(({ block, reason }) => [block, reason]),
      [
        [1, null],
        [2, null],
        [3, null],
        [4, "The queue of earth was full for an hour."],
      ],
    );
    const [first, second] = entries;
    assert.deepEqual([first.previous, second.previous], ["0".repeat(64), first.hash]);
    assert.deepEqual(readLog("owner-log.ndjson", ""), []);
  });

  it("names the line that was altered, whichever and wherever, the last one too", () => {
    for (const [index, line] of lines().entries()) {
      // Any character: a value, a name, a bracket, the hash.
      for (let at = 0; at < line.length; at += 7) {
        const changed = lines();
        changed[index] = `${line.slice(0, at)}${line[at] === "7" ? "8" : "7"}${line.slice(at + 1)}`;
        refused(changed, index + 1, /it is not as it was written/);
      }
    }
  });

  it("names the line before which one was taken out, put in, or moved", () => {
    const [first, second, third, fourth] = lines();
    refused([second, third, fourth], 1, /what came before it is missing/);
    refused([first, third, fourth], 2, /what came before it is missing/);
    refused([first, second, second, third, fourth], 3, /what came before it is missing/);
    refused([first, third, second, fourth], 2, /what came before it is missing/);
    const other = logLine(entryOf(9), note, lastHash(`${first}\n`)).trimEnd();
    refused([first, other, third, fourth], 3, /what came before it is missing or was replaced/);
  });

  it("names a line that a crash cut off, and goes on after the last whole one", () => {
    const cut = log().slice(0, -20);
    assert.throws(() => readLog("owner-log.ndjson", cut), {
      code: "OWNER_LOG_BROKEN",
      slots: { line: 4, file: "owner-log.ndjson", problem: "it has no end" },
    });
    const [, , third] = readLog("owner-log.ndjson", `${lines().slice(0, 3).join("\n")}\n`);
    assert.equal(lastHash(cut), third.hash);
    refused([...cut.split("\n"), logLine(entryOf(5), note, lastHash(cut)).trimEnd()], 4, /it is not as it was written/);
  });

  it("takes no reason that says nothing, nor one without an end", () => {
    assert.equal(reasonOf("  too many jobs wait  "), "too many jobs wait");
    for (const text of ["", "because", "         x", "x".repeat(1001)])
      assert.throws(() => reasonOf(text), { code: "REASON_UNFIT", exitCode: 2 });
  });
});
