import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { z } from "zod";
import { JsonDocument } from "../config/index.ts";
import { runFolder } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import { type Chain, misnaming, networkNameForm, practiceChainId, practiceNetworkName } from "../governance/index.ts";
import { makeFolder, writeText } from "./textFile.ts";

// Which network it is, said once by a person: nobody is to act on another one than they believe to be on.

const networksForm = z.strictObject({
  format: z.literal("planetary-fabric/networks/v1", '"planetary-fabric/networks/v1"'),
  networks: z
    .array(
      z.strictObject({
        name: z.string().regex(networkNameForm, "letters, digits, dots, dashes and underscores, 32 at most"),
        chainId: z.int("the id of a chain").min(1, "the id of a chain"),
        genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hex digits"),
      }),
    )
    .readonly(),
});

type NamedNetwork = z.output<typeof networksForm>["networks"][number];
type NamedChain = Pick<Chain, "chainId" | "genesisHash" | "place">;

/** How a network is said to people. */
export function networkWords(name: string, chainId: number): string {
  return `${name} (chain ${chainId})`;
}

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
    if (given !== undefined) checkName(chain, given, []);
    return practiceNetworkName;
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

/** @throws NETWORK_MISNAMED, VALUE_INVALID */
function checkName(chain: NamedChain, name: string, networks: readonly NamedNetwork[]): void {
  if (!networkNameForm.test(name))
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The network's name", problem: `it cannot be ${JSON.stringify(name)}` },
      right: "Give 1 to 32 letters, digits, dots, dashes or underscores, a letter or digit first",
    });
  const problem = misnaming(chain.chainId, name);
  if (problem !== null) throw misnamed(chain, name, problem, "if it is this one, give it its own name");
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
async function askedName({ chainId, place }: NamedChain): Promise<string> {
  const unnamed = new FabricError("NETWORK_UNNAMED", { chainId, url: place });
  if (!process.stdin.isTTY) throw unnamed;
  process.stderr.write(
    `Chain ${chainId} at ${place} is not for practice: what is done there costs money and is for everybody to see.\n`,
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

function misnamed({ chainId, place }: NamedChain, name: string, problem: string, advice: string): FabricError {
  return new FabricError("NETWORK_MISNAMED", { chainId, url: place, name, problem, advice });
}
