import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FabricError } from "../../../errors.ts";
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
  trustedMembers,
} from "../../../owner/index.ts";

/** Where an owner's trust file is, unless told. */
export const trustName = "trust.json";

/** More than any of these files has. */
const bytesMax = 4 * 1024 * 1024;

/** @throws FILE_UNREADABLE */
export function readText(file: string): string {
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new Error("it is no regular file");
    if (status.size > bytesMax) throw new Error(`it has ${status.size} bytes, and ${bytesMax} are the most`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FabricError("FILE_UNREADABLE", { file, reason }, { cause });
  }
}

/** @throws FILE_UNWRITABLE */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new FabricError("FILE_UNWRITABLE", { file, reason: String(cause) }, { cause });
  }
}

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
  const stem = `${stemOf(plan)}.member-`;
  const files = readdirSync(dirname(plan)).filter((name) => name.startsWith(stem) && name.endsWith(".json"));
  return files.sort().map((name) => signatureIn(join(dirname(plan), name)));
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

/** The member whose key it is, from 1; 0 for none. */
export function memberOf(trust: Trust, address: string): number {
  return trustedMembers(trust).findIndex((member) => member.kind === "account" && member.address === address) + 1;
}

function stemOf(file: string): string {
  return basename(file).replace(/\.json$/, "");
}
