import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { RpcClient, RpcRefusal } from "../../src/governance/rpc.ts";

describe("What is asked of a node", () => {
  let connections = 0;
  /** Question n gets answer n; the last one stays. */
  let answers: ((response: ServerResponse, id: unknown) => void)[] = [];
  let questions = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const answer = answers[Math.min(questions++, answers.length - 1)];
    answer(response, JSON.parse(body).id);
  });
  server.on("connection", () => connections++);
  let url: string;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => {
    connections = 0;
    questions = 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const says = (answer: object) => (response: ServerResponse, id: unknown) =>
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
  const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end("not now");

  async function asked(timeoutMs = 10_000): Promise<unknown> {
    const client = new RpcClient(url, timeoutMs);
    try {
      return await client.ask("eth_chainId", []);
    } finally {
      client.close();
    }
  }

  it("takes one connection, however much it is", async () => {
    answers = [says({ result: "0x1" })];
    const client = new RpcClient(url, 10_000);
    for (let i = 0; i < 20; i++) assert.equal(await client.ask("eth_chainId", []), "0x1");
    client.close();
    assert.equal(connections, 1);
  });

  it("is asked again where the node is asked too often", async () => {
    answers = [status(429), status(429), says({ result: "0x1" })];
    assert.equal(await asked(), "0x1");
    assert.equal(questions, 3);
  });

  it("has no answer where the node never has the time, or is none", async () => {
    answers = [status(429)];
    await assert.rejects(asked(300), /HTTP status 429/);
    for (const code of [404, 503]) {
      answers = [status(code)];
      await assert.rejects(asked(), new RegExp(`HTTP status ${code}`));
    }
  });

  it("has no answer where that is to another question, or in another language", async () => {
    answers = [(response) => says({ result: "0x1" })(response, 7)];
    await assert.rejects(asked(), /another question/);
    for (const text of ["<html>", "", '"0x1"', '[{"result":"0x1"}]', '{"id":1,"error":"no"}']) {
      answers = [(response) => response.end(text)];
      await assert.rejects(asked(), (error) => !(error instanceof RpcRefusal), text);
    }
  });

  it("may be refused; what a call reverted with is found wherever nodes put it", async () => {
    const data = "0x82b42900";
    const errors: readonly (readonly [object, string | null])[] = [
      [{ code: 3, message: "execution reverted", data }, data],
      [{ code: -32603, message: "Error: reverted with a custom error", data: { message: "it reverted", data } }, data],
      [{ code: -32000, message: "nonce too low" }, null],
      [{ code: -32000, message: "nonce too low", data }, null],
    ];
    for (const [error, expected] of errors) {
      answers = [says({ error })];
      await assert.rejects(asked(), (found) => {
        assert.ok(found instanceof RpcRefusal && "message" in error);
        assert.equal(found.message, error.message);
        assert.equal(found.data, expected);
        return true;
      });
    }
  });
});
