import { Argument, Command, Option } from "commander";
import { JsonDocument } from "../../config/index.ts";
import { FabricError } from "../../errors.ts";
import { type Chain, type Deployment, openDeployment, readDeployment } from "../../governance/index.ts";
import {
  digestOf,
  type Exportable,
  type ExportFormat,
  exportFormats,
  exportText,
  readExportable,
  readMinDelay,
  readSenders,
  spellings,
  understand,
} from "../../owner/index.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { runningPlace } from "./place.ts";
import { type OutFlags, sayText, takeOut } from "./viewText.ts";

type OwnFlags = {
  readonly format: ExportFormat;
  readonly account?: string;
  readonly delay?: number;
  readonly deployment?: string;
  readonly rpc?: string;
  readonly world?: string;
} & OutFlags;

/** `fabric owner export`: a change, made by nobody yet, as the tools of others take it. */
export function exportCommand(): Command {
  const command = new Command("export")
    .description("write a change as a file for Safe, wallets, governors or timelocks; nothing is changed by that")
    .addArgument(new Argument("<change...>", 'the change as it is typed after "fabric owner", with its options'))
    .addOption(
      new Option("--format <format>", "what it is for").choices(Object.keys(exportFormats)).makeOptionMandatory(),
    )
    .option("--account <address>", "the Safe, batch account, governor or timelock that is to send it")
    .addOption(
      new Option(
        "--delay <seconds>",
        "how long a timelock is to wait (default: as short as --account allows)",
      ).argParser(secondsIn),
    )
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--rpc <url|name>", "JSON-RPC endpoint of its chain", nodeUrl)
    .option("--world <folder>", "folder of a running world (default: the fabric that was started here)");
  takeOut(command);
  const flags = spellings.flatMap(({ options }) => options);
  for (const flag of new Set(flags.map((option) => option.flag))) {
    const parameter = flags.find((option) => option.flag === flag)?.parameter.name;
    command.addOption(new Option(`${flag} <${parameter}>`).hideHelp());
  }
  const formats = Object.entries(exportFormats).map(([name, purpose]) => `  ${name.padEnd(8)}  ${purpose}`);
  return command.addHelpText("after", `\nFormats:\n${formats.join("\n")}`).action(async () => {
    const { format, out, replace, account, delay, deployment, rpc, world, ...options } = command.opts<
      OwnFlags & Record<string, never>
    >();
    const [verb, ...operands] = command.args;
    const change = understand(verb, operands, options, (file) => JsonDocument.read(file).value);
    await atChain({ deployment, rpc, world }, async (chain, found) => {
      const source = await readExportable(chain, found, change, account ?? null);
      const text = exportText(format, source, await timelockDelay(chain, format, account, delay));
      const notes = await notesOn(chain, found, format, source);
      sayText(text, { out, replace });
      console.error(notes.join("\n"));
    });
  });
}

type Where = {
  readonly deployment?: string | undefined;
  readonly rpc?: string | undefined;
  readonly world?: string | undefined;
};

/** The fabric that is meant: one that a file describes, or one that runs here. @throws USAGE, FABRIC_NOT_RUNNING */
async function atChain(
  { deployment, rpc, world }: Where,
  act: (chain: Chain, deployment: Deployment) => Promise<void>,
): Promise<void> {
  if ((deployment === undefined) !== (rpc === undefined))
    throw new FabricError("USAGE", { problem: "--deployment and --rpc belong together." });
  const open = async (url: string, found: Deployment) => {
    const chain = await openDeployment(url, found);
    try {
      await act(chain, found);
    } finally {
      chain.close();
    }
  };
  if (deployment !== undefined && rpc !== undefined) return open(rpc, readDeployment(deployment));
  const place = await runningPlace(world);
  try {
    await open(place.url, place.deployment);
  } finally {
    place.control.close();
  }
}

/** @throws USAGE when a timelock's delay is neither told nor can be asked for */
async function timelockDelay(
  chain: Chain,
  format: ExportFormat,
  account: string | undefined,
  delay: number | undefined,
): Promise<number> {
  if (format !== "timelock" || delay !== undefined) return delay ?? 0;
  if (account === undefined)
    throw new FabricError("USAGE", {
      problem: "A timelock has to be told how long to wait: give --delay or --account.",
    });
  return readMinDelay(chain, account);
}

/** What a person is told beside the file. */
async function notesOn(
  chain: Chain,
  deployment: Deployment,
  format: ExportFormat,
  source: Exportable,
): Promise<string[]> {
  const { planned, office, batch, account } = source;
  if (format === "eip712") return [planned.sentence, `Digest ${digestOf(office, batch)}.`];
  const senders = await readSenders(chain, deployment, source);
  const others = account === null ? senders : senders.filter((sender) => sender !== account);
  const refused = account !== null && others.length > 0;
  return [
    planned.sentence,
    `It takes effect when ${senders.join(" and ")} ${senders.length === 1 ? "sends" : "send"} it.`,
    ...(refused ? [`Warning: ${account} is refused as long as it is not ${others.join(" and ")}.`] : []),
  ];
}

/** @throws USAGE */
function secondsIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new FabricError("USAGE", { problem: `--delay cannot be ${text}: a whole number of seconds is right.` });
}
