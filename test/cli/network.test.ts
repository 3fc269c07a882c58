import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { nameNetwork } from "../../src/cli/network.ts";
import type { ErrorCode, FabricError } from "../../src/errors.ts";

const started = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "fabric-network-"));
const file = join(".fabric", "networks.json");
const genesis = (byte: string) => `0x${byte.repeat(32)}`;
const chainOf = (chainId: number, genesisHash = genesis("11")) => ({ chainId, genesisHash, place: "http://node" });

describe("Naming a network", () => {
  before(() => process.chdir(folder));
  beforeEach(() => rmSync(".fabric", { recursive: true, force: true }));
  after(() => {
    process.chdir(started);
    rmSync(folder, { recursive: true });
  });

  const refused = (chainId: number, name: string | undefined, code: ErrorCode, says = /./) =>
    assert.rejects(nameNetwork(chainOf(chainId), name), (error: FabricError) => {
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });

  it("is asked for once: from then on the name is known, and others are refused", async () => {
    await refused(77_777, undefined, "NETWORK_UNNAMED", /Chain 77777 at http:\/\/node/);
    assert.equal(await nameNetwork(chainOf(77_777), "ours"), "ours");
    assert.equal(await nameNetwork(chainOf(77_777), undefined), "ours");
    await refused(77_777, "theirs", "NETWORK_MISNAMED", /has it as ours/);
  });

  it("stops somebody who is on mainnet and means sepolia, or another one", async () => {
    await refused(
      1,
      "sepolia",
      "NETWORK_MISNAMED",
      /Chain 1 .* is not the network sepolia: everybody calls it mainnet/,
    );
    await refused(77_777, "mainnet", "NETWORK_MISNAMED", /that is chain 1\b/);
    await refused(77_777, "practice", "NETWORK_MISNAMED", /that is chain 31337/);
    await refused(31_337, "sepolia", "NETWORK_MISNAMED", /everybody calls it practice/);
    assert.equal(await nameNetwork(chainOf(11_155_111), "sepolia"), "sepolia");
  });

  it("refuses a chain that began otherwise than the one that was named, and one with another id", async () => {
    await nameNetwork(chainOf(11_155_111), "sepolia");
    await nameNetwork(chainOf(77_777), "ours");
    const impostor = chainOf(11_155_111, genesis("22"));
    await assert.rejects(nameNetwork(impostor, "sepolia"), { code: "NETWORK_MISNAMED" });
    await assert.rejects(nameNetwork(impostor, undefined), { code: "NETWORK_UNNAMED" });
    await refused(77_778, "ours", "NETWORK_MISNAMED", /has that as chain 77777/);
  });

  it("needs no name for practice, and leaves nothing behind there", async () => {
    assert.equal(await nameNetwork(chainOf(31_337), undefined), "practice");
    assert.throws(() => readFileSync(file), { code: "ENOENT" });
  });

  it("refuses names that say something else on a terminal, and a file of names that is torn", async () => {
    for (const name of ["", " ", "a b", "\u001b[2J", "a".repeat(33)]) await refused(77_777, name, "VALUE_INVALID");
    mkdirSync(".fabric");
    writeFileSync(file, '{ "format": "planetary-fabric/networks/v1", "netw');
    await refused(77_777, "ours", "DOCUMENT_INVALID", /networks\.json/);
  });
});
