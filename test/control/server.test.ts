import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { z } from "zod";
import { ControlClient, type ControlLimits, ControlServer, payloadLengthMax } from "../../src/control/index.ts";
import { FabricError } from "../../src/errors.ts";
import { sha256, toHex } from "../../src/journal/index.ts";
import { frameLengthMax } from "../../src/nodes/index.ts";
import {
  liveJob,
  MemoryDesk,
  messageFrame,
  receiptView,
  statusView,
  submissionFrame,
  submitterView,
  theJob,
  zeros,
} from "./memoryDesk.ts";
import { until } from "./waiting.ts";

const root = mkdtempSync(join(tmpdir(), "fabric-control-"));
after(() => rmSync(root, { recursive: true }));
const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;
const toldForm = z.object({ code: z.string(), message: z.string(), remedy: z.string() });
const never = new AbortController().signal;

describe("A control server", () => {
  const socket = join(root, "c.sock");
  let desk: MemoryDesk;
  let server: ControlServer;
  let client: ControlClient;
  const raw: Socket[] = [];

  async function open(limits: Partial<ControlLimits> = {}): Promise<void> {
    desk = new MemoryDesk();
    server = await ControlServer.open(desk, socket, limits);
    client = new ControlClient(socket);
  }

  afterEach(async () => {
    client.close();
    for (const connection of raw.splice(0)) connection.destroy();
    desk.settle();
    await server.close();
  });

  /** A connection that speaks as the test pleases. */
  async function dial(): Promise<Socket> {
    const connection = connect(socket);
    connection.on("error", () => {});
    raw.push(connection);
    await once(connection, "connect");
    return connection;
  }

  /** What comes back until the server hangs up. */
  async function reply(connection: Socket): Promise<string> {
    let text = "";
    connection.on("data", (piece) => {
      text += piece;
    });
    await new Promise((resolve) => connection.once("close", resolve));
    return text;
  }

  /** Until the reader of the events that have no end is served no more of them. */
  async function stalled(): Promise<void> {
    await until(() => desk.fetched > 0, "it is served");
    let before = -1;
    while (before !== desk.fetched && desk.fetched < 1000) {
      before = desk.fetched;
      for (let asked = 0; asked < 50; asked++) await client.status();
    }
  }

  async function ask(method: string, path: string, body?: Uint8Array) {
    const sent = request({ socketPath: socket, method, path, headers: { connection: "close" } });
    sent.on("error", () => {});
    sent.end(body);
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode, told: toldForm.parse(await json(answer)) };
  }

  describe("serves", () => {
    beforeEach(() => open());

    it("the status", async () => {
      assert.deepEqual(await client.status(), statusView);
    });

    it("submissions and node messages, as they were signed", async () => {
      const frame = submissionFrame();
      assert.deepEqual(await client.submit(frame), { tick: 7, taken: true, jobs: [{ number: 1, answer: "accepted" }] });
      assert.deepEqual(desk.submissions, [frame]);
      const message = messageFrame(1);
      assert.deepEqual(await client.message(message), { tick: 7, taken: true, refusedLeases: [3] });
      assert.deepEqual(desk.messages, [message]);
    });

    it("a node's leases, whole and in order, to that node alone, until it has heard enough", async () => {
      const stop = new AbortController();
      const { tick, frames } = await client.leases(2, stop.signal);
      assert.equal(tick, 7);
      const sent = [Uint8Array.of(1), new Uint8Array(300_000).fill(2), new Uint8Array(0), Uint8Array.of(3)];
      desk.dispatch(1, Uint8Array.of(9));
      for (const frame of sent.slice(0, 2)) desk.dispatch(2, frame);
      const heard: Uint8Array[] = [];
      for await (const frame of frames) {
        heard.push(frame);
        if (heard.length === 2) for (const next of sent.slice(2)) desk.dispatch(2, next);
        if (heard.length === sent.length) stop.abort();
      }
      assert.deepEqual(heard, sent);
      await until(() => desk.listeners.size === 0, "the desk is told that nobody listens any more");
    });

    it("the jobs that are asked for", async () => {
      const query = { submitter: "earth.exchange", shard: "earth", state: "queued", limit: 3 } as const;
      assert.deepEqual(await client.jobs(query), [liveJob]);
      await client.jobs();
      assert.deepEqual(desk.queries, [query, {}]);
    });

    it("a job, what it waits for, its receipt, its submitter; and nothing of what there is not", async () => {
      assert.deepEqual(await client.job(theJob), liveJob);
      assert.equal((await client.why(theJob))?.sentence, "It waits.");
      assert.deepEqual(await client.receipt(theJob), receiptView);
      assert.deepEqual(await client.submitter(theJob.submitter), submitterView);
      const other = { submitter: "a/b ü", number: 1 };
      assert.equal(await client.job(other), undefined);
      assert.equal(await client.why(other), undefined);
      assert.equal(await client.receipt(other), undefined);
      assert.equal(await client.submitter(other.submitter), undefined);
      const { status, told } = await ask("GET", "/v1/jobs/a/1");
      assert.equal(status, 404);
      assert.equal(told.code, "CONTROL_NOT_FOUND");
      assert.match(told.message, /job a\/1/);
    });

    it("events, line by line, from the tick that is asked for", async () => {
      desk.lines = ["ü".repeat(200_001), "a", "€".repeat(100_000)];
      const heard: string[] = [];
      for await (const line of client.events({ fromTick: 4 }, never)) heard.push(line);
      assert.deepEqual(heard, desk.lines);
      const stop = new AbortController();
      for await (const _ of client.events({ follow: true }, stop.signal)) stop.abort();
      assert.deepEqual(desk.eventQueries, [{ fromTick: 4 }, { follow: true }]);
    });

    it("payloads, byte for byte, up to the most that there is room for", async () => {
      const bytes = new Uint8Array(payloadLengthMax).map((_, index) => index % 251);
      const digest = await client.putPayload(bytes);
      assert.equal(digest, toHex(sha256(bytes)));
      assert.deepEqual(await client.payload(digest), bytes);
      assert.equal(await client.payload(zeros), undefined);
      await assert.rejects(client.putPayload(new Uint8Array(payloadLengthMax + 1)), /262145 bytes is too large/);
    });

    it("when a block is in force", async () => {
      desk.block = 5;
      assert.deepEqual(await client.inForce(4, never), { block: 5, version: 2, tick: 7 });
    });

    it("many messages over one connection", async () => {
      let connections = 0;
      const count = () => {
        connections++;
      };
      subscribe("net.client.socket", count);
      for (let seq = 1; seq <= 5; seq++) await client.message(messageFrame(1, seq));
      unsubscribe("net.client.socket", count);
      assert.equal(connections, 1);
    });
  });

  describe("lets nobody in but its user", () => {
    it("with a socket that only the owner may open", async () => {
      await open();
      assert.ok(lstatSync(socket).isSocket());
      assert.equal(statSync(socket).mode & 0o777, 0o600);
    });

    it("and does not start in a folder that others may enter", async () => {
      await open();
      const folder = mkdtempSync(join(root, "open-"));
      chmodSync(folder, 0o755);
      await assert.rejects(ControlServer.open(desk, join(folder, "c.sock")), isCode("CONTROL_FOLDER_UNSAFE"));
    });
  });

  describe("and others at its path", () => {
    it("leaves a server that answers alone: two fabrics of one world would each have half of the nodes", async () => {
      await open();
      await assert.rejects(ControlServer.open(new MemoryDesk(), socket), isCode("CONTROL_IN_USE"));
      assert.deepEqual(await client.status(), statusView);
    });

    it("takes the place of one that was killed, whose clients are told that nothing is known of what they sent", async () => {
      const child = await serveInAnotherProcess(socket);
      const orphan = new ControlClient(socket);
      try {
        const sent = orphan.message(messageFrame(1));
        const told = assert.rejects(sent, isCode("CONTROL_BROKEN"));
        await once(child, "message");
        child.kill("SIGKILL");
        await told;
        await once(child, "exit");
        assert.ok(existsSync(socket), "a killed process leaves its socket behind");
        await assert.rejects(orphan.status(), isCode("FABRIC_NOT_RUNNING"));
        await open();
        assert.deepEqual(await orphan.status(), statusView);
      } finally {
        orphan.close();
        child.kill("SIGKILL");
      }
    });

    it("removes its socket when it is closed", async () => {
      await open();
      await server.close();
      assert.ok(!existsSync(socket));
      await assert.rejects(client.status(), isCode("FABRIC_NOT_RUNNING"));
    });
  });

  describe("says what is wrong with", () => {
    beforeEach(() => open());

    const wrong: readonly (readonly [what: string, method: string, path: string, status: number, says: RegExp])[] = [
      ["a path that there is not", "GET", "/v1/nothing", 404, /\/v1\/status/],
      ["a path of another version", "GET", "/v2/status", 404, /CONTROL_REQUEST_INVALID/],
      ["a path with bad escapes", "GET", "/v1/submitters/%zz", 400, /no path/],
      ["the wrong method", "DELETE", "/v1/status", 405, /Use GET/],
      ["a job without a number", "GET", "/v1/jobs/a/b", 400, /not a job's number/],
      ["a number beyond all numbers", "GET", "/v1/jobs/a/9999999999999999", 400, /whole number/],
      ["a node beyond all nodes", "GET", "/v1/nodes/4294967296/leases", 400, /4294967295/],
      ["a block that is none", "GET", "/v1/governance/-1", 400, /whole number/],
      ["a digest in capitals", "GET", `/v1/payloads/0x${"AB".repeat(32)}`, 400, /lower-case/],
      ["a state that there is not", "GET", "/v1/jobs?state=lost", 400, /state/],
      ["too many jobs at once", "GET", "/v1/jobs?limit=10001", 400, /1 to 10000/],
      ["a question that it does not know", "GET", "/v1/jobs?colour=red", 400, /colour/],
      ["an event before the first", "GET", "/v1/events?from=-1", 400, /from/],
    ];
    for (const [what, method, path, status, says] of wrong)
      it(what, async () => {
        const answer = await ask(method, path);
        assert.equal(answer.status, status);
        assert.match(`${answer.told.code} ${answer.told.message} ${answer.told.remedy}`, says);
      });

    it("its own desk, in the words, with the code and the exit code, of whatever was thrown there", async () => {
      desk.thrown = new FabricError("JOURNAL_BEHIND", { evidence: "checkpoint 3" });
      const { code, message, remedy, exitCode } = desk.thrown as FabricError;
      await assert.rejects(client.status(), { name: "FabricError", code, message, remedy, exitCode });
      desk.thrown = new Error("what nobody thought of");
      await assert.rejects(client.status(), (error) => {
        assert.ok(error instanceof FabricError && error.code === "CONTROL_FAILED");
        assert.match(error.message, /what nobody thought of/);
        return true;
      });
    });
  });

  describe("goes on serving others", () => {
    const junk: readonly (readonly [what: string, sent: string | Uint8Array, reply: RegExp])[] = [
      ["garbage", new Uint8Array(4096).fill(0xfe), /^HTTP\/1.1 400/],
      ["a head that never ends", `GET /v1/status HTTP/1.1\r\nhost: f\r\nx: ${"x".repeat(70_000)}`, /^HTTP\/1.1 431|^$/],
      ["a length that is no number", "POST /v1/messages HTTP/1.1\r\nhost: f\r\ncontent-length: -5\r\n\r\n", /400/],
      [
        "two lengths",
        "POST /v1/messages HTTP/1.1\r\nhost: f\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n12345",
        /^HTTP\/1.1 400/,
      ],
      [
        "chunks that are none",
        "POST /v1/messages HTTP/1.1\r\nhost: f\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        /^HTTP\/1.1 400/,
      ],
      ["another protocol", "CONNECT example.org:443 HTTP/1.1\r\nhost: f\r\n\r\n", /^$/],
      [
        "a wish for web sockets",
        "GET /v1/nothing HTTP/1.1\r\nhost: f\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n",
        /404|^$/,
      ],
    ];
    for (const [what, sent, expected] of junk)
      it(`when one sends ${what}`, async () => {
        await open();
        const connection = await dial();
        const replied = reply(connection);
        connection.write(sent);
        assert.match(await replied, expected);
        assert.deepEqual(await client.status(), statusView);
      });

    it("and hands a frame that is none to the desk, which knows how to refuse it", async () => {
      await open();
      await client.message(Uint8Array.of(1, 2, 3));
      assert.deepEqual(desk.messages, [Uint8Array.of(1, 2, 3)]);
    });

    const tooLarge: readonly (readonly [path: string, method: string, most: number])[] = [
      ["/v1/messages", "POST", frameLengthMax.nodeMessage],
      ["/v1/submissions", "POST", frameLengthMax.submission],
      ["/v1/payloads", "PUT", payloadLengthMax],
      ["/v1/status", "GET", 0],
    ];
    for (const [path, method, most] of tooLarge)
      it(`when one announces more than ${most} bytes for ${path}: it is told before it has sent them`, async () => {
        await open();
        const connection = await dial();
        const replied = reply(connection);
        connection.write(`${method} ${path} HTTP/1.1\r\nhost: f\r\ncontent-length: ${most + 1}\r\n\r\n`);
        assert.match(await replied, /^HTTP\/1.1 413[\s\S]*CONTROL_REQUEST_INVALID/);
      });

    it("when one sends too much without having announced it", async () => {
      await open();
      const connection = await dial();
      const replied = reply(connection);
      connection.write("PUT /v1/payloads HTTP/1.1\r\nhost: f\r\ntransfer-encoding: chunked\r\n\r\n");
      const size = payloadLengthMax + 1;
      connection.write(`${size.toString(16)}\r\n`);
      connection.write(Buffer.alloc(size));
      assert.match(await replied, /^HTTP\/1.1 413/);
      assert.deepEqual(await client.status(), statusView);
    });

    for (const [what, sent] of [
      ["no request at all", ""],
      ["half a head", "GET /v1/status HTTP/1.1\r\nhos"],
      ["half a body", "POST /v1/messages HTTP/1.1\r\nhost: f\r\ncontent-length: 100\r\n\r\nhalf"],
    ])
      it(`when one sends ${what} and falls silent: it is cut off`, async () => {
        await open({ headMs: 100, requestMs: 200 });
        const connection = await dial();
        const replied = reply(connection);
        connection.write(sent);
        assert.deepEqual(await client.status(), statusView);
        assert.match(await replied, /^HTTP\/1.1 408/);
        assert.equal(desk.messages.length, 0);
      });

    it("when one goes away in the middle of a body, which counts as nothing then", async () => {
      await open({ waiting: 1 });
      const connection = await dial();
      connection.write("POST /v1/messages HTTP/1.1\r\nhost: f\r\ncontent-length: 100\r\n\r\nhalf");
      let busy = false;
      while (!busy) busy = (await client.status().catch((error) => error)) instanceof FabricError;
      connection.destroy();
      let answer: unknown;
      while (answer === undefined) answer = await client.status().catch(() => undefined);
      assert.deepEqual(answer, statusView);
      assert.equal(desk.messages.length, 0);
    });

    it("when one asks more than once before it reads", async () => {
      await open();
      const connection = await dial();
      const replied = reply(connection);
      connection.write("GET /v1/status HTTP/1.1\r\nhost: f\r\n\r\n".repeat(3));
      connection.write("GET /v1/status HTTP/1.1\r\nhost: f\r\nconnection: close\r\n\r\n");
      assert.equal((await replied).split("HTTP/1.1 200").length - 1, 4);
    });

    it("when one floods it with the messages of one node: the others' messages still find room", async () => {
      await open({ waitingOfNode: 3 });
      desk.answersAtOnce = false;
      const waiting = [1, 2, 3].map((seq) => client.message(messageFrame(1, seq)));
      await until(() => desk.messages.length === 3, "three messages wait");
      await assert.rejects(client.message(messageFrame(1, 4)), isCode("CONTROL_BUSY"));
      const other = client.message(messageFrame(2));
      await until(() => desk.messages.length === 4, "the other node's message waits");
      desk.settle();
      await Promise.all([...waiting, other]);
      desk.answersAtOnce = true;
      await client.message(messageFrame(1, 5));
    });

    it("when too much waits: it takes no more, says so, and takes again when there is room", async () => {
      await open({ waiting: 2 });
      desk.answersAtOnce = false;
      const waiting = [client.submit(submissionFrame()), client.submit(submissionFrame())];
      await until(() => desk.submissions.length === 2, "two submissions wait");
      await assert.rejects(client.submit(submissionFrame()), isCode("CONTROL_BUSY"));
      desk.settle();
      await Promise.all(waiting);
      assert.deepEqual(await client.status(), statusView);
    });

    it("when what waits is too large in all", async () => {
      await open({ heldBytes: 10_000 });
      desk.answersAtOnce = false;
      const waiting = client.submit(new Uint8Array(9_000));
      await until(() => desk.submissions.length === 1, "a large submission waits");
      await assert.rejects(client.submit(new Uint8Array(2_000)), (error) =>
        ["CONTROL_BUSY", "CONTROL_BROKEN"].includes((error as FabricError).code),
      );
      assert.equal(desk.submissions.length, 1);
      desk.settle();
      await waiting;
      desk.answersAtOnce = true;
      await client.submit(new Uint8Array(9_000));
    });

    it("when too many listen: those that do go on", async () => {
      await open({ streams: 2 });
      const stop = new AbortController();
      await client.leases(1, stop.signal);
      await client.leases(2, stop.signal);
      await assert.rejects(client.leases(3, stop.signal), isCode("CONTROL_BUSY"));
      stop.abort();
      await until(() => desk.listeners.size === 0, "nobody listens any more");
      await client.leases(3, AbortSignal.timeout(60_000));
    });

    it("when a listener does not read: it is dropped, and what is kept for it has an end", async () => {
      await open();
      const connection = await dial();
      connection.write("GET /v1/nodes/1/leases HTTP/1.1\r\nhost: f\r\n\r\n");
      await until(() => desk.listeners.size === 1, "it listens");
      connection.pause();
      const stop = new AbortController();
      const { frames } = await client.leases(1, stop.signal);
      const heard = (async () => {
        let count = 0;
        for await (const _ of frames) count++;
        return count;
      })();
      let sent = 0;
      const listening = () => desk.listeners.get(1)?.size ?? 0;
      while (listening() === 2) {
        assert.ok(sent < 1000, "65 MB were not read, and it still listens");
        desk.dispatch(1, new Uint8Array(65_536));
        sent++;
        // The one that reads has its chance to.
        await new Promise(setImmediate);
      }
      assert.equal(listening(), 1);
      desk.dispatch(1, Uint8Array.of(1));
      stop.abort();
      await heard;
    });

    it("when a reader of events does not read: no more is fetched than fits between the two", async () => {
      await open();
      desk.endless = `${"x".repeat(65_535)}\n`;
      const connection = await dial();
      connection.pause();
      connection.write("GET /v1/events HTTP/1.1\r\nhost: f\r\n\r\n");
      await stalled();
      assert.ok(desk.fetched < 100, `${desk.fetched} pieces of 64 KiB wait for it`);
      desk.endless = undefined;
    });
  });

  describe("when it is closed", () => {
    it("ends what listens, tells what is settled, and says of the rest that the fabric stops", async () => {
      await open();
      desk.answersAtOnce = false;
      const { frames } = await client.leases(1, never);
      const listened = (async () => {
        for await (const _ of frames);
      })();
      const followed = (async () => {
        for await (const _ of client.events({ follow: true }, never));
      })();
      const settled = client.submit(submissionFrame());
      const half = await dial();
      half.write("POST /v1/messages HTTP/1.1\r\nhost: f\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n");
      await once(half, "data");
      const halfReply = reply(half);
      const blocked = assert.rejects(client.inForce(9, never), isCode("FABRIC_STOPPING"));
      const unsettled = assert.rejects(client.message(messageFrame(1)), isCode("FABRIC_STOPPING"));
      await until(() => desk.submissions.length + desk.messages.length + desk.eventQueries.length === 3, "all wait");
      desk.settleSubmissions();
      await server.close();
      assert.equal((await settled).taken, true);
      await Promise.all([listened, followed, blocked, unsettled]);
      assert.match(await halfReply, /^HTTP\/1.1 503[\s\S]*connection: close/i);
      assert.equal(desk.listeners.size, 0);
    });

    it("is not kept by a client that does not read", async () => {
      await open();
      desk.endless = `${"x".repeat(65_535)}\n`;
      const connection = await dial();
      connection.pause();
      connection.write("GET /v1/events HTTP/1.1\r\nhost: f\r\n\r\n");
      await stalled();
      await server.close();
      assert.ok(!existsSync(socket));
    });
  });

  it("answers in time that a block is not in force yet, and is asked again", async () => {
    await open({ inForceMs: 20 });
    const { status, told } = await ask("GET", "/v1/governance/8");
    assert.equal(status, 504);
    assert.equal(told.code, "CONTROL_TOO_EARLY");
    const waited = client.inForce(8, never);
    desk.block = 8;
    assert.equal((await waited).block, 8);
    await assert.rejects(client.inForce(9, AbortSignal.timeout(50)), { name: "TimeoutError" });
  });

  it("gives up an answer that nobody reads, so that others can connect", async () => {
    await open({ answerMs: 50, connections: 1 });
    const digest = await client.putPayload(new Uint8Array(payloadLengthMax));
    client.close();
    const connection = await dial();
    connection.pause();
    connection.write(`GET /v1/payloads/${digest} HTTP/1.1\r\nhost: f\r\n\r\n`.repeat(8));
    client = new ControlClient(socket);
    let answer: unknown;
    await until(() => {
      client.status().then(
        (status) => {
          answer = status;
        },
        () => {},
      );
      return answer !== undefined;
    }, "the only connection is free again");
    assert.deepEqual(answer, statusView);
  });
});

async function serveInAnotherProcess(socket: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "socketServer.ts"), [socket]);
  await once(child, "message");
  return child;
}
