import type { EndedJobView, JobQuery, JobRef, LiveJobView, ReceiptView } from "../../control/index.ts";
import { FabricError } from "../../errors.ts";
import { classes, jobStatus, type Machine, outcomes, reasons, type State } from "../../fabric/index.ts";
import { type DurableMachine, type IndexedReceipt, ReceiptEncoder, receiptsName, toHex } from "../../journal/index.ts";

const defaultLimit = 100;

const stateWords: Readonly<Record<number, LiveJobView["state"]>> = {
  [jobStatus.registry]: "registered",
  [jobStatus.delayed]: "delayed",
  [jobStatus.queued]: "queued",
  [jobStatus.running]: "running",
  [jobStatus.parked]: "parked",
};

/**
 * Jobs that have not ended, in the order of their admission.
 * @throws FabricError NAME_UNKNOWN
 */
export function liveJobs({ state }: Machine, query: JobQuery): LiveJobView[] {
  const { jobs } = state;
  const submitter = query.submitter === undefined ? undefined : submitterNumber(state, query.submitter);
  const shard = query.shard === undefined ? undefined : shardNumber(state, query.shard);
  const limit = query.limit ?? defaultLimit;
  const views: LiveJobView[] = [];
  for (let slot = jobs.firstLive; slot !== 0 && views.length < limit; slot = jobs.nextLive[slot]) {
    if (submitter !== undefined && jobs.submitter[slot] !== submitter) continue;
    if (shard !== undefined && jobs.place[slot] !== shard) continue;
    if (query.state !== undefined && stateWords[jobs.status[slot]] !== query.state) continue;
    views.push(viewOf(state, slot));
  }
  return views;
}

/**
 * Undefined when the job has ended, or never was.
 * @throws FabricError NAME_UNKNOWN when there is no such submitter
 */
export function liveJob({ state }: Machine, ref: JobRef): LiveJobView | undefined {
  const slot = liveSlot(state, ref);
  return slot === 0 ? undefined : viewOf(state, slot);
}

/**
 * Undefined when the job has not ended, or never was. An old one may take a moment to be found.
 * @throws FabricError NAME_UNKNOWN, and what `DurableMachine.receiptOf` throws
 */
export async function endedJob(record: DurableMachine, ref: JobRef): Promise<EndedJobView | undefined> {
  const found = await receiptOf(record, ref);
  return found && endedView(record.machine.state, found);
}

/**
 * The receipt of a job, and its place among those of the newest checkpoint known to be on the chain. Undefined when the
 * job has not ended, or never was.
 * @throws FabricError NAME_UNKNOWN, RECEIPTS_ALTERED, and what `DurableMachine.receiptOf` throws
 */
export async function receiptView(record: DurableMachine, ref: JobRef): Promise<ReceiptView | undefined> {
  const found = await receiptOf(record, ref);
  if (found === undefined) return undefined;
  const { machine, anchoredCheckpoint, proofs } = record;
  const { index, receipt } = found;
  const { resultDigest, outcome, reason, ...fields } = receipt;
  const view = {
    job: endedView(machine.state, found),
    receipt: { ...fields, outcome: outcomes[outcome], reason: reasons[reason], resultDigest: toHex(resultDigest) },
    leafHash: toHex(new ReceiptEncoder(machine.genesis).leafHash(receipt)),
  };
  if (anchoredCheckpoint === undefined || anchoredCheckpoint.document.receipts.size <= index)
    return { ...view, proof: null };
  const { document, digest } = anchoredCheckpoint;
  const { size, root } = document.receipts;
  const path = proofs.inclusion(index, size).map(toHex);
  return {
    ...view,
    proof: { checkpoint: { seq: document.seq, tick: document.tick, digest }, size, root, path },
  };
}

/**
 * Slot of a live job; 0 when there is none. It walks the live jobs.
 * @throws FabricError NAME_UNKNOWN
 */
export function liveSlot(state: State, ref: JobRef): number {
  const { jobs } = state;
  const submitter = submitterNumber(state, ref.submitter);
  for (let slot = jobs.firstLive; slot !== 0; slot = jobs.nextLive[slot])
    if (jobs.number[slot] === ref.number && jobs.submitter[slot] === submitter) return slot;
  return 0;
}

/** Names of the skills of a set. */
export function skillNames(state: State, skillSet: number): string[] {
  const bits = state.skillSets.bits(skillSet);
  const names = state.parameters?.skills ?? [];
  return names.filter((_, bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
}

async function receiptOf(record: DurableMachine, ref: JobRef): Promise<IndexedReceipt | undefined> {
  const { state } = record.machine;
  if (liveSlot(state, ref) !== 0) return undefined;
  const number = submitterNumber(state, ref.submitter);
  const submitter = state.submitters[number];
  if (ref.number > submitter.highest) return undefined;
  const wasTaken = submitter.isUsed(ref.number);
  const found = await record.receiptOf(number, ref.number);
  // A job that was taken in and lives no more has a receipt, and always will.
  if (found === undefined && wasTaken)
    throw new FabricError("RECEIPTS_ALTERED", { file: receiptsName, size: record.receipts.size });
  return found;
}

function viewOf(state: State, slot: number): LiveJobView {
  const { jobs, shards } = state;
  const place = shards[jobs.place[slot]];
  const isRunning = jobs.status[slot] === jobStatus.running;
  const left = (reading: number) => (reading === 0 ? null : reading - place.clock);
  return {
    submitter: state.submitters[jobs.submitter[slot]].parameters.name,
    number: jobs.number[slot],
    state: stateWords[jobs.status[slot]],
    shard: place.parameters.name,
    origin: shards[jobs.origin[slot]].parameters.name,
    class: classes[jobs.class[slot]],
    skills: skillNames(state, jobs.skillSet[slot]),
    value: jobs.value[slot],
    attempts: jobs.attempts[slot],
    submittedTick: jobs.submittedTick[slot],
    payloadDigest: toHex(jobs.payloadDigest.subarray(slot * 32, slot * 32 + 32)),
    node: isRunning ? state.nodes[jobs.node[slot]].parameters.name : null,
    lease: isRunning ? jobs.lease[slot] : null,
    leaseEndsInTicks: isRunning ? left(jobs.leaseEnd[slot]) : null,
    deadlineInTicks: left(jobs.deadline[slot]),
    releaseInTicks: jobs.status[slot] === jobStatus.delayed ? left(jobs.releaseAt[slot]) : null,
  };
}

function endedView(state: State, { index, receipt }: IndexedReceipt): EndedJobView {
  const { submitter, shard, node, resultDigest, ...fields } = receipt;
  return {
    ...fields,
    submitter: state.submitters[submitter].parameters.name,
    state: "ended",
    shard: state.shards[shard].parameters.name,
    node: node === 0 ? null : state.nodes[node].parameters.name,
    resultDigest: toHex(resultDigest),
    index,
  };
}

function submitterNumber(state: State, name: string): number {
  return numberOf("submitter", name, state.submitters);
}

function shardNumber(state: State, name: string): number {
  return numberOf("shard", name, state.shards);
}

/** @param list numbered from 1 */
function numberOf(
  what: string,
  name: string,
  list: readonly { readonly parameters: { readonly name: string } }[],
): number {
  const number = list.findIndex((entry) => entry?.parameters.name === name);
  if (number !== -1) return number;
  const known = list.slice(1).map(({ parameters }) => parameters.name);
  throw new FabricError("NAME_UNKNOWN", { what, name, known: known.join(", ") || "there are none yet" });
}
