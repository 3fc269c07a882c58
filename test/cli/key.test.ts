import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { computeAddress, encryptKeystoreJson } from "ethers";
import { openKey } from "../../src/cli/key.ts";
import { keepInKeystore } from "./hardhatKeystore.ts";

const password = "open sesame";
const home = mkdtempSync(join(tmpdir(), "fabric-home-"));
const key = `0x${"4b".repeat(32)}`;

/** What Hardhat and the commands read of the environment. The keystore is in the folder for settings. */
const env = { HOME: home, XDG_CONFIG_HOME: join(home, ".config"), FABRIC_PASSWORD: password, CI: undefined };

describe("A key that is named", () => {
  const outside = new Map(Object.keys(env).map((name) => [name, process.env[name]]));
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };

  before(async () => {
    for (const [name, value] of Object.entries(env)) set(name, value);
    await keepInKeystore("OWNER", key.slice(2), password);
    await keepInKeystore("NOTE", "it is under the mat", password);
  });
  after(() => {
    for (const [name, value] of outside) set(name, value);
    rmSync(home, { recursive: true });
  });

  const refused = async (named: string, says: RegExp, code = "KEYSTORE_LOCKED") => {
    const error = await openKey(named).then(
      () => assert.fail("it was opened"),
      (each: unknown) => each,
    );
    assert(error instanceof Error && "code" in error && "remedy" in error);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert(!`${error.message} ${error.remedy}`.includes("4b4b"), "a key is said");
    assert(!`${error.message} ${error.remedy}`.includes("mat"), "a secret is said");
  };

  it("is taken from Hardhat's keystore, with its password", async () => {
    assert.equal(await openKey("keystore:OWNER"), key);
    process.env.FABRIC_PASSWORD = "close sesame";
    await refused("keystore:OWNER", /the password is not the right one/);
    process.env.FABRIC_PASSWORD = password;
  });

  it("is not what a keystore has that is no key, or is not there", async () => {
    await refused("keystore:NOTE", /NOTE: what it keeps under that name is no private key/);
    await refused("keystore:NOBODY", /NOBODY: it has no key of that name/);
    await refused("keystore:../OWNER", /letters, digits and underscores/);
  });

  it("is never taken raw from the environment", async () => {
    process.env.OWNER = key;
    await refused("keystore:OWNER", /the environment has a variable of that name/);
    delete process.env.OWNER;
  });

  it("is taken from an encrypted file; what that file lacks is said in plain words", async () => {
    const file = join(home, "owner.json");
    const scrypt = { N: 2, r: 8, p: 1 };
    const account = { address: computeAddress(key), privateKey: key };
    writeFileSync(file, await encryptKeystoreJson(account, password, { scrypt }));
    assert.equal(await openKey(file), key);
    await refused(join(home, "absent.json"), /cannot be read: there is no such file or folder\./, "FILE_UNREADABLE");
    await refused(home, /cannot be read: it is a folder\./, "FILE_UNREADABLE");
  });
});
