import type { Effects } from "../effects.ts";
import { type IntakeRefusal, intakeRefusals } from "../events.ts";
import type { Input, JobsInput } from "../inputs.ts";
import { contentHash, jobRow } from "../job.ts";
import { jobStatus } from "../jobTable.ts";
import { enqueue, schedule } from "../lifecycle.ts";
import { type State, shardBit } from "../state.ts";

const safeHighWord = 2 ** 21;

/** 3. New jobs enter their shard's registry; from the registry jobs enter the queue while it has room. */
export function intake(state: State, inputs: readonly Input[], effects: Effects): void {
  for (const submitter of state.submitters.slice(1)) submitter.taken = 0;
  for (const input of inputs) if (input.kind === "jobs") submit(state, input, effects);
  for (let shard = 1; shard < state.shards.length; shard++) fillQueue(state, shard, effects);
}

function submit(state: State, { submitter, rows }: JobsInput, effects: Effects): void {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let at = 0; at + jobRow.length <= rows.length; at += jobRow.length) {
    const numberHigh = view.getUint32(at + jobRow.number);
    const number = numberHigh * 2 ** 32 + view.getUint32(at + jobRow.number + 4);
    const refusal = take(state, submitter, number, rows, view, at, effects);
    if (refusal === "repeated") effects.events.add("repeated", state.tick, submitter, number);
    else if (refusal !== undefined)
      effects.events.add("refused", state.tick, submitter, number, intakeRefusals.indexOf(refusal));
  }
}

/** Takes one row in, or says why not. Nothing is changed unless the job is taken. */
function take(
  state: State,
  submitterNumber: number,
  number: number,
  rows: Uint8Array,
  view: DataView,
  at: number,
  effects: Effects,
): IntakeRefusal | "repeated" | undefined {
  const { jobs } = state;
  const submitter = state.submitters[submitterNumber];
  if (submitter === undefined) return "unknownSubmitter";
  if (number === 0 || number >= safeHighWord * 2 ** 32) return "badNumber";
  const [hashA, hashB] = contentHash(view, at);
  switch (submitter.look(number, hashA, hashB)) {
    case "same":
      return "repeated";
    case "different":
      return "differentContent";
    case "below":
      return "alreadyDecided";
    case "above":
      return "tooFarAhead";
  }
  const { parameters } = submitter;
  if (state.parameters?.retired) return "fabricRetired";
  if (parameters.revoked) return "submitterRevoked";
  if (submitter.expired) return "submitterExpired";
  if (submitter.taken >= parameters.jobsPerTick) return "overQuota";
  const place = view.getUint16(at + jobRow.shard);
  const shard = place === 0 ? undefined : state.shards[place];
  if (shard === undefined || shard.parameters.retired || (parameters.shards & shardBit(place)) === 0)
    return "shardNotAllowed";
  const jobClass = view.getUint8(at + jobRow.class);
  if (jobClass > 2) return "badClass";
  const skillsHigh = view.getUint32(at + jobRow.skillsHigh);
  const skillsLow = view.getUint32(at + jobRow.skillsLow);
  if (!areKnown(skillsHigh, skillsLow, state.parameters?.skills.length ?? 0)) return "unknownSkill";
  const budgetTicks = view.getUint32(at + jobRow.budgetTicks);
  const valueHigh = view.getUint32(at + jobRow.value);
  if (budgetTicks === 0 || valueHigh >= safeHighWord) return "badBudget";
  const deadlineTicks = view.getUint32(at + jobRow.deadlineTicks);

  submitter.use(number, hashA, hashB);
  submitter.taken++;
  const slot = jobs.take();
  jobs.submitter[slot] = submitterNumber;
  jobs.number[slot] = number;
  jobs.admission[slot] = ++state.counters.submitted;
  jobs.submittedTick[slot] = state.tick;
  jobs.origin[slot] = place;
  jobs.place[slot] = place;
  jobs.class[slot] = jobClass;
  jobs.skillSet[slot] = state.skillSets.intern(skillsHigh, skillsLow);
  jobs.budgetTicks[slot] = budgetTicks;
  jobs.value[slot] = valueHigh * 2 ** 32 + view.getUint32(at + jobRow.value + 4);
  for (let byte = 0; byte < 32; byte++) jobs.payloadDigest[slot * 32 + byte] = rows[at + jobRow.payloadDigest + byte];
  jobs.status[slot] = jobStatus.registry;
  jobs.attempts[slot] = 0;
  jobs.visited[slot] = shardBit(place);
  jobs.deadline[slot] = deadlineTicks === 0 ? 0 : shard.clock + deadlineTicks;
  jobs.releaseAt[slot] = 0;
  jobs.leaseEnd[slot] = 0;
  jobs.node[slot] = 0;
  jobs.lease[slot] = 0;
  jobs.due[slot] = 0;
  shard.registry.pushBack(slot);
  schedule(state, slot);
  effects.events.add("accepted", state.tick, submitterNumber, number, place);
  return undefined;
}

/** True when every bit is one of the `count` skills that the owners named. */
function areKnown(high: number, low: number, count: number): boolean {
  if (count >= 64) return true;
  if (count > 32) return high >>> (count - 32) === 0;
  return high === 0 && (count === 32 || low >>> count === 0);
}

/** From the registry into the queue, the oldest first, while there is room. */
function fillQueue(state: State, number: number, effects: Effects): void {
  const { oldest } = state;
  const { registry, queue } = state.shards[number];
  const shard = state.shards[number];
  if (registry.count === 0 || shard.room <= 0) return;
  oldest.clear();
  for (const group of registry.groups) oldest.add(group);
  while (shard.room > 0 && oldest.top !== undefined) {
    const slot = oldest.top.head;
    registry.remove(slot);
    oldest.topChanged();
    enqueue(state, effects, slot);
  }
  registry.prune();
  queue.prune();
}
