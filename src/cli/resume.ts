import { Command } from "commander";
import { openWorld, resume } from "../practice/index.ts";
import { anchorerKey, shown } from "./up.ts";

export function resumeCommand(): Command {
  return new Command("resume")
    .description("go on with a world, after an orderly stop or a crash, until Ctrl-C")
    .argument("<world>", "folder that `fabric up` keeps it in")
    .option(
      "--anchorer <key>",
      "key of the account that anchors, where it is another one than before; named as for `fabric up`",
    )
    .option("--json", "print one line of JSON when it runs")
    .action(async (folder: string, { anchorer, json }: { readonly anchorer?: string; readonly json?: boolean }) => {
      const world = openWorld(folder);
      const key = await anchorerKey(anchorer ?? world.file.anchorer ?? undefined);
      process.exitCode = await shown(json === true, (voice) => resume({ world, anchorer: key }, voice));
    });
}
