import { existsSync } from "node:fs";
import { Command } from "commander";
import { FabricError } from "../../errors.ts";
import {
  type Beginning,
  beginningOf,
  Chain,
  contractNames,
  type Deployment,
  deployFabric,
  etherText,
  type Founders,
  predictAddresses,
  previousLedger,
  Sender,
  walletOf,
} from "../../governance/index.ts";
import { foundingConstitution, memberName, membersOf } from "../../owner/index.ts";
import { keyNaming } from "../key.ts";
import { nameNetwork, networkWords, takeNetworkName } from "../network.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { verifierWords } from "../owner/constitution/text.ts";
import { withFork } from "../owner/plan/place.ts";
import { takeMaxFee } from "../payer.ts";
import { count } from "../table.ts";
import { readText, writeText } from "../textFile.ts";
import { costWords, payerOn } from "./payer.ts";
import { begunBefore, forgetBegun, noteBegun, unfinishedFile } from "./unfinished.ts";

type Flags = {
  readonly rpc: string;
  readonly payer?: string;
  readonly out: string;
  readonly previousLedger?: string;
  readonly previousHead?: string;
  readonly dryRun?: true;
  readonly networkName?: string;
  readonly maxFee?: bigint;
  readonly json?: true;
};

/** `fabric deploy`: the contracts of a fabric of one's own, for owners who accepted their constitution. */
export function deployCommand(): Command {
  const command = new Command("deploy")
    .description("put the contracts of a fabric on a chain, for the owners of a constitution that all of them accepted")
    .argument("<constitution>", "file with the first constitution, which each of its members has accepted")
    .requiredOption("--rpc <url|name>", "JSON-RPC endpoint of the chain", nodeUrl)
    .option("--payer <key>", `account that pays (default on chain 31337: the practice deployer): ${keyNaming}`)
    .option("--out <file>", "where the deployment is written", "deployment.json")
    .option("--previous-ledger <address>", "CheckpointLedger of the fabric that this one follows")
    .option("--previous-head <hash>", "head that that ledger is to have (default: the one that it has)")
    .option("--dry-run", "show it and try it on a fork of the chain; nothing is sent")
    .option("--json", "print the deployment as JSON");
  return takeMaxFee(takeNetworkName(command)).action(deploy);
}

/** Everything that a deployment is made of. */
type Order = {
  readonly chain: Chain;
  readonly sender: Sender;
  readonly founders: Founders;
  readonly beginning: Beginning;
};

async function deploy(file: string, flags: Flags): Promise<void> {
  const { rpc, out, previousHead } = flags;
  if (existsSync(out))
    throw new FabricError("FILE_UNWRITABLE", {
      file: out,
      reason: "there is a file already, name another one with --out",
    });
  if (previousHead !== undefined && flags.previousLedger === undefined)
    throw new FabricError("USAGE", { problem: "--previous-head is of a ledger: name it with --previous-ledger." });
  const chain = await Chain.open(rpc);
  try {
    const accepted = await foundingConstitution(chain, readText(file), file);
    const previous =
      flags.previousLedger === undefined
        ? {}
        : { previous: await previousLedger(chain, flags.previousLedger, previousHead) };
    const founders = { ...accepted, ...previous };
    const network = await nameNetwork(chain, flags.networkName);
    const { key, options } = await payerOn(chain, flags.payer, flags.maxFee);
    let costWei = 0n;
    const sender = new Sender(chain, walletOf(key), {
      ...options,
      onPaid: (wei) => {
        costWei += wei;
      },
    });
    const terms = { chain, payer: sender.address, founders };
    const begun = begunBefore(out, terms);
    const order = { chain, sender, founders, beginning: begun ?? (await beginningOf(sender)) };
    say(...orderWords(order, network, await verifierWords(chain, accepted.verifiers)));
    if (begun !== undefined) say(`It was begun before, and is gone on with: ${unfinishedFile(out)} says where.`);
    say(await rehearsed(order, key, flags.maxFee));
    if (flags.dryRun) {
      say(`Nothing was sent.\nNext: the same without --dry-run`);
      return;
    }
    if (begun === undefined) noteBegun(out, terms, order.beginning);
    const deployment = await sent(order, out);
    writeText(out, `${JSON.stringify(deployment, null, 2)}\n`);
    forgetBegun(out);
    console.log(flags.json ? JSON.stringify(deployment) : deployedWords(deployment).join("\n"));
    // A URL may hold secrets, which are not repeated.
    const node = [rpc, `${rpc}/`].includes(`${chain.place}/`) ? rpc : "<the same node>";
    say(
      `It cost ${etherText(costWei)}.\nWritten to ${out}. Nothing is set yet.\n` +
        `Next: npx fabric owner trust --rpc ${node} --deployment ${out}`,
    );
  } finally {
    chain.close();
  }
}

/**
 * Deploys all of it on a fork first: what would be refused is refused before anything is paid.
 * @returns what it takes, in words
 * @throws PAYER_POOR, REVERTED and its kin
 */
async function rehearsed(
  { chain, sender, founders, beginning }: Order,
  key: string,
  feeMax: bigint | undefined,
): Promise<string> {
  const gas = await withFork({ chain }, async ({ fork }) => {
    await fork.rpc("hardhat_setBalance", [sender.address, "0x56bc75e2d63100000"]);
    let used = 0;
    await deployFabric(new Sender(fork, walletOf(key), { fees: null, feeMax: null }), founders, {
      beginning,
      onDeployed: (_, __, mined) => {
        used += mined?.gasUsed ?? 0;
      },
    });
    return used;
  });
  return `Tried on a fork: it succeeds, for ${await costWords(sender, gas, feeMax)}.`;
}

/** Sends what is not there yet. @throws errors of `deployFabric` */
async function sent({ sender, founders, beginning }: Order, out: string): Promise<Deployment> {
  let there = 0;
  try {
    return await deployFabric(sender, founders, {
      beginning,
      onDeployed: (name, address, mined) => {
        there++;
        say(
          `  ${name.padEnd(nameWidth)} ${address}${mined === null ? " is there already" : ` in block ${mined.block}`}`,
        );
      },
    });
  } catch (error) {
    say(
      `Interrupted when ${there} of ${contractNames.length} contracts were there. The payer owns nothing of them, and nothing of value ` +
        `is lost.\nWhen the cause is mended, give the same command again: it goes on where it was. To begin anew instead, remove ` +
        `${unfinishedFile(out)}.`,
    );
    throw error;
  }
}

const nameWidth = Math.max(...contractNames.map((name) => name.length));

/** @param judges what stands at each of the verifiers */
function orderWords({ chain, founders, beginning }: Order, network: string, judges: readonly string[]): string[] {
  const { constitution, previous } = founders;
  const { threshold, defaultDelay, rules } = constitution;
  const members = membersOf(constitution);
  const votes = members.reduce((sum, { weight }) => sum + weight, 0);
  const addresses = predictAddresses(beginning.from, beginning.nonce);
  return [
    `On ${networkWords(network, chain.chainId)} at ${chain.place}, for these owners, all of whom have accepted:`,
    ...members.map((member, index) => {
      return `  ${index + 1}  ${member.kind} ${memberName(member)}, weight ${count(member.weight)}`;
    }),
    `${count(threshold)} of ${count(votes)} votes decide; ${delayWords(defaultDelay, rules.length)}.`,
    ...(judges.length === 0 ? [] : ["P-256 members may name these verifiers, and no others, ever:", ...judges]),
    ...(previous === undefined ? [] : [`Its ledger goes on from ${previous.ledger}, whose head is ${previous.head}.`]),
    "These contracts, which belong to them from their first moment:",
    ...contractNames.map((name) => `  ${name.padEnd(nameWidth)} ${addresses[name]}`),
  ];
}

function delayWords(defaultDelay: number, rules: number): string {
  const waits = defaultDelay === 0 ? "a decision takes effect at once" : `a decision waits ${count(defaultDelay)} s`;
  if (rules === 0) return waits;
  return `${waits}, unless one of ${count(rules)} ${rules === 1 ? "rule" : "rules"} says otherwise`;
}

function deployedWords({ contracts, blocks, chainId }: Deployment): string[] {
  return [
    ...contractNames.map((name) => `${name.padEnd(nameWidth)} ${contracts[name].address}`),
    `On chain ${chainId}, blocks ${blocks.first} to ${blocks.last}; the owners' multisig owns all of it.`,
  ];
}

function say(...lines: readonly string[]): void {
  process.stderr.write(`${lines.join("\n")}\n`);
}
