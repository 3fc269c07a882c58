import { Command } from "commander";
import { openWorld, resume } from "../practice/index.ts";
import { takeMaxFee } from "./payer.ts";
import { anchorerKey, shown } from "./up.ts";

type Flags = { readonly anchorer?: string; readonly maxFee?: bigint; readonly json?: boolean };

export function resumeCommand(): Command {
  const command = new Command("resume")
    .description("go on with a world, after an orderly stop or a crash, until Ctrl-C")
    .argument("<world>", "folder that `fabric up` keeps it in")
    .option(
      "--anchorer <key>",
      "key of the account that anchors, where it is another one than before; named as for `fabric up`",
    )
    .option("--json", "print one line of JSON when it runs");
  return takeMaxFee(command).action(async (folder: string, { anchorer, maxFee, json }: Flags) => {
    const world = openWorld(folder);
    const key = await anchorerKey(anchorer ?? world.file.anchorer ?? undefined, maxFee);
    process.exitCode = await shown(json === true, (voice) => resume({ world, anchorer: key }, voice));
  });
}
