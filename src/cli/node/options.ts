import { InvalidArgumentError, Option } from "commander";
import { FabricError } from "../../errors.ts";
import type { SigningKey } from "../../nodes/index.ts";
import { nodeKey, type WorldFile } from "../../practice/index.ts";
import { readKeyFile } from "../../worker/index.ts";

export type KeyFlags = { readonly key?: string; readonly practiceKey?: boolean };

export const worldOption = () =>
  new Option("--world <folder>", "the fabric of that world (default: the one started in this folder)");
export const keyOption = () => new Option("--key <file>", "its private key, as `fabric node keygen` makes it");
export const practiceKeyOption = () =>
  new Option("--practice-key", "take the key that a practice fabric was founded with").conflicts("key");

/**
 * The key of a node, from its file or made from the seed of a practice fabric.
 * @throws USAGE when neither is named, PRACTICE_ONLY, FILE_UNREADABLE, KEY_FILE_OPEN, KEY_INVALID
 */
export function keyOf({ key, practiceKey }: KeyFlags, node: string, world: WorldFile): SigningKey {
  if (key !== undefined) return readKeyFile(key);
  if (practiceKey !== true)
    throw new FabricError("USAGE", { problem: "The node's key is missing: name its file with --key." });
  const { chainId } = world.genesis;
  if (chainId !== 31337) throw new FabricError("PRACTICE_ONLY", { chainId });
  return nodeKey(world.seed, node);
}

/** Parses names with commas between them. */
export function names(text: string): readonly string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.some((name) => name === "")) throw new InvalidArgumentError("Names with commas between them are right.");
  return found;
}

export function publicKeyText({ publicKey }: SigningKey): string {
  return `0x${Buffer.from(publicKey.bytes).toString("hex")}`;
}
