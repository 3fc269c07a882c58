import { Command } from "commander";
import { exitCodes, FabricError } from "../../../errors.ts";
import { type Mined, practiceFees, Sender, walletOf } from "../../../governance/index.ts";
import {
  announceBatch,
  batchOfPlan,
  checkUndo,
  checkWorld,
  dateOf,
  enoughSignatures,
  executeBatch,
  type Fate,
  governedValues,
  type LogAct,
  memberName,
  type OwnerLogEntry,
  type OwnerSignature,
  officeOf,
  type Plan,
  planDigest,
  practiceKeys,
  readFate,
  readWorld,
  reasonLengthMin,
  reasonOf,
  runBatch,
  spentError,
  type Trust,
  tallyOf,
  undoOf,
} from "../../../owner/index.ts";
import { keyNaming, openKey } from "../../key.ts";
import { networkWords } from "../../network.ts";
import { costOf, payingOn, takeMaxFee } from "../../payer.ts";
import { whenInForce } from "../decision.ts";
import { addToLog, checkLog, sayUnlogged } from "../worldLog.ts";
import { planCalldata } from "./calldata.ts";
import { type Held, knownToChain, signaturesBeside, trustName } from "./files.ts";
import { atSite, type Site, type Where, withFork, withPlace, withTrust } from "./place.ts";
import { planAt } from "./plan.ts";
import { verifiable } from "./verify.ts";
import { valueWords } from "./words.ts";

export type CarryFlags = Where & {
  readonly payer?: string;
  readonly maxFee?: bigint;
  readonly reason?: string;
  readonly json?: true;
  readonly calldata?: true;
};

/** What a transaction came to, as data and for people. */
export type Outcome = { readonly json: object; readonly words: string };

function carrying(
  name: string,
  description: string,
  act: (file: string, flags: CarryFlags) => Promise<Outcome>,
): Command {
  const command = new Command(name)
    .description(description)
    .argument("<plan>", "file with the plan; the signatures are beside it")
    .option(
      "--payer <key>",
      `key of the account that pays: ${keyNaming} (default on chain 31337: the practice deployer)`,
    )
    .option("--reason <text>", `why, for the log: at least ${reasonLengthMin} characters`)
    .option("--json", "print the outcome as JSON");
  return takeMaxFee(withTrust(withPlace(command))).action(async (file: string, flags: CarryFlags) => {
    if (flags.reason !== undefined) reasonOf(flags.reason);
    const { json, words } = await act(file, flags);
    console.log(flags.json ? JSON.stringify(json) : words);
  });
}

/** What is sent for a signed plan may as well be sent by others, from any wallet. */
function sendable(
  name: string,
  description: string,
  act: (file: string, flags: CarryFlags) => Promise<Outcome>,
): Command {
  return carrying(name, description, async (file, flags) => {
    if (!flags.calldata) return act(file, flags);
    const { document, note } = await planCalldata(file, flags);
    console.error(note);
    return { json: document, words: JSON.stringify(document, null, 2) };
  }).option("--calldata", "print what anyone may send, from any wallet, and send nothing");
}

/** `fabric owner execute`: makes a plan that enough owners have signed, and waits until the fabric obeys it. */
export function executeCommand(): Command {
  return sendable("execute", "make a change that enough owners have signed", (file, flags) =>
    signedAtSite(file, flags, async (carried) => {
      const { plan, site, signatures } = carried;
      const done = await doneOnce(carried, "made", async () => {
        await checkSigned(carried, flags);
        if (plan.delaySeconds > 0) throw new FabricError("PLAN_WAITS", { seconds: plan.delaySeconds });
        return executeBatch(await senderAt(site, flags), site.deployment, batchOfPlan(plan), signatures);
      });
      return made(carried, flags, done);
    }),
  );
}

/** `fabric owner announce`: begins the wait of a plan that has to wait. */
export function announceCommand(): Command {
  return sendable("announce", "announce a change that has to wait, when enough owners have signed it", (file, flags) =>
    signedAtSite(file, flags, async (carried) => {
      const { plan, trust, site, signatures } = carried;
      const done = await doneOnce(carried, "announced", async () => {
        await checkSigned(carried, flags);
        return announceBatch(await senderAt(site, flags), site.deployment, batchOfPlan(plan), signatures);
      });
      const unlogged = await log(carriedBy(carried, done), "announced", flags, done);
      const since = (await site.chain.block(done.block))?.time ?? 0;
      const readyAt = Math.max(since + plan.delaySeconds, plan.validAfter);
      const words = [
        plan.sentence,
        networkLine(trust),
        `${done.before === null ? "Announced" : "It is announced already:"} in block ${done.block}, transaction ${done.hash}. It waits until ${dateOf(readyAt)}.`,
        `Then: npx fabric owner run ${file}`,
        `To cancel it: npx fabric owner recall ${file} --key <your key>`,
        ...unloggedWords(unlogged),
      ];
      return {
        json: {
          sentence: plan.sentence,
          network: trust.network,
          transactionHash: done.hash,
          block: done.block,
          ...costOf(done),
          readyAt,
          already: done.before !== null,
        },
        words: words.join("\n"),
      };
    }),
  );
}

/** Runs a plan that was announced and has waited. @throws REVERTED and its kin */
export function runPlan(file: string, flags: CarryFlags): Promise<Outcome> {
  const { plan, trust } = verifiable(file, flags);
  const held = signaturesBeside(file, plan, trust);
  return atSite(flags, trust.deployment, async (site) => {
    const signatures = await knownToChain(site.chain, plan, trust, held);
    const carried = { plan, trust, site, signatures };
    const done = await doneOnce(carried, "made", async () =>
      runBatch(await senderAt(site, flags), site.deployment, batchOfPlan(plan)),
    );
    return made(carried, flags, done);
  });
}

/** `fabric owner withdraw`: an empty plan for the place of one that was signed and is not wanted any more. */
export function withdrawCommand(): Command {
  return followUp(
    "withdraw",
    "plan to spend a signed plan's place on nothing, so that it can be executed no more",
    async (plan, { chain, deployment }) => {
      const { lane, seq } = plan;
      const spent = spentError(plan, await readFate(chain, deployment, plan));
      if (spent !== null) throw spent;
      return { withdraw: { lane, seq } };
    },
  );
}

/** `fabric owner undo`: a plan that brings back what was before another one. */
export function undoCommand(): Command {
  return followUp(
    "undo",
    "plan to bring back what was before a change that was made",
    async (plan, { chain, deployment }) => {
      const changes = undoOf(plan);
      await checkUndo(plan, chain, deployment);
      return { changes };
    },
  );
}

function followUp(
  name: string,
  description: string,
  wishOf: (plan: Plan, site: Site) => ReturnType<Parameters<typeof planAt>[1]>,
): Command {
  const command = new Command(name)
    .description(description)
    .argument("<plan>", "file with that plan")
    .option("--out <file>", "file to write (default: change-<number in its lane>.json)")
    .option("--json", "print the new plan as JSON");
  return withTrust(withPlace(command)).action(async (file: string, flags: CarryFlags & { readonly out?: string }) => {
    const { plan } = verifiable(file, flags);
    await planAt(flags, (site) => wishOf(plan, site));
  });
}

type Carried = {
  readonly plan: Plan;
  readonly trust: Trust;
  readonly site: Site;
  readonly signatures: readonly OwnerSignature[];
};

/** @throws SIGNATURES_MISSING */
async function signedAtSite(
  file: string,
  flags: CarryFlags,
  act: (carried: Carried) => Promise<Outcome>,
): Promise<Outcome> {
  const { plan, trust } = verifiable(file, flags);
  const enough = (signatures: readonly OwnerSignature[]) => enoughSignatures(tallyOf(trust, signatures));
  const held: readonly Held[] = signaturesBeside(file, plan, trust);
  enough(held.map(({ signature }) => signature));
  return atSite(flags, trust.deployment, async (site) => {
    const signatures = enough(await knownToChain(site.chain, plan, trust, held));
    return act({ plan, trust, site, signatures });
  });
}

/** @throws what `verify` throws */
async function checkSigned({ plan, trust, site }: Carried, flags: CarryFlags): Promise<void> {
  await withFork(site, (ground) => checkWorld(plan, trust, ground, flags.trust ?? trustName));
}

/** Where the chain has what was done with a plan. */
type Done = Pick<Mined, "hash" | "block"> & {
  /** What it cost whoever gave this command; null where it was done already. */
  readonly costWei: bigint | null;
  /** Who had signed what was done already before this command, or meanwhile, by number; null where this command did it. */
  readonly before: readonly number[] | null;
};

/**
 * Does with a plan what is done once, unless the chain says of this very plan that it was done already.
 * @throws PLAN_MADE, PLAN_OUTDATED where its place is spent; what `act` throws
 */
async function doneOnce(
  { plan, site: { chain, deployment } }: Carried,
  what: "made" | "announced",
  act: () => Promise<Mined>,
): Promise<Done> {
  const placeIn = (fate: Fate): Done | null =>
    fate.is === what ? { hash: fate.transaction, block: fate.block, costWei: null, before: fate.signers } : null;
  const fate = await readFate(chain, deployment, plan);
  const already = placeIn(fate);
  if (already !== null) return already;
  const spent = spentError(plan, fate);
  if (spent !== null) throw spent;
  try {
    return { ...(await act()), before: null };
  } catch (error) {
    // Others who have the signatures, too, may have been faster.
    const isUnanswered = !(error instanceof FabricError) || error.exitCode === exitCodes.unreachable;
    const meanwhile = isUnanswered ? null : placeIn(await readFate(chain, deployment, plan));
    if (meanwhile !== null) return meanwhile;
    throw error;
  }
}

/** What was carried, with those who had signed it when it was done already. */
function carriedBy(carried: Carried, { before }: Done): Carried {
  if (before === null) return carried;
  return { ...carried, signatures: before.map((index) => ({ index, payload: "0x" })) };
}

/** Who pays: whoever it is, it has no power of its own. @throws PRACTICE_ONLY, FILE_UNREADABLE; as `openKey` */
export async function senderAt({ chain, running }: Site, { payer, maxFee }: CarryFlags): Promise<Sender> {
  if (running !== undefined) checkLog(running.world);
  const onSent = (hash: string) => console.error(`Sent: transaction ${hash}, waiting for a block.`);
  if (payer === undefined)
    return new Sender(chain, practiceKeys(chain.chainId).deployer, { fees: practiceFees, onSent });
  return new Sender(chain, walletOf(await openKey(payer)), { ...payingOn(chain, maxFee), onSent });
}

/** Adds to the log of the world that runs here. @returns why it is not there; null when it is, or there is no such world */
export async function log(
  { plan, trust, site, signatures }: Carried,
  act: LogAct,
  { reason }: CarryFlags,
  { hash: transactionHash, block }: Pick<Mined, "hash" | "block">,
): Promise<string | null> {
  if (site.running === undefined) {
    sayUnlogged(reason);
    return null;
  }
  const { members } = officeOf(trust);
  const { lane, seq, epoch, validAfter, validUntil, memo, sentence, calls, changes } = plan;
  const entry: OwnerLogEntry = {
    change: changes.length === 1 ? changes[0] : null,
    ...{
      sentence,
      calls,
      signers: signatures.map(({ index }) => memberName(members[index - 1])),
      transactionHash,
      block,
    },
    batch: { lane, seq, epoch, validAfter, validUntil, memo, digest: planDigest(plan) },
  };
  const note = { act, reason: reason === undefined ? null : reasonOf(reason), plan: plan.hash };
  return addToLog(site.running.world, entry, note);
}

export function unloggedWords(unlogged: string | null): string[] {
  return unlogged === null ? [] : [`The world's log lacks it: ${unlogged}`];
}

/** Says what became of a plan that was made: where it is, since when it is obeyed, and whether it did what was forecast. */
async function made(carried: Carried, flags: CarryFlags, done: Done): Promise<Outcome> {
  const { plan, site } = carried;
  const { chain, deployment, running } = site;
  const unlogged = await log(carriedBy(carried, done), "made", flags, done);
  const now = governedValues(await readWorld(chain, deployment));
  const notAsForecast = plan.differences.flatMap(({ what, after }) => {
    const is = now.get(what) ?? null;
    return JSON.stringify(is) === JSON.stringify(after)
      ? []
      : [`${what} is ${valueWords(is)}, not ${valueWords(after)}`];
  });
  const force = running === undefined ? null : await whenInForce(running.control, done.block);
  const words = [
    plan.sentence,
    networkLine(carried.trust),
    `${done.before === null ? "Made" : "It is made already:"} in block ${done.block}, transaction ${done.hash}.`,
    notAsForecast.length === 0
      ? "Everything is as the plan forecast."
      : `${done.before === null ? "Not" : "By now not"} as the plan forecast: ${notAsForecast.join("; ")}.`,
    force === null ? "Whether a fabric obeys it is not known here: none that runs was named." : forceWords(force),
    ...unloggedWords(unlogged),
  ];
  const { sentence, hash } = plan;
  const inForceTick = force?.inForceTick ?? null;
  const { network } = carried.trust;
  const json = {
    sentence,
    network,
    plan: hash,
    transactionHash: done.hash,
    block: done.block,
    ...costOf(done),
    inForceTick,
    notAsForecast,
    already: done.before !== null,
  };
  return { json, words: words.join("\n") };
}

export function networkLine({ network, deployment }: Trust): string {
  return `Network: ${networkWords(network, deployment.chainId)}.`;
}

function forceWords({ inForceTick, waits }: Awaited<ReturnType<typeof whenInForce>>): string {
  return inForceTick === null ? `Not in force yet: ${waits}` : `In force since tick ${inForceTick}.`;
}
