import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { ControlClient } from "../../src/control/index.ts";
import { exitCodes, FabricError } from "../../src/errors.ts";
import { messageFrame, statusView } from "./memoryDesk.ts";

const root = mkdtempSync(join(tmpdir(), "fabric-client-"));
after(() => rmSync(root, { recursive: true }));

const head = (status: string, more = "") => `HTTP/1.1 ${status}\r\n${more}\r\n`;
const json = (value: unknown) => {
  const text = JSON.stringify(value);
  return head("200 OK", `content-length: ${Buffer.byteLength(text)}\r\n`) + text;
};

describe("A control client, of something that fails at the other end,", () => {
  const socket = join(root, "c.sock");
  const sockets = new Set<Socket>();
  let server: Server;
  let client: ControlClient;

  /** What answers the requests of each connection in turn; null hangs up. */
  async function serve(...connections: (string | null)[][]): Promise<void> {
    server = createServer((connection) => {
      const answers = connections.shift() ?? [];
      sockets.add(connection);
      connection.on("error", () => {});
      connection.on("data", () => {
        const answer = answers.shift();
        if (answer === undefined || answer === null) connection.destroy();
        else connection.write(answer, () => answers[0] === null && answers.length === 1 && connection.destroy());
      });
    });
    await once(server.listen(socket), "listening");
    client = new ControlClient(socket);
  }

  afterEach(async () => {
    client.close();
    for (const connection of sockets) connection.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const fails = async (asked: Promise<unknown>, code: string, says: RegExp) => {
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof FabricError, String(error));
      assert.equal(error.code, code);
      assert.equal(error.exitCode, exitCodes.unreachable);
      assert.match(`${error.message} ${error.remedy}`, says);
      return true;
    });
  };

  it("asks again over a new connection when the kept one was ended meanwhile", async () => {
    await serve([json(statusView)], [json(statusView)]);
    await client.status();
    assert.deepEqual(await client.status(), statusView);
  });

  it("leaves it to its user to send a message again, since it may have been taken", async () => {
    await serve([json({}), null], [json({})]);
    await client.message(messageFrame(1));
    await fails(client.message(messageFrame(1)), "CONTROL_BROKEN", /not known.*Send the same again/);
  });

  it("says that nothing is known when the answer breaks off", async () => {
    await serve([`${head("200 OK", "content-length: 100\r\n")}{`, null]);
    await fails(client.message(messageFrame(1)), "CONTROL_BROKEN", /not known/);
  });

  for (const [what, answer] of [
    ["does not speak HTTP", "hello\r\n\r\n"],
    ["answers in another form", `${head("200 OK", "content-length: 5\r\n")}hello`],
    ["refuses without saying why", `${head("500 Sorry", "content-length: 2\r\n")}{}`],
  ])
    it(`says that it is no fabric when it ${what}`, async () => {
      await serve([answer]);
      await fails(client.status(), "CONTROL_FOREIGN", /does not speak/);
    });

  const stream = (frames: string) =>
    `${head("200 OK", "fabric-tick: 3\r\ntransfer-encoding: chunked\r\n")}${frames.length.toString(16)}\r\n${frames}\r\n`;
  const listen = async () => {
    const { frames } = await client.leases(1, AbortSignal.timeout(60_000));
    for await (const _ of frames);
  };

  it("is told when a stream of leases breaks off in the middle, so that it listens again", async () => {
    await serve([stream("\x00\x00\x00\x05abc"), null]);
    await fails(listen(), "CONTROL_BROKEN", /no answer/);
  });

  it("does not gather a lease message that is larger than any is", async () => {
    await serve([stream("\x7f\x7f\x7f\x7fabc")]);
    await fails(listen(), "CONTROL_FOREIGN", /2139062143 bytes/);
  });

  it("keeps the words of an error that its own catalogue does not have", async () => {
    const told = JSON.stringify({ code: "OF_TOMORROW", message: "It is late.", remedy: "Wait." });
    await serve([`${head("500 Sorry", `content-length: ${told.length}\r\n`)}${told}`]);
    await assert.rejects(client.status(), {
      code: "CONTROL_REFUSED",
      exitCode: exitCodes.failed,
      message: "OF_TOMORROW: It is late.",
      remedy: "Wait.",
    });
  });
});
