import { setTimeout as sleep } from "node:timers/promises";
import {
  type Blueprint,
  blueprintDefaults,
  budgetFor,
  contradictions,
  encodeWork,
  JsonDocument,
  jobName,
  readBlueprints,
} from "../../config/index.ts";
import {
  type ControlClient,
  payloadLengthMax,
  type Running,
  type StatusView,
  type SubmissionAnswer,
  type SubmitterView,
} from "../../control/index.ts";
import { FabricError } from "../../errors.ts";
import { type Job, type JobClass, numberWindow } from "../../fabric/index.ts";
import { type Hex, sha256, toHex } from "../../journal/index.ts";
import { type Domains, domainsOf, entriesMax, type SigningKey, signSubmission } from "../../nodes/index.ts";
import { openWorld, submitterKey } from "../../practice/index.ts";
import { readKeyFile } from "../../worker/index.ts";
import { listed } from "../wording.ts";
import { answered, askAgain, isUnanswered, patienceMs } from "./patience.ts";
import { rangeText, refOf } from "./ref.ts";
import { intakeSentences, refusalSentences, takenMeanwhile } from "./refusals.ts";

export type SubmitFlags = {
  readonly shard?: string;
  readonly skills?: readonly string[];
  readonly class?: JobClass;
  readonly duration?: number;
  readonly budget?: number;
  readonly deadline?: number;
  readonly value?: number;
  readonly count?: number;
  readonly idPrefix?: string;
  readonly payload?: string;
  readonly submitter?: string;
  readonly key?: string;
  readonly first?: readonly string[];
  readonly world?: string;
};

/** Jobs whose numbers follow each other, and what became of them. */
export type SubmittedRange = {
  readonly submitter: string;
  readonly first: number;
  readonly last: number;
  /** What the first and the last of them are called. */
  readonly names: readonly [string, string];
  readonly tick: number;
  /** `repeated`: it had them already. */
  readonly became: "accepted" | "repeated" | "refused";
  /** A word for programs, and the sentences for people; null unless refused. */
  readonly refusal: { readonly reason: string; readonly says: string; readonly right: string } | null;
};

/** The word for a number that was free when it was chosen and was not when it came. */
const takenWord = "takenMeanwhile";
/** A gate that is closed for a tick may be so for a few, while somebody else submits with the same key. */
const closedGateTicksMax = 10;

/** One kind of jobs with everything that its submissions need. */
type Order = {
  readonly blueprint: Blueprint;
  readonly submitter: SubmitterView;
  readonly key: SigningKey;
  readonly first: number;
  readonly payload: Uint8Array;
};

/**
 * Reads everything and checks it before anything is sent; then puts the payloads, and submits in pieces that each fit
 * into a tick.
 * @param onRange told of each piece, as soon as it is on record
 * @param patience how long the fabric may be away, milliseconds
 * @throws FabricError DOCUMENT_INVALID, NAME_UNKNOWN, USAGE, SUBMITTER_MISSING, SUBMITTER_KEY_DIFFERS, PAYLOAD_TOO_LARGE:
 * nothing was sent; SUBMISSION_UNSURE
 */
export async function submit(
  { client, run }: Running,
  file: string | undefined,
  flags: SubmitFlags,
  onRange: (range: SubmittedRange) => void,
  patience: number = patienceMs,
): Promise<void> {
  const status = await answered(() => client.status(), patience);
  const blueprints = blueprintsFrom(file, flags, status);
  const world = run?.world ?? flags.world;
  const orders = ordersOf(blueprints, await signersFor(blueprints, client, status, world, flags), flags);
  for (const { payload } of orders) await putPayload(client, payload);
  const way = { client, domains: domainsOf(status.chain), tickMs: status.tickMs, patience };
  let isBegun = false;
  for (const order of orders) {
    const { submitter, first, blueprint } = order;
    const most = Math.min(submitter.jobsPerTick, numberWindow, entriesMax);
    const end = first + blueprint.count;
    for (let from = first; from < end; from += most) {
      const jobs = jobsOf(order, status, from, Math.min(most, end - from));
      const { answer, isResent, silence } = await send(way, order, jobs);
      if (silence !== undefined) throw isBegun || isResent ? unsure(order, jobs, orders, patience, silence) : silence;
      isBegun = true;
      const isAgain = flags.first !== undefined || isResent;
      if (!answer.taken) {
        // What the gate turns away once, it turns away the next time: the rest is not sent.
        onRange(turnedAway(order, from, end - 1, answer));
        break;
      }
      for (const range of rangesOf(order, answer, isAgain)) onRange(range);
    }
  }
}

function blueprintsFrom(file: string | undefined, flags: SubmitFlags, status: StatusView): readonly Blueprint[] {
  const shards = status.shards.filter(({ retired }) => !retired).map(({ name }) => name);
  const { skills } = status;
  const known = (what: string, name: string, names: readonly string[]) => {
    if (!names.includes(name)) throw new FabricError("NAME_UNKNOWN", { what, name, known: listed(names) || "none" });
  };
  if (flags.shard !== undefined) known("shard", flags.shard, shards);
  for (const skill of flags.skills ?? []) known("skill", skill, skills);
  const payload = flags.payload === undefined ? undefined : JsonDocument.read(flags.payload).value;
  if (file === undefined && flags.shard === undefined)
    throw new FabricError("USAGE", {
      problem: `Name a blueprint, or a shard with --shard: ${listed(shards) || "there is none yet"}.`,
    });
  const written =
    file === undefined
      ? [{ ...blueprintDefaults, idPrefix: "job-", shard: "", skills: [], durationTicks: 1, budgetTicks: budgetFor(1) }]
      : readBlueprints(file, { shards: new Set(shards), skills: new Set(skills) });
  return written.map((blueprint) => withFlags(blueprint, flags, payload));
}

function withFlags(blueprint: Blueprint, flags: SubmitFlags, payload: unknown): Blueprint {
  const durationTicks = flags.duration ?? blueprint.durationTicks;
  const isDefault = blueprint.budgetTicks === budgetFor(blueprint.durationTicks);
  const changed = {
    idPrefix: flags.idPrefix ?? blueprint.idPrefix,
    count: flags.count ?? blueprint.count,
    shard: flags.shard ?? blueprint.shard,
    skills: flags.skills ?? blueprint.skills,
    class: flags.class ?? blueprint.class,
    durationTicks,
    budgetTicks: flags.budget ?? (isDefault ? budgetFor(durationTicks) : blueprint.budgetTicks),
    deadlineTicks: flags.deadline ?? blueprint.deadlineTicks,
    value: flags.value ?? blueprint.value,
    payload: payload ?? blueprint.payload,
  };
  const [contradiction] = contradictions(changed);
  if (contradiction === undefined) return changed;
  const { field, says } = contradiction;
  throw new FabricError("USAGE", { problem: `${field === "budgetTicks" ? "The budget" : "The deadline"} ${says}.` });
}

type Signer = { readonly submitter: SubmitterView; readonly key: SigningKey };

/** Who submits each kind of jobs. */
async function signersFor(
  blueprints: readonly Blueprint[],
  client: ControlClient,
  status: StatusView,
  world: string | undefined,
  flags: SubmitFlags,
): Promise<readonly Signer[]> {
  const isPractice = flags.key === undefined || flags.key === "practice";
  const known = listed(status.submitters) || "none yet";
  const { seed } = isPractice ? practiceWorld(world, known) : { seed: 0 };
  const given = flags.key === undefined || isPractice ? undefined : readKeyFile(flags.key);
  const keyOf = (name: string) => given ?? submitterKey(seed, name);
  const isKey = ({ keyKind, key }: SubmitterView, { publicKey }: SigningKey) =>
    publicKey.kind === keyKind && toHex(publicKey.bytes) === key;

  if (flags.submitter !== undefined) {
    const name = flags.submitter;
    const submitter = await answered(() => client.submitter(name));
    if (submitter === undefined) throw new FabricError("NAME_UNKNOWN", { what: "submitter", name, known });
    const signer = { submitter, key: keyOf(name) };
    if (isKey(submitter, signer.key)) return blueprints.map(() => signer);
    const key = given === undefined ? "The practice key" : String(flags.key);
    throw new FabricError("SUBMITTER_KEY_DIFFERS", { key, submitter: name });
  }

  const signers: Signer[] = [];
  for (const name of status.submitters) {
    const submitter = await answered(() => client.submitter(name));
    if (submitter === undefined || submitter.revoked || submitter.expired) continue;
    if (isKey(submitter, keyOf(name))) signers.push({ submitter, key: keyOf(name) });
  }
  return blueprints.map(({ shard }) => {
    const signer = signers.find(({ submitter }) => submitter.shards.includes(shard));
    if (signer !== undefined) return signer;
    const whose =
      given === undefined ? "No submitter with a practice key" : `No submitter with the key in ${flags.key}`;
    throw new FabricError("SUBMITTER_MISSING", { problem: `${whose} may bring jobs to ${shard}`, known });
  });
}

/** @throws FabricError SUBMITTER_MISSING when the fabric is none of practice */
function practiceWorld(world: string | undefined, known: string): { readonly seed: number } {
  try {
    if (world !== undefined) return openWorld(world).file;
  } catch (error) {
    if (!(error instanceof FabricError) || error.code !== "WORLD_MISSING") throw error;
  }
  throw new FabricError("SUBMITTER_MISSING", { problem: "Nothing here tells the practice keys of this fabric", known });
}

/** Numbers and payloads; those of one submitter follow each other. */
function ordersOf(
  blueprints: readonly Blueprint[],
  signers: readonly Signer[],
  { first: given }: SubmitFlags,
): readonly Order[] {
  const next = new Map(signers.map(({ submitter }) => [submitter.name, submitter.highest + 1]));
  for (const text of given ?? []) {
    const [only, ...others] = [...next.keys()];
    const isNumber = /^\d+$/.test(text);
    if (isNumber && others.length > 0)
      throw new FabricError("USAGE", {
        problem: `--first ${text} does not say whose; ${listed([only, ...others].map((name) => `${name}/${text}`))} would.`,
      });
    const { submitter, number } = refOf(isNumber ? `${only}/${text}` : text);
    if (!next.has(submitter))
      throw new FabricError("USAGE", { problem: `--first ${text}: ${submitter} submits nothing here.` });
    next.set(submitter, number);
  }
  return blueprints.map((blueprint, index) => {
    const { submitter, key } = signers[index];
    const first = next.get(submitter.name) ?? 1;
    next.set(submitter.name, first + blueprint.count);
    const { idPrefix, count, durationTicks, payload: data } = blueprint;
    const payload = encodeWork({
      ...{ format: "planetary-fabric/work/v1", idPrefix, submitter: submitter.name, first, count, durationTicks, data },
    });
    if (payload.length > payloadLengthMax)
      throw new FabricError("PAYLOAD_TOO_LARGE", { what: idPrefix, bytes: payload.length, most: payloadLengthMax });
    return { blueprint, submitter, key, first, payload };
  });
}

async function putPayload(client: ControlClient, payload: Uint8Array): Promise<void> {
  const digest = await answered(() => client.putPayload(payload));
  const own: Hex = toHex(sha256(payload));
  if (digest !== own) throw new FabricError("PAYLOAD_ALTERED", { digest: own });
}

function jobsOf({ blueprint, payload }: Order, status: StatusView, from: number, count: number): readonly Job[] {
  const { shard, skills, class: jobClass, deadlineTicks, budgetTicks, value } = blueprint;
  const alike = {
    shard: status.shards.findIndex(({ name }) => name === shard) + 1,
    class: jobClass,
    skills: skills.reduce((bits, skill) => bits | (1n << BigInt(status.skills.indexOf(skill))), 0n),
    ...{ deadlineTicks, budgetTicks, value },
    payloadDigest: sha256(payload),
  };
  return Array.from({ length: count }, (_, index) => ({ number: from + index, ...alike }));
}

/** How submissions get to the fabric. */
type Way = {
  readonly client: ControlClient;
  readonly domains: Domains;
  readonly tickMs: number;
  /** Milliseconds for which the fabric may be away. */
  readonly patience: number;
};

type Sent = {
  /** A copy of the submission may have been taken in before. */
  readonly isResent: boolean;
} & (
  | { readonly answer: SubmissionAnswer; readonly silence?: undefined }
  /** The fabric stayed away; what was heard of it last. */
  | { readonly answer?: undefined; readonly silence: FabricError }
);

/** Sends one submission until it is answered: the same frame each time, which counts only once. */
async function send(way: Way, { submitter, key }: Order, jobs: readonly Job[]): Promise<Sent> {
  const { client, domains, tickMs, patience } = way;
  const frame = signSubmission(domains, key, submitter.number, jobs);
  let isResent = false;
  let closed = 0;
  for (let since: number | undefined; ; ) {
    try {
      const answer = await client.submit(frame);
      const isClosed = !answer.taken && answer.refusal === "tooMany";
      if (!isClosed || ++closed > closedGateTicksMax) return { answer, isResent };
      await sleep(tickMs);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      // Whoever was not there took nothing.
      if (error.code !== "FABRIC_NOT_RUNNING") isResent = true;
      since ??= performance.now();
      if (!(await askAgain(since, patience))) return { silence: error, isResent };
    }
  }
}

function unsure(
  { submitter }: Order,
  jobs: readonly Job[],
  orders: readonly Order[],
  patience: number,
  cause: unknown,
): FabricError {
  const [from, to] = [jobs[0], jobs[jobs.length - 1]].map(({ number }) => number);
  const slots = { seconds: patience / 1000, jobs: rangeText(submitter.name, from, to), first: firstFlags(orders) };
  return new FabricError("SUBMISSION_UNSURE", slots, { cause });
}

/** What to add to the command to have it send the same again. */
function firstFlags(orders: readonly Order[]): string {
  const firsts = new Map<string, number>();
  for (const { submitter, first } of orders) if (!firsts.has(submitter.name)) firsts.set(submitter.name, first);
  return [...firsts].map(([name, first]) => `--first ${name}/${first}`).join(" ");
}

function turnedAway(
  order: Order,
  first: number,
  last: number,
  { tick, refusal }: Extract<SubmissionAnswer, { taken: false }>,
): SubmittedRange {
  const reason = { reason: refusal, ...refusalSentences[refusal] };
  return { ...rangeOf(order, first, last), tick, became: "refused", refusal: reason };
}

/** @param isAgain jobs that the fabric has already may be these */
function rangesOf(
  order: Order,
  { tick, jobs }: Extract<SubmissionAnswer, { taken: true }>,
  isAgain: boolean,
): SubmittedRange[] {
  const ranges: SubmittedRange[] = [];
  for (const { number, answer } of jobs) {
    const { became, refusal } = meaningOf(answer, isAgain);
    const last = ranges.at(-1);
    const isAlike = last?.last === number - 1 && last.became === became && last.refusal?.reason === refusal?.reason;
    const first = last !== undefined && isAlike ? last.first : number;
    if (isAlike) ranges.pop();
    ranges.push({ ...rangeOf(order, first, number), tick, became, refusal });
  }
  return ranges;
}

function rangeOf({ blueprint, submitter, first: begin }: Order, first: number, last: number) {
  const name = (number: number) => jobName({ idPrefix: blueprint.idPrefix, first: begin }, number);
  return { submitter: submitter.name, first, last, names: [name(first), name(last)] as const };
}

function meaningOf(
  word: Extract<SubmissionAnswer, { taken: true }>["jobs"][number]["answer"],
  isAgain: boolean,
): Pick<SubmittedRange, "became" | "refusal"> {
  if (word === "accepted") return { became: "accepted", refusal: null };
  const isThere = word === "repeated" || word === "alreadyDecided";
  if (isThere && isAgain) return { became: "repeated", refusal: null };
  if (word === "repeated" || (word === "differentContent" && !isAgain))
    return { became: "refused", refusal: { reason: takenWord, ...takenMeanwhile } };
  return { became: "refused", refusal: { reason: word, ...intakeSentences[word] } };
}
