import { Command, Option } from "commander";
import { exitCodes } from "../../errors.ts";
import type { KeyKind } from "../../fabric/index.ts";
import { keyKinds } from "../../governance/index.ts";
import { makeKeyFile, readKeyFile } from "../../worker/index.ts";
import { type Acted, drain, type RegisterFlags, register, rotateKey } from "./acts.ts";
import { keyOption, names, practiceKeyOption, publicKeyText, whole, worldOption } from "./options.ts";
import { type RunFlags, runNode } from "./run.ts";

type Flags = { readonly world?: string; readonly json?: boolean };

const u32 = 2 ** 32 - 1;
const limitMax = 1_000_000;

/** `fabric node …`: everything that a node's provider does. */
export function nodeCommand(): Command {
  const command = new Command("node").description("work for a fabric: make a key, have a node registered, run it");
  for (const each of [keygenCommand(), registerCommand(), runCommand(), rotateCommand(), drainCommand()])
    command.addCommand(each);
  return command;
}

function keygenCommand(): Command {
  return new Command("keygen")
    .description("make a key for a node, in a new file that you alone may read")
    .argument("<file>", "where it is written, PKCS #8 in PEM; nothing is ever written over")
    .addOption(new Option("--kind <kind>", "kind of the key").choices([...keyKinds]).default("ed25519"))
    .option("--json", "print one JSON document")
    .action((file: string, { kind, json }: { readonly kind: KeyKind; readonly json?: boolean }) => {
      const publicKey = publicKeyText(makeKeyFile(file, kind));
      if (json === true) console.log(JSON.stringify({ file, kind, publicKey }));
      else console.log(`${kind} ${publicKey}`);
      console.error(`The key is in ${file}.\nNext: fabric node register --name <name> --shard <shard> --key ${file}`);
    });
}

function registerCommand(): Command {
  return new Command("register")
    .description("have a node registered by a practice operator, and admitted by the practice marketplace")
    .requiredOption("--name <name>", "its name: 1 to 32 visible ASCII characters, never used before")
    .requiredOption("--shard <name>", "the shard that it works in")
    .option("--skills <names>", "its skills, with commas (default: none)", names)
    .option("--slots <jobs>", "most jobs that it works on at once (default: 1)", whole(1, limitMax))
    .option("--capacity <units>", "its capacity, at least its slots (default: its slots)", whole(1, limitMax))
    .option("--heartbeat <seconds>", "from one heartbeat to the next (default: 5)", whole(1, 65_535))
    .addOption(keyOption().makeOptionMandatory())
    .addOption(worldOption())
    .option("--json", "print one JSON document")
    .action(async (flags: RegisterFlags & Flags) => {
      const acted = await register(flags, readKeyFile(flags.key));
      sayActed(acted, flags, `fabric node run --node ${flags.name} --key ${flags.key} -- <command>`);
    });
}

function runCommand(): Command {
  return new Command("run")
    .description("work as a node until Ctrl-C: take leases, run a command or ask a server for each job, report")
    .argument(
      "[command...]",
      "after --: a program and its words; payload on stdin, facts in FABRIC_…, result on stdout",
    )
    .requiredOption("--node <name>", "its name")
    .addOption(keyOption())
    .addOption(practiceKeyOption())
    .option("--command <line>", "a program and its words, divided by spaces; no shell reads it")
    .option("--http <url>", "a server that is posted each payload; its answer is the result")
    .option("--idle <ms>", "do nothing for so long, and complete: for a first look", whole(0, u32))
    .option(
      "--timeout <seconds>",
      "most time for one job; its lease may end before (default: the lease)",
      whole(1, u32),
    )
    .option("--without-payload", "do jobs also whose payload the fabric does not have")
    .option("--latency-ms <ms>", "latency to report (default: measured)", whole(0, u32 - 1))
    .option("--leave-seconds <seconds>", "how long jobs may go on after Ctrl-C (default: 5)", whole(0, 86_400))
    .addOption(worldOption())
    .option("--json", "print one line of JSON for whatever happens to a job")
    .action(async (words: readonly string[], flags: RunFlags) => {
      process.exitCode = await runNode(words, flags);
    });
}

function rotateCommand(): Command {
  return new Command("rotate-key")
    .description(
      "put another key of a node on the chain, as its practice operator; the one before is worth nothing then",
    )
    .requiredOption("--node <name>", "its name")
    .addOption(keyOption().makeOptionMandatory())
    .addOption(worldOption())
    .option("--json", "print one JSON document")
    .action(async (flags: Flags & { readonly node: string; readonly key: string }) => {
      const acted = await rotateKey(flags, readKeyFile(flags.key));
      sayActed(acted, flags, `fabric node run --node ${flags.node} --key ${flags.key} -- <command>`);
    });
}

function drainCommand(): Command {
  return new Command("drain")
    .description("let a node finish what it has and give it nothing new, as the practice marketplace")
    .requiredOption("--node <name>", "its name")
    .addOption(worldOption())
    .option("--json", "print one JSON document")
    .action(async (flags: Flags & { readonly node: string }) => {
      const acted = await drain(flags);
      sayActed(acted, flags, `fabric owner undrain ${flags.node}, when the owners want to take it back`);
    });
}

function sayActed(
  { sentence, transactionHash, block, inForceTick, waits }: Acted,
  { json }: Flags,
  next: string,
): void {
  process.exitCode = exitCodes.done;
  if (json === true) {
    console.log(JSON.stringify({ sentence, transactionHash, block, inForceTick }));
    return;
  }
  console.log(sentence);
  console.log(`Transaction ${transactionHash} in block ${block}.`);
  console.log(inForceTick === null ? `Not in force yet: ${waits}` : `In force since tick ${inForceTick}.`);
  console.error(`Next: ${next}`);
}
