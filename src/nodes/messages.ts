import { FabricError } from "../errors.ts";
import {
  ByteReader,
  ByteWriter,
  classes,
  decodeNodeMessageBody,
  encodeJobs,
  encodeNodeMessageBody,
  type Genesis,
  type Job,
  type JobsInput,
  jobRow,
  type Lease,
  MalformedBytes,
  type NodeMessageInput,
} from "../fabric/index.ts";
import { type SigningKey, signatureLength } from "./keys.ts";
import { type Scheme, type Signer, signatures } from "./scheme.ts";

// What travels is a frame: tag (u8) ‖ body ‖ signature (64 bytes). What is signed is the domain of the tag ‖ body, so that
// a signature holds for one purpose, one chain and one ledger only.

const tags = { nodeMessage: 1, submission: 2, leases: 3 } as const;
type Purpose = keyof typeof tags;
const tagLength = 1;

/** Most results in a node's message, jobs in a submission, leases in a lease message. */
export const entriesMax = 65_535;

const nodeMessageHead = 19; // node u32, seq u64, heartbeat u8, latency u32, count of results u16
const resultLength = 41;
const leasesHead = 34; // epoch u16, node u32, tick u64, governance block u64, expiry tick u64, count of leases u32
const leaseLength = 74;
const submissionHead = 4; // submitter u32

const envelope = tagLength + signatureLength;
/** Bytes of the largest frame of each kind; a transport need not read on beyond them. */
export const frameLengthMax = {
  nodeMessage: envelope + nodeMessageHead + entriesMax * resultLength,
  submission: envelope + submissionHead + entriesMax * jobRow.length,
  leases: envelope + leasesHead + entriesMax * leaseLength,
} as const satisfies Record<Purpose, number>;

/** What each kind of message is signed behind: purpose ‖ chain id (u64) ‖ ledger (20 bytes); and how it is signed. */
export type Domains = { readonly [purpose in Purpose]: Uint8Array } & { readonly scheme: Scheme };

/** @throws FabricError ADDRESS_INVALID */
export function domainsOf(genesis: Pick<Genesis, "chainId" | "ledger">, scheme: Scheme = signatures): Domains {
  if (!/^0x[0-9a-f]{40}$/.test(genesis.ledger)) throw new FabricError("ADDRESS_INVALID", { address: genesis.ledger });
  const ledger = Buffer.from(genesis.ledger.slice(2), "hex");
  const domain = (purpose: string): Uint8Array =>
    new ByteWriter(64).raw(Buffer.from(purpose)).u64(genesis.chainId).raw(ledger).finish();
  return {
    nodeMessage: domain("planetary-fabric/node-message/v1"),
    submission: domain("planetary-fabric/jobs/v1"),
    leases: domain("planetary-fabric/leases/v1"),
    scheme,
  };
}

/** The orchestrator's word to one node in one tick, signed by the session key of its epoch. */
export type LeaseMessage = {
  readonly epoch: number;
  readonly node: number;
  /** Tick that gave the leases. */
  readonly tick: number;
  /** Block of the governance in force. */
  readonly governanceBlock: number;
  /** Last tick in which the node may take the leases. */
  readonly expiryTick: number;
  readonly leases: readonly LeaseOffer[];
};
export type LeaseOffer = Omit<Lease, "node">;

/** @throws FabricError TOO_MANY_ENTRIES */
export function signNodeMessage(
  domains: Domains,
  key: SigningKey,
  message: Omit<NodeMessageInput, "kind" | "signature">,
): Uint8Array<ArrayBuffer> {
  checkCount("results", message.results.length);
  return seal("nodeMessage", domains, key, encodeNodeMessageBody(message));
}

/** @throws FabricError TOO_MANY_ENTRIES */
export function signSubmission(
  domains: Domains,
  key: SigningKey,
  submitter: number,
  jobs: readonly Job[],
): Uint8Array<ArrayBuffer> {
  checkCount("jobs", jobs.length);
  return seal("submission", domains, key, encodeSubmissionBody(submitter, encodeJobs(jobs)));
}

/** @throws FabricError TOO_MANY_ENTRIES */
export function signLeaseMessage(domains: Domains, key: SigningKey, message: LeaseMessage): Uint8Array<ArrayBuffer> {
  checkCount("leases", message.leases.length);
  const writer = new ByteWriter(leasesHead + message.leases.length * leaseLength);
  writer.u16(message.epoch).u32(message.node).u64(message.tick).u64(message.governanceBlock).u64(message.expiryTick);
  writer.u32(message.leases.length);
  for (const offer of message.leases) {
    writer.u64(offer.lease).u32(offer.submitter).u64(offer.number).u8(offer.attempt).u32(offer.expiresInTicks);
    writer.u8(classes.indexOf(offer.class)).bigU64(offer.skills).u64(offer.value).raw(offer.payloadDigest);
  }
  return seal("leases", domains, key, writer.finish());
}

/** The arrays in the input are views of the frame. @throws MalformedBytes */
export function decodeNodeFrame(frame: Uint8Array): NodeMessageInput {
  const { body, signature } = open("nodeMessage", frame);
  const reader = new ByteReader(body);
  const message = decodeNodeMessageBody(reader);
  reader.end();
  return { kind: "nodeMessage", ...message, signature };
}

/** Whether the rows hold sound jobs is for the machine to say, job by job. @throws MalformedBytes */
export function decodeSubmissionFrame(frame: Uint8Array): JobsInput {
  const { body, signature } = open("submission", frame);
  const rows = body.subarray(submissionHead);
  if (body.length <= submissionHead || rows.length % jobRow.length !== 0)
    throw new MalformedBytes(`a submission of ${rows.length} bytes; a multiple of ${jobRow.length} is right`);
  return { kind: "jobs", submitter: new ByteReader(body).u32(), rows, signature };
}

/** The arrays in the message are views of the frame. @throws MalformedBytes */
export function decodeLeaseFrame(frame: Uint8Array): LeaseMessage {
  const reader = new ByteReader(open("leases", frame).body);
  const head = {
    epoch: reader.u16(),
    node: reader.u32(),
    tick: reader.u64(),
    governanceBlock: reader.u64(),
    expiryTick: reader.u64(),
  };
  const leases: LeaseOffer[] = [];
  for (let left = reader.u32(); left > 0; left--) leases.push(decodeLease(reader));
  reader.end();
  return { ...head, leases };
}

/** Sender and number of a node's message, read without decoding the rest. @throws MalformedBytes */
export function peekNodeFrame(frame: Uint8Array): { node: number; seq: number; results: number } {
  const { body } = open("nodeMessage", frame);
  const reader = new ByteReader(body);
  const head = { node: reader.u32(), seq: reader.u64() };
  const results = (body.length - nodeMessageHead) / resultLength;
  if (results < 0 || !Number.isInteger(results)) throw new MalformedBytes(`a node's message of ${body.length} bytes`);
  return { ...head, results };
}

/** True when the frame, of a kind that its decoder has confirmed, was signed by `signer`. */
export function isSigned(domains: Domains, purpose: Purpose, signer: Signer, frame: Uint8Array): boolean {
  const body = frame.subarray(tagLength, -signatureLength);
  return domains.scheme.isSignature(signer, join(domains[purpose], body), frame.subarray(-signatureLength));
}

/** True when an input, as the journal holds it, was signed by `signer`: what an auditor asks long after. */
export function isSignedInput(domains: Domains, signer: Signer, input: NodeMessageInput | JobsInput): boolean {
  const signed =
    input.kind === "nodeMessage"
      ? join(domains.nodeMessage, encodeNodeMessageBody(input))
      : join(domains.submission, encodeSubmissionBody(input.submitter, input.rows));
  return domains.scheme.isSignature(signer, signed, input.signature);
}

function decodeLease(reader: ByteReader): LeaseOffer {
  const head = {
    lease: reader.u64(),
    submitter: reader.u32(),
    number: reader.u64(),
    attempt: reader.u8(),
    expiresInTicks: reader.u32(),
  };
  const jobClass = classes[reader.u8()];
  if (jobClass === undefined) throw new MalformedBytes(`unknown class in lease ${head.lease}`);
  return { ...head, class: jobClass, skills: reader.bigU64(), value: reader.u64(), payloadDigest: reader.raw(32) };
}

function encodeSubmissionBody(submitter: number, rows: Uint8Array): Uint8Array {
  return new ByteWriter(submissionHead + rows.length).u32(submitter).raw(rows).finish();
}

function seal(purpose: Purpose, domains: Domains, key: SigningKey, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const signature = domains.scheme.sign(key, join(domains[purpose], body));
  const frame = new Uint8Array(envelope + body.length);
  frame[0] = tags[purpose];
  frame.set(body, tagLength);
  frame.set(signature, tagLength + body.length);
  return frame;
}

function open(purpose: Purpose, frame: Uint8Array): { body: Uint8Array; signature: Uint8Array } {
  if (frame.length < envelope || frame.length > frameLengthMax[purpose])
    throw new MalformedBytes(`a frame of ${frame.length} bytes; ${envelope} to ${frameLengthMax[purpose]} are right`);
  if (frame[0] !== tags[purpose]) throw new MalformedBytes(`a frame with tag ${frame[0]}; ${tags[purpose]} is right`);
  // A Buffer's `slice` is no copy, as others may take it to be: what is handed on is a plain array.
  const plain = new Uint8Array(frame.buffer, frame.byteOffset, frame.length);
  return { body: plain.subarray(tagLength, -signatureLength), signature: plain.subarray(-signatureLength) };
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function checkCount(what: string, count: number): void {
  if (count > entriesMax) throw new FabricError("TOO_MANY_ENTRIES", { what, count, limit: entriesMax });
}
