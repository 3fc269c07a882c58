import { createPrivateKey } from "node:crypto";
import { statSync } from "node:fs";
import { readRegularFile } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import type { KeyKind } from "../fabric/index.ts";
import { keyFileBytesMax, writeKeyFile } from "../governance/index.ts";
import { generateSigningKey, type SigningKey, signingKey } from "../nodes/index.ts";

/**
 * Makes a key and keeps it in a new file, PKCS #8 in PEM, that its owner alone may read.
 * @throws KEY_FILE_TAKEN when something is there; FILE_UNWRITABLE
 */
export function makeKeyFile(file: string, kind: KeyKind): SigningKey {
  const key = generateSigningKey(kind);
  writeKeyFile(file, key.handle.key.export({ format: "pem", type: "pkcs8" }));
  return key;
}

/** @throws FILE_UNREADABLE; KEY_FILE_OPEN when others may read it; KEY_INVALID when it holds no private key of our kinds */
export function readKeyFile(file: string): SigningKey {
  const pem = readRegularFile(file, keyFileBytesMax);
  const { mode } = statSync(file);
  if ((mode & 0o077) !== 0)
    throw new FabricError("KEY_FILE_OPEN", { file, mode: (mode & 0o777).toString(8).padStart(4, "0") });
  try {
    return signingKey(createPrivateKey(pem));
  } catch (cause) {
    const ofOtherKind = cause instanceof FabricError;
    const reason = ofOtherKind
      ? "it is of another kind than ed25519, P-256 and secp256k1"
      : "it is not in PEM (PKCS #8), or is encrypted";
    throw new FabricError("KEY_INVALID", { what: file, kind: "private", reason }, { cause });
  }
}
