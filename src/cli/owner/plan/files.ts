import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FabricError, fileReason } from "../../../errors.ts";
import {
  checkSignature,
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

/**
 * The signature files beside a plan, whoever put them there.
 * @throws FILE_UNREADABLE, OWNER_FILE_ALTERED
 */
export function signaturesBeside(plan: string): Given[] {
  const [folder, stem] = [dirname(plan), `${stemOf(plan)}.member-`];
  const files = namesIn(folder).filter((name) => name.startsWith(stem) && name.endsWith(".json"));
  return files.sort().map((name) => signatureIn(join(folder, name)));
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

/** Signatures that hold, of the members as the trust file has them. @throws as `checkSignature` */
export function checked(given: readonly Given[], plan: Plan, trust: Trust): OwnerSignature[] {
  return given.map(({ file, signature }) => checkSignature(signature, plan, trust, file));
}

function stemOf(file: string): string {
  return basename(file).replace(/\.json$/, "");
}
