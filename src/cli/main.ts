#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { exitCodes, FabricError } from "../errors.ts";
import { configCommand } from "./config.ts";
import { drillCommand } from "./drill.ts";
import { verifyCommand } from "./verify.ts";

const program = new Command("fabric")
  .description(
    "A job fabric that its owners govern by k-of-n signatures on an Ethereum chain, and that proves what it did.",
  )
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) })
  .showHelpAfterError("Run `fabric --help` for what it can do.");
for (const command of [drillCommand(), verifyCommand(), configCommand()]) program.addCommand(withExitOverride(command));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what went wrong and what to do, in words; returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof FabricError) {
    console.error(`${error.code}: ${error.message}\n${error.remedy}`);
    return error.exitCode;
  }
  console.error(error);
  return exitCodes.failed;
}

/** Commander ends the process by itself unless each command is told not to. */
function withExitOverride(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) withExitOverride(child);
  return command;
}
