import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DrillProgress } from "../../src/cli/drillProgress.ts";
import { FabricView } from "../../src/cli/fabricView.ts";
import { bar, Live, type Screen } from "../../src/cli/live.ts";
import { running } from "../../src/control/index.ts";
import type { Standing } from "../../src/orchestrator/index.ts";
import { RunningFabric } from "./runningFabric.ts";
import { until } from "./until.ts";

const sign = "\u001B[";

/** A terminal as its reader sees it: what was written over is gone. */
class Terminal implements Screen {
  readonly isTTY = true;
  readonly columns = 60;
  lines: string[] = [""];
  cursorShown = true;

  write(text: string): void {
    const [before, ...controlled] = text.split(sign);
    this.#print(before);
    for (const piece of controlled) {
      const end = piece.search(/[A-Za-z]/) + 1;
      const control = piece.slice(0, end);
      if (control === "?25l") this.cursorShown = false;
      else if (control === "?25h") this.cursorShown = true;
      else if (control.endsWith("A")) this.lines.splice(this.lines.length - 1 - Number.parseInt(control, 10));
      else assert.equal(control, "0J");
      this.#print(piece.slice(end));
    }
  }

  #print(text: string): void {
    if (text === "" || text === "\r") return;
    if (this.lines.length === 0 || this.lines.at(-1) !== "") this.lines.push("");
    this.lines.splice(-1, 1, ...text.replaceAll("\r", "").split("\n"));
  }
}

const standing: Standing = {
  ...{ tick: 7, live: 30, parked: 0, queues: [25, 0], budgets: [50, 10], checkpoints: 2 },
  nodes: { active: 3, all: 4 },
  counters: {
    ...{ submitted: 60, completed: 30, failed: 1, expired: 0, cancelled: 0 },
    ...{ interrupted: 2, requeued: 2, spilled: 5, refusedResults: 0 },
  },
};

describe("The progress of a drill", () => {
  it("is a picture on a terminal: queues against budgets, jobs, nodes, checkpoints", () => {
    const terminal = new Terminal();
    const progress = new DrillProgress(terminal, ["earth", "luna"], 120);
    progress.tick(standing);
    assert.deepEqual(terminal.lines, [
      "  tick 7  ████████░░░░░░░░░░░░░░░░░░░░░░  30 of 120 jobs completed".slice(0, 59),
      "  earth  ███████████████░░░░░░░░░░░░░░░  25 of 50 queued",
      "  luna   ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 10 queued",
      "  30 live; 1 failed, 2 interrupted, 5 spilled",
      "  3 of 4 nodes active; 2 checkpoints anchored",
      "",
    ]);
    assert.equal(terminal.cursorShown, false);
    progress.news({ kind: "decided", tick: 8, sentence: "Pause everything." });
    assert.deepEqual(terminal.lines, ["  tick 8: Pause everything.", ""], "news stay, and the picture is drawn anew");
    progress.end();
    progress.end();
    assert.equal(terminal.cursorShown, true, "the terminal is left without a cursor");
  });

  it("leaves nothing of the picture and the cursor where it was, however it ends", () => {
    const terminal = new Terminal();
    const live = new Live(terminal, {});
    live.show(
      () => ["one", "two"],
      () => "",
    );
    live.end();
    assert.deepEqual(
      terminal.lines.filter((line) => line !== ""),
      [],
    );
    assert.equal(terminal.cursorShown, true);
  });

  it("is plain lines where there is no terminal, or one that cannot be drawn over", () => {
    for (const [isTTY, env] of [
      [false, {}],
      [true, { TERM: "dumb" }],
    ] as const) {
      let written = "";
      const live = new Live({ isTTY, write: (text: string) => (written += text) }, env);
      live.say("said");
      for (let times = 0; times < 3; times++)
        live.show(
          () => ["picture"],
          () => "line",
        );
      live.end();
      assert.equal(written, "said\n", "a line is due after two seconds, and nothing else");
      assert.ok(!written.includes(sign));
    }
  });

  it("has bars that are full when a queue is, and show the first job that waits", () => {
    assert.deepEqual(
      [bar(0, 10, 4), bar(1, 1000, 4), bar(10, 10, 4), bar(30, 10, 4), bar(1, 0, 4)],
      ["░░░░", "█░░░", "████", "████", "░░░░"],
    );
  });
});

describe("A fabric that runs", { timeout: 60_000 }, () => {
  it("is shown below what is said of it, and leaves the terminal as it was", async () => {
    const fabric = await RunningFabric.start();
    const terminal = new Terminal();
    const view = new FabricView(terminal, {});
    try {
      view.say("It runs.");
      view.begin(async () => (await running({ world: fabric.world })).client);
      await until(() => terminal.lines.some((line) => line.startsWith("Both shards are running.")));
      assert.equal(terminal.lines[0], "It runs.");
      assert.ok(terminal.lines.some((line) => line.startsWith("earth")));
      assert.equal(terminal.cursorShown, false);
    } finally {
      await view.end();
      await fabric.stop();
      fabric.remove();
    }
    assert.deepEqual(terminal.lines, ["It runs."]);
    assert.equal(terminal.cursorShown, true);
  });
});
