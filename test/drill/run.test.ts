import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type KillPlan, type Play, type Run, rehearse } from "../../src/drill/index.ts";
import { decodeInputs, encodeInputs, type Input } from "../../src/fabric/index.ts";
import {
  DurableMachine,
  FileStore,
  FolderReader,
  JournalReader,
  Replay,
  readGenesis,
} from "../../src/journal/index.ts";
import { genesisOf, smallPlay } from "./plays.ts";
import { children, Stand } from "./stand.ts";

const stand = new Stand();
after(() => stand.close());

/** What two runs must agree in. */
const outcomeOf = ({ receipts, stateRoot, lastTick, faultsLeft }: Run) => ({
  receipts,
  stateRoot,
  lastTick,
  faultsLeft,
});

describe("A killed orchestrator", () => {
  const play = smallPlay();
  let unkilled: Run;
  let last: number;

  before(async () => {
    unkilled = await stand.run(play);
    last = unkilled.lastTick;
  });

  const points: readonly (readonly [title: string, at: () => KillPlan])[] = [
    ["in the first tick, with nothing on record", () => ({ tick: 1, step: "beforeAppend" })],
    ["in the first tick, with one record that was not obeyed", () => ({ tick: 1, step: "afterAppend" })],
    ["before its tick is on record", () => ({ tick: 15, step: "beforeAppend" })],
    ["with its tick on record and no lease sent", () => ({ tick: 15, step: "afterAppend" })],
    ["with its leases sent", () => ({ tick: 15, step: "afterEffects" })],
    ["before a checkpoint is on record", () => ({ tick: 20, step: "beforeAppend" })],
    ["with a checkpoint due that nobody has made", () => ({ tick: 20, step: "afterAppend" })],
    ["with a checkpoint made and not anchored", () => ({ tick: 20, step: "afterEffects" })],
    ["with a checkpoint anchored that it does not know of", () => ({ tick: 20, step: "afterAnchorSent" })],
    ["in the last tick, before it is on record", () => ({ tick: last, step: "beforeAppend" })],
    ["in the last tick, with the last anchor sent", () => ({ tick: last, step: "afterAnchorSent" })],
  ];
  for (const [title, at] of points)
    it(`${title}, ends in the same receipts and the same state as one that nobody killed`, async () => {
      const killed = await stand.run(play, { kill: at() });
      assert.notEqual(killed.resumed, null);
      assert.deepEqual(outcomeOf(killed), outcomeOf(unkilled));
    });

  it("goes on from a snapshot, and replays only what came after it", async () => {
    const long = smallPlay({ arrival: { kind: "steady", ticks: 130 } });
    const [killed, whole] = [
      await stand.run(long, { kill: { tick: 125, step: "afterEffects" } }),
      await stand.run(long),
    ];
    assert.deepEqual(killed.resumed, { fromCheckpoint: 10, replayedTicks: 25 });
    assert.deepEqual(outcomeOf(killed), outcomeOf(whole));
  });
});

describe("A rehearsal", () => {
  it("brings about tick for tick what the run with chain and keys has on record, but for signatures", async () => {
    const play = smallPlay({
      faults: [
        { kind: "silence", node: "earth.core-alpha", atTick: 8, forTicks: 10 },
        { kind: "lateResult", node: "luna.nav-station", atTick: 10 },
        { kind: "forge", node: "mars.gpu-helion", atTick: 11 },
        { kind: "duplicate", node: "mars.gpu-helion", atTick: 12 },
        { kind: "replay", node: "helios.solaris-array", atTick: 13 },
      ],
      owners: [
        { atTick: 6, change: { kind: "setQueueBudget", shard: "earth", value: 5000 } },
        { atTick: 14, change: { kind: "guardianPause", scope: "fabric", seconds: 60 } },
        { atTick: 17, change: { kind: "resume", scope: "fabric" } },
        { atTick: 23, change: { kind: "checkpointNow" } },
      ],
    });
    const folder = stand.folder();
    const run = await stand.run(play, { folder });
    const { ticks, replay } = recordIn(folder);
    assert.equal(ticks.length, run.lastTick);
    const ofChain = new Set(["governance", "order", "chainSilent"]);
    const at = (tick: number) => ticks[tick - 1].filter(({ kind }) => ofChain.has(kind));
    let state: Uint8Array = new Uint8Array();
    for await (const { machine, inputs } of rehearse(play, run.genesis, { at, lastTick: run.lastTick })) {
      assert.equal(unsigned(inputs), unsigned(ticks[machine.tick - 1]), `tick ${machine.tick}`);
      state = machine.snapshot().state;
    }
    assert.deepEqual(state, replay.machine.snapshot().state);
  });
});

describe("A run that cannot go on", () => {
  const play: Play = smallPlay();

  it("says why when the orchestrator finds what it cannot work with, and leaves no process behind", async () => {
    const folder = stand.folder();
    const foreign = new DurableMachine(new FileStore(folder), { ...genesisOf(play), seed: play.seed + 1 });
    foreign.close();
    await assert.rejects(stand.run(play, { folder }), {
      code: "ORCHESTRATOR_FAILED",
      exitCode: 1,
      message: /cannot go on: JOURNAL_FOREIGN: /,
    });
    assert.equal(await children(), 0);
  });

  it("ends when it is told to, with the reason, and leaves no process behind", async () => {
    const stop = new AbortController();
    const onTick = ({ tick }: { tick: number }) => tick === 12 && stop.abort(new Error("the other run failed"));
    await assert.rejects(stand.run(play, { signal: stop.signal, onTick }), /the other run failed/);
    assert.equal(await children(), 0);
  });
});

function recordIn(folder: string): { ticks: Input[][]; replay: Replay } {
  const ticks: Input[][] = [];
  let replay: Replay | undefined;
  for (const record of new JournalReader(new FolderReader(folder)).records()) {
    if (replay === undefined) replay = Replay.begin(readGenesis(record));
    else {
      ticks.push(decodeInputs(record.bytes));
      replay.stepRecord(record);
    }
  }
  assert.ok(replay !== undefined);
  return { ticks, replay };
}

function unsigned(inputs: readonly Input[]): string {
  const signature = new Uint8Array(64);
  const blank = inputs.map((input) => ("signature" in input ? { ...input, signature } : input));
  return Buffer.from(encodeInputs(blank)).toString("hex");
}
