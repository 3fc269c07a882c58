import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signersMark } from "../../src/drill/signersMark.ts";
import type { NodeMessageInput } from "../../src/fabric/inputs.ts";
import type { KeyKind } from "../../src/fabric/parameters.ts";
import {
  domainsOf,
  forgeriesMax,
  Gate,
  type GateView,
  generateSigningKey,
  practiceKey,
  signNodeMessage,
  signSubmission,
} from "../../src/nodes/index.ts";
import { domains, genesis, jobOf, nodeKey, nodeWith, parametersWith, submitterWith } from "./practiceWorld.ts";

const submitterKey = practiceKey(genesis.seed, "submitter/1");
const digest = new Uint8Array(32);
const hash = Buffer.alloc(32, 9);

function gateOf(parameters = parametersWith(), heard: Record<number, number> = {}): Gate {
  return new Gate(domains, viewOf(parameters, heard));
}
function viewOf(parameters = parametersWith(), heard: Record<number, number> = {}): GateView {
  return { parameters, lastSeq: (node) => heard[node] ?? 0 };
}
function said(node: number, seq: number, changes: Partial<NodeMessageInput> = {}): Uint8Array<ArrayBuffer> {
  return signNodeMessage(domains, nodeKey(node), message(node, seq, changes));
}
function message(node: number, seq: number, changes: Partial<NodeMessageInput> = {}) {
  return { node, seq, heartbeat: true, latencyMs: 20, results: [], ...changes };
}
function results(count: number): NodeMessageInput["results"] {
  return Array.from({ length: count }, (_, index) => ({ lease: index + 1, outcome: "completed" as const, digest }));
}
function submitted(numbers: readonly number[], key = submitterKey, submitter = 1): Uint8Array {
  return signSubmission(domains, key, submitter, numbers.map(jobOf));
}

describe("the gate, for nodes", () => {
  for (const keyKind of ["ed25519", "p256", "secp256k1"] satisfies KeyKind[])
    it(`a node with a ${keyKind} key is heard`, () => {
      const key = generateSigningKey(keyKind);
      const gate = gateOf(parametersWith({ nodes: [nodeWith(1, { keyKind, key: key.publicKey.bytes })] }));
      const heard = gate.admitNodeMessage(signNodeMessage(domains, key, message(1, 5, { results: results(2) })));
      assert.ok("input" in heard);
      assert.equal(heard.input.seq, 5);
      assert.deepEqual(
        heard.input.results.map((result) => result.lease),
        [1, 2],
      );
      assert.deepEqual(gate.refused(), []);
    });

  it("a draining node is still heard: it finishes its work", () => {
    const gate = gateOf(parametersWith({ nodes: [nodeWith(1, { status: "draining" })] }));
    assert.ok("input" in gate.admitNodeMessage(said(1, 1)));
  });

  it("a message in another's name is refused, and does not shut its owner out", () => {
    const gate = gateOf();
    const forged = signNodeMessage(domains, nodeKey(2), message(1, 1));
    assert.deepEqual(gate.admitNodeMessage(forged), { refused: { from: 1, reason: "signature" } });
    assert.ok("input" in gate.admitNodeMessage(said(1, 1)));
  });

  it("a message of which anything was changed under way is refused", () => {
    const frame = said(1, 1, { results: results(1) });
    for (let at = 0; at < frame.length; at++) {
      const changed = frame.slice();
      changed[at] ^= 1;
      assert.ok("refused" in gateOf().admitNodeMessage(changed), `byte ${at}`);
    }
  });

  it("a message signed for another chain or another ledger is refused", () => {
    const ledger = `0x${"0".repeat(39)}1`;
    for (const other of [domainsOf({ ...genesis, chainId: 1 }), domainsOf({ ...genesis, ledger })]) {
      const frame = signNodeMessage(other, nodeKey(1), message(1, 1));
      assert.deepEqual(gateOf().admitNodeMessage(frame), { refused: { from: 1, reason: "signature" } });
    }
  });

  it("what a rehearsal signs is worth nothing at a real gate, and the other way round", () => {
    const rehearsed = domainsOf(genesis, signersMark);
    const frame = signNodeMessage(rehearsed, nodeKey(1), message(1, 1));
    assert.ok("input" in new Gate(rehearsed, viewOf()).admitNodeMessage(frame));
    const refused = { refused: { from: 1, reason: "signature" } };
    assert.deepEqual(gateOf().admitNodeMessage(frame), refused);
    assert.deepEqual(new Gate(rehearsed, viewOf()).admitNodeMessage(said(1, 1)), refused);
  });

  it("a message that was heard is not heard again, in the same tick or a later one", () => {
    const gate = gateOf(parametersWith(), { 1: 6 });
    const replay = { refused: { from: 1, reason: "replay" } };
    assert.deepEqual(gate.admitNodeMessage(said(1, 6)), replay);
    assert.deepEqual(gate.admitNodeMessage(said(1, 5)), replay);
    assert.ok("input" in gate.admitNodeMessage(said(1, 7)));
    assert.deepEqual(gate.admitNodeMessage(said(1, 7)), replay);
    gate.openTick(viewOf(parametersWith(), { 1: 7 }));
    assert.deepEqual(gate.admitNodeMessage(said(1, 7)), replay);
    assert.deepEqual(gateOf().admitNodeMessage(said(1, 0)), replay, "numbers begin at 1");
  });

  it("one message of a node is kept in a tick, however many it sends", () => {
    const gate = gateOf();
    assert.ok("input" in gate.admitNodeMessage(said(1, 1)));
    assert.deepEqual(gate.admitNodeMessage(said(1, 2)), { refused: { from: 1, reason: "tooMany" } });
    assert.ok("input" in gate.admitNodeMessage(said(2, 1)));
    gate.openTick(viewOf(parametersWith(), { 1: 1 }));
    assert.ok("input" in gate.admitNodeMessage(said(1, 2)));
  });

  it("a node cannot report more results than it may run jobs", () => {
    const gate = gateOf(parametersWith({ nodes: [nodeWith(1, { maxConcurrency: 3 })] }));
    assert.deepEqual(gate.admitNodeMessage(said(1, 1, { results: results(4) })), {
      refused: { from: 1, reason: "tooMany" },
    });
    assert.ok("input" in gate.admitNodeMessage(said(1, 1, { results: results(3) })));
  });

  it("nobody speaks who is not admitted", () => {
    const gate = gateOf(parametersWith({ nodes: [nodeWith(1, { status: "removed" }), nodeWith(2)] }));
    const unknown = { refused: { from: 0, reason: "unknownSender" } };
    for (const node of [0, 1, 3, 0xffff_ffff]) assert.deepEqual(gate.admitNodeMessage(said(node, 1)), unknown);
  });

  it("junk is refused", () => {
    const malformed = { refused: { from: 0, reason: "malformed" } };
    const frame = said(1, 1, { results: results(1) });
    const junk = [new Uint8Array(0), hash, frame.subarray(1), frame.subarray(0, -1), Buffer.concat([frame, hash])];
    for (const frame of [...junk, submitted([1])]) assert.deepEqual(gateOf().admitNodeMessage(frame), malformed);
    // A count of results that its length belies.
    const lying = frame.slice();
    lying[19] = 2;
    assert.deepEqual(gateOf().admitNodeMessage(lying), { refused: { from: 1, reason: "malformed" } });
  });

  it("a key on the chain that is no key lets nobody in and stops nothing", () => {
    const gate = gateOf(parametersWith({ nodes: [nodeWith(1, { key: new Uint8Array(32) }), nodeWith(2)] }));
    assert.deepEqual(gate.admitNodeMessage(said(1, 1)), { refused: { from: 1, reason: "signature" } });
    assert.ok("input" in gate.admitNodeMessage(said(2, 1)));
  });

  it("a flood costs the journal one record for each sender and reason, the same in whatever order it came", () => {
    const frames: Uint8Array[] = [];
    for (let seq = 1; seq <= 30; seq++) frames.push(said(2, seq), said(7, seq), hash);
    const counted = (order: readonly Uint8Array[]) => {
      const gate = gateOf(parametersWith(), { 2: 10 });
      for (const frame of order) gate.admitNodeMessage(frame);
      return gate.refused();
    };
    assert.deepEqual(counted(frames), [
      { kind: "refused", from: 0, reason: "unknownSender", count: 30 },
      { kind: "refused", from: 0, reason: "malformed", count: 30 },
      { kind: "refused", from: 2, reason: "replay", count: 10 },
      { kind: "refused", from: 2, reason: "tooMany", count: 19 },
    ]);
    const sender2 = frames.filter((_, index) => index % 3 === 0);
    const others = frames.filter((_, index) => index % 3 !== 0);
    assert.deepEqual(counted([...others, ...sender2]), counted(frames));
    const gate = gateOf();
    gate.admitNodeMessage(hash);
    gate.openTick(viewOf());
    assert.deepEqual(gate.refused(), [], "a new tick counts from nothing");
  });

  it("a flood of forgeries in one name cannot hold up the others", () => {
    const view = viewOf();
    const gate = new Gate(domains, view);
    const forged = signNodeMessage(domains, nodeKey(2), message(1, 1));
    for (let count = 0; count < forgeriesMax; count++)
      assert.deepEqual(gate.admitNodeMessage(forged), { refused: { from: 1, reason: "signature" } });
    assert.deepEqual(gate.admitNodeMessage(forged), { refused: { from: 1, reason: "tooMany" } });
    assert.ok("input" in gate.admitNodeMessage(said(2, 1)));
    gate.openTick(view);
    assert.ok("input" in gate.admitNodeMessage(said(1, 1)), "the name is heard again in the next tick");
  });
});

describe("the gate, for submitters", () => {
  it("jobs of an admitted submitter come in", () => {
    const admitted = gateOf().admitSubmission(submitted([1, 2]));
    assert.ok("input" in admitted);
    assert.equal(admitted.input.submitter, 1);
    assert.equal(admitted.input.rows.length, 2 * 67);
  });

  it("jobs in another's name, for another fabric, or of one not admitted are refused", () => {
    const refused = (reason: string) => ({ refused: { from: 0, reason } });
    assert.deepEqual(gateOf().admitSubmission(submitted([1], nodeKey(1))), refused("signature"));
    const elsewhere = signSubmission(domainsOf({ ...genesis, chainId: 5 }), submitterKey, 1, [jobOf(1)]);
    assert.deepEqual(gateOf().admitSubmission(elsewhere), refused("signature"));
    assert.deepEqual(gateOf().admitSubmission(submitted([1], submitterKey, 2)), refused("unknownSender"));
    const revoked = parametersWith({ submitters: [submitterWith({ revoked: true })] });
    assert.deepEqual(gateOf(revoked).admitSubmission(submitted([1])), refused("unknownSender"));
    assert.deepEqual(gateOf().admitSubmission(hash), refused("malformed"));
    assert.deepEqual(gateOf().admitSubmission(said(1, 1)), refused("malformed"));
  });

  it("a submitter cannot fill the journal beyond its quota in one tick", () => {
    const refused = { refused: { from: 0, reason: "tooMany" } };
    const gate = gateOf();
    assert.deepEqual(gate.admitSubmission(submitted([1, 2, 3, 4])), refused, "one submission above the quota of 3");
    assert.ok("input" in gate.admitSubmission(submitted([1, 2])));
    assert.ok("input" in gate.admitSubmission(submitted([3, 4])), "the machine says which of these is one too many");
    assert.deepEqual(gate.admitSubmission(submitted([5])), refused);
    gate.openTick(viewOf());
    assert.ok("input" in gate.admitSubmission(submitted([5])));
  });

  it("a flood of forgeries in one name is cut off", () => {
    const gate = gateOf();
    const forged = submitted([1], nodeKey(1));
    for (let count = 0; count <= forgeriesMax; count++) gate.admitSubmission(forged);
    assert.deepEqual(gate.refused(), [
      { kind: "refused", from: 0, reason: "signature", count: forgeriesMax },
      { kind: "refused", from: 0, reason: "tooMany", count: 1 },
    ]);
  });
});
