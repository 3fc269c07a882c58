import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { makeAccountFile, openKeyFile } from "../../src/governance/index.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-key-"));
after(() => rmSync(folder, { recursive: true }));
const wallet = new Wallet(`0x${"17".repeat(32)}`);
const file = join(folder, "anchorer.json");
// A cheap derivation: what is tried here is not how hard the password is to find.
const cheap = { N: 2, r: 8, p: 1 };
writeFileSync(file, encryptKeystoreJsonSync(wallet, "open sesame", { scrypt: cheap }));

describe("The key file of an account", () => {
  it("opens with its password", async () => {
    assert.equal(await openKeyFile(file, "open sesame"), wallet.privateKey);
  });

  it("says that the password is wrong, and nothing of what is in it", async () => {
    const message = `${file} cannot be opened: the password is not the right one.`;
    await assert.rejects(openKeyFile(file, "open"), { code: "KEY_FILE_LOCKED", message });
  });

  it("that is no such file is refused: a raw key is never taken", async () => {
    const raw = join(folder, "raw");
    writeFileSync(raw, wallet.privateKey);
    const message = `${raw} cannot be opened: it is no encrypted key of an account.`;
    await assert.rejects(openKeyFile(raw, ""), { code: "KEY_FILE_LOCKED", message });
    await assert.rejects(openKeyFile(join(folder, "nowhere"), ""), { code: "FILE_UNREADABLE" });
  });
});

describe("A new key file of an account", () => {
  const made = mkdtempSync(join(folder, "made-"));
  const at = (name: string) => join(made, name);
  const makes = (name: string, password = "open sesame") => makeAccountFile(at(name), password, cheap);

  it("opens as the account whose address was said, is for its owner's eyes alone, and leaves nothing beside it", async () => {
    const address = await makes("ada.json");
    assert.equal(new Wallet(await openKeyFile(at("ada.json"), "open sesame")).address, address);
    assert.equal(statSync(at("ada.json")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(made), ["ada.json"]);
  });

  it("has a key that no other has", async () => {
    assert.notEqual(await makes("bo.json"), await makes("cy.json"));
  });

  it("is encrypted as strongly as wallets do it, unless told otherwise", async () => {
    await makeAccountFile(at("usual.json"), "open sesame");
    const { n, r, p } = JSON.parse(readFileSync(at("usual.json"), "utf8")).Crypto.kdfparams;
    assert.deepEqual({ n, r, p }, { n: 131_072, r: 8, p: 1 });
  });

  it("never takes the place of what is there, not even of what a link points to nowhere", async () => {
    writeFileSync(at("taken.json"), "mine");
    await assert.rejects(makes("taken.json"), { code: "KEY_FILE_TAKEN" });
    assert.equal(readFileSync(at("taken.json"), "utf8"), "mine");
    symlinkSync(at("nowhere"), at("link.json"));
    await assert.rejects(makes("link.json"), { code: "KEY_FILE_TAKEN" });
    // Two at once: one of them makes it, whole.
    const both = await Promise.allSettled([makes("race.json"), makes("race.json")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  it("is no device, which might have no end, and is not large: neither is read", async () => {
    writeFileSync(at("large.json"), Buffer.alloc(70_000));
    for (const file of ["/dev/null", made, at("large.json")])
      await assert.rejects(openKeyFile(file, "any password"), {
        ...{ code: "FILE_UNREADABLE", exitCode: 2 },
        message: /: it (is no regular file|is a folder|has 70000 bytes, and 65536 are the most)\.$/,
      });
  });

  it("is not made with a password that is soon guessed, nor half where it cannot be", async () => {
    await assert.rejects(makes("short.json", "seven 7"), { code: "PASSWORD_SHORT" });
    await makes("eight.json", "eight 88");
    await assert.rejects(makes("nowhere/dan.json"), { code: "FILE_UNWRITABLE" });
    assert.deepEqual(
      readdirSync(made).filter((name) => /short|nowhere|unfinished/.test(name)),
      [],
    );
  });
});
