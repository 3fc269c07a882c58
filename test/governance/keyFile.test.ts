import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { openKeyFile } from "../../src/governance/index.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-key-"));
after(() => rmSync(folder, { recursive: true }));
const wallet = new Wallet(`0x${"17".repeat(32)}`);
const file = join(folder, "anchorer.json");
// A cheap derivation: what is tried here is not how hard the password is to find.
writeFileSync(file, encryptKeystoreJsonSync(wallet, "open sesame", { scrypt: { N: 2, r: 8, p: 1 } }));

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
