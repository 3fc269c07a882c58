import { type Command, Option } from "commander";
import { practiceChainId, Sender, walletOf } from "../../governance/index.ts";
import { type Change, changeOf, decideByGuardian, planChange, readWorld, spell } from "../../owner/index.ts";
import { keyNaming, openKey } from "../key.ts";
import { nameNetwork, takeNetworkName } from "../network.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { payingOn, takeMaxFee } from "../payer.ts";
import { type Made, made, type Undo } from "./decision.ts";
import { atSite, type Where } from "./plan/place.ts";
import { checkLog, sayUnlogged } from "./worldLog.ts";

/** What says with which key a guardian acts, and where. */
export type GuardianFlags = Where & { readonly key: string; readonly networkName?: string; readonly maxFee?: bigint };

/** Lets a command of guardians be given by one with a key of its own, on any chain. */
export function takeGuardianKey(command: Command): Command {
  return takeMaxFee(
    takeNetworkName(command)
      .addOption(new Option("--key <key>", `your key, who pays, too (default: the practice guardian's): ${keyNaming}`))
      .option("--rpc <url|name>", "with --key: JSON-RPC endpoint of a chain elsewhere", nodeUrl)
      .option("--deployment <file>", "with --rpc: deployment.json of the fabric"),
  );
}

/**
 * A guardian acts alone, with its own key.
 * @throws CHANGE_INVALID, REVERTED and its kin; as `openKey`; errors of `atSite`
 */
export function actAsGuardian(change: Change, flags: GuardianFlags, reason: string | null): Promise<Made & Undo> {
  return atSite(flags, undefined, async ({ chain, deployment, running }) => {
    await nameNetwork(chain, flags.networkName);
    if (running !== undefined) checkLog(running.world);
    const guardian = new Sender(chain, walletOf(await openKey(flags.key)), payingOn(chain, flags.maxFee));
    const { kind, ...parameters } = change;
    const own = changeOf(kind, { ...parameters, guardian: guardian.address });
    const planned = planChange(await readWorld(chain, deployment, own), own);
    const entry = await decideByGuardian(guardian, planned);
    // Only practice owners have all their keys at hand.
    const typed = (each: Change) => (chain.chainId === practiceChainId ? spell(each) : `plan ${spell(each)}`);
    const undo = { undo: planned.undo?.map(typed) ?? null, lasts: planned.lasts };
    if (running !== undefined) return { ...(await made(running, entry, reason)), ...undo };
    sayUnlogged(reason);
    const waits = "whether a fabric obeys it is not known here: none that runs was named";
    return { state: "made", entry, unlogged: null, inForceTick: null, waits, ...undo };
  });
}
