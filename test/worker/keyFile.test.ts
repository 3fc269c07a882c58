import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { sign, verify } from "../../src/nodes/index.ts";
import { makeKeyFile, readKeyFile } from "../../src/worker/index.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-keys-"));
after(() => rmSync(folder, { recursive: true }));
const place = (name: string) => join(folder, name);

describe("A node's key in a file", () => {
  for (const kind of ["ed25519", "p256", "secp256k1"] as const)
    it(`is the same when it is read again, and readable by its owner alone: ${kind}`, () => {
      const made = makeKeyFile(place(`${kind}.pem`), kind);
      assert.equal(statSync(place(`${kind}.pem`)).mode & 0o777, 0o600);
      const read = readKeyFile(place(`${kind}.pem`));
      assert.equal(read.publicKey.kind, kind);
      assert.deepEqual(read.publicKey.bytes, made.publicKey.bytes);
      const message = Buffer.from("said");
      assert.ok(verify(made.publicKey, message, sign(read, message)));
      assert.match(readFileSync(place(`${kind}.pem`), "utf8"), /^-----BEGIN PRIVATE KEY-----\n/);
    });

  it("is never written over another, nor through a link", () => {
    makeKeyFile(place("first.pem"), "ed25519");
    const before = readFileSync(place("first.pem"), "utf8");
    assert.throws(() => makeKeyFile(place("first.pem"), "ed25519"), { code: "KEY_FILE_TAKEN" });
    assert.equal(readFileSync(place("first.pem"), "utf8"), before);
    symlinkSync(place("elsewhere.pem"), place("link.pem"));
    assert.throws(() => makeKeyFile(place("link.pem"), "ed25519"), { code: "KEY_FILE_TAKEN" });
  });

  it("is not used when others may read or write it", () => {
    makeKeyFile(place("open.pem"), "ed25519");
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o660, 0o666]) {
      chmodSync(place("open.pem"), mode);
      assert.throws(() => readKeyFile(place("open.pem")), { code: "KEY_FILE_OPEN" }, mode.toString(8));
    }
    chmodSync(place("open.pem"), 0o400);
    readKeyFile(place("open.pem"));
  });

  it("is refused when it is no private key of our kinds, or not there, and it is said which file that is", () => {
    const pem = { type: "pkcs8", format: "pem" } as const;
    const encrypted = { ...pem, cipher: "aes-256-cbc", passphrase: "secret" };
    const contents = {
      rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pem),
      encrypted: generateKeyPairSync("ed25519").privateKey.export(encrypted),
      public: generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }),
      empty: "",
    };
    for (const [name, content] of Object.entries(contents)) {
      writeFileSync(place(name), content, { mode: 0o600 });
      assert.throws(() => readKeyFile(place(name)), new RegExp(`${place(name)} is no private key: `));
    }
    assert.throws(() => readKeyFile(place("none.pem")), {
      code: "FILE_UNREADABLE",
      message: /cannot be read: there is no such file/,
    });
    // A device might have no end.
    assert.throws(() => readKeyFile("/dev/null"), { code: "FILE_UNREADABLE", message: /it is no regular file\.$/ });
    writeFileSync(place("large.pem"), Buffer.alloc(70_000), { mode: 0o600 });
    assert.throws(() => readKeyFile(place("large.pem")), { code: "FILE_UNREADABLE", message: /70000 bytes/ });
    assert.throws(() => makeKeyFile(place("none/below.pem"), "ed25519"), {
      code: "FILE_UNWRITABLE",
      message: /: there is no such file or folder\.$/,
    });
  });
});
