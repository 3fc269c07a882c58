import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { Lease } from "../../src/fabric/effects.ts";
import type { NodeMessageInput, RefusedInput } from "../../src/fabric/inputs.ts";
import {
  decodeNodeFrame,
  dispatch,
  domainsOf,
  type Fault,
  type FleetSetup,
  Gate,
  isSignedInput,
  type NodeView,
  SimulatedFleet,
} from "../../src/nodes/index.ts";
import {
  domains,
  genesis,
  leaseOf,
  nodeKey,
  nodeWith,
  noPause,
  parametersWith,
  sessionKey,
  viewWith,
} from "./practiceWorld.ts";
import { itIsANodeProvider } from "./providerConformance.ts";

const header = { epoch: 1, governanceBlock: 100 };

function fleetWith(changes: Partial<FleetSetup> = {}): SimulatedFleet {
  const { seed } = changes.genesis ?? genesis;
  const nodes = [1, 2].map((node) => ({ node, key: nodeKey(node, seed), latencyMs: 20 * node, latencySpreadMs: 0 }));
  return new SimulatedFleet({
    genesis,
    domains: domainsOf(changes.genesis ?? genesis),
    nodes,
    durationOf: () => 3,
    view: viewWith(),
    ...changes,
  });
}

/** A drill's part in it: asks for each tick's messages and passes them through the gate. */
class Watch {
  readonly fleet: SimulatedFleet;
  readonly heard: (NodeMessageInput & { readonly tick: number })[] = [];
  readonly refused: RefusedInput[] = [];
  readonly #lastSeq = new Map<number, number>();
  tick = 0;

  constructor(fleet = fleetWith()) {
    this.fleet = fleet;
  }

  async until(tick: number, view = viewWith()): Promise<void> {
    while (this.tick < tick) {
      this.tick++;
      const gate = new Gate(domains, { ...view, lastSeq: (node) => this.#lastSeq.get(node) ?? 0 });
      for (const frame of await this.fleet.collect(this.tick)) {
        const admission = gate.admitNodeMessage(frame);
        if ("refused" in admission) continue;
        this.#lastSeq.set(admission.input.node, admission.input.seq);
        this.heard.push({ ...admission.input, tick: this.tick });
      }
      this.refused.push(...gate.refused());
    }
  }

  give(...leases: readonly Lease[]): Promise<void> {
    const { tick } = this;
    return this.fleet.deliver(dispatch(domains, sessionKey, { ...header, tick, expiryTick: tick + 5 }, leases));
  }

  ticksOf(node: number): number[] {
    return this.heard.filter((message) => message.node === node).map(({ tick }) => tick);
  }

  /** `tick:lease` of each result heard. */
  get results(): string[] {
    return this.heard.flatMap(({ tick, results }) => results.map(({ lease }) => `${tick}:${lease}`));
  }
}

describe("the simulated fleet as a provider", () => {
  itIsANodeProvider(() => {
    let tick = 0;
    return {
      provider: fleetWith(),
      dispatches: (given, leases) =>
        dispatch(
          domains,
          sessionKey,
          { ...header, tick: given, expiryTick: given + 5 },
          leases.map(({ lease, node }) => leaseOf(lease, node)),
        ),
      nextTick: async () => ++tick,
    };
  });
});

describe("a simulated node", () => {
  it("speaks at once, then in every interval of its own, and otherwise only when it has something to say", async () => {
    const watch = new Watch();
    await watch.until(25);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 8, 13, 18, 23]);
    assert.deepEqual(watch.ticksOf(2), [1, 4, 9, 14, 19, 24]);
    assert.ok(watch.heard.every(({ heartbeat, results }) => heartbeat && results.length === 0));
    assert.deepEqual(watch.refused, []);
  });

  it("rounds its interval up to whole ticks", async () => {
    const parameters = parametersWith({ tickMs: 2000, nodes: [nodeWith(1)] });
    const watch = new Watch(fleetWith({ view: viewWith({ parameters }) }));
    await watch.until(12);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 6, 9, 12]);
  });

  it("works for as long as the job takes and says so in one message", async () => {
    const watch = new Watch(fleetWith({ durationOf: (submitter, number, attempt) => submitter + number + attempt }));
    await watch.until(1);
    await watch.give(leaseOf(4, 1), leaseOf(5, 1, { number: 4 }), leaseOf(6, 1, { number: 6, attempt: 2 }));
    await watch.until(12);
    assert.deepEqual(watch.results, ["7:4", "7:5", "10:6"]);
    const [message] = watch.heard.filter(({ results }) => results.length === 2);
    assert.equal(message.heartbeat, false, "a result is no heartbeat");
    const digest = createHash("sha256").update(leaseOf(4, 1).payloadDigest).update("done").digest("hex");
    assert.equal(Buffer.from(message.results[0].digest).toString("hex"), digest);
  });

  it("gives up by itself what takes longer than its lease", async () => {
    const watch = new Watch(fleetWith({ durationOf: (_, number) => number }));
    await watch.until(1);
    await watch.give(leaseOf(10, 1, { expiresInTicks: 10 }), leaseOf(11, 1, { expiresInTicks: 10 }));
    await watch.until(40);
    assert.deepEqual(watch.results, ["11:10"]);
  });

  it("reports no more at a time than it may run, and the rest in the next tick", async () => {
    const watch = new Watch();
    await watch.until(1);
    await watch.give(...[1, 2, 3, 4, 5, 6].map((lease) => leaseOf(lease, 1)));
    await watch.until(6);
    assert.deepEqual(watch.results, ["4:1", "4:2", "4:3", "4:4", "5:5", "5:6"]);
    assert.deepEqual(watch.refused, []);
  });

  it("ignores what it was told before a crash, lease by lease, also when more is told now", async () => {
    const watch = new Watch();
    await watch.until(1);
    await watch.give(leaseOf(1, 1), leaseOf(2, 1));
    await watch.give(leaseOf(1, 1), leaseOf(2, 1), leaseOf(3, 1));
    await watch.until(10);
    assert.deepEqual(watch.results, ["4:1", "4:2", "4:3"]);
    assert.deepEqual(watch.fleet.refusals(), [{ node: 1, reason: "known", count: 2 }]);
  });

  it("does no work that it must refuse, and the drill sees why", async () => {
    const watch = new Watch();
    await watch.until(6);
    const paused = viewWith({ parameters: parametersWith({ pause: { ...noPause, ownerPaused: true } }) });
    await watch.fleet.deliver([{ node: 2, frame: new Uint8Array(9) }]);
    const views: NodeView[] = [viewWith({ epoch: 2 }), paused, viewWith({ block: 200 })];
    for (const view of views) {
      watch.fleet.observe(view);
      await watch.give(leaseOf(1, 1));
    }
    watch.fleet.observe(viewWith());
    const late = dispatch(domains, sessionKey, { ...header, tick: 1, expiryTick: 5 }, [leaseOf(1, 1)]);
    await watch.fleet.deliver([...late, { node: 2, frame: late[0].frame }]);
    await watch.fleet.deliver(dispatch(domains, nodeKey(2), { ...header, tick: 6, expiryTick: 9 }, [leaseOf(1, 1)]));
    await watch.until(30);
    assert.deepEqual(watch.results, []);
    assert.deepEqual(watch.fleet.refusals(), [
      { node: 1, reason: "epoch", count: 1 },
      { node: 1, reason: "expired", count: 1 },
      { node: 1, reason: "governance", count: 1 },
      { node: 1, reason: "paused", count: 1 },
      { node: 1, reason: "signature", count: 1 },
      { node: 2, reason: "malformed", count: 1 },
      { node: 2, reason: "addressee", count: 1 },
    ]);
  });

  it("goes on speaking through a pause and an orchestrator's change", async () => {
    const watch = new Watch();
    await watch.until(1);
    await watch.give(leaseOf(1, 1));
    watch.fleet.observe(
      viewWith({ epoch: 2, parameters: parametersWith({ pause: { ...noPause, ownerPaused: true } }) }),
    );
    await watch.until(9);
    assert.deepEqual(watch.results, ["4:1"]);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 4, 8]);
  });

  it("follows the owners: silent before it is admitted and once removed, quicker when the interval is", async () => {
    const soon = viewWith({
      parameters: parametersWith({ nodes: [nodeWith(1, { heartbeatSeconds: 2 }), nodeWith(2)] }),
    });
    const watch = new Watch(fleetWith({ view: viewWith({ parameters: parametersWith({ nodes: [nodeWith(1)] }) }) }));
    await watch.until(4);
    watch.fleet.observe(soon);
    await watch.until(10);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 5, 7, 9]);
    assert.deepEqual(watch.ticksOf(2), [5, 8]);
    const nodes = [nodeWith(1, { status: "removed" }), nodeWith(2, { status: "draining" })];
    watch.fleet.observe(viewWith({ parameters: parametersWith({ nodes }) }));
    await watch.until(20);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 5, 7, 9]);
    assert.deepEqual(watch.ticksOf(2), [5, 8, 13, 18]);
  });

  it("reports a latency within its spread, drawn anew for each message", async () => {
    const nodes = [{ node: 1, key: nodeKey(1), latencyMs: 100, latencySpreadMs: 50 }];
    const watch = new Watch(fleetWith({ nodes }));
    await watch.until(200);
    const latencies = watch.heard.map(({ latencyMs }) => latencyMs);
    assert.ok(latencies.every((latencyMs) => latencyMs >= 100 && latencyMs <= 150));
    assert.ok(new Set(latencies).size > 15);
  });
});

describe("a simulated node that falls silent", () => {
  // Heartbeats at 1, 3, 8, …; interval 5 × grace 3 = 15 ticks.
  async function silencedAt8(durationTicks: number): Promise<Watch> {
    const watch = new Watch(fleetWith({ durationOf: () => durationTicks }));
    await watch.until(8);
    await watch.give(leaseOf(1, 1));
    assert.equal(watch.fleet.inject(1, "silence"), true);
    return watch;
  }

  it("is heard no more, while the others are", async () => {
    const watch = await silencedAt8(3);
    await watch.until(60);
    assert.equal(watch.ticksOf(1).at(-1), 8);
    assert.equal(watch.ticksOf(2).at(-1), 59);
    assert.equal(watch.fleet.inject(1, "silence"), false, "it is silent already");
  });

  it("reports on its return what it did in time, and speaks at once", async () => {
    const watch = await silencedAt8(3);
    await watch.until(22);
    assert.equal(watch.fleet.inject(1, "return"), true);
    await watch.until(30);
    assert.deepEqual(watch.results, ["23:1"]);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 8, 23, 28]);
    assert.equal(watch.fleet.inject(1, "return"), false);
  });

  it("reports work that was done in the last tick before its leases end", async () => {
    const watch = await silencedAt8(14);
    await watch.until(22);
    watch.fleet.inject(1, "return");
    await watch.until(30);
    assert.deepEqual(watch.results, ["23:1"]);
  });

  it("speaks at once on its return also from a short silence", async () => {
    const watch = await silencedAt8(30);
    await watch.until(9);
    watch.fleet.inject(1, "return");
    await watch.until(20);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 8, 10, 15, 20]);
  });

  it("counts from the last message it sent, whatever that said", async () => {
    const watch = new Watch(fleetWith({ durationOf: (_, number) => number }));
    await watch.until(8);
    await watch.give(leaseOf(2, 1), leaseOf(9, 1));
    await watch.until(10);
    watch.fleet.inject(1, "silence");
    await watch.until(24);
    watch.fleet.inject(1, "return");
    await watch.until(25);
    assert.deepEqual(watch.results, ["10:2", "25:9"]);
  });

  it("stops by itself when its leases are about to end: nothing it did then or would have done is reported", async () => {
    for (const duration of [3, 30]) {
      const watch = await silencedAt8(duration);
      await watch.until(23);
      watch.fleet.inject(1, "return");
      await watch.until(60);
      assert.deepEqual(watch.results, []);
      assert.deepEqual(watch.ticksOf(1).slice(3), [24, 29, 34, 39, 44, 49, 54, 59]);
    }
  });

  it("takes no new work after that, until it is back", async () => {
    const watch = await silencedAt8(3);
    await watch.until(23);
    await watch.give(leaseOf(2, 1));
    assert.deepEqual(watch.fleet.refusals(), [{ node: 1, reason: "outOfContact", count: 1 }]);
    watch.fleet.inject(1, "return");
    await watch.until(24);
    await watch.give(leaseOf(3, 1));
    await watch.until(60);
    assert.deepEqual(watch.results, ["27:3"]);
  });

  it("can be made to report a result too late, for the fabric to refuse: one for each time it is told to", async () => {
    const watch = new Watch();
    const give = (...leases: number[]) =>
      watch.give(...leases.map((lease) => leaseOf(lease, 1, { expiresInTicks: 10 })));
    await watch.until(8);
    assert.equal(watch.fleet.inject(1, "lateResult"), true);
    await give(1, 2);
    await watch.until(18);
    watch.fleet.inject(1, "lateResult");
    await watch.until(20);
    await give(3, 4);
    await watch.until(40);
    await give(5);
    await watch.until(60);
    assert.deepEqual(
      watch.results,
      ["11:2", "19:1", "23:4", "31:3", "43:5"],
      "leases end 10 ticks after they are given",
    );
  });
});

describe("faults on the way from a node", () => {
  async function faulted(fault: Fault): Promise<Watch> {
    const watch = new Watch();
    await watch.until(5);
    assert.equal(watch.fleet.inject(1, fault), true);
    await watch.until(12);
    assert.deepEqual(watch.ticksOf(1), [1, 3, 8], "what the node itself says is heard as ever");
    return watch;
  }

  it("a message that arrives twice counts once", async () => {
    const watch = await faulted("duplicate");
    assert.deepEqual(watch.refused, [{ kind: "refused", from: 1, reason: "replay", count: 1 }]);
  });

  it("an old message counts no more", async () => {
    const watch = await faulted("replay");
    assert.deepEqual(watch.refused, [{ kind: "refused", from: 1, reason: "replay", count: 1 }]);
    const again = new Watch();
    await again.until(5);
    const [first] = await new Watch().fleet.collect(1);
    again.fleet.inject(1, "replay");
    assert.deepEqual(await again.fleet.collect(6), [first]);
  });

  it("a message under another key is refused, though its number would be right", async () => {
    const watch = await faulted("forged");
    assert.deepEqual(watch.refused, [{ kind: "refused", from: 1, reason: "signature", count: 1 }]);
    const fleet = fleetWith();
    await fleet.collect(1);
    fleet.inject(1, "forged");
    const [frame] = await fleet.collect(2);
    const forged = decodeNodeFrame(frame);
    assert.deepEqual([forged.node, forged.seq, forged.results.length], [1, 2, 1]);
    assert.equal(isSignedInput(domains, nodeWith(1), forged), false);
  });

  it("a forged message arrives even while its supposed sender is silent", async () => {
    const watch = new Watch();
    await watch.until(5);
    watch.fleet.inject(1, "silence");
    watch.fleet.inject(1, "forged");
    await watch.until(8);
    assert.equal(watch.refused.length, 1);
  });

  it("a fault without anything to work on says so; one at no node is an error", () => {
    const fleet = fleetWith();
    assert.equal(fleet.inject(1, "duplicate"), false);
    assert.equal(fleet.inject(1, "replay"), false);
    assert.throws(() => fleet.inject(3, "silence"), { code: "NODE_NOT_SIMULATED", remedy: /1, 2/ });
  });
});

describe("a fleet that outlives its orchestrator", () => {
  async function bytesOf(seed: number, asksTwice: boolean): Promise<string> {
    const setup = { genesis: { ...genesis, seed }, durationOf: (_: number, number: number) => 1 + (number % 7) };
    const fleet = fleetWith(setup);
    const digest = createHash("sha256");
    let lease = 0;
    for (let tick = 1; tick <= 80; tick++) {
      if (tick === 20) fleet.inject(1, "silence");
      if (tick === 50)
        for (const fault of ["return", "forged", "duplicate", "lateResult"] as const) fleet.inject(1, fault);
      for (const frame of await fleet.collect(tick)) digest.update(frame);
      const leases = [leaseOf(++lease, 1), leaseOf(++lease, 2), leaseOf(++lease, 1)];
      const dispatches = dispatch(domains, sessionKey, { ...header, tick, expiryTick: tick }, leases);
      for (let times = asksTwice ? 3 : 1; times > 0; times--) {
        await fleet.deliver(dispatches);
        await fleet.collect(tick);
      }
    }
    return digest.digest("hex");
  }

  it("the same seed gives the same bytes, another seed others", async () => {
    assert.equal(await bytesOf(7, false), await bytesOf(7, false));
    assert.notEqual(await bytesOf(8, false), await bytesOf(7, false));
  });

  it("asking and telling again, as after a kill, changes nothing", async () => {
    assert.equal(await bytesOf(7, true), await bytesOf(7, false));
  });

  it("in what order the nodes were named, and what made them wake, changes nothing", async () => {
    const nodes = [2, 1].map((node) => ({ node, key: nodeKey(node), latencyMs: 20 * node, latencySpreadMs: 0 }));
    const fleets = [fleetWith(), fleetWith({ nodes })];
    for (let tick = 1; tick <= 20; tick++) {
      const [frames, others] = await Promise.all(fleets.map((fleet) => fleet.collect(tick)));
      assert.deepEqual(frames, others);
    }
  });

  it("ticks that nobody asked for are made up for: nothing that was due in them is forgotten", async () => {
    const fleet = fleetWith();
    await fleet.collect(1);
    await fleet.deliver(dispatch(domains, sessionKey, { ...header, tick: 1, expiryTick: 3 }, [leaseOf(1, 1)]));
    const frames = (await fleet.collect(20)).map(decodeNodeFrame);
    assert.deepEqual(
      frames.map(({ node, heartbeat, results }) => [node, heartbeat, results.length]),
      [
        [1, true, 1],
        [2, true, 0],
      ],
    );
  });
});
