import type { Backlog, Group } from "./backlog.ts";
import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import { decodeGenesis, decodeParameters, encodeGenesis, encodeParameters } from "./codec.ts";
import { classes } from "./job.ts";
import { jobStatus } from "./jobTable.ts";
import { attach, schedule } from "./lifecycle.ts";
import { isSlow } from "./nodeTable.ts";
import { ShardState, State } from "./state.ts";
import { SubmitterState } from "./submitterTable.ts";

/** A machine in canonical bytes. */
export type Snapshot = {
  /** What the state root covers. */
  readonly state: Uint8Array;
  /** What it leaves out: message numbers and counts, and the governance block, which differ after a restart. */
  readonly transport: Uint8Array;
};

const version = 1;
/** What a live job takes: itself, and its place in a list. */
const jobBytes = 125 + 8;
const counterNames = [
  "submitted",
  "completed",
  "failed",
  "expired",
  "cancelled",
  "interrupted",
  "requeued",
  "spilled",
  "refusedResults",
] as const;

const statusOfList = {
  registry: jobStatus.registry,
  queue: jobStatus.queued,
  parked: jobStatus.parked,
} as const satisfies Partial<Record<keyof ShardState, number>>;

function isListed(status: number): boolean {
  return Object.values<number>(statusOfList).includes(status);
}

/** What a job may be between ticks. */
function isStatus(status: number): boolean {
  return isListed(status) || status === jobStatus.delayed || status === jobStatus.running;
}

/** Order of everything here is that of numbers or of arrival, never that of memory; `deserialise` reads it back. */
export function serialise(state: State): Snapshot {
  const used = state.submitters.slice(1).reduce((sum, submitter) => sum + submitter.usedBytesMax, 0);
  const writer = new ByteWriter(4096 + used + state.jobs.count * jobBytes);
  writer.u8(version).bytes(encodeGenesis(state.genesis)).u64(state.tick);
  for (const name of counterNames) writer.u64(state.counters[name]);
  writer.u64(state.leases).u32(state.random).u64(state.governanceVersion).bool(state.paused);
  writer.u32(state.lagBlocks).u32(state.silentTicks).u64(state.orders);
  writer.bool(state.parameters !== undefined);
  if (state.parameters !== undefined) encodeParameters(writer, state.parameters);
  for (const shard of state.shards.slice(1)) writer.u64(shard.clock).bool(shard.paused);
  for (const node of state.nodes.slice(1)) writer.u8(node.health).u64(node.lastHeard).u32(node.latencyMs);
  for (const submitter of state.submitters.slice(1)) writeSubmitter(writer, submitter);
  writeJobs(writer, state);
  for (const { registry, queue, parked } of state.shards.slice(1))
    for (const backlog of [registry, queue, parked]) writeBacklog(writer, state, backlog);
  return { state: writer.view(), transport: serialiseTransport(state) };
}

function serialiseTransport(state: State): Uint8Array {
  const { heartbeats, refusedMessages, governance } = state.transport;
  const writer = new ByteWriter(64 + state.nodes.length * 8).u64(heartbeats).u64(refusedMessages);
  writer.u64(governance.version).u64(governance.block).raw(governance.hash).u64(governance.time);
  for (const node of state.nodes.slice(1)) writer.u64(node.lastSeq);
  return writer.finish();
}

function writeSubmitter(writer: ByteWriter, submitter: SubmitterState): void {
  submitter.writeUsed(writer.bool(submitter.expired).u64(submitter.highest));
}

function writeJobs(writer: ByteWriter, { jobs, skillSets }: State): void {
  writer.u32(jobs.count);
  for (let slot = jobs.firstLive; slot !== 0; slot = jobs.nextLive[slot]) {
    const set = jobs.skillSet[slot];
    writer.u64(jobs.admission[slot]).u32(jobs.submitter[slot]).u64(jobs.number[slot]).u64(jobs.submittedTick[slot]);
    writer.u8(jobs.origin[slot]).u8(jobs.place[slot]).u8(jobs.class[slot]);
    writer.u32(skillSets.high[set]).u32(skillSets.low[set]).u32(jobs.budgetTicks[slot]).u64(jobs.value[slot]);
    writer.raw(jobs.payloadDigest.subarray(slot * 32, slot * 32 + 32));
    writer.u8(jobs.status[slot]).u8(jobs.attempts[slot]).u32(jobs.visited[slot]).u64(jobs.deadline[slot]);
    writer.u64(jobs.releaseAt[slot]).u64(jobs.leaseEnd[slot]).u32(jobs.node[slot]).u64(jobs.lease[slot]);
  }
}

/** Groups in the order of what they are alike in, each with the admission numbers of its jobs in their order. */
function writeBacklog(writer: ByteWriter, { jobs, skillSets }: State, backlog: Backlog): void {
  const inOrder = (a: Group, b: Group) =>
    a.class - b.class ||
    skillSets.compare(a.skillSet, b.skillSet) ||
    a.visited - b.visited ||
    Number(a.isBack) - Number(b.isBack);
  writer.u32(backlog.count);
  for (const group of backlog.groups.filter(({ count }) => count > 0).sort(inOrder))
    for (let slot = group.head; slot !== 0; slot = jobs.next[slot]) writer.u64(jobs.admission[slot]);
}

/** @throws MalformedBytes */
export function deserialise(snapshot: Snapshot): State {
  const reader = new ByteReader(snapshot.state);
  const found = reader.u8();
  if (found !== version)
    throw new MalformedBytes(`a snapshot of version ${found}; this program reads version ${version}`);
  const state = new State(decodeGenesis(reader.bytes()));
  state.tick = reader.u64();
  for (const name of counterNames) state.counters[name] = reader.u64();
  state.leases = reader.u64();
  state.random = reader.u32();
  state.governanceVersion = reader.u64();
  state.paused = reader.bool();
  state.lagBlocks = reader.u32();
  state.silentTicks = reader.u32();
  state.orders = reader.u64();
  if (reader.bool()) readGoverned(reader, state);
  const unlisted = readJobs(reader, state);
  for (let shard = 1; shard < state.shards.length; shard++)
    for (const list of ["registry", "queue", "parked"] as const) readBacklog(reader, state, shard, list, unlisted);
  for (const [admission, slot] of unlisted)
    if (isListed(state.jobs.status[slot])) throw new MalformedBytes(`job ${admission} waits in no list`);
  reader.end();
  deserialiseTransport(snapshot.transport, state);
  return state;
}

function readGoverned(reader: ByteReader, state: State): void {
  const parameters = decodeParameters(reader);
  const isShard = (shard: number) => shard >= 1 && shard <= parameters.shards.length;
  if (
    !parameters.nodes.every(({ shard }) => isShard(shard)) ||
    !parameters.shards.every((s) => s.routes.every(isShard))
  )
    throw new MalformedBytes("a node or route names a shard that the snapshot does not have");
  state.parameters = parameters;
  for (const values of parameters.shards) {
    const shard = new ShardState(values, state.jobs);
    shard.clock = reader.u64();
    shard.scannedTo = shard.clock;
    shard.paused = reader.bool();
    state.shards.push(shard);
  }
  state.adoptNodes(parameters);
  for (const node of state.nodes.slice(1)) {
    node.health = reader.u8();
    node.lastHeard = reader.u64();
    node.latencyMs = reader.u32();
    node.slow = isSlow(node, state.shards[node.parameters.shard].parameters);
  }
  for (const values of parameters.submitters) {
    const submitter = new SubmitterState(values);
    submitter.expired = reader.bool();
    const highest = reader.u64();
    for (let left = reader.u16(); left > 0; left--) submitter.use(reader.u64(), reader.u32(), reader.u32());
    submitter.highest = highest;
    state.submitters.push(submitter);
  }
}

/** The jobs but for their places in lists; returns the slot of each admission number. */
function readJobs(reader: ByteReader, state: State): Map<number, number> {
  const { jobs } = state;
  const slotOfAdmission = new Map<number, number>();
  let previous = 0;
  for (let left = reader.u32(); left > 0; left--) {
    const slot = jobs.take();
    const admission = reader.u64();
    if (admission <= previous) throw new MalformedBytes(`job ${admission} after job ${previous}`);
    previous = admission;
    slotOfAdmission.set(admission, slot);
    jobs.admission[slot] = admission;
    jobs.submitter[slot] = reader.u32();
    jobs.number[slot] = reader.u64();
    jobs.submittedTick[slot] = reader.u64();
    jobs.origin[slot] = reader.u8();
    jobs.place[slot] = reader.u8();
    jobs.class[slot] = reader.u8();
    jobs.skillSet[slot] = state.skillSets.intern(reader.u32(), reader.u32());
    jobs.budgetTicks[slot] = reader.u32();
    jobs.value[slot] = reader.u64();
    jobs.payloadDigest.set(reader.raw(32), slot * 32);
    jobs.status[slot] = reader.u8();
    jobs.attempts[slot] = reader.u8();
    jobs.visited[slot] = reader.u32();
    jobs.deadline[slot] = reader.u64();
    jobs.releaseAt[slot] = reader.u64();
    jobs.leaseEnd[slot] = reader.u64();
    const node = reader.u32();
    jobs.node[slot] = node;
    jobs.lease[slot] = reader.u64();
    jobs.due[slot] = 0;
    const shard = state.shards[jobs.place[slot]];
    if (shard === undefined || state.shards[jobs.origin[slot]] === undefined)
      throw new MalformedBytes(`job ${admission} is in a shard that the snapshot does not have`);
    if (!isStatus(jobs.status[slot]) || jobs.class[slot] >= classes.length)
      throw new MalformedBytes(`job ${admission} has status ${jobs.status[slot]} and class ${jobs.class[slot]}`);
    if (jobs.status[slot] === jobStatus.running) {
      if (state.nodes[node] === undefined) throw new MalformedBytes(`job ${admission} runs on no node of the snapshot`);
      attach(state, slot, node);
    }
    if (jobs.status[slot] === jobStatus.delayed) shard.delayed++;
    schedule(state, slot);
  }
  return slotOfAdmission;
}

/** Each job stands in one list, the one that its status and place name; it leaves `unlisted` with that. */
function readBacklog(
  reader: ByteReader,
  { jobs, shards }: State,
  shard: number,
  list: keyof typeof statusOfList,
  unlisted: Map<number, number>,
): void {
  for (let left = reader.u32(); left > 0; left--) {
    const admission = reader.u64();
    const slot = unlisted.get(admission);
    if (slot === undefined || jobs.place[slot] !== shard || jobs.status[slot] !== statusOfList[list])
      throw new MalformedBytes(`the ${list} of shard ${shard} lists job ${admission}, which is not in it`);
    unlisted.delete(admission);
    shards[shard][list].pushBack(slot);
  }
}

function deserialiseTransport(bytes: Uint8Array, state: State): void {
  const reader = new ByteReader(bytes);
  const { transport } = state;
  transport.heartbeats = reader.u64();
  transport.refusedMessages = reader.u64();
  transport.governance = {
    version: reader.u64(),
    block: reader.u64(),
    hash: reader.raw(32).slice(),
    time: reader.u64(),
  };
  for (const node of state.nodes.slice(1)) node.lastSeq = reader.u64();
  reader.end();
}
