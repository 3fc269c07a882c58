import { createPublicKey, ECDH } from "node:crypto";
import { existsSync } from "node:fs";
import { FabricError } from "../../errors.ts";
import {
  accountKey,
  assertionIn,
  type Member,
  type MemberKey,
  p256Key,
  practiceKeys,
  publicPointOf,
} from "../../owner/index.ts";
import { keyNaming, openKey } from "../key.ts";
import { readText } from "../textFile.ts";

/** How the key of a member is named in the help of every command that takes one. */
export const memberKeyNaming = `${keyNaming}; of a P-256 member its key in PEM (PKCS #8)`;

const isPem = /^\s*-----BEGIN /;

/**
 * The key of a member, named as `memberKeyNaming` says.
 * @throws as `openKey`; KEY_FILE_OPEN, KEY_INVALID for one in PEM
 */
export async function openMemberKey(named: string): Promise<MemberKey> {
  if (!existsSync(named) || !isPem.test(readText(named))) return accountKey(await openKey(named));
  const { readKeyFile } = await import("../../worker/index.ts");
  const key = p256Key(readKeyFile(named).handle.key);
  if (key !== null) return key;
  const reason = "it is none of P-256, and the owners' multisig takes no other in PEM";
  throw new FabricError("KEY_INVALID", { what: named, kind: "private", reason });
}

/** A practice owner's, or the successor's, by the number of the member. @throws PRACTICE_ONLY, USAGE */
export function practiceMemberKey(chainId: number, members: readonly Member[], number: number): MemberKey {
  const { owners, successor } = practiceKeys(chainId);
  const keys = [...owners, successor].map(({ privateKey }) => accountKey(privateKey));
  const found = keys.find((key) => members[number - 1] !== undefined && key.isOf(members[number - 1]));
  if (found !== undefined) return found;
  const numbers = members.flatMap((member, index) => (keys.some((key) => key.isOf(member)) ? [index + 1] : []));
  throw new FabricError("USAGE", {
    problem: `--practice takes the number of a practice owner: ${numbers.join(", ") || "none is a member here"}.`,
  });
}

/** How a signature is given that was made elsewhere. */
export const answerNaming =
  "what a wallet or contract takes for its signature, in hex with 0x; of a passkey the file with its answer in JSON";

/**
 * A signature that was made elsewhere, as hex; undefined for what is none.
 * @param word the hex itself, or a file with what an authenticator answered
 */
export function answerIn(word: string): string | undefined {
  if (!existsSync(word)) return /^0x([0-9a-fA-F]{2})+$/.test(word) ? word.toLowerCase() : undefined;
  return assertionIn(readText(word)) ?? undefined;
}

/** The number of the member whose signature it is. @throws USAGE */
export function memberNumber(given: number | undefined, members: readonly Member[]): number {
  if (given !== undefined && Number.isInteger(given) && given >= 1 && given <= members.length) return given;
  throw new FabricError("USAGE", {
    problem: `A wallet's signature is hex with 0x, a passkey's answer a file with JSON, and --member tells whose it is: 1 to ${members.length}.`,
  });
}

/** `key:<key>@<verifier>` with x and y in the place of the key; any other spelling as it is. @throws KEY_INVALID */
export function withKey(spelled: string): string {
  const [, before, key, verifier, weight] = /^(.*=)?key:(.+)@(0x[0-9a-fA-F]{40})(:.*)?$/.exec(spelled) ?? [];
  if (key === undefined) return spelled;
  const point = pointIn(key);
  if (point !== null) return `${before ?? ""}key:${verifier}${point.slice(2)}${weight ?? ""}`;
  const reason = "it is neither a key of P-256 in PEM nor one as `fabric node keygen --kind p256` prints it";
  throw new FabricError("KEY_INVALID", { what: key, kind: "public", reason });
}

const compressed = /^\s*(?:p256 )?0x(0[23][0-9a-f]{64})\s*$/;

/** @param key the key itself, 33 bytes in compressed form, or a file with it, or one in PEM */
function pointIn(key: string): string | null {
  const text = compressed.test(key) ? key : readText(key);
  const [, bytes] = compressed.exec(text) ?? [];
  try {
    if (bytes === undefined) return publicPointOf(createPublicKey(text));
    return `0x${ECDH.convertKey(bytes, "prime256v1", "hex", "hex", "uncompressed").slice(2)}`;
  } catch {
    return null;
  }
}
