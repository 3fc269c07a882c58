import { Command } from "commander";
import { exitCodes } from "../../errors.ts";
import { type CenterView, centerView, readOverview } from "../../owner/index.ts";
import { centerMarkdown, centerText } from "./centerText.ts";
import { readEnforced } from "./enforced.ts";
import { atView, manifestAt, type PlaceFlags, takePlace, type ViewPlace, whereRunning } from "./viewPlace.ts";
import { type FormFlags, type Forms, sayView, takeForms } from "./viewText.ts";

type CenterFlags = FormFlags & PlaceFlags & { readonly manifest?: string; readonly strict?: true };

/** `fabric owner center`: everything that is governed, in one table. */
export function centerCommand(): Command {
  const command = new Command("center").description(
    "show everything governed: on chain, enforced, in the manifest; who may change it, and what comes",
  );
  takeForms(command)
    .option("--manifest <file>", "manifest to compare with (default: the world's)")
    .option("--strict", "end with exit code 7 when anything differs from the chain");
  return takePlace(command).action(async () => {
    const flags = command.opts<CenterFlags>();
    await atView(flags, async (place) => {
      const view = await readCenter(place, flags.manifest);
      sayView(flags, centerForms(view));
      process.exitCode = flags.strict === true && view.drifting > 0 ? exitCodes.drift : exitCodes.done;
    });
  });
}

export async function readCenter(
  { chain, deployment, control, world }: ViewPlace,
  manifest?: string,
): Promise<CenterView> {
  const compared = manifestAt(manifest, world);
  // The orchestrator first: what the chain says by then, it may have come to meanwhile.
  const enforced = await whereRunning(control, readEnforced);
  return centerView(await readOverview(chain, deployment), enforced, compared);
}

export function centerForms(view: CenterView): Forms {
  return { json: view, markdown: centerMarkdown(view), text: centerText(view) };
}
