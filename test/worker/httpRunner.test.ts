import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after, before, describe, it } from "node:test";
import { type Ended, HttpRunner } from "../../src/worker/index.ts";
import { taskWith } from "./tasks.ts";

const never = new AbortController().signal;
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
const server = createServer((request, response) => answer(request, response));
let url = "";
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  url = `http://127.0.0.1:${address.port}/work`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const run = (signal = never, lengthMax?: number) => new HttpRunner(url, lengthMax).run(taskWith(), signal);
const reasonOf = (ended: Ended) => ("reason" in ended ? ended.reason : "completed");

describe("A server that does the jobs", { timeout: 60_000 }, () => {
  it("gets the payload as the body and the facts as headers; its answer is the result", async () => {
    let asked: IncomingMessage | undefined;
    answer = (request, response) => {
      asked = request;
      request.pipe(response.writeHead(201));
    };
    const ended = await run();
    assert.deepEqual(ended, { outcome: "completed", digest: hash("sha256", "what to do", "buffer") });
    assert.equal(`${asked?.method} ${asked?.url}`, "POST /work");
    const facts = Object.entries(asked?.headers ?? {}).filter(([name]) => name.startsWith("fabric-"));
    assert.deepEqual(Object.fromEntries(facts), {
      "fabric-job": "3/17",
      "fabric-submitter": "earth.exchange",
      "fabric-lease": "9",
      "fabric-attempt": "2",
      "fabric-class": "interactive",
      "fabric-value": "5",
      "fabric-time-ms": "60000",
      "fabric-skills": "general,gpu",
      "fabric-payload-digest": `0x${"ab".repeat(32)}`,
    });
  });

  it("fails the job with any other answer than 2xx", async () => {
    for (const status of [500, 404, 302]) {
      answer = (_, response) => response.writeHead(status, { location: `${url}/elsewhere` }).end("no");
      assert.match(reasonOf(await run()), new RegExp(`answered ${status}$`));
    }
  });

  it("fails the job when it breaks off, before its answer or in the middle of it", async () => {
    answer = (request) => request.socket.destroy();
    assert.match(reasonOf(await run()), /did not answer: /);
    answer = (request, response) => {
      response.writeHead(200, { "content-length": 10 }).write("half");
      request.on("end", () => setImmediate(() => request.socket.destroy())).resume();
    };
    assert.match(reasonOf(await run()), /did not answer: /);
  });

  it("fails the job when it is not there", async () => {
    const ended = await new HttpRunner("http://127.0.0.1:1/").run(taskWith(), never);
    assert.match(reasonOf(ended), /^http:\/\/127\.0\.0\.1:1 did not answer: .*ECONNREFUSED/);
  });

  it("fails the job when it says more than it may", async () => {
    answer = (_, response) => response.end("12345678");
    assert.equal((await run(never, 8)).outcome, "completed");
    assert.equal(reasonOf(await run(never, 7)), "the answer is longer than 7 bytes");
  });

  it("sees its connection closed when the time is up, before its answer and in the middle of it", async () => {
    for (const begun of [false, true]) {
      const end = new AbortController();
      const closed = new Promise((resolve) => {
        answer = (request, response) => {
          response.on("close", resolve);
          if (begun) response.write("half");
          request.on("end", () => end.abort()).resume();
        };
      });
      assert.equal(reasonOf(await run(end.signal)), "it was stopped");
      await closed;
    }
  });

  it("has an address of http or https", () => {
    for (const wrong of ["nowhere", "ftp://127.0.0.1/", "file:///etc/passwd", ""])
      assert.throws(() => new HttpRunner(wrong), { code: "USAGE" });
  });
});
