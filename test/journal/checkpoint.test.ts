import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import canonicalize from "canonicalize";
import fc from "fast-check";
import {
  type CheckpointDocument,
  differingField,
  parseCheckpoint,
  sealCheckpoint,
  stateRoot,
  toHex,
} from "../../src/journal/index.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "../../src/journal/snapshot.ts";

const digest = (byte: string) => `0x${byte.repeat(32)}` as const;
const document: CheckpointDocument = {
  format: "planetary-fabric/checkpoint/v1",
  seq: 2,
  tick: 40,
  parent: digest("11"),
  journal: { records: 41, head: digest("22") },
  receipts: { size: 7, root: digest("33") },
  stateRoot: digest("44"),
  governance: { version: 3, block: 19, hash: digest("55") },
  counters: { submitted: 9, completed: 7, failed: 0 },
};

describe("a checkpoint", () => {
  it("has the canonical bytes and the digest that are anchored, whatever the order its fields were given in", () => {
    const { format, seq, tick, ...rest } = document;
    for (const each of [document, { ...rest, tick, seq, format }]) {
      const { text, digest: found } = sealCheckpoint(each);
      assert.equal(
        text,
        `{"counters":{"completed":7,"failed":0,"submitted":9},"format":"planetary-fabric/checkpoint/v1",` +
          `"governance":{"block":19,"hash":"${digest("55")}","version":3},"journal":{"head":"${digest("22")}","records":41},` +
          `"parent":"${digest("11")}","receipts":{"root":"${digest("33")}","size":7},"seq":2,` +
          `"stateRoot":"${digest("44")}","tick":40}`,
      );
      assert.equal(found, "0xb041b974b4e19668467293f9e8e7c7bc28a3e78cb594073dbde9aa4df7f3f5f6");
      assert.equal(found, `0x${createHash("sha256").update(text).digest("hex")}`);
    }
  });

  it("has the text that RFC 8785 gives it, whatever its numbers are", () => {
    const count = fc.maxSafeNat();
    const counters = fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,12}$/), count);
    fc.assert(
      fc.property(count, count, count, count, counters, (tick, records, size, block, counters) => {
        const { journal, receipts, governance } = document;
        const each: CheckpointDocument = {
          ...{ ...document, tick, counters, journal: { ...journal, records }, receipts: { ...receipts, size } },
          governance: { ...governance, block },
        };
        assert.equal(sealCheckpoint(each).text, canonicalize(each));
      }),
    );
  });

  it("is none with a counter of no name, or one that has two spellings or a place of its own in memory", () => {
    const { text } = sealCheckpoint(document);
    for (const name of ["", "\\ud800", "\\u0061", "7", "__proto__"])
      assert.equal(parseCheckpoint(text.replace('"completed"', `"${name}"`)), undefined, name);
  });

  it("is read back from its canonical text, and from no other", () => {
    const sealed = sealCheckpoint(document);
    assert.deepEqual(parseCheckpoint(sealed.text), sealed);
    for (const text of [
      "",
      "null",
      `${sealed.text} `,
      JSON.stringify(document),
      sealed.text.replace('"seq":2', '"seq":-2'),
      sealed.text.replace('"seq":2', '"seq":2.5'),
      sealed.text.replace('"seq":2', '"seq":"2"'),
      sealed.text.replace("0x44", "0X44"),
      sealed.text.replace("0x33", "0x3g"),
      sealed.text.replace('"seq"', '"more":1,"seq"'),
      sealed.text.replace('"tick":40', '"tick":40,"tick":40'),
      sealed.text.replace("checkpoint/v1", "checkpoint/v2"),
    ])
      assert.equal(parseCheckpoint(text), undefined, text);
  });

  it("names the field in which another one differs, down to the counter", () => {
    const others: [string, CheckpointDocument][] = [
      ["stateRoot", { ...document, stateRoot: digest("45") }],
      ["receipts.root", { ...document, receipts: { ...document.receipts, root: digest("45") } }],
      ["counters.failed", { ...document, counters: { ...document.counters, failed: 1 } }],
      ["counters.failed", { ...document, counters: { submitted: 9, completed: 7 } }],
      ["counters.expired", { ...document, counters: { ...document.counters, expired: 1 } }],
    ];
    for (const [field, other] of others) {
      assert.equal(differingField(document, other), field);
      assert.equal(differingField(other, document), field);
    }
  });
});

describe("a state root", () => {
  it("covers the state and the receipts, under a name of its own", () => {
    const frontier = Uint8Array.of(3);
    // One of many bytes, too: it goes another way.
    for (const state of [Uint8Array.of(1, 2), new Uint8Array(100_000).fill(7)]) {
      const expected = createHash("sha256").update("planetary-fabric/state/v1").update(state).update(frontier).digest();
      assert.equal(toHex(stateRoot(state, frontier)), toHex(expected));
    }
  });
});

describe("a snapshot", () => {
  const [frontier, state] = [new Uint8Array(40).fill(2), new Uint8Array(50).fill(3)];
  const head = new Uint8Array(32).fill(0x22);
  const checkpoint = sealCheckpoint({ ...document, stateRoot: toHex(stateRoot(state, frontier)) });
  const snapshot: Snapshot = {
    journal: { segment: 3, offset: 4_000, records: 41, head },
    derived: { events: 10, receipts: 20, tree: 30, checkpoints: 40 },
    checkpoint,
    frontier,
    machine: { state, transport: new Uint8Array(60).fill(4) },
  };

  it("is read back as it was written", () => {
    assert.deepEqual(decodeSnapshot(encodeSnapshot(snapshot)), snapshot);
  });

  it("is not believed when its checkpoint is about another state, other receipts or another journal", () => {
    const others: Partial<Snapshot>[] = [
      { checkpoint: sealCheckpoint(document) },
      { frontier: new Uint8Array(40).fill(1) },
      { machine: { ...snapshot.machine, state: new Uint8Array(50).fill(1) } },
      { journal: { ...snapshot.journal, head: new Uint8Array(32) } },
    ];
    for (const other of others)
      assert.throws(() => decodeSnapshot(encodeSnapshot({ ...snapshot, ...other })), { name: "MalformedBytes" });
  });

  it("is not believed when a bit of it is altered, or its end is missing", () => {
    const bytes = encodeSnapshot(snapshot);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assert.throws(() => decodeSnapshot(bytes), { name: "MalformedBytes" }, `bit ${bit}`);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeSnapshot(bytes.subarray(0, length)), { name: "MalformedBytes" }, `${length} bytes`);
  });
});
