import { dataSlice, TypedDataEncoder } from "ethers";
import { FabricError } from "../../errors.ts";
import { contractNames } from "../../governance/index.ts";
import { batchTypes, type Call } from "../batch.ts";
import { describeCalls, vocabularyOf } from "../describe.ts";
import { dateOf } from "../entry.ts";
import { ownersDomain } from "../office.ts";
import { Nameless, type Vocabulary } from "../words/callWords.ts";
import { officesKnown, readWorldAt, type World } from "../world.ts";
import { fateUnder, spentError } from "./fate.ts";
import { baseOf, type Ground, makePlan } from "./makePlan.ts";
import { phraseOf } from "./phrase.ts";
import { batchOfPlan, type Plan, placeOf, planDigest, seqOf } from "./planFile.ts";
import { digestOfJson } from "./sealed.ts";
import { backlogReasons, isBacklogReason, isReason, levelOf, reasonsIn } from "./severity.ts";
import { namedLists, refuseRenamed, type Trust, trustedVocabulary } from "./trust.ts";

const longestWindowSeconds = 14 * 86_400;

/** What is signed of a plan, recomputed from its fields. */
export type Fingerprint = {
  /** Hashes of EIP-712, hex. */
  readonly domain: string;
  readonly struct: string;
  readonly digest: string;
  /** Six words for the digest. */
  readonly phrase: string;
};

export function fingerprintOf(plan: Plan): Fingerprint {
  const domain = ownersDomain(placeOf(plan));
  const batch = batchOfPlan(plan);
  const digest = planDigest(plan);
  return {
    domain: TypedDataEncoder.hashDomain(domain),
    struct: TypedDataEncoder.from(batchTypes).hash(batch),
    digest,
    phrase: phraseOf(digest),
  };
}

/**
 * Holds a plan against what an owner has pinned, and against itself. No chain is asked.
 * @param vocabulary of the trust file, unless the chain has told of newer names
 * @throws PLAN_FOREIGN, PLAN_FALSE, PLAN_OUTDATED, CALL_UNREADABLE; NAMES_UNPINNED when it names what is newer than the
 * trust file, and the chain has told nothing
 */
export function checkPlan(plan: Plan, trust: Trust, vocabulary?: Vocabulary): void {
  const { deployment, epoch } = trust;
  if (plan.chainId !== deployment.chainId)
    throw foreign(`it is for chain ${plan.chainId}, and yours is ${deployment.chainId}`);
  for (const name of contractNames) {
    const [theirs, own] = [plan.contracts[name], deployment.contracts[name].address];
    if (theirs !== own) throw foreign(`its ${name} is ${theirs}, and yours is ${own}`);
  }
  if (plan.epoch !== epoch)
    throw outdated([`it is to be signed under constitution ${plan.epoch}, and you have pinned ${epoch}`]);
  const sentence = vocabulary === undefined ? pinnedSentence(plan, trust) : describeCalls(plan.calls, vocabulary);
  if (plan.sentence !== sentence) throw untrue(`it says “${plan.sentence}”, and its calls do this: “${sentence}”`);
  const ownCalls = plan.calls.filter(({ to }) => to === deployment.contracts.OwnerMultisig.address).length;
  if ((plan.lane === "membership") !== ownCalls > 0 && plan.calls.length > 0)
    throw untrue(`its calls do not belong in the lane ${plan.lane}`);
  if ((plan.changes.length === 0) !== (plan.calls.length === 0))
    throw untrue("either it has calls that nobody asked for, or it lacks those that were");
  const window = plan.validUntil - plan.validAfter;
  if (window < 0 || window > longestWindowSeconds)
    throw untrue(`it is to be good for ${window} s, and at most ${longestWindowSeconds} s are allowed`);
  const delay = delayOf(plan.calls, trust);
  if (plan.delaySeconds !== delay)
    throw untrue(`it says that it waits ${plan.delaySeconds} s, and by the constitution it waits ${delay} s`);
  const level = levelOf(plan.changes);
  if (plan.severity.level !== level) throw untrue(`it calls itself ${plan.severity.level}, and it is ${level}`);
  const hidden = reasonsIn(plan.calls, deployment).filter((reason) => !plan.severity.reasons.includes(reason));
  if (hidden.length > 0) throw untrue(`it does not say this: ${hidden.join(" ")}`);
  const invented = plan.severity.reasons.find((reason) => !isReason(reason));
  if (invented !== undefined) throw untrue(`“${invented}” is no reason for care that this program gives`);
  if (!pauses(plan) && plan.severity.reasons.some(isBacklogReason))
    throw untrue("it says that it pauses, and it does not");
}

/** What the calls do, in names that were pinned. @throws CALL_UNREADABLE, NAMES_UNPINNED */
function pinnedSentence({ calls }: Plan, trust: Trust): string {
  try {
    return describeCalls(calls, trustedVocabulary(trust));
  } catch (error) {
    const cause = error instanceof FabricError ? error.cause : undefined;
    if (!(cause instanceof Nameless) || !namedLists.some(([, what]) => what === cause.what)) throw error;
    throw new FabricError("NAMES_UNPINNED", { names: `${cause.what} ${cause.number}` }, { cause: error });
  }
}

/**
 * The names in what calls say that are newer than what was pinned, so that one node's word is all there is for them. What
 * the calls themselves give a name to is not among them.
 * @param known as the chain has it
 * @returns each with its number: "shard 2 (south)"
 */
export function unpinnedNames(calls: readonly Call[], trust: Trust, known: Vocabulary): string[] {
  const marks = new Map<string, string>();
  const marked = { ...known };
  for (const [list, what] of namedLists)
    marked[list] = known[list].map((name, index) => {
      if (index < trust[list].length) return name;
      // No name has these signs.
      const mark = `«${what} ${index + 1}»`;
      marks.set(mark, `${what} ${index + 1} (${name})`);
      return mark;
    });
  const found = describeCalls(calls, marked).match(/«\w+ \d+»/g) ?? [];
  return [...new Set(found)].flatMap((mark) => marks.get(mark) ?? []);
}

/** Whether a plan pauses the fabric or a shard. */
export function pauses({ changes }: Pick<Plan, "changes">): boolean {
  return changes.some(({ kind }) => kind === "pause");
}

/**
 * Looks whether a plan that pauses says so when many jobs wait.
 * @param jobs how many wait now
 * @throws PLAN_OUTDATED
 */
export function checkBacklog(plan: Plan, jobs: number): void {
  const now = pauses(plan) ? backlogReasons(jobs) : [];
  if (now.length > 0 && !plan.severity.reasons.some(isBacklogReason))
    throw outdated([`it does not say this: ${now.join(" ")}`]);
}

/** Names of `transferOwnership(address)` and `renounceOwnership()`, which wait the longest that any call does. */
const ownershipSelectors = ["0xf2fde38b", "0x715018a6"];

/** How long calls wait by a constitution, in seconds: as `OwnerMultisig` has it. */
function delayOf(calls: readonly Call[], { constitution, deployment }: Trust): number {
  const { defaultDelay, rules } = constitution;
  const longest = Math.max(defaultDelay, ...rules.map(({ delay }) => delay));
  const delays = calls.map(({ to, data }) => {
    const selector = dataSlice(data, 0, 4);
    if (to === deployment.contracts.OwnerMultisig.address || ownershipSelectors.includes(selector)) return longest;
    return rules.find((rule) => rule.target === to && rule.selector === selector)?.delay ?? defaultDelay;
  });
  return Math.max(0, ...delays);
}

/** How far a plan has come on the chain. */
export type Progress = "open" | "announced";

export type Standing = {
  readonly progress: Progress;
  /** As `unpinnedNames`. */
  readonly unpinned: readonly string[];
};

/**
 * Holds a plan against the chain: everything is worked out anew on a fork, and tried there.
 * @param file what the trust file is called
 * @throws PLAN_MADE; as `checkPlan`; TRUST_OUTDATED, TRUST_CONTRADICTED; PLAN_OUTDATED with everything that differs
 */
export async function checkWorld(plan: Plan, trust: Trust, ground: Ground, file: string): Promise<Standing> {
  const { deployment } = trust;
  const world = await readWorldAt(ground.chain, deployment, await baseOf(ground));
  const { office } = officesKnown(world);
  const fate = await fateUnder(office, ground.chain, deployment, plan);
  const spent = spentError(plan, fate);
  // What it did may have changed what was pinned, and what is named.
  if (fate.is === "made" && spent !== null) throw spent;
  checkTrust(trust, world, file);
  const known = vocabularyOf(world);
  checkPlan(plan, trust, { ...known, constitution: trust.constitution });
  const unpinned = unpinnedNames(plan.calls, trust, { ...known, constitution: trust.constitution });
  const waiting = office.waiting[plan.lane];
  if (waiting !== null && waiting.digest === dataSlice(planDigest(plan), 0, 25))
    return { progress: "announced", unpinned };
  if (spent !== null) throw spent;
  const next = seqOf(office.nonces[plan.lane]);
  const moved: string[] = [];
  if (plan.seq > next) moved.push(`decision ${next} of the lane ${plan.lane} comes before it`);
  if (world.time > plan.validUntil) moved.push(`it was good until ${dateOf(plan.validUntil)}`);
  if (moved.length === 0) moved.push(...(await movedValues(plan, trust, ground)));
  if (moved.length > 0) throw outdated(moved);
  return { progress: "open", unpinned };
}

/** What comes out differently when the plan is made once more. */
async function movedValues(plan: Plan, { deployment }: Trust, ground: Ground): Promise<string[]> {
  const { changes, lane, seq } = plan;
  let again: Plan;
  try {
    again = await makePlan(ground, deployment, changes.length === 0 ? { withdraw: { lane, seq } } : { changes });
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    return [error.message.replace(/\.$/, "")];
  }
  const moved: string[] = [];
  if (again.sentence !== plan.sentence) moved.push(`what was asked for comes to this now: “${again.sentence}”`);
  else if (!same(again.calls, plan.calls)) moved.push("what was asked for takes other calls now");
  if (again.lane !== plan.lane) moved.push(`what was asked for belongs in the lane ${again.lane}`);
  const before = new Map(plan.differences.map((each) => [each.what, each]));
  for (const each of again.differences)
    if (!same(before.get(each.what), each))
      moved.push(`${each.what} would go from ${shown(each.before)} to ${shown(each.after)}`);
  for (const { what } of plan.differences)
    if (!again.differences.some((each) => each.what === what)) moved.push(`${what} would stay as it is`);
  if (!same(again.undo?.changes, plan.undo?.changes)) moved.push("something else takes it back");
  const unsaid = again.severity.reasons.filter((reason) => !plan.severity.reasons.includes(reason));
  if (unsaid.length > 0) moved.push(`it does not say this: ${unsaid.join(" ")}`);
  return moved;
}

/**
 * What was pinned and never changes has to be on the chain, and the constitution has to be the pinned one.
 * @throws TRUST_OUTDATED, TRUST_CONTRADICTED
 */
export function checkTrust(trust: Trust, world: World, file: string): void {
  const { office } = officesKnown(world);
  if (office.epoch !== BigInt(trust.epoch))
    throw new FabricError("TRUST_OUTDATED", { file, pinned: trust.epoch, found: Number(office.epoch) });
  if (!same(office.constitution, trust.constitution))
    throw contradicted(`constitution ${trust.epoch} has other members, votes or delays there`);
  refuseRenamed(trust, vocabularyOf(world));
}

function same(one: unknown, other: unknown): boolean {
  return digestOfJson(one ?? null) === digestOfJson(other ?? null);
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function foreign(problem: string): FabricError {
  return new FabricError("PLAN_FOREIGN", { problem });
}

function untrue(problem: string): FabricError {
  return new FabricError("PLAN_FALSE", { problem });
}

function outdated(problems: readonly string[]): FabricError {
  return new FabricError("PLAN_OUTDATED", { problem: problems.join("; ") });
}

function contradicted(problem: string): FabricError {
  return new FabricError("TRUST_CONTRADICTED", { problem });
}
