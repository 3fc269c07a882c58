import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../src/config/index.ts";
import { Chain, type Deployment } from "../../src/governance/index.ts";
import { FileStore, MemoryStore } from "../../src/journal/index.ts";
import { practiceKeys } from "../../src/owner/index.ts";
import { ChainServer } from "../../src/practice/chainServer.ts";
import { foundPractice } from "../../src/practice/index.ts";
import { gasMax, RecordedChain } from "../../src/practice/recordedChain.ts";
import { Folders } from "./folders.ts";

const manifest = fileURLToPath(new URL("../../config/fabric.json", import.meta.url));
const folders = new Folders();
after(() => folders.remove());

async function opened(folder: string): Promise<{ readonly chain: RecordedChain; readonly store: FileStore }> {
  const store = new FileStore(folder);
  try {
    const chain = await RecordedChain.open(store);
    assert(chain !== undefined, "there is a record");
    return { chain, store };
  } catch (error) {
    store.close();
    throw error;
  }
}

const emptyBlocks = 3;

/** A chain on which a fabric was founded, and then some empty blocks came. */
async function founded(): Promise<{
  folder: string;
  deployment: Deployment;
  newest: RecordedChain["newest"];
  madeAt: number;
}> {
  const folder = folders.make();
  const store = new FileStore(folder);
  const recorded = await RecordedChain.create(store);
  const server = await ChainServer.listen(0, (method, params) => recorded.request(method, params));
  const chain = await Chain.open(server.url);
  try {
    const { deployment } = await foundPractice(chain, readManifest(manifest), { seed: 1 });
    recorded.goLive();
    for (let count = 0; count < emptyBlocks; count++) await recorded.mineEmpty();
    return { folder, deployment, newest: recorded.newest, madeAt: Date.now() / 1000 };
  } finally {
    chain.close();
    server.close();
    store.close();
  }
}

const world = await founded();

/** The world's record with something done to it, in a folder of its own. */
function altered(alter: (record: string) => string): string {
  const folder = folders.make();
  writeFileSync(join(folder, "chain.ndjson"), alter(readFileSync(join(world.folder, "chain.ndjson"), "utf8")));
  return folder;
}

/** A contract whose making reverts. */
function revertingTransaction(): Promise<string> {
  const fees = { gasLimit: 100_000, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1n };
  return practiceKeys(31337).deployer.signTransaction({ type: 2, chainId: 31337, nonce: 0, data: "0x5f5ffd", ...fees });
}

describe("A practice chain that is recorded", () => {
  it("is made again block for block, so that a fabric outlives the process of its chain", async () => {
    const folder = altered((record) => record);
    const { chain, store } = await opened(folder);
    assert.deepEqual(chain.newest, world.newest);
    const code = await chain.request("eth_getCode", [world.deployment.contracts.CheckpointLedger.address, "latest"]);
    assert(typeof code === "string" && code.length > 1000);
    await chain.mineEmpty();
    store.close();
    const again = await opened(folder);
    assert.equal(again.chain.newest.number, world.newest.number + 1);
    again.store.close();
  });

  it("was founded in the past, so that block time is not ahead of the clock afterwards", () => {
    assert(world.newest.time <= world.madeAt + emptyBlocks, `${world.newest.time} is after ${world.madeAt}`);
    assert(world.newest.time > world.madeAt - 60, `${world.newest.time} is long before ${world.madeAt}`);
  });

  it("is the same whatever was asked of it meanwhile", async () => {
    const folder = altered((record) => record);
    const { chain, store } = await opened(folder);
    const call = { to: world.deployment.contracts.SystemPause.address, data: "0x8da5cb5b" };
    for (const tag of ["latest", "pending"]) {
      await chain.request("eth_call", [call, tag]);
      await chain.request("eth_getBlockByNumber", [tag, true]);
      await chain.request("eth_estimateGas", [call, tag]);
    }
    await chain.mineEmpty();
    const { newest } = chain;
    store.close();
    const again = await opened(folder);
    assert.deepEqual(again.chain.newest, newest);
    again.store.close();
  });

  it("loses the end of a line that a crash left unfinished, and goes on from there", async () => {
    const folder = altered((record) => record.slice(0, -20));
    const { chain, store } = await opened(folder);
    assert.equal(chain.newest.number, world.newest.number - 1);
    await chain.mineEmpty();
    const { newest } = chain;
    store.close();
    const again = await opened(folder);
    assert.deepEqual(again.chain.newest, newest);
    again.store.close();
  });

  const lines = (record: string) => record.trimEnd().split("\n");
  const withLine = (number: number, alter: (line: string) => string) => (record: string) =>
    `${lines(record)
      .map((line, index) => (index === number - 1 ? alter(line) : line))
      .join("\n")}\n`;
  const alterations: readonly (readonly [string, (record: string) => string, RegExp])[] = [
    [
      "another time of block 0",
      withLine(1, (line) => line.replace(/"time":\d+/, '"time":1700000000')),
      /line 1: block 0/,
    ],
    [
      "a transaction that is gone",
      withLine(3, (line) => line.replace(/"raw":"\w+",/, "")),
      /line 3: block 2 comes out/,
    ],
    [
      "a transaction that was altered",
      withLine(4, (line) =>
        line.replace(/"raw":"(\w+)(\w)"/, (_, raw, last) => `"raw":"${raw}${last === "0" ? 1 : 0}"`),
      ),
      /line 4: block 3/,
    ],
    ["another time of a block", withLine(5, (line) => line.replace(/(\d)(,"raw)/, "$19$2")), /line 5: block 4/],
    ["a line that is empty", withLine(6, () => ""), /line 6: it is no line/],
    ["a block that is missing", (record) => lines(record).toSpliced(6, 1).join("\n").concat("\n"), /line 7: block 6/],
    ["another format", (record) => record.replace("/v1", "/v2"), /line 1: it is no line/],
    ["something that is no record", () => "hello\n", /line 1: it is no line/],
  ];
  for (const [what, alter, message] of alterations)
    it(`with ${what} is refused: what the owners decided could not be trusted any more`, async () => {
      await assert.rejects(opened(altered(alter)), { code: "CHAIN_RECORD_ALTERED", message });
    });

  const changes = [
    "evm_mine",
    "evm_revert",
    "evm_snapshot",
    "evm_increaseTime",
    "evm_setNextBlockTimestamp",
    "hardhat_setBalance",
    "hardhat_reset",
    "hardhat_impersonateAccount",
    "eth_sendTransaction",
    "eth_sign",
  ];
  it("refuses what would change it without a record", async () => {
    const chain = await RecordedChain.create(new MemoryStore());
    for (const method of changes) {
      await assert.rejects(chain.request(method, []), { code: -32601 }, method);
    }
    assert.equal(chain.newest.number, 0);
  });

  it("takes a transaction that reverts, which is in a block all the same", async () => {
    const store = new MemoryStore();
    const chain = await RecordedChain.create(store);
    const raw = await revertingTransaction();
    await assert.rejects(chain.request("eth_sendRawTransaction", [raw]), /revert/i);
    assert.equal(chain.newest.number, 1);
    await chain.mineEmpty();
    assert.deepEqual((await RecordedChain.open(store))?.newest, chain.newest);
  });

  it("keeps nothing of a transaction that it does not take", async () => {
    const store = new MemoryStore();
    const chain = await RecordedChain.create(store);
    for (const raw of ["0x1234", "zz", 7, undefined, (await revertingTransaction()).slice(0, -2)])
      await assert.rejects(chain.request("eth_sendRawTransaction", [raw]));
    assert.equal(chain.newest.number, 0);
    await chain.mineEmpty();
    assert.deepEqual((await RecordedChain.open(store))?.newest, chain.newest);
  });

  it("comes back with every transaction that it took, however it was written", async () => {
    const store = new MemoryStore();
    const chain = await RecordedChain.create(store);
    const raw = await revertingTransaction();
    const bytes = [...Buffer.from(raw.slice(2), "hex")];
    for (const params of [[raw.slice(2)], [bytes], [Uint8Array.from(bytes)], [raw, raw], [`${raw}0`], []])
      await assert.rejects(chain.request("eth_sendRawTransaction", params), { code: -32602 }, JSON.stringify(params));
    assert.equal(chain.newest.number, 0);
    await assert.rejects(chain.request("eth_sendRawTransaction", [`0x${raw.slice(2).toUpperCase()}`]), /revert/i);
    assert.equal(chain.newest.number, 1);
    assert.deepEqual((await RecordedChain.open(store))?.newest, chain.newest);
  });

  it("has only so much time for a call, whatever gas it asks for", async () => {
    const chain = await RecordedChain.create(new MemoryStore());
    // Returns the gas that is left after three instructions.
    const asking = { data: "0x5a60005260206000fd" };
    for (const gas of [undefined, "0x5000000", "0xffffffffffffffff"]) {
      const reverted = await chain.request("eth_call", [{ ...asking, gas }, "latest"]).catch((error: unknown) => error);
      assert(reverted instanceof Error && "data" in reverted, String(reverted));
      assert(Number(reverted.data) <= (gasMax.get("eth_call") ?? 0), `${reverted.data} of gas`);
    }
  });

  it("leaves out what nobody waits for any more, but no transaction", async () => {
    const chain = await RecordedChain.create(new MemoryStore());
    const gone = new AbortController();
    const first = chain.request("eth_blockNumber", []);
    const second = chain.request("eth_blockNumber", [], gone.signal);
    const sent = chain.request("eth_sendRawTransaction", [await revertingTransaction()], gone.signal);
    gone.abort();
    assert.equal(await first, "0x0");
    await assert.rejects(second, { name: "AbortError" });
    await assert.rejects(sent, /revert/i);
    assert.equal(chain.newest.number, 1);
  });

  it("says nothing any more when it cannot write down what it did", async () => {
    const store = new MemoryStore();
    const chain = await RecordedChain.create(store);
    store.capacity = 1;
    await assert.rejects(chain.mineEmpty(), { code: "STORE_FULL" });
    await assert.rejects(chain.request("eth_blockNumber", []), { code: "STORE_FULL" });
  });
});
