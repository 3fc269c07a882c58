import { FabricError } from "../../../errors.ts";
import type { Chain } from "../../../governance/index.ts";
import {
  batchOfPlan,
  cancelBatch,
  challengeOf,
  type MemberKey,
  memberOf,
  type OwnerSignature,
  officeOf,
  type Plan,
  recallBy,
  recallDigest,
  recallTypedData,
  signCancellationWith,
  type Trust,
  trustedMembers,
} from "../../../owner/index.ts";
import { costOf } from "../../payer.ts";
import { answerIn } from "../memberKey.ts";
import { type CarryFlags, log, networkLine, type Outcome, senderAt, unloggedWords } from "./carry.ts";
import { trustName } from "./files.ts";
import { atSite } from "./place.ts";
import { checkOwn, keyOf } from "./sign.ts";
import { verifiable } from "./verify.ts";

export type RecallFlags = CarryFlags & {
  readonly key?: string;
  readonly practice?: string;
  readonly external?: true;
  readonly handOn?: true;
};

/**
 * Cancels a plan that was announced and waits, or has it signed that it be cancelled.
 * @param answers of members who sign elsewhere, each `<member>=<answer>`
 * @throws RECALL_FORGED, NOT_A_MEMBER, SIGNER_UNEXPECTED, USAGE; REVERTED and its kin
 */
export async function recallPlan(file: string, answers: readonly string[], flags: RecallFlags): Promise<Outcome> {
  const { plan, trust } = verifiable(file, flags);
  if (flags.external) return toSign(file, plan);
  const keys = await recallers(trust, flags);
  if (flags.handOn) return toHandOn(file, plan, trust, keys);
  const own = keys.map((key) => signCancellationWith(key, officeOf(trust), batchOfPlan(plan)));
  const given = answers.map((each) => answerOf(each, trust));
  if (own.length + given.length === 0)
    throw new FabricError("USAGE", {
      problem: "Recall with --key, or with what members answered to what --external prints, each as <member>=<answer>.",
    });
  return atSite(flags, trust.deployment, async (site) => {
    const signatures = [...own, ...(await judged(site.chain, plan, trust, given))];
    // Who answered and has a key here, too, counts once.
    const once = [...new Map(signatures.map((signature) => [signature.index, signature])).values()];
    const mined = await cancelBatch(await senderAt(site, flags), site.deployment, batchOfPlan(plan), once);
    const unlogged = await log({ plan, trust, site, signatures: once }, "cancelled", flags, mined);
    const { sentence } = plan;
    const words = [
      sentence,
      networkLine(trust),
      `This will not be done: cancelled in block ${mined.block}, transaction ${mined.hash}.`,
      ...unloggedWords(unlogged),
    ];
    return {
      json: { sentence, network: trust.network, transactionHash: mined.hash, block: mined.block, ...costOf(mined) },
      words: words.join("\n"),
    };
  });
}

/** What is signed elsewhere. */
function toSign(file: string, plan: Plan): Outcome {
  const digest = recallDigest(plan);
  console.error(
    [
      `Whoever signs this says that it is not to be done: ${plan.sentence}`,
      `Digest       ${digest}`,
      `Challenge    ${challengeOf(digest)} (what a passkey is asked to sign)`,
      `Next: npx fabric owner recall ${file} <member>=<answer>`,
    ].join("\n"),
  );
  const json = recallTypedData(plan);
  return { json, words: JSON.stringify(json, null, 2) };
}

/** What another member, who recalls it with others, is given. */
function toHandOn(file: string, plan: Plan, trust: Trust, keys: readonly MemberKey[]): Outcome {
  if (keys.length === 0) throw new FabricError("USAGE", { problem: "--hand-on is of your own signature: name --key." });
  const answers = keys.map((key) => `${memberOf(key, trustedMembers(trust))}=${key.sign(recallDigest(plan))}`);
  console.error(
    `It says that this is not to be done: ${plan.sentence}\n` +
      `Next, by whoever recalls it: npx fabric owner recall ${file} --key <their key> <what is printed here>`,
  );
  return { json: { answers }, words: answers.join(" ") };
}

type Given = { readonly index: number; readonly answer: string };

/** @throws USAGE */
function answerOf(word: string, trust: Trust): Given {
  const [, number, given = ""] = /^(\d+)=(.+)$/.exec(word) ?? [];
  const [index, answer, members] = [Number(number), answerIn(given), trustedMembers(trust).length];
  if (answer !== undefined && index >= 1 && index <= members) return { index, answer };
  throw new FabricError("USAGE", {
    problem:
      `“${word}” is no member's answer: write <member>=<answer>, with the number of a member, 1 to ${members}, and hex ` +
      "with 0x, or the file with a passkey's answer.",
  });
}

async function judged(chain: Chain, plan: Plan, trust: Trust, given: readonly Given[]): Promise<OwnerSignature[]> {
  return Promise.all(given.map(({ index, answer }) => recallBy(chain, plan, trust, index, answer)));
}

/** Keys that are at hand of those who cancel: one's own, or practice owners' by number. */
async function recallers(trust: Trust, { key, practice, trust: file = trustName }: RecallFlags): Promise<MemberKey[]> {
  if (practice !== undefined)
    return Promise.all(practice.split(",").map((number) => keyOf(trust, { practice: Number(number) })));
  if (key === undefined) return [];
  const own = await keyOf(trust, { key });
  checkOwn(trust, own, file);
  return [own];
}
