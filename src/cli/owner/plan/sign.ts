import { existsSync } from "node:fs";
import { Command } from "commander";
import { FabricError } from "../../../errors.ts";
import {
  checkSignature,
  fingerprintOf,
  judgeSignature,
  type MemberKey,
  memberOf,
  type OwnerSignature,
  ownerCalled,
  type Plan,
  planTypedData,
  signatureOf,
  signPlanWith,
  type Trust,
  tallyOf,
  trustedMembers,
} from "../../../owner/index.ts";
import { networkWords } from "../../network.ts";
import {
  answerIn,
  answerNaming,
  memberKeyNaming,
  memberNumber,
  openMemberKey,
  practiceMemberKey,
} from "../memberKey.ts";
import { type Given, keepSignature, signatureIn, signaturesBeside, trustName } from "./files.ts";
import { atSite, type Where, withPlace, withTrust } from "./place.ts";
import { noteSigned, signedBefore } from "./signed.ts";
import { verifiable, verified } from "./verify.ts";
import { challengeWords, fingerprintWords, tallyWords } from "./words.ts";

type SignFlags = Where & {
  readonly key?: string;
  readonly practice?: number;
  readonly external?: true;
  readonly offline?: true;
  readonly json?: true;
};

/** `fabric owner sign`: verifies a plan, and signs it. */
export function signCommand(): Command {
  const command = new Command("sign")
    .description("verify a plan and sign it; the signature is written beside it")
    .argument("<plan>", "file with the plan")
    .option("--key <key>", `your key: ${memberKeyNaming}`)
    .option("--practice <member>", "number of a practice owner, on chain 31337", Number)
    .option("--external", "print what your wallet signs (eth_signTypedData_v4), for `add-signature` to take back")
    .option("--offline", "ask no chain; `verify --offline` says what is not checked then")
    .option("--json", "print who has signed as JSON");
  return withTrust(withPlace(command)).action(async (file: string, flags: SignFlags) => {
    const { plan, trust } = verifiable(file, flags);
    const ways = [flags.key, flags.practice, flags.external].filter((way) => way !== undefined);
    if (ways.length !== 1)
      throw new FabricError("USAGE", { problem: "Sign with one of --key, --practice and --external." });
    const { unpinned } = await verified(plan, trust, flags);
    if (unpinned.length > 0) throw new FabricError("NAMES_UNPINNED", { names: unpinned.join(", ") });
    const what = `Network: ${networkWords(trust.network, plan.chainId)}. ${plan.sentence}`;
    warnOfSecond(plan, flags);
    if (flags.external) {
      noteSigned(flags.trust ?? trustName, plan);
      console.log(JSON.stringify(planTypedData(plan), null, 2));
      console.error([what, ...fingerprintWords(fingerprintOf(plan)), ...challengeWords(plan, trust)].join("\n"));
      console.error(`Next: npx fabric owner add-signature ${file} <signature> --member <number>`);
      return;
    }
    const key = await keyOf(trust, flags);
    const index = checkOwn(trust, key, flags.trust ?? trustName);
    console.error(what);
    noteSigned(flags.trust ?? trustName, plan);
    const signature = signPlanWith(key, plan, trust);
    if (!flags.offline) await judged(trust, plan, { index, payload: signature.payload }, flags, "the new signature");
    const kept = keepSignature(file, plan, trust, signature);
    console.error(`Written to ${kept}.`);
    tell(file, plan, trust, flags.json);
  });
}

type AddFlags = Where & { readonly member?: number; readonly json?: true };

/** `fabric owner add-signature`: takes the signatures of others, and of wallets. */
export function addSignatureCommand(): Command {
  const command = new Command("add-signature")
    .description("put signatures of others beside a plan, and say who is missing")
    .argument("<plan>", "file with the plan")
    .argument("[signatures...]", `files of other signers, or ${answerNaming}`)
    .option("--member <number>", "number of the member whose answer it is", Number)
    .option("--json", "print who has signed as JSON");
  return withTrust(withPlace(command)).action(async (file: string, given: readonly string[], flags: AddFlags) => {
    const { plan, trust } = verifiable(file, flags);
    for (const each of given) {
      const { file: source, signature } = signatureFrom(each, plan, trust, flags.member);
      const held = checkSignature(signature, plan, trust, source);
      await judged(trust, plan, held, flags, source);
      keepSignature(file, plan, trust, signature);
    }
    tell(file, plan, trust, flags.json);
  });
}

/** Has the chain asked about what cannot be told without it. @throws SIGNATURE_FORGED */
async function judged(trust: Trust, plan: Plan, held: OwnerSignature, where: Where, source: string): Promise<void> {
  if (trustedMembers(trust)[held.index - 1].kind === "account") return;
  await atSite(where, trust.deployment, ({ chain }) => judgeSignature(chain, plan, trust, held, source));
}

/** @throws SIGNATURE_FORGED and its kin, USAGE */
function signatureFrom(word: string, plan: Plan, trust: Trust, member: number | undefined): Given {
  const answer = answerIn(word);
  if (answer === undefined && (existsSync(word) || !word.startsWith("0x"))) return signatureIn(word);
  const index = memberNumber(answer === undefined ? undefined : member, trustedMembers(trust));
  return { file: "what the wallet answered", signature: signatureOf(plan, trust, index, answer ?? "") };
}

/** Says who has signed, and who has not. */
function tell(file: string, plan: Plan, trust: Trust, json: true | undefined): void {
  const held = signaturesBeside(file, plan, trust).map(({ signature }) => signature);
  const tally = tallyOf(trust, held);
  const { signed, missing, votes, threshold } = tally;
  if (json) console.log(JSON.stringify({ signed, missing, votes, threshold }));
  else console.log(tallyWords(plan, tally, fingerprintOf(plan), file).join("\n"));
}

/** The key to sign with. @throws PRACTICE_ONLY, USAGE; as `openMemberKey` */
export async function keyOf(
  trust: Trust,
  { key, practice }: { readonly key?: string | undefined; readonly practice?: number | undefined },
): Promise<MemberKey> {
  if (key !== undefined) return openMemberKey(key);
  return practiceMemberKey(trust.deployment.chainId, trustedMembers(trust), practice ?? 0);
}

/** @throws NOT_A_MEMBER, SIGNER_UNEXPECTED */
export function checkOwn(trust: Trust, key: MemberKey, file: string): number {
  const index = memberOf(key, trustedMembers(trust));
  const { own } = trust;
  if (own === null || own === index) return index;
  const [signer, owner] = [ownerCalled(trust, index), ownerCalled(trust, own)];
  throw new FabricError("SIGNER_UNEXPECTED", { signer, trust: file, own: owner });
}

/** A signature cannot be taken back: while its place is free, what it is over can be executed. */
function warnOfSecond(plan: Plan, { trust = trustName }: Where): void {
  const before = signedBefore(trust, plan);
  if (before === undefined) return;
  console.error(
    `Warning: you have signed another plan for this place, and it can still be executed instead: “${before.sentence}”`,
  );
}
