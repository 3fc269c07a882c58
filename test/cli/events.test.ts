import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventText, type Names, parseEvent } from "../../src/cli/eventText.ts";
import { EventLog, eventKinds } from "../../src/fabric/index.ts";
import { node } from "../fabric/world.ts";
import { fabric } from "./commandLines.ts";
import { root, startProgram } from "./program.ts";
import { parameters, RunningFabric } from "./runningFabric.ts";
import { until } from "./until.ts";

const names: Names = {
  shards: ["earth", "luna"],
  nodes: ["earth.core-alpha", "luna.nav"],
  submitters: ["earth.exchange"],
};

describe("Events in words", () => {
  const said: Readonly<Record<keyof typeof eventKinds, readonly [values: readonly number[], says: string]>> = {
    governed: [[7, 42], "governance version 7 of block 42 is in force"],
    paused: [[0], "the whole fabric is paused"],
    resumed: [[2], "luna runs again"],
    ordered: [[3, 42], "order 3 of the owners is carried out, as block 42 has it"],
    chainSilent: [[1], "the chain has not answered for one tick"],
    restarted: [[12], "the orchestrator is back after 12 ticks"],
    refusedMessages: [[0, 0, 2], "two messages of an unknown sender refused: signature"],
    nodeActive: [[1, 1], "earth.core-alpha is active"],
    nodeSuspect: [[1, 1], "earth.core-alpha is suspect: it was not heard in time"],
    nodeOffline: [[2, 2, 5], "luna.nav is offline: five jobs interrupted"],
    nodeSlow: [[1, 1, 1500], "earth.core-alpha is slow: 1,500 ms"],
    nodeWithinBudget: [[1, 1, 20], "earth.core-alpha is within its latency budget: 20 ms"],
    accepted: [[1], "earth.exchange/17 accepted in earth"],
    repeated: [[], "earth.exchange/17 submitted again"],
    refused: [[3], "earth.exchange/17 refused: over quota"],
    queued: [[2], "earth.exchange/17 queued in luna"],
    assigned: [[1, 1, 31], "earth.exchange/17 assigned to earth.core-alpha (lease 31)"],
    spilled: [[1, 2], "earth.exchange/17 spilled from earth to luna"],
    parked: [[1], "earth.exchange/17 parked in earth: no admitted node can do it"],
    unparked: [[1], "earth.exchange/17 unparked in earth"],
    interrupted: [[1, 2, 31], "earth.exchange/17 interrupted on luna.nav (lease 31)"],
    requeued: [[1, 2, 3], "earth.exchange/17 back in earth after two attempts, waits three ticks"],
    returned: [[1], "earth.exchange/17 returned to the registry of earth"],
    moved: [[1, 2], "earth.exchange/17 moved from earth to luna"],
    resultRefused: [[1, 31], "a result of earth.core-alpha refused: lease 31 is not its own, or is over"],
    ended: [[1, 0, 1], "earth.exchange/17 completed by earth.core-alpha"],
    checkpoint: [[], "checkpoint"],
  };
  const lineOf = (kind: keyof typeof eventKinds, values: readonly number[]): string => {
    const log = new EventLog();
    const isOfJob = eventKinds[kind].job;
    log.add(kind, 12, isOfJob ? 1 : 0, isOfJob ? 17 : 0, ...values);
    return log.toNdjson();
  };
  for (const kind of Object.keys(eventKinds) as (keyof typeof eventKinds)[])
    it(`have names and not numbers: ${kind}`, () => {
      const [values, says] = said[kind];
      assert.equal(eventText(parseEvent(lineOf(kind, values)), names), `tick 12  ${says}`);
    });

  it("say how a job ended that was not completed", () => {
    const ending = (...values: number[]) => eventText(parseEvent(lineOf("ended", values)), names);
    assert.equal(ending(2, 1, 2), "tick 12  earth.exchange/17 failed: attempts spent, last on luna.nav");
    assert.equal(ending(3, 2, 0), "tick 12  earth.exchange/17 expired: deadline passed");
  });

  it("keep a number that nobody has named, and a kind that is not known", () => {
    assert.equal(eventText(parseEvent(lineOf("nodeActive", [9, 1])), names), "tick 12  node 9 is active");
    assert.equal(eventText(parseEvent('{"tick":1,"event":"new","x":2}'), names), 'tick 1  {"event":"new","x":2}');
  });
});

describe("fabric events", { timeout: 120_000 }, () => {
  let running: RunningFabric;
  before(async () => {
    running = await RunningFabric.start();
    for (let ticks = 0; ticks < 4; ticks++) running.play();
  });
  after(async () => {
    await running.stop();
    running.remove();
  });
  const events = (...words: string[]) => fabric(["events", ...words], {}, running.folder);

  it("tells what happened in the fabric that runs here, and as lines of JSON what is on record", async () => {
    const { code, out, err } = await events("--job", "earth.exchange/2");
    assert.equal(code, 0, err);
    assert.equal(
      out,
      "tick 2  earth.exchange/2 accepted in earth\ntick 2  earth.exchange/2 queued in earth\n" +
        "tick 2  earth.exchange/2 assigned to earth.core-alpha (lease 2)\n",
    );
    const json = await events("--json", "--from", "2", "--type", "accepted", "assigned", "--shard", "earth");
    const lines = json.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines.slice(0, 2), [
      { tick: 2, event: "accepted", submitter: 1, job: 2, shard: 1 },
      { tick: 2, event: "assigned", submitter: 1, job: 2, shard: 1, node: 1, lease: 2 },
    ]);
    assert.ok(lines.every(({ event }) => event === "accepted" || event === "assigned"));
    assert.equal((await events("--node", "luna.nav")).out, "", "nobody has heard of it");
    assert.equal((await events("--shard", "luna")).out, "", "nothing happened there");
  });

  it("goes on with --follow, knows who came meanwhile, and ends with Ctrl-C as what is done", async () => {
    const changing = await RunningFabric.start();
    const { child, written, ended } = startProgram(
      `${root}node_modules/.bin/fabric`,
      ["events", "--follow", "--type", "nodeActive", "--world", changing.world],
      {},
      changing.folder,
    );
    try {
      await until(() => written.out.includes("earth.core-alpha is active"));
      changing.play({ ...parameters, nodes: [...parameters.nodes, node("earth.new")] });
      await until(() => written.out.includes("earth.new is active\n"));
      child.kill("SIGINT");
      const { code, err } = await ended;
      assert.equal(code, 0, err);
      assert.equal(err, "");
    } finally {
      child.kill("SIGKILL");
      await changing.stop();
      changing.remove();
    }
  });

  it("keeps to the shard that a job is in when it ends, though the event names none", async () => {
    const line = (tick: number, event: string, job: number, more: object = {}) =>
      JSON.stringify({ tick, event, submitter: 1, job, ...more });
    running.told = [
      line(1, "accepted", 1, { shard: 1 }),
      line(1, "accepted", 2, { shard: 1 }),
      line(1, "accepted", 3, { shard: 2 }),
      line(2, "spilled", 2, { from: 1, to: 2 }),
      line(2, "spilled", 3, { from: 2, to: 1 }),
      line(3, "returned", 3, { shard: 2 }),
      line(3, "moved", 3, { from: 2, to: 1 }),
      ...[1, 2, 3].map((job) => line(4, "ended", job, { outcome: "completed", reason: "none", node: 1 })),
      line(5, "repeated", 1),
    ];
    const jobs = async (...words: string[]) =>
      (await events("--json", ...words)).out
        .trimEnd()
        .split("\n")
        .map((text) => text && JSON.parse(text).job);
    try {
      assert.deepEqual(await jobs("--type", "ended", "--shard", "earth"), [1, 3]);
      assert.deepEqual(await jobs("--type", "ended", "--shard", "luna"), [2]);
      assert.deepEqual(await jobs("--type", "repeated", "--shard", "earth"), [""], "where it was is forgotten");
    } finally {
      running.told = undefined;
    }
  });

  it("goes on where it was when the orchestrator is back: no line twice, and none missed", async () => {
    const restarted = await RunningFabric.start();
    const file = `${root}node_modules/.bin/fabric`;
    const words = ["events", "--follow", "--json", "--world", restarted.world];
    const { child, written, ended } = startProgram(file, words, {}, restarted.folder);
    const times = (text: string) => written.err.split(text).length - 1;
    try {
      for (let round = 1; round <= 2; round++) {
        const last = `{"tick":${restarted.play()},"event":"accepted"`;
        await until(() => written.out.includes(last));
        await restarted.silence();
        await until(() => times("The fabric has ended, or was killed") === round);
        restarted.play();
        await restarted.serve();
      }
      const end = `{"tick":${restarted.play()},"event":"accepted"`;
      await until(() => written.out.includes(end));
      const whole = await fabric(["events", "--json", "--world", restarted.world], {}, restarted.folder);
      await until(() => written.out.length >= whole.out.length);
      child.kill("SIGINT");
      const { code, out, err } = await ended;
      assert.equal(code, 0, err);
      assert.doesNotMatch(err, /CONTROL_BROKEN|Send the same again/);
      assert.equal(out, whole.out);
    } finally {
      child.kill("SIGKILL");
      await restarted.stop();
      restarted.remove();
    }
  });

  it("does not begin to follow where nobody answers", async () => {
    const stopped = await RunningFabric.start();
    try {
      await stopped.silence();
      const { code, err } = await fabric(["events", "--follow"], {}, stopped.folder);
      assert.equal(code, 5, err);
      assert.match(err, /^FABRIC_NOT_RUNNING/);
    } finally {
      await stopped.stop();
      stopped.remove();
    }
  });

  it("ends quietly when nobody reads on", async () => {
    running.endless = '{"tick":1,"event":"checkpoint"}\n'.repeat(2000);
    try {
      const words = ["-c", `{ ${root}node_modules/.bin/fabric events; echo "code $?" >&2; } | head -n 2`];
      const { out, err } = await startProgram("/bin/sh", words, {}, running.folder).ended;
      assert.equal(out, "tick 1  checkpoint\ntick 1  checkpoint\n");
      assert.equal(err, "code 0\n");
    } finally {
      running.endless = undefined;
    }
  });

  const refused: readonly (readonly [title: string, words: readonly string[], code: number, says: RegExp])[] = [
    [
      "an unknown node, naming those there are",
      ["--node", "luna"],
      2,
      /no node luna\.\n.*earth\.core-alpha and luna\.nav/,
    ],
    ["an unknown shard", ["--shard", "mars"], 2, /no shard mars\.\n.*earth and luna/],
    ["an unknown kind", ["--type", "pause"], 2, /There are governed, paused,.* and checkpoint\./],
    ["what names no job", ["--job", "17"], 2, /17 names no job/],
    ["a job of nobody", ["--job", "nobody/1"], 2, /no submitter nobody\.\n.*earth\.exchange/],
    ["a tick that is none", ["--from", "-1"], 2, /A whole number is right\./],
    ["a folder that is no bundle", ["world"], 2, /BUNDLE_MISSING/],
    ["to follow a bundle", ["world", "--follow"], 2, /nothing more happens in it/],
    ["a world that does not run, to be followed", ["--follow", "--world", "."], 5, /FABRIC_NOT_RUNNING.*\n.*fabric up/],
  ];
  for (const [title, words, code, says] of refused)
    it(`refuses ${title}`, async () => {
      const ended = await events(...words);
      assert.equal(ended.code, code, ended.err);
      assert.equal(ended.out, "");
      assert.match(ended.err, says);
    });
});

describe("fabric events of a world that does not run", { timeout: 60_000 }, () => {
  it("reads its record, and says so", async () => {
    const stopped = await RunningFabric.start();
    try {
      stopped.play();
      await stopped.stop();
      const { code, out, err } = await fabric(["events", "--world", "world", "--type", "assigned"], {}, stopped.folder);
      assert.equal(code, 0, err);
      assert.match(out, /^(tick [12] {2}earth\.exchange\/[12] assigned to earth\.core-alpha \(lease [12]\)\n){2}$/);
      assert.match(err, /^The fabric of world does not run: this is its record, up to tick 2\.\n$/);
      const none = await fabric(["events", "--world", join(stopped.folder, ".fabric")], {}, stopped.folder);
      assert.equal(none.code, 5, none.err);
    } finally {
      stopped.remove();
    }
  });
});
