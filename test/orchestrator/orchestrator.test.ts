import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Play } from "../../src/drill/index.ts";
import { readNodeView, type Stage, setStage } from "../../src/drill/stage.ts";
import { World } from "../../src/drill/world.ts";
import { Anchorer, GovernanceFollower, practiceFees, Sender } from "../../src/governance/index.ts";
import { DurableMachine, MemoryStore } from "../../src/journal/index.ts";
import { type Dispatch, decodeLeaseFrame, practiceKey } from "../../src/nodes/index.ts";
import { Orchestrator, type TickStep, tickSteps } from "../../src/orchestrator/index.ts";
import { resumeOf } from "../../src/orchestrator/resume.ts";
import { smallPlay } from "../drill/plays.ts";
import { type LocalChain, startChain } from "../governance/localChain.ts";

/** Thrown where a test cuts a tick off; what is in the store is all that is left. */
class Cut extends Error {}

describe("The orchestrator", () => {
  const play: Play = smallPlay({ faults: [] });
  let local: LocalChain;
  let stage: Stage;
  let untouched: string;
  let world: World;
  let store: MemoryStore;
  /** Everything that left the orchestrator, in order. */
  let left: string[];
  let dispatched: Dispatch[][];
  let cut: { readonly tick: number; readonly step: TickStep } | undefined;
  let blockTime: number;

  before(async () => {
    local = await startChain();
    stage = await setStage(play, local.chain);
  });
  after(() => local.stop());
  beforeEach(async () => {
    untouched = String(await local.chain.rpc("evm_snapshot", []));
    world = new World(play, stage.genesis, await readNodeView(stage));
    store = new MemoryStore();
    left = [];
    dispatched = [];
    cut = undefined;
  });
  afterEach(() => local.chain.rpc("evm_revert", [untouched]));

  /** Starts an orchestrator on what is in the store, as after a kill. */
  async function start(time: number): Promise<Orchestrator> {
    blockTime = time;
    const record = new DurableMachine(store, stage.genesis);
    const resume = resumeOf(record.machine, store);
    const follower = new GovernanceFollower(local.chain, stage.deployment, { confirmations: 0, ...resume });
    const beforeTransaction = async () => {
      await local.chain.rpc("evm_setNextBlockTimestamp", [blockTime++]);
    };
    const sender = new Sender(local.chain, stage.keys.anchorer, { fees: practiceFees, beforeTransaction });
    const surroundings = {
      claimed: async (epoch: number) => {
        left.push(`claimed ${epoch}`);
        world.fleet.observe(await readNodeView(stage));
      },
      dispatch: async (dispatches: readonly Dispatch[]) => {
        left.push("dispatch");
        dispatched.push([...dispatches]);
        await world.deliver(dispatches);
      },
      reached: async (step: TickStep, at: number) => {
        left.push(step);
        if (cut?.tick === at && cut.step === step) throw new Cut();
      },
    };
    const key = practiceKey(1, `session ${time}`);
    return Orchestrator.start(record, follower, new Anchorer(sender, stage.deployment), surroundings, key);
  }

  async function playTick(orchestrator: Orchestrator, tick: number, stop = false): Promise<void> {
    blockTime = stage.clock.afterStart(tick, 0);
    const time = stage.clock.startOf(tick);
    await orchestrator.tick({ tick, time, arrivals: await world.arrivals(tick), stop });
  }

  async function playTo(orchestrator: Orchestrator, last: number): Promise<void> {
    for (let tick = orchestrator.record.machine.tick + 1; tick <= last; tick++) await playTick(orchestrator, tick);
  }

  const standing = () =>
    new Anchorer(new Sender(local.chain, stage.keys.anchorer, { fees: practiceFees }), stage.deployment).standing();
  const leasesOf = (dispatches: readonly Dispatch[]) =>
    dispatches.flatMap(({ node, frame }) => decodeLeaseFrame(frame).leases.map(({ lease }) => `${node}: ${lease}`));

  it("lets nothing leave before its record is on disk, and says where it is", async () => {
    const orchestrator = await start(stage.clock.afterStart(0, 0));
    await playTo(orchestrator, 9);
    left = [];
    await playTick(orchestrator, 10);
    assert.deepEqual(left, ["beforeAppend", "afterAppend", "dispatch", "afterEffects", "afterAnchorSent"]);
    assert.deepEqual(
      left.filter((step) => step !== "dispatch"),
      tickSteps,
    );
    orchestrator.close();
  });

  it("emits the leases of the last tick again when it starts, under its own epoch and key", async () => {
    const first = await start(stage.clock.afterStart(0, 0));
    await playTo(first, 4);
    cut = { tick: 5, step: "afterAppend" };
    await assert.rejects(playTick(first, 5), Cut);
    first.close();
    cut = undefined;
    dispatched = [];
    left = [];
    const second = await start(stage.clock.afterStart(5, 1));
    assert.equal(second.epoch, first.epoch + 1);
    assert.deepEqual(left, [`claimed ${second.epoch}`, "dispatch"]);
    const { lastStep } = second.record.recovery;
    assert.ok(lastStep !== undefined && lastStep.effects.leases.length > 0);
    const expected = lastStep.effects.leases.map(({ node, lease }) => `${node}: ${lease}`);
    assert.deepEqual(leasesOf(dispatched[0]).sort(), expected.sort());
    for (const { frame } of dispatched[0]) assert.equal(decodeLeaseFrame(frame).epoch, second.epoch);
    assert.deepEqual(world.fleet.refusals(), []);
    second.close();
  });

  it("may emit leases again that nodes know: they pass over them, and no job is done twice", async () => {
    const first = await start(stage.clock.afterStart(0, 0));
    await playTo(first, 4);
    cut = { tick: 5, step: "afterEffects" };
    await assert.rejects(playTick(first, 5), Cut);
    first.close();
    cut = undefined;
    const second = await start(stage.clock.afterStart(5, 1));
    const refused = world.fleet.refusals();
    assert.ok(refused.length > 0 && refused.every(({ reason }) => reason === "known"));
    await playTo(second, 40);
    assert.equal(second.record.machine.counters.completed, 240);
    assert.equal(second.record.machine.counters.interrupted, 0);
    second.close();
  });

  it("anchors at its start what the store has and the ledger lacks", async () => {
    const first = await start(stage.clock.afterStart(0, 0));
    await playTo(first, 9);
    cut = { tick: 10, step: "afterEffects" };
    await assert.rejects(playTick(first, 10), Cut);
    first.close();
    assert.equal((await standing()).seq, 0);
    cut = undefined;
    const second = await start(stage.clock.afterStart(10, 1));
    assert.equal((await standing()).seq, 1);
    assert.deepEqual(second.record.anchored, second.record.head);
    second.close();
  });

  it("anchors nothing twice that the ledger has and the store does not know to be there", async () => {
    const first = await start(stage.clock.afterStart(0, 0));
    await playTo(first, 9);
    cut = { tick: 10, step: "afterAnchorSent" };
    await assert.rejects(playTick(first, 10), Cut);
    assert.equal(first.record.anchored.seq, 0);
    first.close();
    const before = await standing();
    assert.equal(before.seq, 1);
    cut = undefined;
    const second = await start(stage.clock.afterStart(10, 1));
    assert.deepEqual([(await standing()).seq, (await standing()).head], [1, before.head]);
    assert.deepEqual(second.record.anchored, second.record.head);
    second.close();
  });

  it("ends with a checkpoint when it is told to stop, and has none before the first", async () => {
    const orchestrator = await start(stage.clock.afterStart(0, 0));
    assert.throws(() => orchestrator.newestCheckpoint, /no checkpoint yet/);
    await playTo(orchestrator, 3);
    await playTick(orchestrator, 4, true);
    assert.equal(orchestrator.newestCheckpoint.tick, 4);
    assert.equal((await standing()).seq, 1);
    orchestrator.close();
  });

  it("is refused the ledger by a newer one: two never write side by side", async () => {
    const first = await start(stage.clock.afterStart(0, 0));
    await playTo(first, 9);
    const other = store;
    store = new MemoryStore();
    const second = await start(stage.clock.afterStart(9, 1));
    await assert.rejects(playTick(first, 10), { code: "ANCHOR_FENCED" });
    second.close();
    store = other;
    first.close();
  });
});
