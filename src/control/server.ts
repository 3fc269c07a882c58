import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { dirname } from "node:path";
import { FabricError } from "../errors.ts";
import type { Desk } from "./desk.ts";
import { type ControlLimits, controlLimits } from "./limits.ts";
import { RequestRefusal, tellError } from "./refusal.ts";
import { type Asked, type Route, routesOf } from "./routes.ts";
import { checkSocketFolder, isAnswered } from "./socket.ts";

/** How long connections have to end in good order when the server closes. */
const closingMs = 500;

/** HTTP over a Unix domain socket that only its user can open, in front of a desk. Nothing that a client sends ends it. */
export class ControlServer {
  readonly socket: string;
  readonly #limits: ControlLimits;
  readonly #routes: readonly Route[];
  readonly #http: Server;
  /** What ends each request that is under way, in good order. */
  readonly #underWay = new Set<() => void>();
  #waiting = 0;
  #streams = 0;
  #heldBytes = 0;
  #closed: Promise<void> | undefined;

  private constructor(desk: Desk, socket: string, limits: ControlLimits) {
    this.socket = socket;
    this.#limits = limits;
    this.#routes = routesOf(desk, limits);
    // As in client.ts, which is loaded with this.
    this.#http = process.getBuiltinModule("node:http").createServer({
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(2_000, limits.headMs),
      keepAliveTimeout: 60_000,
    });
    this.#http.maxConnections = limits.connections;
    this.#http.on("request", (request, response) => {
      void this.#serve(request, response);
    });
  }

  /**
   * Listens at a path of `socketOf`. What a dead server left there is replaced; that no two servers of one world do so
   * at once is for the lock of its store to see to.
   * @throws FabricError CONTROL_FOLDER_UNSAFE, CONTROL_IN_USE when somebody answers there
   */
  static async open(desk: Desk, socket: string, limits: Partial<ControlLimits> = {}): Promise<ControlServer> {
    checkSocketFolder(dirname(socket));
    if (await isAnswered(socket)) throw new FabricError("CONTROL_IN_USE", { socket });
    rmSync(socket, { force: true });
    const server = new ControlServer(desk, socket, { ...controlLimits, ...limits });
    await server.#listen();
    return server;
  }

  async #listen(): Promise<void> {
    this.#http.listen(this.socket);
    await once(this.#http, "listening");
    chmodSync(this.socket, 0o600);
    // One connection that cannot be taken is no reason to end the others.
    this.#http.on("error", () => {});
  }

  /**
   * Tells what the desk's settled promises say, ends streams, answers what still waits that the fabric stops, and removes
   * the socket.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const ended = once(this.#http, "close");
    this.#http.close();
    await new Promise(setImmediate);
    for (const end of this.#underWay) end();
    const timer = setTimeout(() => this.#http.closeAllConnections(), closingMs);
    await ended;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => {});
    response.on("error", () => {});
    const over = new AbortController();
    const end = () => {
      over.abort();
      // Not before: a connection counts as idle while the end of its answer is still on its way.
      response.once("finish", () => this.#http.closeIdleConnections());
      if (response.headersSent) response.end();
      else this.#refuse(response, new FabricError("FABRIC_STOPPING", {}));
    };
    this.#underWay.add(end);
    response.once("close", () => {
      this.#underWay.delete(end);
      over.abort();
    });
    try {
      if (this.#closed !== undefined) throw new FabricError("FABRIC_STOPPING", {});
      const { route, ...found } = this.#find(request);
      const asked = { ...found, signal: over.signal };
      if (route.kind === "stream") await this.#stream(route, asked, response);
      else await this.#answer(route, asked, request, response);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  async #answer(
    route: Route & { kind: "answer" },
    asked: Omit<Asked, "body">,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (this.#waiting >= this.#limits.waiting)
      throw new FabricError("CONTROL_BUSY", { what: `${this.#waiting} requests wait already` });
    this.#waiting++;
    let held = 0;
    try {
      const body = await bodyOf(request, route.bodyBytes ?? 0, (bytes) => {
        held += bytes;
        this.#heldBytes += bytes;
        if (this.#heldBytes > this.#limits.heldBytes)
          throw new FabricError("CONTROL_BUSY", { what: `${this.#limits.heldBytes} bytes wait already` });
      });
      const answer = await route.answer({ ...asked, body });
      this.#send(response, 200, answer);
    } finally {
      // Not before: what the desk was given it holds until it answers, also when nobody waits for that any more.
      this.#waiting--;
      this.#heldBytes -= held;
    }
  }

  async #stream(
    route: Route & { kind: "stream" },
    asked: Omit<Asked, "body">,
    response: ServerResponse,
  ): Promise<void> {
    if (this.#streams >= this.#limits.streams)
      throw new FabricError("CONTROL_BUSY", { what: `${this.#streams} streams are open already` });
    this.#streams++;
    response.once("close", () => {
      this.#streams--;
    });
    await route.stream({ ...asked, body: new Uint8Array() }, response);
    response.end();
  }

  /** @throws FabricError CONTROL_REQUEST_INVALID */
  #find(request: IncomingMessage): { route: Route; parts: readonly string[]; query: URLSearchParams } {
    const { method = "", url = "" } = request;
    const { segments, query } = placeOf(url);
    const here = this.#routes.flatMap((route) => {
      const parts = partsOf(route, segments);
      return parts === undefined ? [] : [{ route, parts, query }];
    });
    if (here.length === 0)
      throw new RequestRefusal(
        404,
        `${url.slice(0, 200)} is nothing that the fabric serves`,
        `Ask for ${this.#served()}`,
      );
    const found = here.find(({ route }) => route.method === method);
    if (found !== undefined) return found;
    const right = here.map(({ route }) => route.method).join(" or ");
    throw new RequestRefusal(405, `${method} is not for ${url.slice(0, 200)}`, `Use ${right}`);
  }

  #served(): string {
    return this.#routes.map(({ path }) => `/v1/${path}`).join(", ");
  }

  #refuse(response: ServerResponse, error: unknown): void {
    // A stream that has begun cannot say why it ends: it breaks off.
    if (response.headersSent && !response.writableEnded) response.destroy();
    const { status, told } = tellError(error);
    // The rest of a body that is not wanted, or not now, is not read.
    if (status === 413 || status === 429 || this.#closed !== undefined) response.shouldKeepAlive = false;
    this.#send(response, status, told);
  }

  #send(response: ServerResponse, status: number, value: object): void {
    if (response.headersSent || response.destroyed) return;
    const isBytes = value instanceof Uint8Array;
    const body = isBytes ? value : JSON.stringify(value);
    response.writeHead(status, {
      "content-type": isBytes ? "application/octet-stream" : "application/json",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
    const unread = setTimeout(() => response.destroy(), this.#limits.answerMs);
    response.once("close", () => clearTimeout(unread));
  }
}

/** @throws FabricError CONTROL_REQUEST_INVALID */
function placeOf(url: string): { segments: readonly string[]; query: URLSearchParams } {
  try {
    const { pathname, searchParams } = new URL(url, "http://fabric");
    return { segments: pathname.slice(1).split("/").map(decodeURIComponent), query: searchParams };
  } catch {
    throw new RequestRefusal(400, `${JSON.stringify(url.slice(0, 200))} is no path`, "Ask for a path of /v1");
  }
}

/** What stands for the stars of a route's path; undefined when the path is another. */
function partsOf({ path }: Route, segments: readonly string[]): readonly string[] | undefined {
  const pattern = ["v1", ...path.split("/")];
  if (pattern.length !== segments.length) return undefined;
  const parts: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index];
    if (expected === "*" && segment !== "") parts.push(segment);
    else if (expected !== segment) return undefined;
  }
  return parts;
}

/**
 * Reads no further than `most` bytes. @param take is told of each piece, and may refuse it by throwing
 * @throws FabricError CONTROL_REQUEST_INVALID when there is more
 */
function bodyOf(request: IncomingMessage, most: number, take: (bytes: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => {
      request.off("data", gather);
      request.pause();
      reject(error);
    };
    const tooLarge = () =>
      new RequestRefusal(413, "The body is too large", most === 0 ? "Send none" : `Send at most ${most} bytes`);
    const pieces: Buffer[] = [];
    let length = 0;
    const gather = (piece: Buffer) => {
      length += piece.length;
      if (length > most) return refuse(tooLarge());
      try {
        take(piece.length);
      } catch (error) {
        return refuse(error);
      }
      pieces.push(piece);
    };
    if (Number(request.headers["content-length"] ?? 0) > most) return refuse(tooLarge());
    request.on("data", gather);
    request.on("end", () => {
      const { buffer, byteOffset } = Buffer.concat(pieces);
      resolve(new Uint8Array(buffer, byteOffset, length));
    });
    request.on("close", () => reject(new FabricError("CONTROL_BROKEN", { reason: "the client is gone" })));
  });
}
