import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import type { Genesis } from "./genesis.ts";
import { type Input, type Result, refusals } from "./inputs.ts";
import { jobRow } from "./job.ts";
import type {
  KeyKind,
  NodeParameters,
  NodeStatus,
  Parameters,
  PauseScope,
  ShardParameters,
  SubmitterParameters,
} from "./parameters.ts";

// The bytes of inputs, as the journal holds them. They are frozen: a new kind of input takes a new tag.

const tags = {
  governance: 1,
  jobs: 2,
  nodeMessage: 3,
  order: 4,
  resumed: 5,
  chainSilent: 6,
  refused: 7,
  stopped: 8,
  tick: 9,
  claimed: 10,
  checkpointDue: 11,
} as const satisfies Record<Input["kind"], number>;
const orderTags = { checkpoint: 1, cancel: 2, move: 3 } as const;
const nodeStatuses: readonly NodeStatus[] = ["admitted", "draining", "removed"];
const keyKinds: readonly KeyKind[] = ["ed25519", "p256", "secp256k1"];

export function encodeGenesis(genesis: Genesis): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64).u64(genesis.chainId).text(genesis.ledger).u32(genesis.seed);
  return writer.u32(genesis.maxLagBlocks).u32(genesis.maxSilentTicks).finish();
}

export function decodeGenesis(bytes: Uint8Array): Genesis {
  const reader = new ByteReader(bytes);
  const genesis = {
    chainId: reader.u64(),
    ledger: reader.text(),
    seed: reader.u32(),
    maxLagBlocks: reader.u32(),
    maxSilentTicks: reader.u32(),
  };
  reader.end();
  return genesis;
}

const tickWriter = new ByteWriter();

/** The inputs of one tick, in order, each behind its tag. */
export function encodeInputs(inputs: readonly Input[]): Uint8Array<ArrayBuffer> {
  return writeInputs(tickWriter.clear(), inputs).finish();
}

/** Adds the same to what was written; the writer. */
export function writeInputs(writer: ByteWriter, inputs: readonly Input[]): ByteWriter {
  for (const input of inputs) encodeInput(writer, input);
  return writer;
}

/** @throws MalformedBytes */
export function decodeInputs(bytes: Uint8Array): Input[] {
  const reader = new ByteReader(bytes);
  const inputs: Input[] = [];
  while (reader.remaining > 0) inputs.push(decodeInput(reader));
  return inputs;
}

function encodeInput(writer: ByteWriter, input: Input): void {
  writer.u8(tags[input.kind]);
  switch (input.kind) {
    case "governance":
      writer.u64(input.version).u64(input.block).u64(input.latest).raw(input.hash).u64(input.time);
      writer.bool(input.values !== null);
      if (input.values !== null) encodeParameters(writer, input.values);
      return;
    case "jobs":
      writer.u32(input.submitter).bytes(input.rows).bytes(input.signature);
      return;
    case "nodeMessage":
      writeNodeMessageBody(writer, input);
      writer.bytes(input.signature);
      return;
    case "order":
      writer.u64(input.index).u8(orderTags[input.order.type]);
      if (input.order.type === "cancel") writer.u32(input.order.submitter).u64(input.order.number);
      if (input.order.type === "move") writer.u16(input.order.from).u16(input.order.to).u32(input.order.count);
      return;
    case "resumed":
      writer.u32(input.downTicks);
      return;
    case "claimed":
      writer.u16(input.epoch);
      return;
    case "refused":
      writer.u32(input.from).u8(refusals.indexOf(input.reason)).u32(input.count);
      return;
    case "tick":
      writer.u64(input.tick);
      return;
    case "chainSilent":
    case "stopped":
    case "checkpointDue":
      return;
  }
}

function decodeInput(reader: ByteReader): Input {
  const at = reader.position;
  const tag = reader.u8();
  switch (tag) {
    case tags.governance:
      return {
        kind: "governance",
        version: reader.u64(),
        block: reader.u64(),
        latest: reader.u64(),
        hash: reader.raw(32),
        time: reader.u64(),
        values: reader.bool() ? decodeParameters(reader) : null,
      };
    case tags.jobs:
      return { kind: "jobs", submitter: reader.u32(), rows: decodeRows(reader), signature: reader.bytes() };
    case tags.nodeMessage:
      return { kind: "nodeMessage", ...decodeNodeMessageBody(reader), signature: reader.bytes() };
    case tags.order:
      return { kind: "order", index: reader.u64(), order: decodeOrder(reader) };
    case tags.resumed:
      return { kind: "resumed", downTicks: reader.u32() };
    case tags.claimed:
      return { kind: "claimed", epoch: reader.u16() };
    case tags.chainSilent:
      return { kind: "chainSilent" };
    case tags.refused:
      return {
        kind: "refused",
        from: reader.u32(),
        reason: pick(refusals, reader.u8(), "refusal"),
        count: reader.u32(),
      };
    case tags.stopped:
      return { kind: "stopped" };
    case tags.checkpointDue:
      return { kind: "checkpointDue" };
    case tags.tick:
      return { kind: "tick", tick: reader.u64() };
    default:
      throw new MalformedBytes(`unknown input ${tag} at byte ${at}`);
  }
}

/** Whole jobs; what is in them is for the intake to judge. */
function decodeRows(reader: ByteReader): Uint8Array {
  const at = reader.position;
  const rows = reader.bytes();
  if (rows.length % jobRow.length !== 0)
    throw new MalformedBytes(`${rows.length} bytes of jobs at byte ${at}; a multiple of ${jobRow.length} is right`);
  return rows;
}

function decodeOrder(reader: ByteReader): Extract<Input, { kind: "order" }>["order"] {
  const tag = reader.u8();
  if (tag === orderTags.checkpoint) return { type: "checkpoint" };
  if (tag === orderTags.cancel) return { type: "cancel", submitter: reader.u32(), number: reader.u64() };
  if (tag === orderTags.move) return { type: "move", from: reader.u16(), to: reader.u16(), count: reader.u32() };
  throw new MalformedBytes(`unknown order ${tag} before byte ${reader.position}`);
}

type NodeMessageBody = Omit<Extract<Input, { kind: "nodeMessage" }>, "kind" | "signature">;

/** The part of a node's message that its key signs (behind the domain of `nodes/`). */
export function encodeNodeMessageBody(message: NodeMessageBody): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(19 + message.results.length * 41);
  writeNodeMessageBody(writer, message);
  return writer.finish();
}

function writeNodeMessageBody(writer: ByteWriter, message: NodeMessageBody): void {
  writer.u32(message.node).u64(message.seq).bool(message.heartbeat).u32(message.latencyMs).u16(message.results.length);
  for (const { lease, outcome, digest } of message.results)
    writer
      .u64(lease)
      .bool(outcome === "completed")
      .raw(digest);
}

/** @throws MalformedBytes */
export function decodeNodeMessageBody(reader: ByteReader): NodeMessageBody {
  const head = { node: reader.u32(), seq: reader.u64(), heartbeat: reader.bool(), latencyMs: reader.u32() };
  const results: Result[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const lease = reader.u64();
    results.push({ lease, outcome: reader.bool() ? "completed" : "failed", digest: reader.raw(32) });
  }
  return { ...head, results };
}

/** The owners' parameters; also what the state root covers of them. */
export function encodeParameters(writer: ByteWriter, values: Parameters): void {
  writer.u32(values.tickMs).u32(values.checkpointIntervalTicks).u8(values.heartbeatGrace).u8(values.maxAttempts);
  writer.bool(values.retired);
  encodePause(writer, values.pause);
  writer.u16(values.skills.length);
  for (const name of values.skills) writer.text(name);
  writer.u16(values.shards.length);
  for (const shard of values.shards) {
    writer.text(shard.name).u32(shard.queueBudget).u32(shard.latencyBudgetMs).u32(shard.spillThreshold);
    writer.u16(shard.spillBatch).u16(shard.weight).bool(shard.retired).u8(shard.routes.length);
    for (const route of shard.routes) writer.u16(route);
    encodePause(writer, shard.pause);
  }
  writer.u32(values.nodes.length);
  for (const node of values.nodes) {
    writer.text(node.name).u16(node.shard).u32(node.capacity).u32(node.maxConcurrency).u16(node.heartbeatSeconds);
    writer.bigU64(node.skills).u8(nodeStatuses.indexOf(node.status)).u8(keyKinds.indexOf(node.keyKind)).bytes(node.key);
  }
  writer.u32(values.submitters.length);
  for (const submitter of values.submitters) {
    writer.text(submitter.name).u32(submitter.shards).u32(submitter.jobsPerTick).u64(submitter.expiry);
    writer.bool(submitter.revoked).u8(keyKinds.indexOf(submitter.keyKind)).bytes(submitter.key);
  }
}

/** @throws MalformedBytes */
export function decodeParameters(reader: ByteReader): Parameters {
  return {
    tickMs: reader.u32(),
    checkpointIntervalTicks: reader.u32(),
    heartbeatGrace: reader.u8(),
    maxAttempts: reader.u8(),
    retired: reader.bool(),
    pause: decodePause(reader),
    skills: list(reader.u16(), () => reader.text()),
    shards: list(reader.u16(), () => decodeShard(reader)),
    nodes: list(reader.u32(), () => decodeNode(reader)),
    submitters: list(reader.u32(), () => decodeSubmitter(reader)),
  };
}

function decodeShard(reader: ByteReader): ShardParameters {
  return {
    name: reader.text(),
    queueBudget: reader.u32(),
    latencyBudgetMs: reader.u32(),
    spillThreshold: reader.u32(),
    spillBatch: reader.u16(),
    weight: reader.u16(),
    retired: reader.bool(),
    routes: list(reader.u8(), () => reader.u16()),
    pause: decodePause(reader),
  };
}

function decodeNode(reader: ByteReader): NodeParameters {
  return {
    name: reader.text(),
    shard: reader.u16(),
    capacity: reader.u32(),
    maxConcurrency: reader.u32(),
    heartbeatSeconds: reader.u16(),
    skills: reader.bigU64(),
    status: pick(nodeStatuses, reader.u8(), "node status"),
    keyKind: pick(keyKinds, reader.u8(), "key kind"),
    key: reader.bytes(),
  };
}

function decodeSubmitter(reader: ByteReader): SubmitterParameters {
  return {
    name: reader.text(),
    shards: reader.u32(),
    jobsPerTick: reader.u32(),
    expiry: reader.u64(),
    revoked: reader.bool(),
    keyKind: pick(keyKinds, reader.u8(), "key kind"),
    key: reader.bytes(),
  };
}

function encodePause(writer: ByteWriter, pause: PauseScope): void {
  writer.bool(pause.ownerPaused).u64(pause.guardianUntil);
}

function decodePause(reader: ByteReader): PauseScope {
  return { ownerPaused: reader.bool(), guardianUntil: reader.u64() };
}

function list<T>(length: number, read: () => T): T[] {
  const items: T[] = [];
  for (let i = 0; i < length; i++) items.push(read());
  return items;
}

function pick<T>(choices: readonly T[], index: number, what: string): T {
  const choice = choices[index];
  if (choice === undefined) throw new MalformedBytes(`unknown ${what} ${index}`);
  return choice;
}
