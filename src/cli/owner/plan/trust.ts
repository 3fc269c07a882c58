import { existsSync } from "node:fs";
import { Command } from "commander";
import { FabricError } from "../../../errors.ts";
import type { Deployment } from "../../../governance/index.ts";
import { namesPhrase, readWorld, type Trust, trustIn, trustPhrase, trustText } from "../../../owner/index.ts";
import { nameNetwork, takeNetworkName } from "../../network.ts";
import { writeText } from "../../textFile.ts";
import { whole } from "../../whole.ts";
import { trustIn as pinnedIn, trustName } from "./files.ts";
import { atSite, type Where, withPlace } from "./place.ts";
import { trustWords } from "./words.ts";

type Flags = Where & {
  readonly out: string;
  readonly own?: number;
  readonly names?: string;
  readonly networkName?: string;
  readonly json?: true;
};

/** `fabric owner trust`: pins once what every plan is held against from then on. */
export function trustCommand(): Command {
  const command = new Command("trust")
    .description("pin the fabric that you are an owner of, to hold plans against it; six words to compare by voice")
    .option("--out <file>", "where to keep it", trustName)
    .option("--own <member>", "number of the member that you are (default: whose key you had before)", whole(1, 16))
    .option("--names <names>", "what the members are called, member 1 first, with commas (default: as before)")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print it as JSON");
  return takeNetworkName(withPlace(command)).action(async (flags: Flags) => {
    const before = existsSync(flags.out) ? pinnedIn(flags.out) : undefined;
    const again = flags.rpc !== undefined && flags.deployment === undefined ? before?.deployment : undefined;
    await atSite(flags, again, async ({ chain, deployment }) => {
      const network = await nameNetwork(chain, flags.networkName);
      const world = await readWorld(chain, deployment);
      if (before !== undefined) refuseOther(before, deployment, flags.out);
      const trust = trustIn(deployment, world, { network, owners: flags.names?.split(","), own: flags.own, before });
      writeText(flags.out, trustText(trust));
      const phrases = { phrase: trustPhrase(trust), namesPhrase: namesPhrase(trust) };
      console.log(flags.json ? JSON.stringify({ ...trust, ...phrases }) : trustWords(trust));
      console.error(`Kept in ${flags.out}.`);
    });
  });
}

/** What is pinned of one fabric is not replaced by another one. @throws FILE_UNWRITABLE */
function refuseOther(before: Trust, { chainId, contracts }: Deployment, file: string): void {
  const pinned = before.deployment;
  const [was, is] = [pinned.contracts, contracts].map(({ OwnerMultisig }) => OwnerMultisig.address);
  if (pinned.chainId === chainId && was === is) return;
  const reason = `it pins another fabric, the owners ${was} on chain ${pinned.chainId}; name another file with --out`;
  throw new FabricError("FILE_UNWRITABLE", { file, reason });
}
