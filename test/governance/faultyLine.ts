import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Question = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };
/** What a line does with a question: hand it on, be cut before it, or be cut before its answer. */
export type Fault = "none" | "cut" | "answerLost";

/** A line to a chain that can fail as real ones do. It is another URL for the same chain. */
export type FaultyLine = {
  readonly url: string;
  /** Methods asked for since this was emptied last. */
  readonly asked: string[];
  /** How many were opened. */
  readonly connections: number;
  fault: (method: string) => Fault;
  /** What the other end hears instead of an answer. */
  answer: (method: string, result: unknown) => unknown;
  /** The same, with all that JSON-RPC puts around it. */
  altered: (answer: object) => object;
  /** Questions wait for this; null when they need not. */
  hold: Promise<void> | null;
  close(): Promise<void>;
};

export async function openLine(to: string): Promise<FaultyLine> {
  const server = createServer((request, response) => void forward(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Pick<AddressInfo, "port"> = addressOf(server.address());
  let connections = 0;
  server.on("connection", () => connections++);
  const line: FaultyLine = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    get connections() {
      return connections;
    },
    fault: () => "none",
    answer: (_, result) => result,
    altered: (answer) => answer,
    hold: null,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const { method }: Question = JSON.parse(body);
    line.asked.push(method);
    await line.hold;
    const fault = line.fault(method);
    if (fault === "cut") return void request.socket.destroy();
    const reply = await fetch(to, { method: "POST", body, headers: { "content-type": "application/json" } });
    const answer: { result?: unknown } = JSON.parse(await reply.text());
    if (fault === "answerLost") return void request.socket.destroy();
    if (answer.result !== undefined) answer.result = line.answer(method, answer.result);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(line.altered(answer)));
  }
  return line;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the line listens on no port");
  return address;
}
