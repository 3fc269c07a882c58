import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { readManifest } from "../../src/config/index.ts";
import type { MessageAnswer, SubmissionAnswer } from "../../src/control/index.ts";
import { FabricError } from "../../src/errors.ts";
import type { Effects, Job, Result } from "../../src/fabric/index.ts";
import { Anchorer, Chain, GovernanceFollower, practiceFees, Sender } from "../../src/governance/index.ts";
import { DurableMachine, type DurableMachineSettings, MemoryStore } from "../../src/journal/index.ts";
import {
  type Domains,
  decodeLeaseFrame,
  domainsOf,
  generateSigningKey,
  type LeaseMessage,
  signNodeMessage,
  signSubmission,
} from "../../src/nodes/index.ts";
import { RealTime } from "../../src/orchestrator/realTime.ts";
import { resumeOf } from "../../src/orchestrator/resume.ts";
import { decide } from "../../src/owner/index.ts";
import { foundPractice, nodeKey, type PracticeFabric, submitterKey } from "../../src/practice/index.ts";
import { type FaultyLine, openLine } from "../governance/faultyLine.ts";
import { decidersOf, type LocalChain, startChain } from "../governance/localChain.ts";

const seed = 7;
const manifest = (() => {
  const shipped = readManifest(new URL("../../config/fabric.json", import.meta.url).pathname);
  return {
    ...shipped,
    fabric: { ...shipped.fabric, tickMs: 100, checkpointIntervalTicks: 10 },
    chain: { ...shipped.chain, maxSilentTicks: 5 },
  };
})();

/** An orchestrator on the clock, and what a test needs of it. */
type Running = {
  readonly orchestrator: RealTime;
  readonly record: DurableMachine;
  /** Ends it in good order; the reason if it ended otherwise. */
  stop(): Promise<unknown>;
  /** The reason for which it ended by itself. */
  readonly ended: Promise<unknown>;
};

describe("The orchestrator in real time", () => {
  let local: LocalChain;
  let fabric: PracticeFabric;
  let domains: Domains;
  let untouched: string;
  let line: FaultyLine;
  let store: MemoryStore;
  let running: Running[];
  let logged: string[];

  before(async () => {
    local = await startChain();
    fabric = await foundPractice(local.chain, manifest, { seed });
    domains = domainsOf(fabric.genesis);
  });
  after(() => local.stop());
  beforeEach(async () => {
    untouched = String(await local.chain.rpc("evm_snapshot", []));
    line = await openLine(local.url);
    store = new MemoryStore();
    running = [];
    logged = [];
  });
  afterEach(async () => {
    line.fault = () => "none";
    for (const { stop } of running) await stop();
    await line.close();
    await local.chain.rpc("evm_revert", [untouched]);
  });

  /** A store as a process that was killed now would leave it. */
  function copyOf(from: MemoryStore): MemoryStore {
    const copy = new MemoryStore();
    for (const name of from.list()) {
      const bytes = new Uint8Array(from.size(name));
      from.read(name, 0, bytes);
      copy.append(name, bytes);
    }
    return copy;
  }

  async function start(
    on = store,
    lastWrittenMs?: number,
    onTick = (_: Effects) => {},
    settings: Partial<DurableMachineSettings> = {},
  ): Promise<Running> {
    const record = new DurableMachine(on, fabric.genesis, settings);
    const chain = await Chain.open(line.url);
    const sender = new Sender(chain, fabric.keys.anchorer, { fees: practiceFees });
    const orchestrator = await RealTime.start({
      ...{ record, lastWrittenMs },
      follower: new GovernanceFollower(chain, fabric.deployment, { confirmations: 0, ...resumeOf(record.machine, on) }),
      anchorer: new Anchorer(sender, fabric.deployment),
      sessionKey: generateSigningKey("ed25519"),
      onTick,
      log: (said) => logged.push(said),
    });
    const end = new AbortController();
    const ended = orchestrator.run(end.signal).catch((reason: unknown) => reason);
    const stop = async () => {
      end.abort();
      const reason = await ended;
      record.close();
      chain.close();
      return reason;
    };
    const started = { orchestrator, record, ended, stop };
    running.push(started);
    return started;
  }

  const job = (number: number, change: Partial<Job> = {}): Job => ({
    ...{ number, shard: 1, class: "interactive", skills: 2n, deadlineTicks: 0, budgetTicks: 50, value: 1 },
    payloadDigest: new Uint8Array(32).fill(number),
    ...change,
  });
  const submissionOf = (...jobs: Job[]) => signSubmission(domains, submitterKey(seed, "earth.exchange"), 1, jobs);
  const submit = ({ orchestrator }: Running, ...jobs: Job[]): Promise<SubmissionAnswer> =>
    orchestrator.reception.submit(submissionOf(...jobs));

  let seq = Date.now();
  const say = (
    { orchestrator }: Running,
    results: readonly Result[] = [],
    key = nodeKey(seed, "earth.core-alpha"),
  ): Promise<MessageAnswer> => {
    const message = { node: 1, seq: ++seq, heartbeat: true, latencyMs: 1, results };
    return orchestrator.reception.message(signNodeMessage(domains, key, message));
  };
  /** What node 1 is told, from now on. */
  const hear = ({ orchestrator }: Running): LeaseMessage[] => {
    const heard: LeaseMessage[] = [];
    orchestrator.leases.listen(1, (frame) => heard.push(decodeLeaseFrame(frame)));
    return heard;
  };
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (let tries = 0; !condition(); tries++) {
      assert.ok(tries < 1500, `waited for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const done = (lease: number): Result => ({ lease, outcome: "completed", digest: new Uint8Array(32).fill(1) });
  const codeOf = (error: unknown) => (error instanceof FabricError ? error.code : error);

  it("answers a submission when its tick is on disk, and each job by itself", async () => {
    const live = await start();
    const answer = await submit(live, job(1), job(2, { skills: 1n << 60n }));
    assert.ok(answer.taken);
    assert.deepEqual(answer.jobs, [
      { number: 1, answer: "accepted" },
      { number: 2, answer: "unknownSkill" },
    ]);
    const again = await submit(live, job(1), job(1, { value: 2 }));
    assert.ok(again.taken);
    assert.deepEqual(
      again.jobs.map(({ answer: said }) => said),
      ["repeated", "differentContent"],
    );
    // What a process finds that starts after a loss of power.
    store.restart();
    const found = new DurableMachine(store, fabric.genesis);
    assert.equal(found.machine.counters.submitted, 1);
    assert.ok(found.machine.tick >= answer.tick);
  });

  it("tells a stranger, a forger and a node that repeats itself what is wrong", async () => {
    const live = await start();
    const forged = await say(live, [], nodeKey(seed, "mars.gpu-helion"));
    assert.deepEqual(forged, { tick: forged.tick, taken: false, refusal: "signature" });
    const frame = signNodeMessage(domains, nodeKey(seed, "earth.core-alpha"), {
      ...{ node: 1, seq: ++seq, heartbeat: true, latencyMs: 1, results: [] },
    });
    assert.equal((await live.orchestrator.reception.message(frame)).taken, true);
    const repeated = await live.orchestrator.reception.message(frame);
    assert.deepEqual(repeated, { tick: repeated.tick, taken: false, refusal: "replay" });
    const junk = await live.orchestrator.reception.submit(new Uint8Array(100));
    assert.deepEqual(junk, { tick: junk.tick, taken: false, refusal: "malformed" });
  });

  it("takes a job from its submission to its receipt on the chain", async () => {
    const live = await start();
    const heard = hear(live);
    await say(live);
    await submit(live, job(1));
    await until(() => heard.length > 0, "a lease");
    const [{ epoch, tick, expiryTick, leases }] = heard;
    assert.equal(epoch, live.orchestrator.epoch);
    assert.ok(expiryTick > tick);
    const answer = await say(live, [done(leases[0].lease), done(999)]);
    assert.deepEqual(answer, { tick: answer.tick, taken: true, refusedLeases: [999] });
    assert.equal(live.record.receipts.size, 1);
    await until(() => live.record.anchored.seq > 0, "an anchor");
    const { anchored } = live.orchestrator.facts;
    assert.equal(anchored?.digest, live.record.anchored.digest);
  });

  it("makes a checkpoint before its interval is over when much is on record, so that going on stays fast", async () => {
    const ticks = new Set<number>();
    const note = ({ tick, checkpoint }: Effects) => void (checkpoint && ticks.add(tick));
    await start(store, undefined, note, { snapshotBytes: 1 });
    await until(() => [...ticks].some((tick) => tick % manifest.fabric.checkpointIntervalTicks !== 0), "a checkpoint");
  });

  it("tells a node that begins to listen of every lease it has, and of the time that is left", async () => {
    const live = await start();
    await say(live);
    const answer = await submit(live, job(1), job(2));
    await until(() => live.record.machine.tick >= answer.tick + 3, "ticks in which nobody listens");
    const heard = hear(live);
    assert.equal(heard.length, 1);
    const [{ tick, leases }] = heard;
    assert.deepEqual(
      leases.map(({ number }) => number),
      [1, 2],
    );
    assert.equal(leases[0].expiresInTicks, 50 - (tick - answer.tick));
    assert.equal(hear(live)[0].leases.length, 2, "and each that comes after it");
  });

  it("tells nobody of leases in a pause, and everybody when it ends", async () => {
    const live = await start();
    await say(live);
    await submit(live, job(1));
    const [given] = live.record.machine.leasesOf(1);
    const deciders = decidersOf(local.chain, fabric.deployment);
    await decide(deciders, { kind: "pause", scope: "fabric" });
    await until(() => live.record.machine.state.paused, "the pause");
    const heard = hear(live);
    assert.equal(heard.length, 0);
    await decide(deciders, { kind: "resume", scope: "fabric" });
    await until(() => heard.length > 0, "the lease");
    assert.deepEqual(
      heard[0].leases.map(({ lease, attempt }) => [lease, attempt]),
      [[given.lease, 1]],
    );
  });

  it("gives leases again after a kill, also those of ticks before the last, under its own epoch", async () => {
    let left: MemoryStore | undefined;
    let leasedTick = Number.POSITIVE_INFINITY;
    await decide(decidersOf(local.chain, fabric.deployment), { kind: "setCheckpointInterval", value: 100_000 });
    const killed = await start(store, undefined, ({ leases, tick }) => {
      if (leases.length > 0) leasedTick = tick;
      if (tick === leasedTick + 2) left = copyOf(store);
    });
    const heard = hear(killed);
    await say(killed);
    await submit(killed, job(1));
    await until(() => left !== undefined, "two ticks after the lease");
    const again = await start(left);
    const reheard = hear(again);
    await until(() => reheard.length > 0, "the lease once more");
    assert.equal(reheard[0].leases[0].lease, heard[0].leases[0].lease);
    assert.equal(reheard[0].epoch, heard[0].epoch + 1);
  });

  it("numbers its leases as no orchestrator before it that goes on from the same journal", async () => {
    await decide(decidersOf(local.chain, fabric.deployment), { kind: "setCheckpointInterval", value: 100_000 });
    const leaseOf = async (live: Running, number: number): Promise<number> => {
      const heard = hear(live);
      await say(live);
      await submit(live, job(number));
      await until(() => heard.length > 0, "a lease");
      return heard[0].leases[0].lease;
    };
    const first = await start();
    await say(first);
    const copy = copyOf(store);
    const before = await leaseOf(first, 1);
    const second = await start(copy);
    assert.notEqual(await leaseOf(second, 2), before);
  });

  it("takes no epoch that is on record: whoever claimed it may not know that a reorganisation took the claim back", async () => {
    await decide(decidersOf(local.chain, fabric.deployment), { kind: "setCheckpointInterval", value: 100_000 });
    const before = await local.chain.rpc("evm_snapshot", []);
    const first = await start();
    await say(first);
    const copy = copyOf(store);
    await local.chain.rpc("evm_revert", [before]);
    const second = await start(copy);
    assert.ok(second.orchestrator.epoch > first.orchestrator.epoch);
    assert.equal(codeOf(await first.ended), "ANCHOR_FENCED");
  });

  it("stops before it acknowledges what the disk has no room for", async () => {
    const live = await start();
    await submit(live, job(1));
    store.capacity = 0;
    await assert.rejects(submit(live, job(2)), { code: "STORE_FULL" });
    assert.equal(codeOf(await live.ended), "STORE_FULL");
    await assert.rejects(submit(live, job(3)), { code: "STORE_FULL" });
    store.capacity = Number.POSITIVE_INFINITY;
    store.restart();
    running = [];
    const again = await start();
    const answer = await submit(again, job(1), job(2));
    assert.ok(answer.taken);
    assert.deepEqual(
      answer.jobs.map(({ answer: said }) => said),
      ["repeated", "accepted"],
    );
  });

  it("goes on without the chain for a while, then gives no work; anchors wait, and are sent in order", async () => {
    const live = await start();
    const heard = hear(live);
    await say(live);
    await until(() => live.record.anchored.seq > 0, "a first anchor");
    const { seq: before } = live.record.anchored;
    line.fault = () => "cut";
    await until(() => live.record.machine.state.silentTicks > 0, "the silence");
    assert.equal((await submit(live, job(1))).taken, true);
    await until(() => heard.length === 1, "work under the last known parameters");
    await until(() => live.record.machine.state.outOfTouch, "the end of patience");
    await say(live);
    const late = await submit(live, job(2));
    await until(() => live.orchestrator.facts.anchorsWaiting >= 2, "anchors that wait");
    assert.ok(live.record.machine.tick > late.tick);
    assert.equal(heard.length, 1, "nothing is dispatched while the chain is out of reach for too long");
    assert.notEqual(live.orchestrator.facts.silence, null);
    line.fault = () => "none";
    await until(() => heard.length === 2, "work after the chain came back");
    await until(() => live.orchestrator.facts.anchorsWaiting === 0, "all anchors");
    assert.ok(live.record.anchored.seq >= before + 2);
    const { seq: head } = await new Anchorer(
      new Sender(local.chain, fabric.keys.anchorer, { fees: practiceFees }),
      fabric.deployment,
    ).standing();
    assert.equal(head, live.record.anchored.seq);
    assert.match(logged.join("\n"), /wait to be anchored[\s\S]*takes checkpoints again/);
  });

  it("tells the machine of a chain that takes its time, and that it is back", async () => {
    const live = await start();
    let release = () => {};
    line.hold = new Promise((resolve) => {
      release = resolve;
    });
    await until(() => live.record.machine.state.silentTicks > 0, "the silence");
    release();
    line.hold = null;
    await until(() => live.record.machine.state.silentTicks === 0, "the chain's return");
    assert.equal(live.orchestrator.facts.silence, null);
  });

  it("takes back a change, a pause and an anchor that a reorganisation removes", async () => {
    const live = await start();
    const { machine } = live.record;
    await until(() => live.record.anchored.seq > 0, "an anchor");
    const fork = String(await local.chain.rpc("evm_snapshot", []));
    const deciders = decidersOf(local.chain, fabric.deployment);
    await decide(deciders, { kind: "setQueueBudget", shard: "earth", value: 4321 });
    await decide(deciders, { kind: "pause", scope: "luna" });
    await until(() => machine.state.shards[2]?.paused === true, "the pause");
    assert.equal(machine.state.shards[1].parameters.queueBudget, 4321);
    const { seq: lost } = live.record.anchored;
    await until(() => live.record.anchored.seq > lost, "an anchor on the fork");
    await local.chain.rpc("evm_revert", [fork]);
    await local.chain.rpc("hardhat_mine", ["0x20"]);
    await until(() => machine.state.shards[2]?.paused === false, "the pause to be gone");
    assert.equal(machine.state.shards[1].parameters.queueBudget, 6000);
    const { seq: newest } = live.record.anchored;
    await until(() => live.record.anchored.seq > newest, "the anchors on the other branch");
    const ledger = new Sender(local.chain, fabric.keys.anchorer, { fees: practiceFees });
    const { seq: head } = await new Anchorer(ledger, fabric.deployment).standing();
    assert.ok(head >= newest + 1, "the lost anchor is on the chain again, and the next after it");
  });

  it("hears of a change in the middle of a long tick, and ticks on at the pace that it sets", async () => {
    const live = await start();
    const { machine } = live.record;
    await until(() => machine.tick > 0, "the first tick");
    const deciders = decidersOf(local.chain, fabric.deployment);
    await decide(deciders, { kind: "setTickLength", value: 4_294_967_295 });
    await until(() => machine.state.parameters?.tickMs === 4_294_967_295, "the long tick");
    const { tick } = machine;
    await decide(deciders, { kind: "setTickLength", value: 100 });
    await until(() => machine.state.parameters?.tickMs === 100, "the end of the long tick");
    assert.equal(machine.tick, tick + 1, "it did not race on meanwhile");
    const began = machine.tick;
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(machine.tick - began <= 6, `${machine.tick - began} ticks of 100 ms in 500 ms`);
    await until(() => machine.tick > began + 2, "ticks of 100 ms");
  });

  it("says whom the owners made the anchorer instead, when it stops for that", async () => {
    const live = await start();
    await until(() => live.record.machine.tick > 0, "the first tick");
    const account = fabric.keys.marketplace.address;
    await decide(decidersOf(local.chain, fabric.deployment), { kind: "setAnchorer", account });
    const error = await live.ended;
    assert.equal(codeOf(error), "ANCHOR_FENCED");
    assert.match(String(error), new RegExp(`the owners' anchorer is ${account}`));
  });

  it("stops when another orchestrator has claimed the ledger, before an anchor is refused", async () => {
    await decide(decidersOf(local.chain, fabric.deployment), { kind: "setCheckpointInterval", value: 100_000 });
    const live = await start();
    const rival = await start(copyOf(store));
    assert.equal(rival.orchestrator.epoch, live.orchestrator.epoch + 1);
    assert.equal(codeOf(await live.ended), "ANCHOR_FENCED");
    await assert.rejects(submit(live, job(2)), { code: "ANCHOR_FENCED" });
    assert.equal((await submit(rival, job(2))).taken, true);
  });

  it("refuses to go on with a store that is older than the ledger", async () => {
    const live = await start();
    await until(() => live.record.anchored.seq > 0, "an anchor");
    await live.stop();
    running = [];
    await assert.rejects(start(new MemoryStore()), { code: "LEDGER_AHEAD", exitCode: 6 });
  });

  it("ends in good order with a checkpoint on the chain, and counts the ticks until it is back", async () => {
    const live = await start();
    const heard = hear(live);
    await say(live);
    await submit(live, job(1), job(2, { deadlineTicks: 300 }));
    await until(() => heard.length > 0, "a lease");
    assert.equal(await live.stop(), 0);
    running = [];
    const { tick } = live.record.machine;
    assert.equal(live.record.anchored.seq, live.record.head.seq);
    const again = await start(store, Date.now() - 100 * 400);
    assert.ok(again.orchestrator.downTicks >= 400);
    await until(() => again.record.machine.tick > tick + 400, "the ticks that were lost");
    assert.equal(again.record.machine.counters.expired, 1, "deadlines count them");
    const resent = hear(again);
    assert.ok(resent.length <= 1);
    await say(again, [done(heard[0].leases[0].lease)]);
    assert.equal(again.record.machine.counters.completed, 1, "leases start anew");
  });
});
