import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { after, describe, it } from "node:test";
import { MemoryStore } from "../../src/journal/index.ts";
import { ChainServer } from "../../src/practice/chainServer.ts";
import { RecordedChain } from "../../src/practice/recordedChain.ts";
import { until } from "./terminal.ts";

const chain = await RecordedChain.create(new MemoryStore());
const server = await ChainServer.listen(0, (method, params) => chain.request(method, params));
after(() => server.close());
const port = Number(new URL(server.url).port);

type Answer = { readonly status: number; readonly body: string };

function ask(body: string, { method = "POST", headers = {} } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const call = (method: string, id: number | string = 1) => ({ jsonrpc: "2.0", id, method, params: [] });
const blockNumber = JSON.stringify(call("eth_blockNumber"));

describe("The practice chain's JSON-RPC", () => {
  it("answers a call, and a batch in its order", async () => {
    assert.deepEqual(JSON.parse((await ask(blockNumber)).body), { jsonrpc: "2.0", id: 1, result: "0x0" });
    const batch = JSON.stringify([call("eth_chainId", "a"), call("eth_nope", 2), call("eth_blockNumber", 3)]);
    const [first, second, third] = JSON.parse((await ask(batch)).body);
    assert.deepEqual([first.id, first.result, second.id, third.id, third.result], ["a", "0x7a69", 2, 3, "0x0"]);
    assert.equal(second.error.code, -32601);
  });

  it("gives what a call reverted with in the form that other nodes have", async () => {
    const reverting = { ...call("eth_call"), params: [{ data: "0x604260005260206000fd" }, "latest"] };
    const { error } = JSON.parse((await ask(JSON.stringify(reverting))).body);
    assert.deepEqual([error.code, error.data], [3, `0x${"42".padStart(64, "0")}`]);
  });

  it("speaks as 127.0.0.1 and localhost only, or a page under another name could sign and send", async () => {
    assert.equal((await ask(blockNumber, { headers: { host: `localhost:${port}` } })).status, 200);
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "[::1]"])
      assert.equal((await ask(blockNumber, { headers: { host } })).status, 403, host);
  });

  it("does not speak with pages in a browser", async () => {
    for (const origin of ["https://evil.example", "null", server.url])
      assert.equal((await ask(blockNumber, { headers: { origin } })).status, 403, origin);
    const preflight = { method: "OPTIONS", headers: { origin: "https://evil.example" } };
    assert.equal((await ask("", preflight)).status, 403);
    assert.equal((await ask("", { method: "GET" })).status, 405);
  });

  const junk = [
    "",
    "{",
    "[]",
    "7",
    "null",
    '"eth_blockNumber"',
    "{}",
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"method":7}',
    '{"jsonrpc":"2.0","id":{},"method":"eth_blockNumber"}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":{"a":1}}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":[{"a":[]}]}',
    '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":[[]]}',
    JSON.stringify(Array.from({ length: 257 }, () => call("eth_blockNumber"))),
    "[".repeat(100_000),
  ];
  it("answers junk with an error, and goes on", async () => {
    for (const body of junk) {
      const { status, body: answer } = await ask(body);
      assert.equal(status, 200, body.slice(0, 80));
      assert.equal(typeof JSON.parse(answer).error.code, "number", body.slice(0, 80));
    }
    assert.equal((await ask(blockNumber)).status, 200);
  });

  it("answers others between the calls of a batch, so that nobody has the chain for himself", async () => {
    const asked: string[] = [];
    const release = Promise.withResolvers<void>();
    const busy = await ChainServer.listen(0, async (method) => {
      asked.push(method);
      if (method === "first") await release.promise;
    });
    try {
      const post = (body: unknown) => fetch(busy.url, { method: "POST", body: JSON.stringify(body) });
      const batch = post(["first", "second", "third"].map((method) => call(method)));
      await until("the batch is begun", () => asked.length > 0);
      await post(call("other"));
      release.resolve();
      await batch;
      assert.deepEqual(asked, ["first", "other", "second", "third"]);
    } finally {
      busy.close();
    }
  });

  it("knows when whoever asked has gone", async () => {
    const gone = Promise.withResolvers<void>();
    const hangUp = new AbortController();
    const busy = await ChainServer.listen(0, (_method, _params, signal) => {
      signal.addEventListener("abort", () => gone.resolve());
      hangUp.abort();
      return gone.promise;
    });
    try {
      const asked = fetch(busy.url, { method: "POST", body: blockNumber, signal: hangUp.signal });
      await assert.rejects(asked, { name: "AbortError" });
      await gone.promise;
    } finally {
      busy.close();
    }
  });

  it("reads no endless request, and lives on when somebody hangs up in the middle of one", async () => {
    const long = await ask(`"${"x".repeat(5 * 1024 * 1024)}"`).catch((error) => error.code);
    assert(long.status === 413 || long === "EPIPE" || long === "ECONNRESET", JSON.stringify(long));
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", () =>
          socket.resetAndDestroy(),
        );
      });
      socket.on("close", () => resolve());
    });
    assert.equal((await ask(blockNumber)).status, 200);
  });
});
