import { isHexString } from "ethers";
import { FabricError } from "../errors.ts";
import { loadHardhat } from "./hardhat.ts";

/** As Hardhat takes them. */
const nameForm = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The key of an account, hex, from Hardhat's keystore, where `npx hardhat keystore set <name>` has put it.
 * @param askPassword called when the keystore needs it
 * @throws KEYSTORE_LOCKED
 */
export async function openKeystore(name: string, askPassword: () => Promise<string>): Promise<string> {
  const locked = (problem: string) => new FabricError("KEYSTORE_LOCKED", { name, problem });
  if (!nameForm.test(name)) throw locked("a name has letters, digits and underscores, and begins with no digit");
  // Hardhat would take it instead: a key that stands in the environment is read by every program that is started there.
  if (process.env[name] !== undefined) throw locked("the environment has a variable of that name, which comes first");
  const { hooks } = await loadHardhat();
  let asking: Promise<string> | undefined;
  hooks.registerHandlers("userInterruptions", {
    requestSecretInput: () => {
      asking = askPassword();
      return asking;
    },
  });
  const absent = locked("it has no key of that name, or was not opened since this runs where CI is set");
  let key: string;
  try {
    key = await hooks.runHandlerChain(
      "configurationVariables",
      "fetchValue",
      [{ _type: "ConfigurationVariable", name }],
      () => Promise.reject(absent),
    );
  } catch (error) {
    if (error === absent) throw error;
    // What kept the password from being asked for says so itself.
    await asking;
    // What a library says of a key could hold parts of it.
    throw locked("the password is not the right one, or the keystore is broken");
  }
  const hex = key.trim().replace(/^(0x)?/, "0x");
  if (!isHexString(hex, 32)) throw locked("what it keeps under that name is no private key of 32 bytes in hex");
  return hex;
}
