import { readFileSync } from "node:fs";
import { Wallet } from "ethers";
import { FabricError, fileReason } from "../errors.ts";

/**
 * The key of an account, hex, from the encrypted file (Web3 Secret Storage) that wallets keep it in.
 * @throws FILE_UNREADABLE, KEY_FILE_LOCKED
 */
export async function openKeyFile(file: string, password: string): Promise<string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new FabricError("FILE_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  }
  try {
    return (await Wallet.fromEncryptedJson(text, password)).privateKey;
  } catch (cause) {
    // What a library says of a key could hold parts of it.
    const isPassword = cause instanceof Error && /password/i.test(cause.message);
    const problem = isPassword ? "the password is not the right one" : "it is no encrypted key of an account";
    throw new FabricError("KEY_FILE_LOCKED", { file, problem });
  }
}
