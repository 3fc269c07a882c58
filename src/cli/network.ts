import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { z } from "zod";
import { JsonDocument } from "../config/index.ts";
import { runFolder } from "../control/index.ts";
import { FabricError, fileReason } from "../errors.ts";
import { type Chain, commonNetworkId, commonNetworkName, practiceChainId } from "../governance/index.ts";
import { writeText } from "./textFile.ts";

// Which network it is, said once by a person: nobody is to act on another one than they believe to be on.

/** What chain 31337 is called. */
export const practiceNetworkName = "practice";

const nameForm = /^[a-z0-9][a-z0-9._-]{0,31}$/i;
const networksForm = z.strictObject({
  format: z.literal("planetary-fabric/networks/v1", '"planetary-fabric/networks/v1"'),
  networks: z
    .array(
      z.strictObject({
        name: z.string().regex(nameForm, "letters, digits, dots, dashes and underscores, 32 at most"),
        chainId: z.int("the id of a chain").min(1, "the id of a chain"),
        genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hex digits"),
      }),
    )
    .readonly(),
});

type NamedNetwork = z.output<typeof networksForm>["networks"][number];
type NamedChain = Pick<Chain, "chainId" | "genesisHash" | "url">;

/** Where the names are kept: below the folder that the commands are given in. */
const networksFile = join(runFolder, "networks.json");

/** Lets a command that pins, sends or signs be told which network it is on. */
export function takeNetworkName(command: Command): Command {
  return command.option(
    "--network-name <name>",
    `what the network is called: needed once for any chain but ${practiceChainId} (default: it is asked for)`,
  );
}

/**
 * Has a person name the network of a chain, once; from then on its name is known in this folder.
 * @param given `--network-name`; asked for on a terminal where it is left out
 * @returns the name, "practice" on chain 31337
 * @throws NETWORK_UNNAMED, NETWORK_MISNAMED, VALUE_INVALID; DOCUMENT_INVALID, FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function nameNetwork(chain: NamedChain, given: string | undefined): Promise<string> {
  if (chain.chainId === practiceChainId) {
    if (given === undefined || given === practiceNetworkName) return practiceNetworkName;
    throw misnamed(chain, given, "it is for practice", "it needs no name");
  }
  const networks = readNetworks();
  const known = networks.find((each) => isSame(each, chain));
  if (known !== undefined && given === undefined) return known.name;
  const name = given ?? (await askedName(chain));
  checkName(chain, name, networks);
  if (known === undefined) keep([...networks, { name, chainId: chain.chainId, genesisHash: chain.genesisHash }]);
  return name;
}

function readNetworks(): readonly NamedNetwork[] {
  return existsSync(networksFile) ? JsonDocument.read(networksFile).check(networksForm).networks : [];
}

function keep(networks: readonly NamedNetwork[]): void {
  makeFolder(runFolder);
  writeText(networksFile, `${JSON.stringify({ format: "planetary-fabric/networks/v1", networks }, null, 2)}\n`);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new FabricError("FILE_UNWRITABLE", { file: folder, reason: fileReason(cause) }, { cause });
  }
}

/** @throws NETWORK_MISNAMED, VALUE_INVALID */
function checkName(chain: NamedChain, name: string, networks: readonly NamedNetwork[]): void {
  if (!nameForm.test(name))
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The network's name", problem: `it cannot be ${JSON.stringify(name)}` },
      right: "Give 1 to 32 letters, digits, dots, dashes or underscores, a letter or digit first",
    });
  const common = commonNetworkName(chain.chainId);
  if (common !== null && common !== name)
    throw misnamed(chain, name, `everybody calls it ${common}`, `if it is this one, its name is ${common}`);
  const other = commonNetworkId(name);
  if (common === null && (other !== null || name === practiceNetworkName))
    throw misnamed(chain, name, `that is chain ${other ?? practiceChainId}`, "if it is this one, give it another name");
  const before = networks.find((each) => isSame(each, chain));
  if (before !== undefined && before.name !== name)
    throw misnamed(chain, name, `${networksFile} has it as ${before.name}`, `if it is this one, that is its name`);
  const named = networks.find((each) => each.name === name);
  if (named !== undefined && !isSame(named, chain))
    throw misnamed(
      ...([chain, name] as const),
      `${networksFile} has that as chain ${named.chainId}, which began with block ${named.genesisHash}, and this one began with ${chain.genesisHash}`,
      "if that one is no more, take it out of that file",
    );
}

function isSame(one: Pick<Chain, "chainId" | "genesisHash">, other: Pick<Chain, "chainId" | "genesisHash">): boolean {
  return one.chainId === other.chainId && one.genesisHash === other.genesisHash;
}

/** @throws NETWORK_UNNAMED where nobody can be asked, or nobody answers */
async function askedName({ chainId, url }: NamedChain): Promise<string> {
  const unnamed = new FabricError("NETWORK_UNNAMED", { chainId, url });
  if (!process.stdin.isTTY) throw unnamed;
  process.stderr.write(
    `Chain ${chainId} at ${url} is not for practice: what is done there costs money and is for everybody to see.\n`,
  );
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const gone = new AbortController();
  terminal.once("close", () => gone.abort());
  try {
    const name = await terminal.question("Type the name of the network that you mean: ", { signal: gone.signal });
    if (name.trim() === "") throw unnamed;
    return name.trim();
  } catch (error) {
    // Ctrl-C or Ctrl-D instead of an answer.
    throw gone.signal.aborted ? unnamed : error;
  } finally {
    terminal.close();
  }
}

function misnamed({ chainId, url }: NamedChain, name: string, problem: string, advice: string): FabricError {
  return new FabricError("NETWORK_MISNAMED", { chainId, url, name, problem, advice });
}
