import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FabricError, fileReason } from "../../../errors.ts";
import type { Chain } from "../../../governance/index.ts";
import {
  checkSignature,
  judgeSignature,
  type OwnerSignature,
  type Plan,
  readPlan,
  readSignature,
  readTrust,
  type SignatureFile,
  signatureText,
  type Trust,
} from "../../../owner/index.ts";
import { readText, writeText } from "../../textFile.ts";

/** Where an owner's trust file is, unless told. */
export const trustName = "trust.json";

/** @throws FILE_UNREADABLE, OWNER_FILE_ALTERED */
export function planIn(file: string): Plan {
  return readPlan(readText(file), file);
}

/** @throws TRUST_MISSING, FILE_UNREADABLE, OWNER_FILE_ALTERED */
export function trustIn(file: string): Trust {
  if (!existsSync(file)) throw new FabricError("TRUST_MISSING", { file });
  return readTrust(readText(file), file);
}

/** A signature file, and what it is called. */
export type Given = { readonly file: string; readonly signature: SignatureFile };

/** @throws FILE_UNREADABLE, OWNER_FILE_ALTERED */
export function signatureIn(file: string): Given {
  return { file, signature: readSignature(readText(file), file) };
}

/** A signature that holds, as far as it was looked at, and the file that it is in. */
export type Held = { readonly file: string; readonly signature: OwnerSignature };

/**
 * The signatures beside a plan, whoever put them there, of the members as the trust file has them. A file that holds none
 * is named on stderr and left out: it is in nobody's way.
 * @throws FILE_UNREADABLE where the folder cannot be looked into
 */
export function signaturesBeside(planFile: string, plan: Plan, trust: Trust): Held[] {
  const [folder, stem] = [dirname(planFile), `${stemOf(planFile)}.member-`];
  const names = namesIn(folder).filter((name) => name.startsWith(stem) && name.endsWith(".json"));
  return names.sort().flatMap((name) => {
    const file = join(folder, name);
    try {
      return [{ file, signature: checkSignature(signatureIn(file).signature, plan, trust, file) }];
    } catch (error) {
      leaveOut(file, error);
      return [];
    }
  });
}

/** Those that the chain knows, too, where it takes the chain to tell. The others are named on stderr and left out. */
export async function knownToChain(
  chain: Chain,
  plan: Plan,
  trust: Trust,
  held: readonly Held[],
): Promise<OwnerSignature[]> {
  const known: OwnerSignature[] = [];
  for (const { file, signature } of held)
    try {
      await judgeSignature(chain, plan, trust, signature, file);
      known.push(signature);
    } catch (error) {
      if (!(error instanceof FabricError && error.code === "SIGNATURE_FORGED")) throw error;
      leaveOut(file, error);
    }
  return known;
}

/** @throws what is wrong with the program, and not with the file */
function leaveOut(file: string, error: unknown): void {
  if (!(error instanceof FabricError)) throw error;
  console.error(`Warning: ${file} is left out. ${error.code}: ${error.message}`);
}

/** @throws FILE_UNREADABLE */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new FabricError("FILE_UNREADABLE", { file: folder, reason: fileReason(cause) }, { cause });
  }
}

/**
 * Keeps a signature beside its plan.
 * @returns the file
 * @throws FILE_UNWRITABLE
 */
export function keepSignature(planFile: string, plan: Plan, trust: Trust, signature: SignatureFile): string {
  const { index } = checkSignature(signature, plan, trust, "the new signature");
  const file = join(dirname(planFile), `${stemOf(planFile)}.member-${index}.json`);
  writeText(file, signatureText(signature));
  return file;
}

function stemOf(file: string): string {
  return basename(file).replace(/\.json$/, "");
}
