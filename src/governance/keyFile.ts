import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { encryptKeystoreJson, Wallet } from "ethers";
import { readRegularFile } from "../config/index.ts";
import { FabricError, unwritable } from "../errors.ts";

/** More than any file of a key has. */
export const keyFileBytesMax = 64 * 1024;

/**
 * The key of an account, hex, from the encrypted file (Web3 Secret Storage) that wallets keep it in.
 * @throws FILE_UNREADABLE, KEY_FILE_LOCKED
 */
export async function openKeyFile(file: string, password: string): Promise<string> {
  const text = readRegularFile(file, keyFileBytesMax).toString();
  try {
    return (await Wallet.fromEncryptedJson(text, password)).privateKey;
  } catch (cause) {
    // What a library says of a key could hold parts of it.
    const isPassword = cause instanceof Error && /password/i.test(cause.message);
    const problem = isPassword ? "the password is not the right one" : "it is no encrypted key of an account";
    throw new FabricError("KEY_FILE_LOCKED", { file, problem });
  }
}

/** The fewest characters of a password: whoever gets hold of the file may guess for as long as they like. */
export const passwordLengthMin = 8;

/** @throws PASSWORD_SHORT */
export function checkPassword(password: string): void {
  const length = [...password].length;
  if (length < passwordLengthMin) throw new FabricError("PASSWORD_SHORT", { length, least: passwordLengthMin });
}

/** What one guess at a password costs: as wallets have it, 128 MiB and about half a second of a processor. */
const usualWork = { N: 2 ** 17, r: 8, p: 1 };

/**
 * Makes the key of an account and keeps it in a new encrypted file (Web3 Secret Storage) that its owner alone may read.
 * @param work as scrypt counts it (RFC 7914); only where nothing is at stake less than the usual
 * @returns the account's address
 * @throws PASSWORD_SHORT; KEY_FILE_TAKEN when something is there; FILE_UNWRITABLE
 */
export async function makeAccountFile(file: string, password: string, work = usualWork): Promise<string> {
  checkPassword(password);
  refuseTaken(file);
  const { address, privateKey } = Wallet.createRandom();
  writeKeyFile(file, await encryptKeystoreJson({ address, privateKey }, password, { scrypt: work }));
  return address;
}

/** @throws KEY_FILE_TAKEN when there is anything by that name */
export function refuseTaken(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw new FabricError("KEY_FILE_TAKEN", { file });
}

/**
 * Writes a file that its owner alone may read, where nothing is yet. It is there whole and on the disk, or not at all.
 * @throws KEY_FILE_TAKEN, FILE_UNWRITABLE
 */
export function writeKeyFile(file: string, text: string | Buffer): void {
  const unfinished = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString("hex")}.unfinished`);
  try {
    writeFileSync(unfinished, text, { flag: "wx", mode: 0o600, flush: true });
    nameFinished(unfinished, file);
  } catch (cause) {
    if (cause instanceof FabricError) throw cause;
    throw unwritable(file, cause);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Unlike another name, a second one never takes the place of what is there. */
function nameFinished(unfinished: string, file: string): void {
  try {
    linkSync(unfinished, file);
  } catch {
    // Something is there; or the file system, as that of many a memory stick, knows no second names.
    refuseTaken(file);
    renameSync(unfinished, file);
  }
}
