import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fabric } from "../cli/commandLines.ts";
import { type Ended, type Started, startProgram } from "../cli/program.ts";
import { until } from "../cli/until.ts";
import { root, wordsOf } from "./documents.ts";

/** What does not run by then waits for something that does not come. */
const patienceMs = 120_000;

/** Commands that run until Ctrl-C, each in a terminal of its own, and what they say when they do. */
const lasting: readonly (readonly [command: RegExp, runs: string])[] = [
  [/^(up|resume)\b/, "Next: npx fabric status"],
  [/^node run\b/, "The fabric answers"],
];

/**
 * Somebody who follows a document, in a folder of their own, and types what it says, word for word. `npx fabric` finds this
 * program in the folder of the project only, so it is started from there.
 */
export class Reader {
  readonly folder = mkdtempSync(join(tmpdir(), "fabric-reader-"));
  /** Fabrics and nodes that were started here, the latest last. */
  readonly running: Started[] = [];

  /** Types a line into a terminal that is free, and waits: for its end, or until what it starts runs. */
  async type(line: string): Promise<Ended> {
    const [npx, name, ...words] = wordsOf(line);
    assert.equal(npx, "npx");
    const env = { NO_COLOR: "1", FABRIC_PASSWORD: "open sesame" };
    assert.equal(name, "fabric");
    const found = lasting.find(([command]) => command.test(words.join(" ")));
    if (found === undefined) return fabric(words, env, this.folder);
    const [, runs] = found;
    const program = startProgram(join(root, "node_modules", ".bin", name), words, env, this.folder);
    this.running.push(program);
    const { child, written } = program;
    await until(() => child.exitCode !== null || written.err.includes(runs), patienceMs);
    assert.equal(child.exitCode, null, written.err);
    return { code: 0, ...program.written };
  }

  /** Ctrl-C in the terminal in which something was started last that still runs. */
  async interrupt(): Promise<Ended> {
    const program = this.running.pop();
    assert.ok(program !== undefined);
    program.child.kill("SIGINT");
    return program.ended;
  }

  /** Leaves nothing behind: neither a process nor a file. */
  async leave(): Promise<void> {
    for (const { child, ended } of this.running) {
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
