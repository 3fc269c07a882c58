import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { MessageAnswer } from "../../src/control/index.ts";
import type { LeaseRefusal, NodeView, SigningKey } from "../../src/nodes/index.ts";
import { dispatch, practiceKey } from "../../src/nodes/index.ts";
import { Duty, type Outgoing } from "../../src/worker/duty.ts";
import { domains, genesis, leaseOf, nodeWith, parametersWith, sessionKey, viewWith } from "../nodes/practiceWorld.ts";

// Ticks are 1 s, the interval is 5 s and the grace 3: the node is silent after 15 s. Its slots are 4.
const wallMs = 1_900_000_000_000;
const digest = new Uint8Array(32).fill(7);
const identity = { node: 1, domains, maxLagBlocks: genesis.maxLagBlocks };

let duty: Duty;
/** In contact since 0 ms, in tick 10. */
beforeEach(() => {
  duty = dutyWith();
  acknowledge(compose(0), 10, 0);
});

function dutyWith(changes: { view?: NodeView; timeoutMs?: number } = {}): Duty {
  const { view = viewWith(), timeoutMs = 1e9 } = changes;
  return new Duty({ identity, maxSilentTicks: genesis.maxSilentTicks, timeoutMs, view, nowMs: 0 });
}
function compose(nowMs: number): Outgoing {
  const message = duty.compose(nowMs, wallMs);
  assert.ok(message, `a message is due at ${nowMs} ms`);
  return message;
}
function acknowledge(_message: Outgoing, tick: number, nowMs: number): void {
  duty.answered({ tick, taken: true, refusedLeases: [] }, nowMs);
}
function refuse(refusal: Extract<MessageAnswer, { taken: false }>["refusal"], nowMs: number): void {
  duty.answered({ tick: 10, taken: false, refusal }, nowMs);
}

type Telling = {
  readonly leases?: readonly number[];
  readonly node?: number;
  readonly key?: SigningKey;
  readonly epoch?: number;
  readonly tick?: number;
  readonly expiresInTicks?: number;
  readonly governanceBlock?: number;
};
function frameOf({
  leases = [1],
  node = 1,
  key = sessionKey,
  expiresInTicks = 50,
  ...header
}: Telling = {}): Uint8Array {
  const tick = header.tick ?? 10;
  const told = { epoch: 1, tick, governanceBlock: 100, expiryTick: tick + 2, ...header };
  const given = leases.map((lease) => leaseOf(lease, node, { expiresInTicks }));
  return dispatch(domains, key, told, given)[0].frame;
}
function refusal(frame: Uint8Array, nowMs = 0): LeaseRefusal | undefined {
  const received = duty.receive(frame, nowMs);
  return "refused" in received ? received.refused : undefined;
}
function take(leases: readonly number[], nowMs = 0, telling: Telling = {}): void {
  assert.equal(refusal(frameOf({ ...telling, leases }), nowMs), undefined);
}
const started = (nowMs: number) => duty.advance(nowMs).start.map(({ offer }) => offer.lease);
const stopped = (nowMs: number) => duty.advance(nowMs).stop.map(({ lease, reason }) => `${lease} ${reason}`);
const said = ({ results }: Outgoing) => results.map(({ lease, outcome }) => `${lease} ${outcome}`);

describe("what a node takes", () => {
  it("the leases of the orchestrator that the chain names, in their order, each once", () => {
    take([1, 2]);
    assert.deepEqual(started(0), [1, 2]);
    const again = duty.receive(frameOf({ leases: [1, 2, 3] }), 0);
    assert.ok("known" in again);
    assert.equal(again.known, 2);
    assert.deepEqual(started(0), [3]);
    // A lease that it knows stays known when its work is long over.
    duty.finish(1, digest, 10);
    assert.equal(refusal(frameOf({ leases: [1] }), 10), undefined);
    assert.deepEqual(started(10), []);
  });

  it("an older one that was refused or lost before", () => {
    take([7]);
    take([5, 6, 7, 8]);
    assert.deepEqual(started(0), [7, 5, 6, 8]);
  });

  it("none again, however many it has taken since", () => {
    take([10]);
    for (let first = 11; first < 140_000; first += 60_000)
      take(Array.from({ length: 60_000 }, (_, index) => first + index));
    const again = duty.receive(frameOf({ leases: [10] }), 0);
    assert.deepEqual(again, { known: 1 });
  });

  const wrong: readonly (readonly [why: LeaseRefusal, frame: () => Uint8Array, view?: Partial<NodeView>])[] = [
    ["addressee", () => frameOf({ node: 2 })],
    ["epoch", () => frameOf({ epoch: 2 })],
    ["signature", () => frameOf({ key: practiceKey(7, "somebody") })],
    ["governance", () => frameOf({ governanceBlock: 89 })],
    ["expired", () => frameOf({ tick: 7 })],
    ["paused", () => frameOf(), { parameters: parametersWith({ pause: { ownerPaused: true, guardianUntil: 0 } }) }],
    ["notAdmitted", () => frameOf(), { parameters: parametersWith({ nodes: [nodeWith(1, { status: "removed" })] }) }],
    ["malformed", () => frameOf().subarray(1)],
  ];
  for (const [why, frame, view] of wrong)
    it(`nothing when it is wrong: ${why}`, () => {
      if (view !== undefined) duty.observe(viewWith(view), 0);
      assert.equal(refusal(frame()), why);
      assert.deepEqual(started(0), []);
    });

  it("nothing when the chain has been silent for longer than the fabric allows: a pause would not be seen", () => {
    for (const [nowMs, tick] of [
      [10_000, 20],
      [20_000, 30],
    ] as const)
      acknowledge(compose(nowMs), tick, nowMs);
    assert.equal(refusal(frameOf({ tick: 30 }), 20_000), undefined);
    assert.equal(refusal(frameOf({ tick: 30, leases: [2] }), 20_001), "governance");
  });

  it("nothing before it was heard: the fabric may think that it runs what an earlier process ran", () => {
    duty = dutyWith();
    assert.equal(refusal(frameOf()), "outOfContact");
  });

  it("nothing that it was told of in a silence: it may be another's by the time that the node is heard again", () => {
    const toldOf = frameOf({ tick: 29, leases: [3, 4] });
    acknowledge(compose(20_000), 30, 20_500);
    duty.observe(viewWith(), 20_500);
    assert.equal(refusal(toldOf, 20_600), "outOfContact");
    assert.deepEqual(started(20_600), []);
    assert.equal(
      refusal(frameOf({ tick: 30, leases: [4] }), 20_700),
      undefined,
      "it is told again what is still its own",
    );
    assert.deepEqual(started(20_700), [4]);
  });

  it("nothing that an earlier process of it was told of: it may be another's since", () => {
    duty = dutyWith();
    acknowledge(compose(0), 10, 500);
    assert.equal(refusal(frameOf({ tick: 9 }), 500), "outOfContact");
    assert.equal(refusal(frameOf({ tick: 10, leases: [2] }), 500), undefined);
  });

  it("what is told between two answers, however late the second one is read: the fabric has heard it all the time", () => {
    const toldOf = frameOf({ tick: 19 });
    acknowledge(compose(10_000), 20, 20_000);
    duty.ask(20_000);
    acknowledge(compose(20_000), 21, 20_100);
    duty.observe(viewWith(), 20_100);
    assert.equal(refusal(toldOf, 20_100), undefined);
  });

  it("no more at once than its slots; the rest waits, and its lease runs on", () => {
    take([1, 2, 3, 4, 5, 6], 0, { expiresInTicks: 4 });
    assert.deepEqual(started(0), [1, 2, 3, 4]);
    duty.finish(2, digest, 1000);
    assert.deepEqual(started(1000), [5]);
    assert.deepEqual(stopped(4000), ["1 leaseOver", "3 leaseOver", "4 leaseOver", "5 leaseOver"]);
    assert.deepEqual(said(compose(4000)), ["2 completed", "6 failed"]);
  });

  it("notices the end of a lease that still waits", () => {
    take([1, 2, 3, 4]);
    take([5], 0, { expiresInTicks: 4 });
    started(0);
    assert.equal(duty.dueMs(), 4000);
    assert.deepEqual(stopped(4000), []);
    assert.deepEqual(said(compose(4000)), ["5 failed"]);
  });

  it("by its own count of ticks, which goes on between two answers", () => {
    assert.equal(refusal(frameOf({ tick: 10 }), 2999), undefined, "tick 12 is the last one for it");
    assert.equal(refusal(frameOf({ tick: 10, leases: [2] }), 3000), "expired");
    duty.ask(3000);
    acknowledge(compose(3000), 11, 3100);
    assert.equal(refusal(frameOf({ tick: 10, leases: [2] }), 3100), undefined, "ticks were slower than it thought");
  });

  it("nothing by the tick of an orchestrator that was replaced: a lease may be over by that of the one in its place", () => {
    take([1]);
    assert.deepEqual(started(0), [1]);
    const question = compose(4000);
    duty.observe(viewWith({ epoch: 2 }), 4100);
    const told = (tick: number) => frameOf({ leases: [2], epoch: 2, tick });
    assert.equal(refusal(told(14), 4100), "expired");
    // To what was asked before, the replaced one may have answered.
    acknowledge(question, 14, 4150);
    assert.equal(refusal(told(14), 4150), "expired");
    assert.deepEqual(stopped(4150), []);
    // It asks again at once.
    acknowledge(compose(4150), 17, 4200);
    assert.equal(refusal(told(14), 4200), "expired");
    assert.equal(refusal(told(17), 4200), undefined);
    assert.deepEqual(started(4200), [2]);
  });

  it("nothing from before a stop, although the newest answer is from before it as well", () => {
    acknowledge(compose(4000), 14, 9000);
    assert.equal(refusal(frameOf({ tick: 14 }), 9000), "expired");
  });

  it("a draining node finishes what it has, and one that is paused does", () => {
    take([1]);
    started(0);
    const pause = { ownerPaused: true, guardianUntil: 0 };
    duty.observe(viewWith({ parameters: parametersWith({ pause, nodes: [nodeWith(1, { status: "draining" })] }) }), 0);
    assert.deepEqual(stopped(1000), []);
    duty.finish(1, digest, 1000);
    assert.deepEqual(said(compose(1020)), ["1 completed"]);
  });
});

describe("when a node's work ends", () => {
  it("with its lease, sooner where the fabric counts ahead of the node's clock, and no later where it counts behind", () => {
    take([1, 2, 3, 4, 5], 0, { expiresInTicks: 6 });
    assert.deepEqual(started(0), [1, 2, 3, 4]);
    // An orchestrator that was started again takes the ticks that it lost from a clock, which somebody may have set.
    acknowledge(compose(4000), 15, 4000);
    assert.equal(duty.dueMs(), 5000);
    duty.ask(4500);
    acknowledge(compose(4500), 13, 4500);
    assert.deepEqual(stopped(4999), []);
    assert.deepEqual(stopped(5000), ["1 leaseOver", "2 leaseOver", "3 leaseOver", "4 leaseOver"]);
    duty.finish(1, digest, 5000);
    assert.deepEqual(started(5000), [], "the lease of what waits is over as well");
  });

  it("with its lease, counted from the tick that gave it and not from its arrival", () => {
    take([1], 1500, { expiresInTicks: 5 });
    assert.deepEqual(started(1500), [1]);
    assert.equal(duty.dueMs(), 5000);
    assert.deepEqual(stopped(4999), []);
    assert.deepEqual(stopped(5000), ["1 leaseOver"]);
    assert.deepEqual(stopped(6000), [], "it is told once");
    duty.finish(1, digest, 6000);
    assert.deepEqual(said(compose(6000)), ["1 failed"], "what comes out after the end is no result");
  });

  it("with its lease, also when nobody looked in time", () => {
    take([1], 0, { expiresInTicks: 5 });
    started(0);
    duty.finish(1, digest, 5000);
    assert.deepEqual(said(compose(5000)), ["1 failed"]);
  });

  it("with the time that its operator allows a job", () => {
    duty = dutyWith({ timeoutMs: 2000 });
    acknowledge(compose(0), 10, 0);
    take([1]);
    started(500);
    assert.equal(duty.dueMs(), 2500);
    assert.deepEqual(stopped(2500), ["1 timeLimit"]);
  });

  it("after interval × grace without an answer, counted from when the last acknowledged message was sent", () => {
    take([1, 2, 3, 4, 5]);
    started(0);
    compose(4000); // nobody answers
    assert.equal(duty.dueMs(), 15_000);
    assert.deepEqual(stopped(14_999), []);
    assert.deepEqual(stopped(15_000), ["1 silence", "2 silence", "3 silence", "4 silence"]);
    assert.deepEqual(started(15_000), [], "nor does it begin what waits");
    assert.equal(refusal(frameOf({ tick: 25, leases: [9] }), 15_000), "outOfContact");
  });

  // It stands still; meanwhile its message was acknowledged, and its work has come to its end.
  const ready = {
    "an answer": (sent: Outgoing) => acknowledge(sent, 15, 60_000),
    "what came out": () => duty.finish(1, digest, 60_000),
    "a slot": () => assert.deepEqual(started(60_000), []),
    "a message that is due": (sent: Outgoing) => {
      duty.unanswered(5010);
      assert.notDeepEqual(said(compose(60_000)), ["2 completed"]);
      acknowledge(sent, 75, 60_000);
    },
  };
  for (const [first, see] of Object.entries(ready))
    it(`when it is woken after a long stop, whatever it sees first: ${first}`, () => {
      take([1, 2, 3, 4, 5], 0, { expiresInTicks: 1000 });
      started(0);
      const sent = compose(5000);
      duty.finish(2, digest, 5000);
      see(sent);
      duty.finish(1, digest, 60_000);
      assert.deepEqual(started(60_000), []);
      duty.unanswered(60_000);
      const results = said(compose(70_000));
      assert.ok(!results.some((result) => result.endsWith("completed")), results.join());
    });

  it("of what the silence has ended it says that it failed, once it is heard again", () => {
    take([1, 2]);
    started(0);
    duty.finish(2, digest, 100);
    assert.deepEqual(stopped(20_000), ["1 silence"]);
    duty.finish(1, null, 20_010);
    const message = compose(20_010);
    assert.deepEqual(said(message), ["2 failed", "1 failed"], "a result that was held back is dropped as well");
    acknowledge(message, 31, 20_500);
    duty.observe(viewWith(), 20_500);
    assert.equal(refusal(frameOf({ tick: 31, leases: [3] }), 20_500), undefined, "it works again");
  });

  it("an answer that was long in coming is contact, as of when its question was sent", () => {
    take([1]);
    started(0);
    const late = compose(10_000);
    acknowledge(late, 20, 24_000);
    assert.deepEqual(stopped(24_999), []);
    assert.deepEqual(stopped(25_000), ["1 silence"]);
  });
});

describe("what a node says", () => {
  it("its heartbeat a tick before the interval is over, from then on until it is acknowledged", () => {
    assert.equal(duty.compose(3999, wallMs), null);
    assert.equal(duty.speakMs(), 4000);
    assert.equal(compose(4000).heartbeat, true);
    duty.unanswered(4100);
    const again = compose(4200);
    assert.equal(again.heartbeat, true);
    acknowledge(again, 14, 4300);
    assert.equal(duty.speakMs(), 8200);
  });

  it("follows the interval when the owners make it shorter", () => {
    duty.observe(viewWith({ parameters: parametersWith({ nodes: [nodeWith(1, { heartbeatSeconds: 2 })] }) }), 500);
    assert.equal(duty.speakMs(), 1000);
  });

  it("its heartbeat twice an interval where the owners allow no silence beyond one", () => {
    duty.observe(viewWith({ parameters: parametersWith({ heartbeatGrace: 1 }) }), 500);
    assert.equal(duty.speakMs(), 2500);
  });

  it("results soon, together with those that come right after, for a tick takes but one message", () => {
    take([1, 2, 3]);
    started(0);
    duty.finish(1, digest, 10);
    duty.finish(2, digest, 15);
    assert.equal(duty.speakMs(), 30, "a fiftieth of a tick after the first");
    assert.equal(duty.compose(29, wallMs), null);
    const first = compose(30);
    assert.deepEqual(said(first), ["1 completed", "2 completed"]);
    duty.finish(3, digest, 100);
    acknowledge(first, 11, 900);
    assert.deepEqual(said(compose(900)), ["3 completed"], "which has waited long enough");
  });

  it("one message at a time, with no more results than it has slots", () => {
    take([1, 2, 3, 4, 5]);
    for (const lease of started(0)) duty.finish(lease, digest, 10);
    for (const lease of started(10)) duty.finish(lease, digest, 10);
    const first = compose(30);
    assert.deepEqual(said(first), ["1 completed", "2 completed", "3 completed", "4 completed"]);
    assert.equal(first.heartbeat, false);
    assert.equal(duty.compose(30, wallMs), null, "the first is not answered yet");
    assert.equal(duty.speakMs(), Number.POSITIVE_INFINITY);
    acknowledge(first, 11, 900);
    assert.deepEqual(said(compose(900)), ["5 completed"]);
  });

  it("a result again when nobody knows whether it was heard, and never after it was", () => {
    take([1]);
    started(0);
    duty.finish(1, digest, 10);
    const lost = compose(30);
    duty.unanswered(40);
    assert.equal(duty.compose(40, wallMs), null, "not at once");
    const again = compose(90);
    assert.deepEqual(said(again), ["1 completed"]);
    assert.ok(again.seq > lost.seq, "with a number of its own");
    // The first had arrived: this one is refused, and that is the end of it.
    duty.answered({ tick: 12, taken: true, refusedLeases: [1] }, 100);
    assert.deepEqual(said(compose(4100)), []);
  });

  it("a refused message in the next tick", () => {
    take([1]);
    started(0);
    duty.finish(1, digest, 10);
    compose(30);
    refuse("tooMany", 40);
    assert.equal(duty.speakMs(), 1040);
    assert.deepEqual(said(compose(1040)), ["1 completed"]);
  });

  it("rests longer and longer while nobody answers, at most a second, and not any more when somebody does", () => {
    let nowMs = 4000;
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries++) {
      compose(nowMs);
      duty.unanswered(nowMs);
      waits.push(duty.speakMs() - nowMs);
      nowMs = duty.speakMs();
    }
    assert.deepEqual(waits, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
    acknowledge(compose(nowMs), 20, nowMs);
    take([1], nowMs, { tick: 20 });
    started(nowMs);
    duty.finish(1, digest, nowMs);
    nowMs += 20;
    compose(nowMs);
    duty.unanswered(nowMs);
    assert.equal(duty.speakMs() - nowMs, 50);
  });

  it("numbers its messages by the clock on the wall, so that it is no replay after a restart, and always upwards", () => {
    const before = compose(4000);
    assert.equal(before.seq, wallMs + 1);
    acknowledge(before, 14, 4000);
    const clockWentBack = duty.compose(8000, wallMs - 3_600_000);
    assert.equal(clockWentBack?.seq, wallMs + 2);
    duty = dutyWith();
    assert.equal(duty.compose(0, wallMs + 60_000)?.seq, wallMs + 60_000);
  });

  it("catches up with a number that an earlier process of the node used, however far ahead its clock was", () => {
    const used = wallMs + 365 * 86_400_000;
    let nowMs = 4000;
    let tries = 0;
    for (let { seq } = compose(nowMs); seq <= used; { seq } = compose(nowMs)) {
      refuse("replay", nowMs);
      nowMs = duty.speakMs();
      assert.ok(++tries < 40, "in so many ticks");
    }
  });

  it("at its end, that nobody has to wait for what it will not do", () => {
    take([1, 2, 3, 4, 5]);
    started(0);
    duty.stopAll("leaving");
    assert.deepEqual(stopped(100), ["1 leaving", "2 leaving", "3 leaving", "4 leaving"]);
    take([6], 150);
    assert.deepEqual(started(150), [], "what was on its way is not begun");
    for (const lease of [1, 2, 3, 4]) duty.finish(lease, lease === 1 ? digest : null, 200);
    const first = compose(220);
    assert.deepEqual(said(first), ["5 failed", "6 failed", "1 failed", "2 failed"]);
    acknowledge(first, 11, 1000);
    assert.equal(duty.hasSaidAll, false);
    acknowledge(compose(1000), 12, 2000);
    assert.equal(duty.hasSaidAll, true);
  });

  it("at once when it is asked to, and with nothing to tell: for the tick in the answer", () => {
    duty.ask(100);
    assert.equal(duty.speakMs(), 100);
    acknowledge(compose(100), 11, 900);
    assert.equal(duty.tickKnownMs, 100);
    assert.equal(duty.speakMs(), 4000);
  });
});
