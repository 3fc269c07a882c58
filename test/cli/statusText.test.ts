import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { statusSentences, statusText } from "../../src/cli/statusText.ts";
import { nodeView, nowMs, shardView, statusOf } from "./statusViews.ts";

const digest = (byte: string) => `0x${byte.repeat(32)}` as const;
const guardianUntil = { by: "guardian", until: nowMs / 1000 + 540 } as const;

describe("The first sentences of a status", () => {
  const situations: readonly (readonly [title: string, change: Parameters<typeof statusOf>[0], says: string])[] = [
    ["all is well", {}, "All four shards are running. 312 jobs wait. Last proof on chain 4 min ago."],
    [
      "there is nothing to do",
      { shards: [shardView("earth", { queued: 0, registered: 0 }), shardView("luna", { queued: 0, registered: 0 })] },
      "Both shards are running. No job waits. Last proof on chain 4 min ago.",
    ],
    [
      "one shard, one job, no proof",
      { shards: [shardView("earth", { queued: 1, registered: 0 })], checkpoint: null, anchored: null },
      "Shard earth is running. One job waits. No proof is on the chain yet.",
    ],
    [
      "some jobs are parked",
      {
        shards: [
          shardView("earth", { queued: 40, registered: 4, parked: 3 }),
          shardView("luna", { queued: 0, registered: 0 }),
        ],
      },
      "Both shards are running. 47 jobs wait, three of them parked. Last proof on chain 4 min ago.",
    ],
    [
      "all that waits is parked",
      { shards: [shardView("earth", { queued: 0, registered: 0, parked: 2 })] },
      "Shard earth is running. Two jobs wait, all parked. Last proof on chain 4 min ago.",
    ],
    [
      "shards are paused",
      {
        shards: [
          shardView("earth"),
          shardView("luna", { pause: guardianUntil }),
          shardView("mars", { pause: { by: "owners", until: null } }),
          shardView("helios"),
        ],
      },
      "Two of four shards are running; luna is paused by a guardian until 12:09:00 UTC; mars is paused by the owners. " +
        "312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "no shard runs",
      {
        shards: [
          shardView("earth", { pause: { by: "both", until: null } }),
          shardView("luna", { pause: { by: "owners", until: null } }),
          shardView("old", { retired: true, queued: 0, registered: 0 }),
        ],
      },
      "None of the two shards is running; earth is paused by the owners and a guardian; luna is paused by the owners. " +
        "156 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the only shard is paused until tomorrow",
      { shards: [shardView("earth", { pause: { by: "guardian", until: nowMs / 1000 + 86_400 } })] },
      "Shard earth is paused by a guardian until 2026-01-05 12:00:00 UTC. 78 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "a guardian's pause is over by the clock, and no block has said so",
      { shards: [shardView("earth", { pause: { by: "guardian", until: nowMs / 1000 - 60 } })] },
      "Shard earth is paused by a guardian until a block after 11:59:00 UTC. 78 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the whole fabric is paused",
      { pause: { by: "owners", until: null } },
      "The whole fabric is paused by the owners. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the fabric is retired",
      { retired: true },
      "The fabric is retired: nothing is given to nodes any more. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the chain is silent",
      { silentTicks: 5, silence: "nobody answers at http://127.0.0.1:8545." },
      "The chain has not answered for 5 s: nobody answers at http://127.0.0.1:8545. Work goes on under what it said last. " +
        "All four shards are running. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the chain is silent for too long",
      { outOfTouch: true, silentTicks: 150, silence: "nobody answers" },
      "Routing has stopped: the chain has not answered for 2 min: nobody answers. " +
        "312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "the block in force is too old",
      { outOfTouch: true, lagBlocks: 70 },
      "Routing has stopped: the block in force is 70 behind the newest. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "no node is active",
      {
        nodes: [
          nodeView("earth.one", { health: "offline" }),
          nodeView("earth.two", { health: "offline" }),
          nodeView("luna.one", { slow: true }),
          nodeView("luna.gone", { status: "removed", health: "unheard" }),
        ],
      },
      "No node is active: two offline and one slow. All four shards are running. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "nobody has brought a node",
      { nodes: [] },
      "No node is registered, so no job can run. All four shards are running. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "anchors wait",
      { anchorsWaiting: 3 },
      "Three checkpoints wait to be anchored; the last proof on chain is 4 min old. " +
        "All four shards are running. 312 jobs wait.",
    ],
    [
      "one anchor is on its way",
      { anchorsWaiting: 1 },
      "All four shards are running. 312 jobs wait. Last proof on chain 4 min ago; one checkpoint waits to be anchored.",
    ],
    [
      "anchors wait, and none is on the chain",
      { anchorsWaiting: 2, anchored: null },
      "Two checkpoints wait to be anchored. All four shards are running. 312 jobs wait. No proof is on the chain yet.",
    ],
    [
      "the proof is older than the orchestrator",
      { anchored: { seq: 3, tick: 30, digest: digest("cd"), atMs: null } },
      "All four shards are running. 312 jobs wait. The last proof on chain is from before this start.",
    ],
    [
      "the fabric stands still",
      { atMs: nowMs - 40_000 },
      "There was no tick for 40 s. All four shards are running. 312 jobs wait. Last proof on chain 4 min ago.",
    ],
    [
      "nothing was heard of the chain yet",
      { ungoverned: true, silence: "nobody answers", anchored: null },
      "The fabric waits for the chain to say what governs it: nobody answers. No job waits. No proof is on the chain yet.",
    ],
  ];
  for (const [title, change, says] of situations)
    it(`say it when ${title}`, () => {
      assert.equal(statusSentences(statusOf(change), nowMs), says);
    });
});

describe("The tables of a status", () => {
  const view = statusOf({
    shards: [
      shardView("earth", { queued: 2600, queueBudget: 5000, registered: 12, running: 8 }),
      shardView("luna", { queued: 1, pause: guardianUntil, parked: 2 }),
    ],
    nodes: [
      nodeView("earth.core-alpha", { load: 8, heartbeatAgeMs: 1000 }),
      nodeView("luna.nav", { shard: "luna", health: "suspect", slow: true, latencyMs: 130, heartbeatAgeMs: 9000 }),
      nodeView("luna.dock", { shard: "luna", health: "unheard", heartbeatAgeMs: null, connected: false }),
      nodeView("luna.old", { shard: "luna", health: "offline", status: "draining", heartbeatAgeMs: 4 * 60_000 }),
      nodeView("luna.gone", { shard: "luna", status: "removed", health: "unheard" }),
    ],
    anchorsWaiting: 1,
  });

  it("show shards, nodes, proofs and governance, without bars where there is no terminal", () => {
    assert.equal(
      statusText(view, { nowMs, terminal: false, colour: false }),
      `One of two shards is running; luna is paused by a guardian until 12:09:00 UTC. 2,690 jobs wait, two of them parked. Last proof on chain 4 min ago; one checkpoint waits to be anchored.

shard  queue  budget  registry  running  parked  state
earth  2,600   5,000        12        8       0  running
luna       1   1,000        75        3       2  paused by a guardian until 12:09:00 UTC

node              shard  load / slots  heard  latency / budget  marks
earth.core-alpha  earth        8 / 10    1 s       20 / 100 ms  –
luna.nav          luna         3 / 10    9 s      130 / 100 ms  suspect, slow
luna.dock         luna         3 / 10  never                 –  not connected
luna.old          luna         3 / 10  4 min       20 / 100 ms  offline, draining

checkpoint  13 at tick 130, 2 s ago (0xabababab…)
on chain    12 at tick 120, 4 min ago (0xcdcdcdcd…); one waits
governance  version 7 of block 42 (0xefefefef…), 3 s old, the newest; parameters changed in tick 100
ledger      0x00000000000000000000000000000000000000aa on chain 31337, epoch 3
tick        137, one each 1 s; 350 jobs live
`,
    );
  });

  it("say one of one thing", () => {
    const one = statusText({ ...view, live: 1 }, { nowMs, terminal: false, colour: false });
    assert.match(one, /; 1 job live\n$/);
  });

  it("have bars and colours on a terminal, and say the same without them", () => {
    const plain = statusText(view, { nowMs, terminal: true, colour: false });
    assert.match(plain, /^earth {2}██████░░░░ {2}2,600 /m);
    assert.match(plain, /^luna {3}█░░░░░░░░░ {6}1 /m);
    const coloured = statusText(view, { nowMs, terminal: true, colour: true });
    const control = String.fromCharCode(27);
    assert.equal(coloured.replaceAll(new RegExp(`${control}\\[\\d+m`, "g"), ""), plain);
    const lineOf = (name: string) => coloured.split("\n").find((line) => line.includes(name)) ?? "";
    assert.ok(lineOf("luna.old").startsWith(`${control}[31m`), "red for what is offline");
    assert.ok(lineOf("luna.nav").startsWith(`${control}[33m`));
    assert.ok(!lineOf("earth.core-alpha").includes(control));
  });

  it("are left out where there is nothing to show, before the chain has said anything", () => {
    const text = statusText(statusOf({ ungoverned: true, anchored: null, checkpoint: null }), {
      nowMs,
      terminal: false,
      colour: false,
    });
    assert.match(
      text,
      /^The fabric waits .*\n\ncheckpoint {2}none yet\non chain {4}none yet\ngovernance {2}none in force yet\n/,
    );
  });
});
