import type { Command } from "commander";
import { announceCommand, executeCommand, undoCommand, withdrawCommand } from "./carry.ts";
import { planManifestCommand } from "./manifest.ts";
import { planCommand } from "./plan.ts";
import { addSignatureCommand, signCommand } from "./sign.ts";
import { trustCommand } from "./trust.ts";
import { verifyPlanCommand } from "./verify.ts";

/** From pinning a fabric to a decision that is made, or taken back: what each owner does with a plan. */
export function planCommands(): Command[] {
  return [
    ...[
      trustCommand(),
      planCommand(),
      planManifestCommand(),
      verifyPlanCommand(),
      signCommand(),
      addSignatureCommand(),
    ],
    ...[executeCommand(), announceCommand(), withdrawCommand(), undoCommand()],
  ];
}
