import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  ByteReader,
  ByteWriter,
  classes,
  decodeGenesis,
  decodeInputs,
  decodeJobs,
  decodeNodeMessageBody,
  encodeGenesis,
  encodeInputs,
  encodeJobs,
  encodeNodeMessageBody,
  type Genesis,
  type Input,
  type Job,
  MalformedBytes,
  type NodeParameters,
  type Parameters,
  type PauseScope,
  refusals,
  type ShardParameters,
  type SubmitterParameters,
} from "../../src/fabric/index.ts";

const fixed = { seed: 20260103, numRuns: 300 } as const;

const u8 = fc.integer({ min: 0, max: 2 ** 8 - 1 });
const u16 = fc.integer({ min: 0, max: 2 ** 16 - 1 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u64 = fc.maxSafeNat();
const bigU64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: "binary", maxLength: 12 });
/** A record with the prototype that ours have. */
const record = <T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record<T>(fields, { noNullPrototype: true });
const keyKind = fc.constantFrom("ed25519", "p256", "secp256k1");
const key = fc.uint8Array({ maxLength: 40 });

const anyPause: fc.Arbitrary<PauseScope> = record({ ownerPaused: fc.boolean(), guardianUntil: u64 });
const anyShard: fc.Arbitrary<ShardParameters> = record({
  name: text,
  queueBudget: u32,
  latencyBudgetMs: u32,
  spillThreshold: u32,
  spillBatch: u16,
  weight: u16,
  retired: fc.boolean(),
  routes: fc.array(u16, { maxLength: 8 }),
  pause: anyPause,
});
const anyNode: fc.Arbitrary<NodeParameters> = record({
  name: text,
  shard: u16,
  capacity: u32,
  maxConcurrency: u32,
  heartbeatSeconds: u16,
  skills: bigU64,
  status: fc.constantFrom("admitted", "draining", "removed"),
  keyKind,
  key,
});
const anySubmitter: fc.Arbitrary<SubmitterParameters> = record({
  name: text,
  shards: u32,
  jobsPerTick: u32,
  expiry: u64,
  revoked: fc.boolean(),
  keyKind,
  key,
});
const anyParameters: fc.Arbitrary<Parameters> = record({
  tickMs: u32,
  checkpointIntervalTicks: u32,
  heartbeatGrace: u8,
  maxAttempts: u8,
  retired: fc.boolean(),
  pause: anyPause,
  skills: fc.array(text, { maxLength: 4 }),
  shards: fc.array(anyShard, { maxLength: 3 }),
  nodes: fc.array(anyNode, { maxLength: 3 }),
  submitters: fc.array(anySubmitter, { maxLength: 3 }),
});
const anyJob: fc.Arbitrary<Job> = record({
  number: u64,
  shard: u16,
  class: fc.constantFrom(...classes),
  skills: bigU64,
  deadlineTicks: u32,
  budgetTicks: u32,
  value: u64,
  payloadDigest: bytes(32),
});
const anyMessage = record({
  kind: fc.constant("nodeMessage"),
  node: u32,
  seq: u64,
  heartbeat: fc.boolean(),
  latencyMs: u32,
  results: fc.array(record({ lease: u64, outcome: fc.constantFrom("completed", "failed"), digest: bytes(32) }), {
    maxLength: 3,
  }),
  signature: fc.uint8Array({ maxLength: 70 }),
});
const anyOrder = fc.oneof(
  record({ type: fc.constant("checkpoint") }),
  record({ type: fc.constant("cancel"), submitter: u32, number: u64 }),
  record({ type: fc.constant("move"), from: u16, to: u16, count: u32 }),
);
const anyInput: fc.Arbitrary<Input> = fc.oneof(
  record({
    kind: fc.constant("governance"),
    version: u64,
    block: u64,
    latest: u64,
    hash: bytes(32),
    time: u64,
    values: fc.option(anyParameters),
  }),
  record({
    kind: fc.constant("jobs"),
    submitter: u32,
    rows: fc.array(anyJob, { maxLength: 3 }).map(encodeJobs),
    signature: fc.uint8Array({ maxLength: 70 }),
  }),
  anyMessage,
  record({ kind: fc.constant("order"), index: u64, order: anyOrder }),
  record({ kind: fc.constant("resumed"), downTicks: u32 }),
  record({ kind: fc.constant("claimed"), epoch: u16 }),
  record({ kind: fc.constant("chainSilent") }),
  record({ kind: fc.constant("refused"), from: u32, reason: fc.constantFrom(...refusals), count: u32 }),
  record({ kind: fc.constant("stopped") }),
  record({ kind: fc.constant("checkpointDue") }),
  record({ kind: fc.constant("tick"), tick: u64 }),
) as fc.Arbitrary<Input>;
const anyGenesis: fc.Arbitrary<Genesis> = record({
  chainId: u64,
  ledger: text,
  seed: u32,
  maxLagBlocks: u32,
  maxSilentTicks: u32,
});
const anyInputs = fc.array(anyInput, { maxLength: 6 });

/** Bytes with a few of them altered, cut off, or added. */
const mutated = (whole: fc.Arbitrary<Uint8Array>) =>
  fc
    .tuple(whole, fc.array(fc.tuple(u16, u8), { maxLength: 4 }), fc.option(u16), fc.uint8Array({ maxLength: 5 }))
    .map(([from, changes, cut, tail]) => {
      const changed = Uint8Array.from([
        ...from.subarray(0, cut === null ? from.length : cut % (from.length + 1)),
        ...tail,
      ]);
      if (changed.length > 0) for (const [at, byte] of changes) changed[at % changed.length] = byte;
      return changed;
    });

/** What was decoded; undefined when the bytes were refused as they should be. Any other error is passed on. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

describe("Bytes of inputs", () => {
  it("are read back as what was written, whatever it was", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        assert.deepEqual(decodeInputs(encodeInputs(inputs)), inputs);
      }),
      fixed,
    );
  });

  it("of genesis, jobs and the signed part of a message are read back as well", () => {
    fc.assert(
      fc.property(anyGenesis, fc.array(anyJob, { maxLength: 4 }), anyMessage, (genesis, rows, message) => {
        assert.deepEqual(decodeGenesis(encodeGenesis(genesis)), genesis);
        assert.deepEqual(decodeJobs(encodeJobs(rows)), rows);
        const { kind: _, signature: __, ...body } = message;
        const reader = new ByteReader(encodeNodeMessageBody(body));
        assert.deepEqual(decodeNodeMessageBody(reader), body);
        reader.end();
      }),
      fixed,
    );
  });

  it("that are damaged are refused as malformed, or mean just what they say: never another error, never two spellings", () => {
    let refused = 0;
    fc.assert(
      fc.property(mutated(anyInputs.map(encodeInputs)), (damaged) => {
        const inputs = decoded(() => decodeInputs(damaged));
        if (inputs === undefined) refused++;
        else assert.deepEqual(encodeInputs(inputs), damaged);
      }),
      { ...fixed, numRuns: 2000 },
    );
    assert.ok(refused > 500, `${refused} refused`);
  });

  it("of a genesis or of jobs that are damaged are refused likewise", () => {
    fc.assert(
      fc.property(
        mutated(anyGenesis.map(encodeGenesis)),
        mutated(fc.array(anyJob, { maxLength: 3 }).map(encodeJobs)),
        (genesis, rows) => {
          const found = decoded(() => decodeGenesis(genesis));
          if (found !== undefined) assert.deepEqual(encodeGenesis(found), genesis);
          const jobs = decoded(() => decodeJobs(rows));
          if (jobs !== undefined) assert.deepEqual(encodeJobs(jobs), rows);
        },
      ),
      { ...fixed, numRuns: 1000 },
    );
  });

  it("of noise are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (noise) => {
        decoded(() => decodeInputs(noise));
        decoded(() => decodeGenesis(noise));
        decoded(() => decodeNodeMessageBody(new ByteReader(noise)));
      }),
      { ...fixed, numRuns: 1000 },
    );
  });

  const malformed = (what: string, input: readonly number[] | Uint8Array, message: RegExp) =>
    it(`with ${what} are refused, and it is said why`, () => {
      assert.throws(() => decodeInputs(Uint8Array.from(input)), { name: "MalformedBytes", message });
    });
  malformed("an unknown kind", [99], /unknown input 99 at byte 0/);
  malformed("an unknown order", [4, 0, 0, 0, 0, 0, 0, 0, 1, 7], /unknown order 7/);
  malformed("an unknown refusal", [7, 0, 0, 0, 1, 9, 0, 0, 0, 1], /unknown refusal 9/);
  malformed(
    "half a job",
    new ByteWriter().u8(2).u32(1).bytes(new Uint8Array(66)).bytes(new Uint8Array(0)).finish(),
    /multiple of 67/,
  );
  malformed("a number above 2^53 - 1", [9, 0, 32, 0, 0, 0, 0, 0, 0], /above 2\^53 - 1/);
  malformed("nothing after the kind", [9], /8 bytes wanted at byte 1, 0 left/);

  it("with a name that is not UTF-8 are refused, and a byte order mark in one is kept", () => {
    const genesis = (ledger: Uint8Array) => new ByteWriter().u64(1).bytes(ledger).u32(0).u32(0).u32(0).finish();
    assert.throws(() => decodeGenesis(genesis(Uint8Array.of(0xff))), { name: "MalformedBytes", message: /not UTF-8/ });
    assert.equal(decodeGenesis(genesis(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).ledger, "\ufeffA");
  });

  it("are the frozen ones: each kind of input byte for byte", () => {
    const hex = (...inputs: Input[]) => Buffer.from(encodeInputs(inputs)).toString("hex");
    const none = new Uint8Array(0);
    assert.equal(hex({ kind: "tick", tick: 258 }), "090000000000000102");
    assert.equal(hex({ kind: "stopped" }), "08");
    assert.equal(hex({ kind: "refused", from: 3, reason: "replay", count: 2 }), "07000000030100000002");
    assert.equal(hex({ kind: "chainSilent" }), "06");
    assert.equal(hex({ kind: "resumed", downTicks: 5 }), "0500000005");
    assert.equal(hex({ kind: "claimed", epoch: 258 }), "0a0102");
    assert.equal(hex({ kind: "checkpointDue" }), "0b");
    const cancel = { type: "cancel", submitter: 2, number: 3 } as const;
    assert.equal(hex({ kind: "order", index: 1, order: cancel }), "0400000000000000010200000002" + "0000000000000003");
    const move = { type: "move", from: 1, to: 2, count: 3 } as const;
    assert.equal(hex({ kind: "order", index: 1, order: move }), "0400000000000000010300010002" + "00000003");
    assert.equal(hex({ kind: "jobs", submitter: 1, rows: none, signature: none }), "02000000010000000000000000");
    const results = [{ lease: 9, outcome: "completed", digest: new Uint8Array(32) }] as const;
    assert.equal(
      hex({ kind: "nodeMessage", node: 1, seq: 2, heartbeat: true, latencyMs: 3, results, signature: none }),
      `03000000010000000000000002010000000300010000000000000009${"01"}${"00".repeat(32)}00000000`,
    );
    const governed = { version: 1, block: 2, latest: 3, hash: new Uint8Array(32), time: 4, values: null } as const;
    assert.equal(
      hex({ kind: "governance", ...governed }),
      `01000000000000000100000000000000020000000000000003${"00".repeat(32)}000000000000000400`,
    );
  });
});
