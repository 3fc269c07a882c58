import { Command } from "commander";
import { readWorld, trustIn, trustPhrase, trustText } from "../../../owner/index.ts";
import { nameNetwork, takeNetworkName } from "../../network.ts";
import { writeText } from "../../textFile.ts";
import { trustName } from "./files.ts";
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
    .option("--own <member>", "number of the member that you are", Number)
    .option("--names <names>", "what the members are called, member 1 first, with commas")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print it as JSON");
  return takeNetworkName(withPlace(command)).action(async (flags: Flags) => {
    await atSite(flags, undefined, async ({ chain, deployment }) => {
      const network = await nameNetwork(chain, flags.networkName);
      const world = await readWorld(chain, deployment);
      const trust = trustIn(deployment, world, { network, owners: flags.names?.split(","), own: flags.own });
      writeText(flags.out, trustText(trust));
      console.log(flags.json ? JSON.stringify({ ...trust, phrase: trustPhrase(trust) }) : trustWords(trust));
      console.error(`Kept in ${flags.out}.`);
    });
  });
}
