import assert from "node:assert/strict";
import { verify as rawVerify } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MalformedBytes } from "../../src/fabric/bytes.ts";
import { encodeNodeMessageBody } from "../../src/fabric/codec.ts";
import { classes, decodeJobs } from "../../src/fabric/job.ts";
import {
  decodeLeaseFrame,
  decodeNodeFrame,
  decodeSubmissionFrame,
  domainsOf,
  entriesMax,
  frameLengthMax,
  isSignedInput,
  type LeaseMessage,
  signNodeMessage,
  signSubmission,
} from "../../src/nodes/index.ts";
import { signLeaseMessage } from "../../src/nodes/messages.ts";
import { domains, genesis, jobOf, leaseOf, nodeKey, nodeWith, sessionKey } from "./practiceWorld.ts";

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.maxSafeNat();
const bigU64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const jobClass = fc.constantFrom(...classes);
const result = fc.record({ lease: u64, outcome: fc.constantFrom("completed" as const, "failed" as const), digest });
const nodeMessage = fc.record({
  node: u32,
  seq: u64,
  heartbeat: fc.boolean(),
  latencyMs: u32,
  results: fc.array(result, { maxLength: 6 }),
});
const job = fc.record({
  number: u64,
  shard: u16,
  class: jobClass,
  skills: bigU64,
  deadlineTicks: u32,
  budgetTicks: u32,
  value: u64,
  payloadDigest: digest,
});
const offer = fc.record({
  lease: u64,
  submitter: u32,
  number: u64,
  attempt: u8,
  class: jobClass,
  skills: bigU64,
  expiresInTicks: u32,
  value: u64,
  payloadDigest: digest,
});
const leaseMessage: fc.Arbitrary<LeaseMessage> = fc.record({
  epoch: u16,
  node: u32,
  tick: u64,
  governanceBlock: u64,
  expiryTick: u64,
  leases: fc.array(offer, { maxLength: 6 }),
});

/** A frame in which one thing is not as it was. */
const change = fc.oneof(
  fc.record({ at: fc.nat(600), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ cut: fc.nat(600) }),
  fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 90 }) }),
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;
function changed(frame: Uint8Array, how: Change): Uint8Array {
  if ("cut" in how) return frame.slice(0, how.cut % frame.length);
  if ("more" in how) return Uint8Array.from([...frame, ...how.more]);
  const copy = frame.slice();
  copy[how.at % frame.length] ^= how.bits;
  return copy;
}
/** What the decoder gives, or undefined where it says `MalformedBytes`; anything else that it throws fails the test. */
function decodedOrMalformed<T>(decode: (frame: Uint8Array) => T, frame: Uint8Array): T | undefined {
  try {
    return decode(frame);
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

describe("messages", () => {
  it("what a node says arrives as it was said, and an auditor can still prove who said it", () => {
    fc.assert(
      fc.property(nodeMessage, (message) => {
        const input = decodeNodeFrame(signNodeMessage(domains, nodeKey(1), message));
        const { kind, signature, ...said } = input;
        assert.deepEqual(plain(said), plain(message));
        assert.equal(isSignedInput(domains, nodeWith(1), input), true);
        assert.equal(isSignedInput(domains, nodeWith(2), input), false);
        assert.equal(isSignedInput(domains, nodeWith(1), { ...input, seq: (input.seq + 1) % 1000 }), false);
      }),
      { numRuns: 60 },
    );
  });

  it("jobs arrive as they were submitted, and an auditor can still prove who submitted them", () => {
    fc.assert(
      fc.property(u32, fc.array(job, { minLength: 1, maxLength: 6 }), (submitter, jobs) => {
        const input = decodeSubmissionFrame(signSubmission(domains, nodeKey(1), submitter, jobs));
        assert.equal(input.submitter, submitter);
        assert.deepEqual(plain(decodeJobs(input.rows)), plain(jobs));
        assert.equal(isSignedInput(domains, nodeWith(1), input), true);
        assert.equal(isSignedInput(domains, nodeWith(1), { ...input, submitter: (submitter + 1) % 1000 }), false);
      }),
      { numRuns: 60 },
    );
  });

  it("leases arrive as they were given", () => {
    fc.assert(
      fc.property(leaseMessage, (message) => {
        assert.deepEqual(plain(decodeLeaseFrame(signLeaseMessage(domains, sessionKey, message))), plain(message));
      }),
      { numRuns: 60 },
    );
  });

  it("no bytes from outside bring the reader down, and none are read in two ways", () => {
    const frames = fc.record({
      nodeMessage,
      message: leaseMessage,
      jobs: fc.array(job, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(frames, change, (made, how) => {
        const node = changed(signNodeMessage(domains, nodeKey(1), made.nodeMessage), how);
        const heard = decodedOrMalformed(decodeNodeFrame, node);
        if (heard !== undefined)
          assert.deepEqual(plain(encodeNodeMessageBody(heard)), plain(node.subarray(1, -64)), "one form only");
        const leases = changed(signLeaseMessage(domains, sessionKey, made.message), how);
        const taken = decodedOrMalformed(decodeLeaseFrame, leases);
        if (taken !== undefined) {
          const again = signLeaseMessage(domains, sessionKey, taken);
          assert.deepEqual(plain(again.subarray(0, -64)), plain(leases.subarray(0, -64)), "one form only");
        }
        const jobs = changed(signSubmission(domains, nodeKey(1), 1, made.jobs), how);
        const submitted = decodedOrMalformed(decodeSubmissionFrame, jobs);
        if (submitted !== undefined) assert.equal(submitted.rows.length % 67, 0);
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        decodedOrMalformed(decodeNodeFrame, noise);
        decodedOrMalformed(decodeSubmissionFrame, noise);
        decodedOrMalformed(decodeLeaseFrame, noise);
      }),
    );
  });

  it("a frame of one kind is not read as another", () => {
    const node = signNodeMessage(domains, nodeKey(1), { node: 1, seq: 1, heartbeat: true, latencyMs: 1, results: [] });
    for (const decode of [decodeSubmissionFrame, decodeLeaseFrame]) assert.throws(() => decode(node), MalformedBytes);
    const jobs = signSubmission(domains, nodeKey(1), 1, [jobOf(1)]);
    for (const decode of [decodeNodeFrame, decodeLeaseFrame]) assert.throws(() => decode(jobs), MalformedBytes);
  });

  it("a lease of a class that does not exist is not read", () => {
    const leases = { epoch: 1, node: 2, tick: 3, governanceBlock: 4, expiryTick: 5, leases: [leaseOf(1, 1)] };
    const frame = signLeaseMessage(domains, sessionKey, leases);
    frame[1 + 34 + 25] = 3;
    assert.throws(() => decodeLeaseFrame(frame), MalformedBytes);
  });

  it("what was read from a socket's buffer can be kept: `slice` copies it", () => {
    const said = { node: 1, seq: 1, heartbeat: true, latencyMs: 1 };
    const digest = new Uint8Array(32).fill(1);
    const frame = Buffer.from(
      signNodeMessage(domains, nodeKey(1), { ...said, results: [{ lease: 1, outcome: "completed", digest }] }),
    );
    const [result] = decodeNodeFrame(frame).results;
    const kept = result.digest.slice();
    frame.fill(0);
    assert.deepEqual(kept, digest);
  });

  it("a submission is a whole number of jobs, at least one", () => {
    const frame = signSubmission(domains, nodeKey(1), 1, [jobOf(1)]);
    assert.throws(() => decodeSubmissionFrame(Buffer.concat([frame, Buffer.alloc(1)])), MalformedBytes);
    assert.throws(() => decodeSubmissionFrame(signSubmission(domains, nodeKey(1), 1, [])), MalformedBytes);
  });

  it("nothing larger than one message may be is made or read", () => {
    const leases = new Array(entriesMax + 1).fill(leaseOf(1, 1));
    const jobs = new Array(entriesMax + 1).fill(jobOf(1));
    const results = new Array(entriesMax + 1).fill({ lease: 1, outcome: "failed", digest: new Uint8Array(32) });
    const message = { epoch: 1, node: 1, tick: 1, governanceBlock: 1, expiryTick: 1 };
    const tooMany = { code: "TOO_MANY_ENTRIES", message: /65535/ };
    assert.throws(() => signLeaseMessage(domains, sessionKey, { ...message, leases }), tooMany);
    assert.throws(() => signSubmission(domains, nodeKey(1), 1, jobs), tooMany);
    const said = { node: 1, seq: 1, heartbeat: true, latencyMs: 1 };
    assert.throws(() => signNodeMessage(domains, nodeKey(1), { ...said, results }), tooMany);

    const largest = signLeaseMessage(domains, sessionKey, { ...message, leases: leases.slice(1) });
    assert.equal(largest.length, frameLengthMax.leases);
    assert.equal(decodeLeaseFrame(largest).leases.length, entriesMax);
    assert.equal(signSubmission(domains, nodeKey(1), 1, jobs.slice(1)).length, frameLengthMax.submission);
    const largestSaid = signNodeMessage(domains, nodeKey(1), { ...said, results: results.slice(1) });
    assert.equal(largestSaid.length, frameLengthMax.nodeMessage);
    const over = Buffer.concat([signSubmission(domains, nodeKey(1), 1, jobs.slice(1)), Buffer.alloc(67)]);
    assert.throws(() => decodeSubmissionFrame(over), /a frame of \d+ bytes/);
  });

  it("signed bytes are what the documents say: purpose, chain, ledger, body", () => {
    const message = { node: 1, seq: 2, heartbeat: true, latencyMs: 3, results: [] };
    const frame = signNodeMessage(domains, nodeKey(1), message);
    assert.equal(
      Buffer.from(frame.subarray(0, -64)).toString("hex"),
      "01" + "00000001" + "0000000000000002" + "01" + "00000003" + "0000",
    );
    assert.ok(isRawSigned("planetary-fabric/node-message/v1", frame));
    assert.ok(isRawSigned("planetary-fabric/jobs/v1", signSubmission(domains, nodeKey(1), 1, [jobOf(1)])));
    const leases = { epoch: 1, node: 2, tick: 3, governanceBlock: 4, expiryTick: 5, leases: [leaseOf(1, 1)] };
    assert.ok(isRawSigned("planetary-fabric/leases/v1", signLeaseMessage(domains, nodeKey(1), leases)));
  });

  it("a ledger that is no address is refused before anything is signed for it", () => {
    for (const ledger of ["", "0x12", `0x${"A".repeat(40)}`, `0x${"0".repeat(41)}`])
      assert.throws(() => domainsOf({ ...genesis, ledger }), { code: "ADDRESS_INVALID" });
  });
});

/** Verified without our own code, with the key of node 1. */
function isRawSigned(purpose: string, frame: Uint8Array): boolean {
  const chain = Buffer.alloc(8);
  chain.writeBigUInt64BE(BigInt(genesis.chainId));
  const ledger = Buffer.from(genesis.ledger.slice(2), "hex");
  const signed = Buffer.concat([Buffer.from(purpose), chain, ledger, frame.subarray(1, -64)]);
  return rawVerify(null, signed, nodeKey(1).publicKey.handle, frame.subarray(-64));
}

/** Comparable whatever class the arrays of bytes are of. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, field) => {
      if (field instanceof Uint8Array) return Buffer.from(field).toString("hex");
      return typeof field === "bigint" ? `${field}n` : field;
    }),
  );
}
