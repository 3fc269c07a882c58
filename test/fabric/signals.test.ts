import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Machine } from "../../src/fabric/index.ts";
import { eventsOf, job, jobs, jobsIn, message, node, oneShard, result, World } from "./world.ts";

describe("Signals", () => {
  it("a result for the current lease completes the job, and its digest is in the receipt", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1, { value: 12 }))).leases;
    world.report(lease);
    const { receipts } = world.tick();
    assert.deepEqual(receipts, [
      {
        submitter: 1,
        number: 1,
        outcome: "completed",
        reason: "none",
        shard: 1,
        node: 1,
        attempts: 1,
        submittedTick: 2,
        endedTick: 3,
        value: 12,
        resultDigest: result(1).digest,
      },
    ]);
  });

  it("a result is counted once: repeated in the same message or later, it is refused", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.report(lease);
    world.report(lease);
    const first = world.tick();
    world.report(lease, "failed");
    const second = world.tick();
    assert.equal(first.receipts.length, 1);
    assert.deepEqual(eventsOf(first, "resultRefused"), [{ event: "resultRefused", node: 1, lease: lease.lease }]);
    assert.deepEqual(second.receipts, []);
    assert.equal(world.machine.counters.refusedResults, 2);
  });

  it("a node cannot report on another node's lease", () => {
    const world = new World(oneShard((values) => values.nodes.push(node("north.two"))));
    const [lease] = world.tick(jobs(1, job(1))).leases;
    const other = 3 - lease.node;
    world.report({ lease: lease.lease, node: other });
    const refused = world.tick();
    assert.deepEqual(refused.receipts, []);
    assert.deepEqual(eventsOf(refused, "resultRefused"), [{ event: "resultRefused", node: other, lease: 1 }]);
  });

  it("a late result does not undo what was decided: the job's next attempt is the one that counts", () => {
    const world = new World(oneShard());
    const [first] = world.tick(jobs(1, job(1, { budgetTicks: 2 }))).leases;
    const second = world.nextLease();
    assert.equal(second.attempt, 2);
    world.report(first);
    assert.deepEqual(world.tick().receipts, []);
    assert.equal(world.machine.counters.refusedResults, 1);
    world.report(second);
    assert.deepEqual(
      world.tick().receipts.map(({ attempts, resultDigest }) => [attempts, resultDigest]),
      [[2, result(second.lease).digest]],
    );
  });

  it("a reported failure spends the attempt; the last one ends the job with the node's word as its reason", () => {
    const world = new World(oneShard((values) => Object.assign(values, { maxAttempts: 2 })));
    const [first] = world.tick(jobs(1, job(1))).leases;
    world.report(first, "failed");
    const requeued = world.tick();
    assert.deepEqual(jobsIn(requeued, "requeued"), [1]);
    assert.equal(world.machine.counters.interrupted, 0, "nothing was broken off");
    const second = world.nextLease();
    world.report(second, "failed");
    assert.deepEqual(
      world.tick().receipts.map(({ outcome, reason, attempts }) => [outcome, reason, attempts]),
      [["failed", "reportedByNode", 2]],
    );
  });

  it("a message number that does not rise is a replay: nothing in it counts", () => {
    const world = new World(oneShard());
    const [lease] = world.tick(jobs(1, job(1))).leases;
    world.silent.add(1);
    const { lastSeq } = world.machine.state.nodes[1];
    const body = { latencyMs: 5000, results: [result(lease.lease)] };
    const replayed = world.tick(message(1, lastSeq, body), message(1, lastSeq - 1, body));
    const line = { event: "refusedMessages", node: 1, reason: "replay", count: 1 };
    assert.deepEqual(eventsOf(replayed, "refusedMessages", "nodeSlow", "ended"), [line, line]);
    assert.equal(world.machine.refusedMessages, 2);
    assert.equal(world.tick(message(1, lastSeq + 1, body)).receipts.length, 1, "the next number is new");
  });

  it("a replay is no sign of life", () => {
    const world = new World(oneShard());
    world.silent.add(1);
    const lines = Array.from({ length: 12 }, () => world.tick(message(1, 1))).flatMap(({ events }) => events);
    assert.deepEqual(
      eventsOf({ events: lines }, "nodeSuspect", "nodeOffline").map(({ event }) => event),
      ["nodeSuspect", "nodeOffline"],
    );
  });

  it("a message from a node that is not registered is refused and counted, and nothing else", () => {
    const world = new World(oneShard());
    const refused = world.tick(message(9, 1), message(0, 1));
    assert.deepEqual(
      eventsOf(refused, "refusedMessages").map(({ node: from, reason }) => [from, reason]),
      [
        [0, "unknownSender"],
        [0, "unknownSender"],
      ],
    );
    assert.equal(world.machine.refusedMessages, 2);
  });

  it("what the edge refused is counted and shown with its reason, and leaves no trace in the state", () => {
    const world = new World(oneShard());
    const twin = new World(oneShard());
    twin.tick();
    const refused = world.tick({ kind: "refused", from: 1, reason: "signature", count: 30 });
    assert.deepEqual(eventsOf(refused, "refusedMessages"), [
      { event: "refusedMessages", node: 1, reason: "signature", count: 30 },
    ]);
    assert.equal(world.machine.refusedMessages, 30);
    assert.deepEqual(world.machine.snapshot().state, twin.machine.snapshot().state);
  });

  it("heartbeats are counted; a message that only carries results is none, but shows that the node is there", () => {
    const world = new World(oneShard());
    world.silent.add(1);
    const before = world.machine.heartbeats;
    for (let seq = 2; seq < 20; seq++) world.tick(message(1, seq, { heartbeat: false }));
    assert.equal(world.machine.heartbeats, before);
    assert.equal(world.tick(jobs(1, job(1))).leases.length, 1);
  });

  it("what a node signed for an orchestrator that another has replaced ends no job of the one that took its place", () => {
    // Both go on from the same journal, with other jobs from now on.
    const [replaced, present] = [new World(oneShard()), new World(oneShard())];
    const [signed] = replaced.tick(jobs(1, job(1))).leases;
    const [lease] = present.tick({ kind: "claimed", epoch: 2 }, jobs(1, job(2))).leases;
    present.report(signed);
    const refused = present.tick();
    assert.deepEqual(refused.receipts, []);
    assert.deepEqual(eventsOf(refused, "resultRefused"), [{ event: "resultRefused", node: 1, lease: signed.lease }]);
    present.report(lease);
    assert.deepEqual(
      present.tick().receipts.map(({ number, outcome }) => [number, outcome]),
      [[2, "completed"]],
    );
  });

  it("a lease of before a new epoch is still the node's, and no number is given again when an epoch is claimed twice", () => {
    const world = new World(oneShard());
    const [first] = world.tick(jobs(1, job(1))).leases;
    const leases = [2, 2 ** 16 - 1, 2].map((epoch, index) => {
      const [lease] = world.tick({ kind: "claimed", epoch }, jobs(1, job(2 + index))).leases;
      return lease.lease;
    });
    assert.equal(leases[2], leases[1] + 1);
    assert.ok(leases.every(Number.isSafeInteger));
    assert.equal(new Set(leases).size, 3);
    world.report(first);
    for (const lease of leases) world.report({ lease, node: 1 });
    const { state } = Machine.restore(world.machine.snapshot());
    assert.ok(leases.every((lease) => state.slotOfLease.get(lease) !== undefined));
    assert.equal(world.tick().receipts.length, 4);
  });
});
