import { createHash } from "node:crypto";
import { AbiCoder, concat, dataSlice, getBytes, hexlify } from "ethers";
import { z } from "zod";
import { fromDer, holds, type Point } from "./p256.ts";

// What authenticators sign, such as those that hold passkeys (WebAuthn, level 2), as OpenZeppelin's verifier takes it.

/** What an authenticator answered, in the bytes that the verifier of WebAuthn takes. */
const assertionTypes = ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"];

const bytes = z.base64url().transform((text) => Buffer.from(text, "base64url"));
const answer = z.object({ authenticatorData: bytes, clientDataJSON: bytes, signature: bytes });
/** As browsers write it: `PublicKeyCredential.toJSON()`, or its `response` alone. */
const answerForm = z.union([z.object({ response: answer }).transform(({ response }) => response), answer]);

/**
 * An authenticator's answer, from the JSON that a browser has of it, in the bytes that the verifier takes.
 * @returns hex; null when it is no such answer
 */
export function assertionIn(json: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const parsed = answerForm.safeParse(value);
  if (!parsed.success) return null;
  const { authenticatorData, clientDataJSON, signature } = parsed.data;
  const numbers = fromDer(signature);
  if (numbers === null) return null;
  const places = ['"challenge":"', '"type":"'].map((name) => Math.max(0, clientDataJSON.indexOf(name)));
  return AbiCoder.defaultAbiCoder().encode(assertionTypes, [
    ...[dataSlice(numbers, 0, 32), dataSlice(numbers, 32), ...places],
    ...[authenticatorData, clientDataJSON.toString("utf8")],
  ]);
}

/**
 * Whether an authenticator with that key signed the digest as its challenge, with a person there whom it knew.
 * @returns null when the bytes are no answer of an authenticator
 */
export function assertionHolds(key: Point, digest: string, given: string): boolean | null {
  let decoded: readonly unknown[];
  try {
    decoded = [...AbiCoder.defaultAbiCoder().decode(assertionTypes, given)];
  } catch {
    return null;
  }
  const [r, s, challengeAt, typeAt, authenticatorData, client] = decoded.map(String);
  const said = Buffer.from(client, "utf8");
  const challenge = `"challenge":"${challengeOf(digest)}"`;
  const has = (at: string, text: string) =>
    said.subarray(Number(at)).subarray(0, text.length).equals(Buffer.from(text));
  if (!has(challengeAt, challenge) || !has(typeAt, '"type":"webauthn.get"')) return false;
  const known = getBytes(authenticatorData);
  // User present, user verified; and no backup of what cannot be backed up.
  const flags = known[32] ?? 0;
  if (known.length <= 36 || (flags & 5) !== 5 || ((flags & 0x10) !== 0 && (flags & 8) === 0)) return false;
  const signed = createHash("sha256").update(known).update(sha256(said)).digest();
  return holds(key, hexlify(signed), concat([r, s]));
}

/** What an authenticator is asked to sign for a digest, as browsers write it. */
export function challengeOf(digest: string): string {
  return Buffer.from(getBytes(digest)).toString("base64url");
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
