import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Chain } from "../../src/governance/index.ts";
import { readWorld } from "../../src/owner/index.ts";
import { ChainServer } from "../../src/practice/chainServer.ts";
import { startFork } from "../../src/practice/index.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";

describe("A fork of a chain", () => {
  let local: LocalFabric;
  let folder: string;
  before(async () => {
    local = await startFabric();
    folder = mkdtempSync(join(tmpdir(), "fabric-forks-"));
    process.env.TMPDIR = folder;
  });
  after(async () => {
    delete process.env.TMPDIR;
    rmSync(folder, { recursive: true });
    await local.stop();
  });

  it("begins as the chain stands, keeps what it heard of it as long as it lives, and leaves nothing behind", async () => {
    const started = await startFork(local.chain);
    const fork = await Chain.open(started.url, local.chain);
    const { parameters } = await readWorld(fork, local.deployment);
    assert.deepEqual(parameters, (await readWorld(local.chain, local.deployment)).parameters);
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(kept.length > 50, `${kept.length} answers are kept; the others are asked for again and again`);
    fork.close();
    await started.close();
    assert.deepEqual(readdirSync(folder), []);
  });

  it("leaves nothing behind when there can be none", async () => {
    const node = await ChainServer.listen(0, (method, params) => {
      if (method === "net_version") return Promise.reject(new RangeError("nobody is told"));
      return local.chain.rpc(method, params);
    });
    const chain = await Chain.open(node.url, local.chain);
    await assert.rejects(startFork(chain), { code: "CHAIN_ANSWER_MALFORMED" });
    chain.close();
    node.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});
