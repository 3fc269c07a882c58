import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitCodes, FabricError } from "../errors.ts";
import { heedOutput, outputLeft } from "./output.ts";

/** What `fabric` can do, in the order of its help. A command is loaded when it is asked for: most of a start is loading. */
const loaders = new Map<string, () => Promise<Command>>([
  ["drill", async () => (await import("./drill.ts")).drillCommand()],
  ["up", async () => (await import("./up.ts")).upCommand()],
  ["resume", async () => (await import("./resume.ts")).resumeCommand()],
  ["status", async () => (await import("./status.ts")).statusCommand()],
  ["events", async () => (await import("./events.ts")).eventsCommand()],
  ["job", async () => (await import("./job/command.ts")).jobCommand()],
  ["node", async () => (await import("./node/command.ts")).nodeCommand()],
  ["verify", async () => (await import("./verify.ts")).verifyCommand()],
  ["report", async () => (await import("./report.ts")).reportCommand()],
  ["config", async () => (await import("./config.ts")).configCommand()],
  ["deploy", async () => (await import("./deploy/command.ts")).deployCommand()],
  ["deploy-verifiers", async () => (await import("./deploy/verifiers.ts")).deployVerifiersCommand()],
  ["owner", async () => (await import("./owner/command.ts")).ownerCommand()],
]);

/** All commands, in the order of the help. */
export function commands(): Promise<Command[]> {
  return Promise.all([...loaders.values()].map((load) => load()));
}

/** The command that the words name; all of them where they name none, for the help and for what was mistyped. */
async function commandsFor([first = ""]: readonly string[]): Promise<Command[]> {
  if (first === "--version" || first === "-V") return [];
  const load = loaders.get(first);
  return load === undefined ? commands() : [await load()];
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
    );
  for (const command of await commandsFor(words)) program.addCommand(command);
  prepare(program, "fabric");
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

/** What it says of a command that was mistyped; Commander would end the process by itself, unless each is told not to. */
function prepare(command: Command, typed: string): void {
  command.exitOverride().showHelpAfterError(`Run \`${typed} --help\` for what is right.`);
  for (const child of command.commands) prepare(child.copyInheritedSettings(command), `${typed} ${child.name()}`);
}
