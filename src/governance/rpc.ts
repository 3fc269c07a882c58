import { request as askOverHttp, Agent as HttpAgent } from "node:http";
import { request as askOverHttps, Agent as HttpsAgent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** An answer that is an error. `data` is what a call reverted with, in hex; null when it says nothing of that. */
export class RpcRefusal extends Error {
  readonly data: string | null;

  constructor(message: string, data: string | null) {
    super(message);
    this.data = data;
  }
}

/** For how long a connection is kept for the next question: to open one costs as much as half a question. */
const idleMsMax = 3000;
/** The longest first wait where a node is asked too often (HTTP 429); that of each further one is twice as long. */
const patienceMs = 250;

/** Asks one node: JSON-RPC 2.0 over HTTP, a request for each question. */
export class RpcClient {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent;
  readonly #request: typeof askOverHttp;
  #questions = 0;

  /** @param timeoutMs how long to wait for an answer */
  constructor(url: string, timeoutMs: number) {
    const isSecure = url.startsWith("https:");
    const connections = { keepAlive: true, timeout: idleMsMax };
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#agent = isSecure ? new HttpsAgent(connections) : new HttpAgent(connections);
    this.#request = isSecure ? askOverHttps : askOverHttp;
  }

  /**
   * What the node answers.
   * @throws RpcRefusal when it refuses; another error when it does not answer, or not in JSON-RPC
   */
  async ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = ++this.#questions;
    const text = await this.#textFor(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const answer = answerForm.safeParse(JSON.parse(text));
    if (!answer.success) throw new Error("its answer is not one of JSON-RPC 2.0");
    const { error, result } = answer.data;
    if (error != null) throw new RpcRefusal(error.message, revertDataIn(error));
    if (answer.data.id !== id) throw new Error("it answered another question");
    return result;
  }

  /** Nobody asks any more. */
  close(): void {
    this.#agent.destroy();
  }

  async #textFor(body: string): Promise<string> {
    const lastMs = performance.now() + this.#timeoutMs;
    for (let longestMs = patienceMs; ; longestMs *= 2) {
      const { status, text } = await this.#post(body);
      if (status === 200) return text;
      const waitMs = Math.random() * longestMs;
      if (status !== 429 || performance.now() + waitMs > lastMs)
        throw new Error(`it answered with HTTP status ${status}`);
      await sleep(waitMs);
    }
  }

  #post(body: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const options = { method: "POST", headers, agent: this.#agent, timeout: this.#timeoutMs };
    return new Promise((resolve, reject) => {
      const request = this.#request(this.#url, options, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString() }));
        response.on("error", reject);
      });
      // A question that nobody answers in time would hold its connection for ever.
      request.on("timeout", () => request.destroy(new Error(`timeout: no answer in ${this.#timeoutMs} ms`)));
      request.on("error", reject);
      request.end(body);
    });
  }
}

const answerForm = z.object({
  id: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).nullish(),
});
const revertForm = z.object({ message: z.string().regex(/revert/i), data: z.string().regex(/^0x[0-9a-f]*$/i) });

/** Nodes put it at some depth of the error, beside a message that says so. */
function revertDataIn(error: unknown): string | null {
  const found = revertForm.safeParse(error);
  if (found.success) return found.data.data;
  if (typeof error !== "object" || error === null) return null;
  for (const part of Object.values(error)) {
    const data = revertDataIn(part);
    if (data !== null) return data;
  }
  return null;
}
