import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { Chain, checkReaches, nameBytes, nameOf } from "../../src/governance/index.ts";
import { type FaultyLine, openLine } from "./faultyLine.ts";
import { type LocalChain, startChain } from "./localChain.ts";

describe("chain", () => {
  let local: LocalChain;
  let line: FaultyLine;
  before(async () => {
    local = await startChain();
    line = await openLine(local.url);
  });
  after(async () => {
    await line.close();
    await local.stop();
  });

  it("is refused when it is not the one that is meant", async () => {
    const { url, chain } = local;
    await assert.rejects(Chain.open(url, { chainId: 1 }), {
      code: "CHAIN_ID_WRONG",
      exitCode: 6,
      message: /31337, and 1/,
    });
    const genesisHash = `0x${"ab".repeat(32)}`;
    await assert.rejects(Chain.open(url, { chainId: 31337, genesisHash }), { code: "GENESIS_WRONG", exitCode: 6 });
    const again = await Chain.open(url, { chainId: 31337, genesisHash: chain.genesisHash });
    assert.equal(again.genesisHash, chain.genesisHash);
  });

  it("is unreachable where nothing listens, and where the line is cut", async () => {
    const closed = await openLine(local.url);
    await closed.close();
    await assert.rejects(Chain.open(closed.url), { code: "CHAIN_UNREACHABLE", exitCode: 5, message: /ECONNREFUSED/ });
    const chain = await Chain.open(line.url);
    line.fault = () => "answerLost";
    await assert.rejects(chain.latest(), { code: "CHAIN_UNREACHABLE" });
    line.fault = () => "none";
    assert.equal((await chain.latest()).number, 0);
  });

  it("is unreachable when it takes longer than one wants to wait", async () => {
    const hours = new Promise<never>(() => {});
    const chain = await Chain.open(line.url, { timeoutMs: 2000 });
    line.hold = hours;
    await assert.rejects(chain.latest(), { code: "CHAIN_UNREACHABLE", message: /timeout/ });
    line.hold = null;
  });

  it("holds no connection of a question that nobody answers", async () => {
    const sockets = new Set<Socket>();
    // It reads, and says nothing.
    const silent = createServer((socket) => {
      sockets.add(socket.resume().on("error", () => {}));
      socket.on("close", () => sockets.delete(socket));
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    assert.ok(address !== null && typeof address === "object");
    const url = `http://127.0.0.1:${address.port}`;
    await assert.rejects(Chain.open(url, { timeoutMs: 100 }), { code: "CHAIN_UNREACHABLE" });
    for (let tries = 0; sockets.size > 0; tries++) {
      assert.ok(tries < 500, "the connection is still open");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    silent.close();
  });

  it("is asked over one connection, however much it is, unless that has been idle for long", async () => {
    const own = await openLine(local.url);
    const chain = await Chain.open(own.url);
    const before = own.connections;
    for (let i = 0; i < 20; i++) await chain.latest();
    assert.ok(own.connections <= before + 1, `${own.connections} connections, of which ${before} to open it`);
    const used = own.connections;
    // This process hears nothing for so long that the other end may have closed it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3100);
    await chain.latest();
    assert.equal(own.connections, used + 1);
    chain.close();
    await own.close();
  });

  it("has not answered when it answers another question", async () => {
    const chain = await Chain.open(line.url);
    line.altered = (answer) => ({ ...answer, id: 1_000_000 });
    await assert.rejects(chain.latest(), { code: "CHAIN_UNREACHABLE", message: /another question/ });
    line.altered = (answer) => answer;
    assert.equal((await chain.latest()).number, 0);
    chain.close();
  });

  it("is named without the secrets of its URL in whatever goes wrong: people show errors to each other", async () => {
    const { host } = new URL(line.url);
    const url = `http://ada:secretpw@${host}/v1/MYAPIKEY?key=abc`;
    const place = `http://${host}`;
    const says = (code: string) => (error: unknown) => {
      assert.ok(error instanceof FabricError);
      assert.equal(error.code, code);
      const { message, remedy, slots } = error;
      assert.ok(message.includes(place), message);
      assert.doesNotMatch(JSON.stringify([message, remedy, slots]), /ada|secretpw|MYAPIKEY|abc/);
      return true;
    };
    line.answer = (method, result) => (method === "eth_chainId" ? "0x1" : result);
    await assert.rejects(Chain.open(url, { chainId: 5 }), says("CHAIN_ID_WRONG"));
    line.answer = (_, result) => result;
    const genesisHash = `0x${"ab".repeat(32)}`;
    await assert.rejects(Chain.open(url, { genesisHash }), says("GENESIS_WRONG"));
    const chain = await Chain.open(url);
    await assert.rejects(chain.rpc("eth_nonsense", []), says("CHAIN_REFUSED"));
    await assert.rejects(checkReaches(chain, 5), says("CHAIN_BEHIND"));
    line.fault = () => "cut";
    await assert.rejects(chain.latest(), says("CHAIN_UNREACHABLE"));
    line.fault = () => "none";
    chain.close();
    assert.equal(chain.place, place);
  });

  it("tells an answer that is an error from no answer", async () => {
    await assert.rejects(local.chain.rpc("eth_nonsense", []), {
      code: "CHAIN_REFUSED",
      exitCode: 1,
      message: /eth_nonsense/,
    });
  });

  it("keeps names of up to 32 characters, and refuses what it could not keep", () => {
    for (const name of ["a", "mars.gpu-helion", "x".repeat(32)]) assert.equal(nameOf(nameBytes(name)), name);
    for (const name of ["", "x".repeat(33), "two words", "größe"])
      assert.throws(() => nameBytes(name), { code: "VALUE_INVALID" });
  });
});
