import { Command } from "commander";
import {
  Chain,
  type DeployedVerifier,
  deployVerifiers,
  etherText,
  Sender,
  verifierGas,
  verifierNames,
  verifierUses,
  walletOf,
} from "../../governance/index.ts";
import { keyNaming } from "../key.ts";
import { nameNetwork, networkWords, takeNetworkName } from "../network.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { takeMaxFee } from "../payer.ts";
import { costWords, payerOn } from "./payer.ts";

type Flags = {
  readonly rpc: string;
  readonly payer?: string;
  readonly dryRun?: true;
  readonly networkName?: string;
  readonly maxFee?: bigint;
  readonly json?: true;
};

/** `fabric deploy-verifiers`: what has to be on a chain before a constitution there may name P-256 keys. */
export function deployVerifiersCommand(): Command {
  const command = new Command("deploy-verifiers")
    .description(
      "put OpenZeppelin's verifiers of P-256 keys and passkeys on a chain, for constitutions with such members",
    )
    .requiredOption("--rpc <url|name>", "JSON-RPC endpoint of the chain", nodeUrl)
    .option("--payer <key>", `account that pays (default on chain 31337: the practice deployer): ${keyNaming}`)
    .option("--dry-run", "say what it costs; nothing is sent")
    .option("--json", "print where they are as JSON");
  return takeMaxFee(takeNetworkName(command)).action(deploy);
}

async function deploy({ rpc, payer, dryRun, networkName, maxFee, json }: Flags): Promise<void> {
  const chain = await Chain.open(rpc);
  try {
    const network = await nameNetwork(chain, networkName);
    const { key, options } = await payerOn(chain, payer, maxFee);
    let costWei = 0n;
    const sender = new Sender(chain, walletOf(key), {
      ...options,
      onPaid: (wei) => {
        costWei += wei;
      },
    });
    console.error(
      `On ${networkWords(network, chain.chainId)} at ${chain.place}: ${verifierNames.join(" and ")} of OpenZeppelin, which ` +
        `belong to nobody and hold nothing.\nThat takes ${await costWords(sender, await verifierGas(sender), maxFee)}.`,
    );
    if (dryRun) {
      console.error("Nothing was sent.\nNext: the same without --dry-run");
      return;
    }
    // What is there stays there and is of use, whatever becomes of the other one.
    const verifiers = await deployVerifiers(sender, (verifier) => console.error(thereWords(verifier)));
    if (json === true) console.log(JSON.stringify({ chainId: chain.chainId, verifiers, costWei: String(costWei) }));
    else console.log(verifiers.map(({ name, address }) => `${name.padEnd(nameWidth)} ${address}`).join("\n"));
    const example = verifiers.map(({ name, address }) => `  ${verifierUses[name]}: key:<file>@${address}`);
    console.error(`It cost ${etherText(costWei)}.`);
    console.error(
      ["Next: name them in a constitution:", ...example, "as in npx fabric owner constitution draft --members …"].join(
        "\n",
      ),
    );
  } finally {
    chain.close();
  }
}

const nameWidth = Math.max(...verifierNames.map((name) => name.length));

function thereWords({ name, block, transactionHash, codeHash }: DeployedVerifier): string {
  return `  ${name} in block ${block}, transaction ${transactionHash}; its code is what was compiled: ${codeHash}`;
}
