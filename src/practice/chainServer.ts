import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";

/**
 * Answers one call, or throws an error with JSON-RPC's `code`, a `message`, and maybe `data`. The signal tells that
 * whoever asked has gone.
 */
export type Answerer = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** Most bytes of a request, and most calls in a batch. */
const bodyLengthMax = 4 * 1024 * 1024;
const batchMax = 256;

/** JSON-RPC 2.0 over HTTP on 127.0.0.1, for programs of this computer: no page that a browser shows may talk to it. */
export class ChainServer {
  readonly #server: Server;
  readonly #answer: Answerer;

  private constructor(answer: Answerer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      this.#respond(request, response).catch(() => response.destroy());
    });
  }

  /** @param port 0 for a free one. @throws an error of the system, EADDRINUSE for one that is taken */
  static listen(port: number, answer: Answerer): Promise<ChainServer> {
    const server = new ChainServer(answer);
    return new Promise((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(port, "127.0.0.1", () => resolve(server));
    });
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, { connection: "close" }).end(`${refusal.says}\n`);
      return;
    }
    const body = await bodyOf(request);
    if (body === undefined) {
      response.writeHead(413, { connection: "close" }).end(`At most ${bodyLengthMax} bytes.\n`);
      return;
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const answer = await this.#answerTo(body, gone.signal);
    response.writeHead(200, { "content-type": "application/json" }).end(answer && JSON.stringify(answer));
  }

  async #answerTo(body: string, signal: AbortSignal): Promise<unknown> {
    let asked: unknown;
    try {
      asked = JSON.parse(body);
    } catch {
      return failure(null, { code: -32700, message: "This is not JSON." });
    }
    if (!Array.isArray(asked)) return this.#answerOne(asked, signal);
    if (asked.length === 0 || asked.length > batchMax)
      return failure(null, { code: -32600, message: `1 to ${batchMax} calls make a batch.` });
    // One after another, so that others have their turn between them.
    const answers: unknown[] = [];
    for (const call of asked) answers.push(await this.#answerOne(call, signal));
    return answers;
  }

  async #answerOne(asked: unknown, signal: AbortSignal): Promise<unknown> {
    const call = callForm.safeParse(asked);
    if (!call.success) return failure(null, { code: -32600, message: "This is no call of JSON-RPC 2.0." });
    const { id = null, method, params } = call.data;
    try {
      return { jsonrpc: "2.0", id, result: (await this.#answer(method, params, signal)) ?? null };
    } catch (error) {
      return failure(id, errorForm.parse(error));
    }
  }
}

const unforeseen = "Something that nobody foresaw.";

type Id = string | number | null;

const callForm = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});

const errorForm = z
  .object({
    code: z.int().catch(-32603),
    message: z.string().catch(unforeseen),
    data: z.unknown().optional(),
  })
  .catch({ code: -32603, message: unforeseen });

function failure(id: Id, error: { readonly code: number; readonly message: string; readonly data?: unknown }): object {
  return { jsonrpc: "2.0", id, error };
}

/** A page in a browser says where it is from, and under a name of its own that leads to 127.0.0.1 it names that. */
function refusalOf({
  method,
  headers,
}: IncomingMessage): { readonly status: number; readonly says: string } | undefined {
  if (headers.origin !== undefined) return { status: 403, says: "Not for pages in a browser." };
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(headers.host ?? ""))
    return { status: 403, says: "Only as 127.0.0.1 or localhost." };
  return method === "POST" ? undefined : { status: 405, says: "JSON-RPC 2.0 by POST." };
}

/** Undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > bodyLengthMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
