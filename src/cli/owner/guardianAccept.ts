import { Command } from "commander";
import { FabricError } from "../../errors.ts";
import { walletOf } from "../../governance/index.ts";
import { dateOf, guardianAcceptanceBy } from "../../owner/index.ts";
import { keyNaming, openKey } from "../key.ts";
import { nameNetwork, takeNetworkName } from "../network.ts";
import { refuseExisting, writeText } from "../textFile.ts";
import { atSite, type Where, withPlace } from "./plan/place.ts";

type Flags = Where & {
  readonly key: string;
  readonly days: number;
  readonly out: string;
  readonly networkName?: string;
  readonly json?: true;
};

/** `fabric owner guardian-accept`: somebody accepts to be a guardian; the owners appoint it by a plan. */
export function guardianAcceptCommand(): Command {
  const command = new Command("guardian-accept")
    .description("sign that you accept to be a guardian, in a file for the owners; nothing is sent")
    .requiredOption("--key <key>", `your account's: ${keyNaming}`)
    .option("--days <days>", "how long you may be appointed", Number, 14)
    .option("--out <file>", "file to write", "guardian.acceptance.json")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print the acceptance as JSON");
  return takeNetworkName(withPlace(command)).action(async (flags: Flags) => {
    const { key, days, out } = flags;
    if (!Number.isInteger(days) || days < 1 || days > 3650)
      throw new FabricError("USAGE", { problem: "--days takes a whole number from 1 to 3650." });
    refuseExisting(out);
    await atSite(flags, undefined, async ({ chain, deployment }) => {
      await nameNetwork(chain, flags.networkName);
      const acceptance = await guardianAcceptanceBy(walletOf(await openKey(key)), chain, deployment, days * 86_400);
      writeText(out, `${JSON.stringify(acceptance, null, 2)}\n`);
      const until = dateOf(acceptance.deadline);
      if (flags.json) console.log(JSON.stringify(acceptance));
      else console.log(`${acceptance.guardian} accepts to be a guardian; the owners may appoint it until ${until}.`);
      console.error(`Written to ${out}. Nothing was sent.\nNext: give it to the owners`);
    });
  });
}
