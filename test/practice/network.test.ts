import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fabric } from "../cli/commandLines.ts";

describe("A chain that is named on the command line", { timeout: 120_000 }, () => {
  for (const name of ["foo", "ftp://x", "http://", "toString"])
    it(`is refused as a mistake of who typed it, also far from this project: ${name}`, async () => {
      for (const command of ["drill", "up"]) {
        const { code, out, err } = await fabric([command, "--network", name], {}, "/");
        assert.deepEqual([code, out], [2, ""], err);
        assert.match(err, /^NETWORK_UNKNOWN: hardhat\.config\.ts has no network .+\n.+: drill, localhost\.$/m);
      }
    });

  it("is found by its name from there, too", async () => {
    const { networkUrl } = await import("../../src/practice/index.ts");
    const before = process.cwd();
    process.chdir("/");
    try {
      assert.equal(await networkUrl("localhost"), "http://127.0.0.1:8545");
    } finally {
      process.chdir(before);
    }
  });

  for (const rpc of ["hello", "ftp://x", "http://"])
    it(`is refused when a bundle is to be held against it: ${rpc}`, async () => {
      const { code, err } = await fabric(["verify", "nowhere", "--rpc", rpc]);
      assert.equal(code, 2, err);
      assert.match(err, /--rpc.*http/);
    });
});
