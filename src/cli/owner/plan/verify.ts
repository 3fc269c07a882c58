import { Command } from "commander";
import { checkPlan, checkWorld, fingerprintOf, type Plan, type Trust } from "../../../owner/index.ts";
import { planIn, trustIn, trustName } from "./files.ts";
import { atSite, type Where, withFork, withPlace, withTrust } from "./place.ts";
import { fingerprintWords, planWords } from "./words.ts";

type Flags = Where & { readonly offline?: true; readonly json?: true };

/** `fabric owner verify`: everything is worked out anew from the calls. */
export function verifyPlanCommand(): Command {
  const command = new Command("verify")
    .description("hold a plan against what you have pinned, and against the chain, before you sign it")
    .argument("<plan>", "file with the plan")
    .option("--offline", "ask no chain, and say what was not checked")
    .option("--json", "print what was found as JSON");
  return withTrust(withPlace(command)).action(async (file: string, flags: Flags) => {
    const { plan, trust } = verifiable(file, flags);
    const progress = await verified(plan, trust, flags);
    const fingerprint = fingerprintOf(plan);
    const unchecked = flags.offline ? notCheckedOffline : [];
    const { sentence, calls, hash } = plan;
    const found = { sentence, calls, hash, ...fingerprint, progress, unchecked };
    const words = [...planWords(plan), "", ...fingerprintWords(fingerprint), "", ...outcome(progress, unchecked)];
    console.log(flags.json ? JSON.stringify(found) : words.join("\n"));
  });
}

/** @throws FILE_UNREADABLE, OWNER_FILE_ALTERED, TRUST_MISSING */
export function verifiable(file: string, { trust = trustName }: Where): { readonly plan: Plan; readonly trust: Trust } {
  return { plan: planIn(file), trust: trustIn(trust) };
}

export type Verified = "open" | "announced" | "unknown";

/** Holds a plan against the trust file, and against the chain unless it is to be left alone. */
export async function verified(plan: Plan, trust: Trust, flags: Flags): Promise<Verified> {
  // Without the chain, names that are newer than the trust file are not known.
  if (flags.offline) {
    checkPlan(plan, trust);
    return "unknown";
  }
  return atSite(flags, trust.deployment, (site) =>
    withFork(site, (ground) => checkWorld(plan, trust, ground, flags.trust ?? trustName)),
  );
}

const notCheckedOffline = [
  "whether the chain still has the contracts and the constitution that you pinned",
  "whether the plan's place in its lane is still free, and its time has not passed",
  "whether the calls would succeed, what they change, for how much gas, and what takes them back: that is its maker's word",
  "which functions these owners have called before",
];

function outcome(progress: Verified, unchecked: readonly string[]): string[] {
  if (unchecked.length > 0)
    return ["The plan does what it says. Not checked without the chain:", ...unchecked.map((what) => `  ${what}`)];
  if (progress === "announced") return ["The plan does what it says. It was announced, and waits."];
  return ["The plan does what it says, and the chain would take it as it stands."];
}
