import { existsSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { parse } from "dotenv";
import { FabricError } from "../errors.ts";
import { keyInText } from "../governance/index.ts";
import { readText } from "./textFile.ts";

// Where nodes are: given as URLs, or by names that `.env`, or the environment, has URLs for.

const envFile = ".env";
const prefix = "FABRIC_RPC_";

/**
 * Parses what `--rpc` names: a URL, or the name of one.
 * @throws ENV_HOLDS_SECRET, ENV_HOLDS_OTHER, FILE_UNREADABLE
 */
export function nodeUrl(text: string): string {
  const known = knownNodes();
  const url = isUrl(text) ? text : known.get(variableOf(text));
  if (url !== undefined) return url;
  const names = [...known.keys()].map((variable) => variable.slice(prefix.length).toLowerCase());
  throw new InvalidArgumentError(
    `A URL is right, as http://127.0.0.1:8545, or a name that ${envFile} has one for, as ${prefix}SEPOLIA for sepolia; ` +
      `these are known: ${names.join(", ") || "none"}.`,
  );
}

/**
 * Where `--network` leads: a URL, or the name of one in `.env` or in `hardhat.config.ts`.
 * @returns undefined for "drill"
 * @throws ENV_HOLDS_SECRET, ENV_HOLDS_OTHER, FILE_UNREADABLE, NETWORK_UNKNOWN
 */
export async function nodeOfNetwork(text: string): Promise<string | undefined> {
  const known = knownNodes().get(variableOf(text));
  return known ?? (await import("../practice/index.ts")).networkUrl(text);
}

/** URLs by the variables that hold them; the environment comes first. */
function knownNodes(): Map<string, string> {
  const said = { ...envValues(), ...process.env };
  const nodes = new Map<string, string>();
  for (const [variable, value = ""] of Object.entries(said)) {
    if (!variable.startsWith(prefix)) continue;
    // What stands there by mistake could be a secret: it is not repeated.
    if (!isUrl(value)) throw new FabricError("USAGE", { problem: `${variable} does not hold a URL.` });
    nodes.set(variable, value);
  }
  return nodes;
}

function envValues(): Record<string, string> {
  if (!existsSync(envFile)) return {};
  const text = readText(envFile);
  // Comments are looked at, too. What is found is not repeated.
  const place = keyInText(text);
  if (place !== null)
    throw new FabricError("ENV_HOLDS_SECRET", { file: envFile, line: text.slice(0, place).split("\n").length });
  const other = text.split("\n").findIndex((line) => !isOfNode(line.trim()));
  if (other !== -1) throw new FabricError("ENV_HOLDS_OTHER", { file: envFile, line: other + 1 });
  return parse(text);
}

/** Whether a line gives a node a name, or says nothing. */
function isOfNode(line: string): boolean {
  return line === "" || line.startsWith("#") || /^(export\s+)?FABRIC_RPC_[A-Z0-9_]+\s*=/.test(line);
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

function variableOf(name: string): string {
  return `${prefix}${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}
