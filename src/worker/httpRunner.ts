import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { FabricError } from "../errors.ts";
import { type Ended, factsOf, outputLengthMax, type Runner, type Task } from "./runner.ts";

/**
 * Asks a server to do each job: the payload is posted, the facts are headers (`fabric-job`, `fabric-lease`, …), and the
 * result is the SHA-256 of the answer's body. Any status but 2xx is a failure; redirections are not followed. When the
 * work has to end the connection is closed, and it is for the server to stop then.
 */
export class HttpRunner implements Runner {
  readonly #url: URL;
  readonly #lengthMax: number;

  /** @throws USAGE when it is no http or https address */
  constructor(url: string, lengthMax: number = outputLengthMax) {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (parsed === null || !/^https?:$/.test(parsed.protocol))
      throw new FabricError("USAGE", { problem: `"${url}" is no http:// or https:// address.` });
    this.#url = parsed;
    this.#lengthMax = lengthMax;
  }

  async run(task: Task, signal: AbortSignal): Promise<Ended> {
    try {
      return await this.#digested(await this.#asked(task, signal));
    } catch (error) {
      if (signal.aborted) return { outcome: "failed", reason: "it was stopped" };
      return { outcome: "failed", reason: `${this.#url.origin} did not answer: ${reasonOf(error)}` };
    }
  }

  #asked(task: Task, signal: AbortSignal): Promise<IncomingMessage> {
    const facts = factsOf(task).map(([name, value]) => [`fabric-${name.toLowerCase().replaceAll("_", "-")}`, value]);
    const headers = {
      ...Object.fromEntries(facts),
      "content-type": "application/octet-stream",
      "content-length": task.payload.length,
    };
    const ask = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      ask(this.#url, { method: "POST", headers, signal }).on("response", resolve).on("error", reject).end(task.payload);
    });
  }

  async #digested(response: IncomingMessage): Promise<Ended> {
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) {
      response.resume();
      return { outcome: "failed", reason: `${this.#url.origin} answered ${statusCode}` };
    }
    const digest = createHash("sha256");
    let length = 0;
    for await (const piece of response) {
      length += piece.length;
      if (length > this.#lengthMax)
        return { outcome: "failed", reason: `the answer is longer than ${this.#lengthMax} bytes` };
      digest.update(piece);
    }
    return { outcome: "completed", digest: digest.digest() };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses gives an error without a message.
  const code = "code" in error ? String(error.code) : "";
  return error.message || code || error.name;
}
