import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitCodes, FabricError } from "../errors.ts";
import { configCommand } from "./config.ts";
import { deployCommand } from "./deploy/command.ts";
import { drillCommand } from "./drill.ts";
import { eventsCommand } from "./events.ts";
import { jobCommand } from "./job/command.ts";
import { nodeCommand } from "./node/command.ts";
import { heedOutput, outputLeft } from "./output.ts";
import { ownerCommand } from "./owner/command.ts";
import { resumeCommand } from "./resume.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";
import { verifyCommand } from "./verify.ts";

/** What `fabric` can do, in the order of its help. */
export function commands(): Command[] {
  return [
    drillCommand(),
    upCommand(),
    resumeCommand(),
    statusCommand(),
    eventsCommand(),
    jobCommand(),
    nodeCommand(),
    verifyCommand(),
    configCommand(),
    deployCommand(),
    ownerCommand(),
  ];
}

/** Does what the words of a command line say, and prints what went wrong and what to do; returns the exit code. */
export async function runProgram(words: readonly string[]): Promise<number> {
  heedOutput();
  try {
    const code = await codeOf(words);
    await outputLeft();
    return code;
  } catch (error) {
    if (!(error instanceof FabricError)) {
      console.error(error);
      return exitCodes.failed;
    }
    console.error(`${error.code}: ${error.message}\n${error.remedy}`);
    return error.exitCode;
  }
}

/** @throws whatever kept the command from being done */
async function codeOf(words: readonly string[]): Promise<number> {
  const program = new Command("fabric")
    .version(version())
    .description(
      "A job fabric that its owners govern by k-of-n signatures on an Ethereum chain, and that proves what it did.",
    )
    .showHelpAfterError("Run `fabric --help` for what it can do.");
  for (const command of commands()) program.addCommand(command);
  withoutExit(program);
  try {
    await program.parseAsync(words, { from: "user" });
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

/** Commander ends the process by itself unless each command is told not to, and so for what it says after an error. */
function withoutExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) withoutExit(child.copyInheritedSettings(command));
}
