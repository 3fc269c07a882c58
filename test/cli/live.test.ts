import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changeSentences } from "../../src/cli/changeWords.ts";
import { DrillProgress } from "../../src/cli/drillProgress.ts";
import { FabricView } from "../../src/cli/fabricView.ts";
import { bar, Live, type Screen } from "../../src/cli/live.ts";
import { running } from "../../src/control/index.ts";
import type { Standing } from "../../src/orchestrator/index.ts";
import { RunningFabric } from "./runningFabric.ts";
import { nodeView, shardView, statusOf } from "./statusViews.ts";
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
      "  tick 7  █████░░░░░░░░░░░░  30 of 120 jobs completed",
      "  earth   █████████░░░░░░░░  25 of 50 queued",
      "  luna    ░░░░░░░░░░░░░░░░░  0 of 10 queued",
      "  30 live; 1 failed, 2 interrupted, 5 spilled",
      "  3 of 4 nodes active; last anchor: checkpoint 2, tick 7",
      "",
    ]);
    assert.equal(terminal.cursorShown, false);
    progress.news({ kind: "decided", tick: 8, sentence: "Pause everything." });
    assert.deepEqual(terminal.lines[0], "  tick 8: Pause everything.", "news stay");
    assert.match(terminal.lines[1], /^ {2}tick 7 /, "and the picture stands below them");
    progress.end();
    progress.end();
    assert.equal(terminal.cursorShown, true, "the terminal is left without a cursor");
  });

  it("fits a terminal that is narrow and low, says what it leaves out, and obeys nothing that a name says", () => {
    const terminal = new Terminal();
    const progress = new DrillProgress(Object.assign(terminal, { columns: 24, rows: 5 }), ["ea\u001B[2Jrth\u202E"], 9);
    progress.news({ kind: "decided", tick: 1, sentence: "Set\u001B[31m it\r." });
    progress.tick(standing);
    assert.equal(terminal.lines[0], "  tick 1: Set\\u{1b}[31m it\\u{d}.");
    assert.equal(terminal.lines.length - 1, 1 + 4);
    for (const line of terminal.lines.slice(1)) assert.ok(line.length <= 23, line);
    assert.match(terminal.lines[2], /^ {2}ea\\u\{1b\}\[2Jrth\\u/);
    progress.end();
    const low = new Terminal();
    new Live(Object.assign(low, { rows: 3 }), { env: {} }).show(
      () => ["one", "two", "three", "four"],
      () => "",
    );
    assert.deepEqual(low.lines, ["one", "… 3 lines more", ""]);
  });

  it("leaves nothing of the picture and the cursor where it was, however it ends", () => {
    const terminal = new Terminal();
    const live = new Live(terminal, { env: {} });
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
      const live = new Live({ isTTY, write: (text: string) => (written += text) }, { env });
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

describe("What owners have changed, while a fabric is looked at", () => {
  const shards = [shardView("earth", { queueBudget: 200, routes: ["luna"] }), shardView("luna")];
  const nodes = [nodeView("earth.a")];
  const before = statusOf({ shards, nodes, submitters: ["exchange"] });

  it("is said in words, a sentence each", () => {
    const after = statusOf({
      shards: [
        shardView("earth", { queueBudget: 80, routes: [], pause: { by: "owners", until: null } }),
        shardView("luna"),
      ],
      nodes: [nodeView("earth.a", { status: "draining", latencyMs: 99, load: 9 }), nodeView("earth.b")],
      submitters: ["exchange", "dispatch"],
      checkpointIntervalTicks: before.checkpointIntervalTicks * 2,
    });
    const interval = before.checkpointIntervalTicks;
    assert.deepEqual(changeSentences(before, after), [
      `Ticks between checkpoints of the whole fabric raised from ${interval} to ${interval * 2} ticks.`,
      "Shard earth is paused by the owners.",
      "Queue budget of earth lowered from 200 to 80 jobs.",
      "Routes of earth changed from luna to none.",
      "Node earth.a is draining now (before: admitted).",
      "Node earth.b is new: admitted.",
      "Submitter dispatch is new.",
    ]);
    assert.ok(changeSentences(after, before).includes("Shard earth runs again."));
  });

  it("is nothing where jobs move and nodes work, or where nothing was in force before", () => {
    const busy = statusOf({
      shards: [shardView("earth", { queueBudget: 200, routes: ["luna"], queued: 7 }), shardView("luna")],
      nodes: [nodeView("earth.a", { load: 1 })],
      submitters: ["exchange"],
    });
    assert.deepEqual(changeSentences(before, busy), []);
    assert.deepEqual(changeSentences(statusOf({ ungoverned: true, shards: [], nodes: [] }), before), []);
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
