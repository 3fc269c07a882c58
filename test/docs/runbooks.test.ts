import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { catalogue, exitCodes } from "../../src/errors.ts";
import { root } from "./documents.ts";
import { Reader } from "./reader.ts";
import { stepsOf, unseen } from "./steps.ts";

// What the runbooks print is typed, in the order in which their README names them, by one reader with one practice fabric.

/** What the last command of a frame ends with: 0, or that of the error that the document shows. */
function endOf(shows: readonly string[]): number {
  const shown = shows.map((line) => /^([A-Z_]+): /.exec(line)?.[1]);
  const [, entry] = Object.entries(catalogue).find(([code]) => shown.includes(code)) ?? [];
  return entry?.exit ?? exitCodes.done;
}

describe("The runbooks", () => {
  let reader: Reader;
  /** One that fails leaves the fabric as no other expects it. */
  let broken: string | undefined;
  before(() => {
    reader = new Reader();
  });
  after(() => reader.leave());

  /** What is true when a frame has been typed, beside what it shows; by the last of its lines. */
  type Checks = Readonly<Record<string, (said: string) => void | Promise<void>>>;

  const follow = (runbook: string, checks: Checks = {}) =>
    describe(runbook, () => {
      for (const { lines, shows } of stepsOf(readFileSync(join(root, "docs", "runbooks", runbook), "utf8")))
        it(lines.join("\n"), async () => {
          assert.equal(broken, undefined, "a command before this one failed");
          [broken] = lines;
          let said = "";
          for (const line of lines) {
            const { code, out, err } = await reader.type(line);
            assert.equal(code, line === lines.at(-1) ? endOf(shows) : exitCodes.done, `${line}\n${out}${err}`);
            said += `${out}\n${err}\n`;
          }
          assert.equal(unseen(shows, said), undefined, said);
          await checks[lines.at(-1) ?? ""]?.(said);
          broken = undefined;
        });
    });

  /** The number of the process that the fabric began with, as its terminal says it. */
  const endOrchestrator = () => {
    const number = /the orchestrator is process (\d+)/.exec(reader.running[0].written.err)?.[1];
    process.kill(Number(number), "SIGKILL");
  };

  follow("README.md");
  follow("pause.md");
  follow("reroute.md");
  follow("latency.md");
  follow("audit.md");
  follow("lost-key.md");
  follow("crash.md", {
    "npx fabric job submit --shard luna --skills navigation --count 5": endOrchestrator,
  });
});
