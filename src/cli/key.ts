import { openKeyFile, openKeystore } from "../governance/index.ts";
import { secretOf } from "./secret.ts";

/** What stands before the name of a key in Hardhat's keystore, wherever a key is named. */
const keystorePrefix = "keystore:";

/** How a key is named in the help of every command that takes one. */
export const keyNaming =
  "an encrypted key file, or keystore:NAME of Hardhat's keystore; password in FABRIC_PASSWORD, or asked for";

/**
 * The private key, hex, of an account that is named as `keyNaming` says.
 * @throws FILE_UNREADABLE, KEY_FILE_LOCKED, KEYSTORE_LOCKED; USAGE where nobody can be asked for the password
 */
export async function openKey(named: string): Promise<string> {
  if (named.startsWith(keystorePrefix))
    return openKeystore(named.slice(keystorePrefix.length), () => secretOf("Password of Hardhat's keystore: "));
  return openKeyFile(named, await secretOf(`Password of ${named}: `));
}
