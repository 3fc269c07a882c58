import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { parse } from "dotenv";
import { nodeOfNetwork, nodeUrl } from "../../src/cli/nodeUrl.ts";
import { FabricError } from "../../src/errors.ts";
import { fabric, root } from "./program.ts";

const started = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "fabric-env-"));
const key = "4b".repeat(32);
const words = "test test test test test test test test test test test junk";

describe("Where a node is", () => {
  before(() => process.chdir(folder));
  beforeEach(() => rmSync(".env", { recursive: true, force: true }));
  after(() => {
    process.chdir(started);
    rmSync(folder, { recursive: true });
  });

  it("is said by a URL, or by the name of one in .env, or in the environment before it", async () => {
    writeFileSync(".env", "FABRIC_RPC_SEPOLIA=https://one.example/v1#x\nFABRIC_RPC_OUR_TEST='http://two.example'\n");
    assert.equal(nodeUrl("http://127.0.0.1:8545"), "http://127.0.0.1:8545");
    assert.equal(nodeUrl("sepolia"), "https://one.example/v1");
    assert.equal(nodeUrl("our-test"), "http://two.example");
    assert.equal(await nodeOfNetwork("sepolia"), "https://one.example/v1");
    assert.equal(await nodeOfNetwork("drill"), undefined);
    process.env.FABRIC_RPC_SEPOLIA = "https://three.example";
    try {
      assert.equal(nodeUrl("sepolia"), "https://three.example");
    } finally {
      delete process.env.FABRIC_RPC_SEPOLIA;
    }
  });

  it("is not guessed: another word is refused, with the names that are known", () => {
    writeFileSync(".env", "FABRIC_RPC_SEPOLIA=https://one.example\n");
    for (const text of ["hello", "127.0.0.1:8545", "ftp://one.example", "http://", ""])
      assert.throws(() => nodeUrl(text), { code: "commander.invalidArgument", message: /these are known: sepolia\./ });
    writeFileSync(".env", "FABRIC_RPC_SEPOLIA=one.example\n");
    assert.throws(() => nodeUrl("sepolia"), { code: "USAGE", message: "FABRIC_RPC_SEPOLIA does not hold a URL." });
  });

  for (const [title, line] of [
    ["a private key", `OWNER=0x${key}`],
    ["a private key without 0x", `OWNER=${key.toUpperCase()}`],
    ["a private key in a comment", `# ${key}`],
    ["a private key behind an address", `FABRIC_RPC_OURS=https://one.example # ${key}`],
    ["a private key as the path of an address", `FABRIC_RPC_OURS=https://one.example/${key}`],
    ["twelve words", `OWNER="${words}"`],
    ["twelve words with commas", `# ${words.replaceAll(" ", ", ")}`],
    ["twelve words with numbers", words.replaceAll(" ", " 7. ")],
    ["twenty-four words", `OWNER="${words} ${words}"`],
  ])
    it(`is not taken from a file that holds ${title}, which is not repeated`, async () => {
      writeFileSync(".env", `FABRIC_RPC_SEPOLIA=https://one.example\n${line}\n`);
      const refused = (error: unknown) => {
        assert(error instanceof FabricError);
        assert.equal(error.code, "ENV_HOLDS_SECRET");
        assert.match(error.message, /^\.env holds in line 2 /);
        assert.doesNotMatch(`${error.message} ${error.remedy}`, /4b4b|junk/i);
        return true;
      };
      for (const named of ["sepolia", "http://127.0.0.1:8545"]) assert.throws(() => nodeUrl(named), refused);
      await assert.rejects(nodeOfNetwork("sepolia"), refused);
    });

  it("is not taken from a file that holds anything else: somebody would rely on a password there", () => {
    for (const line of ["FABRIC_PASSWORD=hunter22", "hunter22", "PATH=/bin"]) {
      writeFileSync(".env", `# ours\r\n\n  ${line}\nexport FABRIC_RPC_SEPOLIA = https://one.example\n`);
      assert.throws(
        () => nodeUrl("sepolia"),
        (error) => {
          assert(error instanceof FabricError);
          assert.equal(error.code, "ENV_HOLDS_OTHER");
          assert.match(error.message, /^\.env has in line 3 /);
          assert.doesNotMatch(`${error.message} ${error.remedy}`, /hunter22/);
          return true;
        },
      );
    }
  });

  it("is not taken from what is no file, in plain words", () => {
    mkdirSync(".env");
    assert.throws(() => nodeUrl("sepolia"), { code: "FILE_UNREADABLE", message: /it is a folder/ });
  });

  it("is asked for in the same way by every command that asks a chain", async () => {
    for (const command of [
      ["owner", "plan", "pause", "fabric", "--rpc", "hello"],
      ["owner", "run", "change.json", "--rpc", "hello"],
    ]) {
      const { code, err } = await fabric(command, {}, folder);
      assert.match(err, /A URL is right, as http:\/\/127\.0\.0\.1:8545, or a name/);
      assert.equal(code, 2);
    }
  });

  it("is in no example that could be taken for a real one", () => {
    assert.deepEqual(parse(readFileSync(join(root, ".env.example"))), {});
  });
});
