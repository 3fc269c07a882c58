import { existsSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { commonNetworkName } from "../../../governance/index.ts";
import {
  backlogReasons,
  type Change,
  checkTrust,
  type Difference,
  makePlan,
  type Plan,
  pauses,
  planText,
  readWorld,
  type Wish,
} from "../../../owner/index.ts";
import { refuseExisting, writeText } from "../../textFile.ts";
import { refuseNeedless } from "../decision.ts";
import { changesIn, takeChangeOptions } from "./changeWords.ts";
import { trustIn, trustName } from "./files.ts";
import { atSite, jobsWaiting, type Site, type Where, withFork, withPlace, withTrust } from "./place.ts";
import { planWords } from "./words.ts";

type Flags = Where & { readonly out?: string; readonly json?: true; readonly replay?: string | false };

/** The run that is played again unless told: that of the last drill here. */
const lastRun = join("reports", "latest");

/** `fabric owner plan`: a change, or several, written down with what they would do; nobody has signed anything yet. */
export function planCommand(): Command {
  const command = new Command("plan")
    .description("write down a change, tried on a fork of the chain, for the owners to look at and sign")
    .addArgument(new Argument("<change...>", 'the change as it is typed after "fabric owner", with its options'))
    .option("--and", "before another change that is to be made in the same batch")
    .option("--out <file>", "file to write (default: change-<number in its lane>.json)")
    .option("--replay <bundle>", `past run to play again with and without the change (default: ${lastRun}, if there)`)
    .option("--no-replay", "play no past run again")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print the plan as JSON");
  return takeChangeOptions(withTrust(withPlace(command))).action(async () => {
    const flags = command.opts<Flags>();
    const changes = changesIn(command);
    await planAt(flags, async (site) => {
      const { running } = site;
      for (const change of changes)
        if (change.kind === "cancel" && running !== undefined) await refuseNeedless(running.control, change);
      const waiting = pauses({ changes }) ? await jobsWaiting(site) : null;
      return { changes, reasons: backlogReasons(waiting ?? 0), replay: replayOf(changes, flags.replay) };
    });
  });
}

/** @param bundle false for none */
function replayOf(changes: readonly Change[], bundle: string | false | undefined) {
  const folder = bundle ?? (existsSync(lastRun) ? lastRun : false);
  if (folder === false) return undefined;
  return async (differences: readonly Difference[]) => {
    const { routingEffect } = await import("../../../report/index.ts");
    return routingEffect(folder, changes, differences);
  };
}

/**
 * Makes a plan where the flags say, writes it, and shows it.
 * @param wishOf null where there is nothing to plan
 */
export async function planAt(flags: Flags, wishOf: (site: Site) => Promise<Wish | null>): Promise<void> {
  const trustFile = flags.trust ?? trustName;
  const trust = flags.trust !== undefined || existsSync(trustFile) ? trustIn(trustFile) : undefined;
  await atSite(flags, trust?.deployment, async (site) => {
    if (trust !== undefined) checkTrust(trust, await readWorld(site.chain, site.deployment), trustFile);
    const wish = await wishOf(site);
    if (wish === null) return;
    const plan = await withFork(site, (ground) => makePlan(ground, site.deployment, wish));
    keepPlan(plan, trust?.network ?? commonNetworkName(plan.chainId), flags);
  });
}

function keepPlan(plan: Plan, network: string | null, { out, json }: Flags): void {
  const file = out ?? `change-${plan.lane === "parameters" ? "" : `${plan.lane}-`}${plan.seq}.json`;
  refuseExisting(file);
  writeText(file, planText(plan));
  console.log(json ? JSON.stringify(plan) : planWords(plan, network).join("\n"));
  console.error(`Written to ${file}. Nothing is changed yet.\nNext: npx fabric owner verify ${file}`);
}
