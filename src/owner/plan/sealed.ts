import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { z } from "zod";
import { FabricError } from "../../errors.ts";

// Files that owners hand to each other: as JSON that a person can read, with a digest over all that they say.

/** SHA-256 of a value's canonical JSON (RFC 8785), hex with 0x. */
export function digestOfJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("only values that JSON has can be digested");
  return sha256(text);
}

/** Hex with 0x. */
export function sha256(text: string): string {
  return `0x${createHash("sha256").update(text, "utf8").digest("hex")}`;
}

export function sealedText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Reads a file of that form. Only the very text that this program writes is taken, but for line ends, which mail changes:
 * in another one a person could read something that the program does not, such as a key that stands twice.
 * @param file what to call the text in an error
 * @throws OWNER_FILE_ALTERED
 */
export function readSealed<Form extends z.ZodType>(text: string, file: string, form: Form): z.output<Form> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw altered(file, "it is not JSON");
  }
  const parsed = form.safeParse(value);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw altered(file, `${path.join(".") || "the whole"}: ${message}`);
  }
  if (plainText(text) !== plainText(JSON.stringify(value, null, 2)))
    throw altered(file, "its text is not written as this program writes it");
  return parsed.data;
}

/** @param problem without a full stop */
export function altered(file: string, problem: string): FabricError {
  return new FabricError("OWNER_FILE_ALTERED", { file, problem });
}

function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}
