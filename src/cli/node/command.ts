import { Command, Option } from "commander";
import { exitCodes } from "../../errors.ts";
import type { KeyKind } from "../../fabric/index.ts";
import { keyKinds } from "../../governance/index.ts";
import { dateOf } from "../../owner/index.ts";
import { makeKeyFile, readKeyFile } from "../../worker/index.ts";
import { keyNaming } from "../key.ts";
import { takeNetworkName } from "../network.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { takeMaxFee } from "../payer.ts";
import { refuseExisting, writeText } from "../textFile.ts";
import { whole } from "../whole.ts";
import { type Acted, drain, type RegisterFlags, type RotateFlags, register, rotateKey } from "./acts.ts";
import { keyOption, names, practiceKeyOption, publicKeyText, worldOption } from "./options.ts";
import { type Signed, type SignFlags, signedRegistration } from "./registration.ts";
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

type KeygenFlags = { readonly kind: KeyKind; readonly public?: string; readonly json?: boolean };

function keygenCommand(): Command {
  return new Command("keygen")
    .description("make a key for a node or a submitter, in a new file that you alone may read")
    .argument("<file>", "where it is written, PKCS #8 in PEM; nothing is ever written over")
    .addOption(new Option("--kind <kind>", "kind of the key").choices([...keyKinds]).default("ed25519"))
    .option("--public <file>", "write what it prints, the public key, to that file, too: for the owners")
    .option("--json", "print one JSON document")
    .action((file: string, { kind, public: shared, json }: KeygenFlags) => {
      if (shared !== undefined) refuseExisting(shared);
      const publicKey = publicKeyText(makeKeyFile(file, kind));
      if (shared !== undefined) writeText(shared, `${kind} ${publicKey}\n`);
      if (json === true) console.log(JSON.stringify({ file, kind, publicKey }));
      else console.log(`${kind} ${publicKey}`);
      console.error(`The key is in ${file}.\nNext: fabric node register --name <name> --shard <shard> --key ${file}`);
    });
}

type RegisterOptions = RegisterFlags & Flags & Partial<SignFlags>;

function registerCommand(): Command {
  const command = new Command("register")
    .description("register a node: at once by practice keys, or with --operator as a signed file for the owners")
    .requiredOption("--name <name>", "its name: 1 to 32 visible ASCII characters, never used before")
    .option("--manifest <file>", "manifest that has the node; it says what is left out here")
    .option("--shard <name>", "the shard that it works in")
    .option("--skills <names>", "its skills, with commas (default: none)", names)
    .option("--slots <jobs>", "most jobs that it works on at once (default: 1)", whole(1, limitMax))
    .option("--capacity <units>", "its capacity, at least its slots (default: its slots)", whole(1, limitMax))
    .option("--heartbeat <seconds>", "from one heartbeat to the next (default: 5)", whole(1, 65_535))
    .addOption(keyOption().makeOptionMandatory())
    .option("--operator <key>", `sign as its operator: ${keyNaming}`)
    .option("--out <file>", "with --operator: where the registration is written (default: <name>.registration.json)")
    .option("--days <days>", "with --operator: how long it may be admitted (default: 14)", whole(1, 3650))
    .option("--nonce <number>", "with --operator: its number among the operator's (default: the next)", whole(0, u32));
  return takeNetworkName(atChain(command))
    .option("--json", "print one JSON document")
    .action(async ({ operator, ...flags }: RegisterOptions) => {
      const key = readKeyFile(flags.key);
      if (operator !== undefined) return saySigned(await signedRegistration({ ...flags, operator }, key), flags);
      sayActed(
        await register(flags, key),
        flags,
        `fabric node run --node ${flags.name} --key ${flags.key} -- <command>`,
      );
    });
}

/** What an operator's commands take besides a world that runs here. */
function atChain(command: Command): Command {
  return command
    .addOption(worldOption())
    .option("--rpc <url|name>", "with --operator: JSON-RPC endpoint of a chain elsewhere", nodeUrl)
    .option("--deployment <file>", "with --rpc: deployment.json of the fabric");
}

function saySigned({ registration, file }: Signed, { json }: Flags): void {
  const { node, operator, shard, deadline } = registration;
  const until = dateOf(deadline);
  if (json === true) console.log(JSON.stringify(registration));
  else
    console.log(
      `${operator} registers the node ${node} for the shard ${shard}; the owners may admit it until ${until}.`,
    );
  console.error(`Written to ${file}. Nothing was sent.\nNext: give it to the owners`);
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
  const command = new Command("rotate-key")
    .description("put another key of a node on the chain, as its operator; the one before is worth nothing then")
    .requiredOption("--node <name>", "its name")
    .addOption(keyOption().makeOptionMandatory())
    .option("--operator <key>", `who sends it, and pays (default on chain 31337: the practice operator): ${keyNaming}`);
  return takeMaxFee(takeNetworkName(atChain(command)))
    .option("--json", "print one JSON document")
    .action(async (flags: Flags & RotateFlags & { readonly key: string }) => {
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
