import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { FabricError } from "../../../errors.ts";
import {
  checkBacklog,
  checkPlan,
  checkWorld,
  fingerprintOf,
  largeBacklog,
  type Plan,
  type Progress,
  pauses,
  type Trust,
} from "../../../owner/index.ts";
import { count } from "../../table.ts";
import { planIn, trustIn, trustName } from "./files.ts";
import { atSite, jobsWaiting, type Where, withFork, withPlace, withTrust } from "./place.ts";
import { fingerprintWords, planWords } from "./words.ts";

type Flags = Where & { readonly offline?: true; readonly json?: true; readonly replay?: string };

/** `fabric owner verify`: everything is worked out anew from the calls. */
export function verifyPlanCommand(): Command {
  const command = new Command("verify")
    .description("hold a plan against what you have pinned, and against the chain, before you sign it")
    .argument("<plan>", "file with the plan")
    .option("--offline", "ask no chain, and say what was not checked")
    .option("--replay <bundle>", "play that past run again, too, and look whether the plan tells the same of it")
    .option("--json", "print what was found as JSON");
  return withTrust(withPlace(command)).action(async (file: string, flags: Flags) => {
    const { plan, trust } = verifiable(file, flags);
    const { progress, unpinned, jobs } = await verified(plan, trust, flags);
    const fingerprint = fingerprintOf(plan);
    if (flags.replay !== undefined) await checkRouting(plan, flags.replay);
    const unplayed = plan.routing !== null && flags.replay === undefined ? [notReplayed] : [];
    const uncounted = pauses(plan) && jobs === null ? [notCounted] : [];
    const unnamed = unpinned.map(
      (each) => `whether it is ${each}: that is newer than what you have pinned, and one node's word; pin anew`,
    );
    const unchecked = [...(flags.offline ? notCheckedOffline : []), ...unnamed, ...uncounted, ...unplayed];
    const { sentence, calls, hash } = plan;
    const { network } = trust;
    const found = { sentence, network, calls, hash, ...fingerprint, progress, unchecked };
    const words = [
      ...planWords(plan, trust.network),
      "",
      ...fingerprintWords(fingerprint),
      "",
      ...outcome(progress, unchecked),
    ];
    console.log(flags.json ? JSON.stringify(found) : words.join("\n"));
  });
}

/** @throws FILE_UNREADABLE, OWNER_FILE_ALTERED, TRUST_MISSING */
export function verifiable(file: string, { trust = trustName }: Where): { readonly plan: Plan; readonly trust: Trust } {
  return { plan: planIn(file), trust: trustIn(trust) };
}

export type Verified = {
  /** How far it has come on the chain. */
  readonly progress: Progress | "unknown";
  /** Names in its sentence that were not pinned, see `unpinnedNames`. */
  readonly unpinned: readonly string[];
  /** How many jobs wait in the fabric that runs here; null where that is not known. */
  readonly jobs: number | null;
};

/** Holds a plan against the trust file, and against the chain unless it is to be left alone. */
export async function verified(plan: Plan, trust: Trust, flags: Flags): Promise<Verified> {
  if (flags.offline) {
    checkPlan(plan, trust);
    return { progress: "unknown", unpinned: [], jobs: null };
  }
  return atSite(flags, trust.deployment, async (site) => {
    const standing = await withFork(site, (ground) => checkWorld(plan, trust, ground, flags.trust ?? trustName));
    const jobs = pauses(plan) ? await jobsWaiting(site) : null;
    if (jobs !== null) checkBacklog(plan, jobs);
    return { ...standing, jobs };
  });
}

/** @throws PLAN_FALSE */
async function checkRouting({ routing, changes, differences }: Plan, bundle: string): Promise<void> {
  const { routingEffect } = await import("../../../report/index.ts");
  const again = await routingEffect(bundle, changes, differences);
  if (isDeepStrictEqual(again, routing)) return;
  const told = routing === null ? "it tells of no run" : `it tells this: “${routing.verdict}”`;
  throw new FabricError("PLAN_FALSE", { problem: `${told}, and that run comes out so: “${again.verdict}”` });
}

const notReplayed = "what it would have done to the past run: that is its maker's word, unless you --replay that run";
const notCounted = `whether more than ${count(largeBacklog)} jobs wait while it pauses: no fabric that runs was asked`;
const notCheckedOffline = [
  "whether the chain still has the contracts and the constitution that you pinned",
  "whether the plan's place in its lane is still free, and its time has not passed",
  "whether the calls would succeed, what they change, for how much gas, and what takes them back: that is its maker's word",
  "which functions these owners have called before",
];

function outcome(progress: Verified["progress"], unchecked: readonly string[]): string[] {
  const says = {
    unknown: "The plan does what it says.",
    announced: "The plan does what it says. It was announced, and waits.",
    open: "The plan does what it says, and the chain would take it as it stands.",
  }[progress];
  return unchecked.length === 0 ? [says] : [says, "Not checked:", ...unchecked.map((what) => `  ${what}`)];
}
