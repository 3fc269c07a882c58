import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Machine } from "../../src/fabric/index.ts";
import {
  decodeLeaseFrame,
  domainsOf,
  generateSigningKey,
  practiceKey,
  signNodeMessage,
  signSubmission,
} from "../../src/nodes/index.ts";
import { Edge } from "../../src/orchestrator/index.ts";
import { governance } from "../drill/plays.ts";
import { genesis, jobOf, nodeKey, parametersWith } from "../nodes/practiceWorld.ts";

const domains = domainsOf(genesis);
const submitter = practiceKey(genesis.seed, "submitter/1");
const message = (node: number, seq: number, key = nodeKey(node)) =>
  signNodeMessage(domains, key, { node, seq, heartbeat: true, latencyMs: 10, results: [] });

describe("The orchestrator's edge", () => {
  it("puts a tick's inputs into one order: governance, jobs, messages, what was refused, the stop, the tick", () => {
    const edge = new Edge(domains);
    const machine = new Machine(genesis);
    const arrivals = {
      submissions: [signSubmission(domains, submitter, 1, [jobOf(1)])],
      messages: [message(2, 1, nodeKey(1)), message(2, 1), message(1, 1)],
    };
    const { inputs } = edge.gather(machine, 1, [governance(parametersWith())], arrivals, true);
    assert.deepEqual(
      inputs.map((input) => ("node" in input ? `${input.kind} ${input.node}` : input.kind)),
      ["governance", "jobs", "nodeMessage 2", "nodeMessage 1", "refused", "stopped", "tick"],
    );
    assert.deepEqual(inputs[4], { kind: "refused", from: 2, reason: "signature", count: 1 });
    machine.step(inputs);
    const { inputs: next } = edge.gather(machine, 2, [], { submissions: [], messages: [message(2, 1), message(1, 2)] });
    assert.deepEqual(
      next.map(({ kind }) => kind),
      ["nodeMessage", "refused", "tick"],
      "what the machine has heard once is refused the second time, and nothing else is carried over",
    );
  });

  it("judges what arrives by the governance of its own tick", () => {
    const edge = new Edge(domains);
    const machine = new Machine(genesis);
    const admitted = parametersWith();
    machine.step(edge.gather(machine, 1, [governance(admitted)], { submissions: [], messages: [] }).inputs);
    const [first, ...others] = admitted.nodes;
    const removed = parametersWith({ nodes: [{ ...first, status: "removed" }, ...others] });
    const arrivals = { submissions: [], messages: [message(1, 1)] };
    const { inputs } = edge.gather(machine, 2, [governance(removed, 2)], arrivals);
    assert.deepEqual(inputs[1], { kind: "refused", from: 0, reason: "unknownSender", count: 1 });
  });

  it("lets nobody in before there is governance", () => {
    const edge = new Edge(domains);
    const arrivals = { submissions: [signSubmission(domains, submitter, 1, [jobOf(1)])], messages: [message(1, 1)] };
    const { inputs } = edge.gather(new Machine(genesis), 1, [], arrivals);
    assert.deepEqual(inputs, [
      { kind: "refused", from: 0, reason: "unknownSender", count: 2 },
      { kind: "tick", tick: 1 },
    ]);
  });

  it("lets a node take leases no longer than until it may be called offline: others have them then", () => {
    const edge = new Edge(domains);
    const machine = new Machine(genesis);
    const given = governance(parametersWith());
    const session = { epoch: 1, key: generateSigningKey("ed25519") };
    const long = { ...jobOf(1), budgetTicks: 1000, deadlineTicks: 0 };
    let arrivals = { submissions: [signSubmission(domains, submitter, 1, [long])], messages: [message(1, 1)] };
    let expiryTick = Number.POSITIVE_INFINITY;
    for (let tick = 1; ; tick++) {
      machine.step(edge.gather(machine, tick, tick === 1 ? [given] : [], arrivals).inputs);
      arrivals = { submissions: [], messages: [] };
      const leases = machine.leasesOf(1);
      if (leases.length === 0) {
        assert.equal(expiryTick, tick - 1, "the last message was good for as long as the lease was");
        return;
      }
      const [{ frame }] = edge.dispatch(machine, leases, session, { tick, expiryTick: tick + 1000 });
      assert.ok(decodeLeaseFrame(frame).expiryTick <= expiryTick);
      expiryTick = decodeLeaseFrame(frame).expiryTick;
      const [{ frame: soon }] = edge.dispatch(machine, leases, session, { tick, expiryTick: tick });
      assert.equal(decodeLeaseFrame(soon).expiryTick, tick);
    }
  });
});
