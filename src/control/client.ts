import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { FabricError } from "../errors.ts";
import type { Hex } from "../journal/index.ts";
import { frameLengthMax } from "../nodes/index.ts";
import type {
  EventQuery,
  InForceView,
  JobQuery,
  JobRef,
  JobView,
  LiveJobView,
  MessageAnswer,
  ReceiptView,
  StatusView,
  SubmissionAnswer,
  SubmitterView,
  WhyView,
} from "./api.ts";
import { payloadLengthMax } from "./desk.ts";
import { ControlRefusal, RequestRefusal, type Told, toldForm } from "./refusal.ts";
import { shellWord } from "./shellWord.ts";

// An import asks for every name of it, one of which loads all of WebSocket: a sixth of the time in which a client starts.
const { Agent, request } = process.getBuiltinModule("node:http");

/** What a node is told, from when it began to listen. */
export type LeaseStream = {
  /** Last tick on record when the stream began. */
  readonly tick: number;
  /**
   * Lease frames, each whole and as it was sent. Ends when the fabric stops or the signal fires.
   * @throws FabricError CONTROL_BROKEN when the fabric died, or dropped a listener that did not read
   */
  readonly frames: AsyncIterable<Uint8Array>;
};

type Ask = {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: Uint8Array;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly signal?: AbortSignal | undefined;
};

/**
 * The fabric behind a control socket. Connections are kept and used again. What is asked with a signal rejects with the
 * signal's reason when it fires; everything may be asked again.
 *
 * Every method throws FabricError
 * - FABRIC_NOT_RUNNING when nobody answers: nothing was taken;
 * - CONTROL_BROKEN when the connection broke before the answer: it is not known whether anything was taken;
 * - CONTROL_FOREIGN when what answers is something else;
 * - a `ControlRefusal` with the code, the words and the exit code of what the fabric threw.
 */
export class ControlClient {
  readonly socket: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #world: string | undefined;

  /** @param world folder of the world that it is the socket of, to say how to go on where nobody answers */
  constructor(socket: string, world?: string) {
    this.socket = socket;
    this.#world = world;
  }

  status(signal?: AbortSignal): Promise<StatusView> {
    return this.#json(["status"], { signal });
  }

  /** A frame of `signSubmission`. The answer comes when its tick is on disk. */
  submit(frame: Uint8Array, signal?: AbortSignal): Promise<SubmissionAnswer> {
    return this.#json(["submissions"], { method: "POST", body: frame, signal });
  }

  /** A frame of `signNodeMessage`. The answer comes when its tick is on disk. */
  message(frame: Uint8Array, signal?: AbortSignal): Promise<MessageAnswer> {
    return this.#json(["messages"], { method: "POST", body: frame, signal });
  }

  /** Listens for a node's leases, by its number, until the signal fires. */
  async leases(node: number, signal: AbortSignal): Promise<LeaseStream> {
    const answer = await this.#open(["nodes", node, "leases"], { signal });
    const tick = Number(answer.headers["fabric-tick"]);
    if (!Number.isSafeInteger(tick)) throw this.#foreign("a lease stream without its tick", answer);
    return { tick, frames: this.#frames(answer, signal) };
  }

  /** Jobs that have not ended, in the order of their admission. */
  jobs(query: JobQuery = {}): Promise<readonly LiveJobView[]> {
    return this.#json(["jobs"], { query });
  }

  /** Undefined when there never was such a job. */
  job(ref: JobRef): Promise<JobView | undefined> {
    return found(this.#json(["jobs", ref.submitter, ref.number]));
  }

  /** Undefined when there never was such a job. */
  why(ref: JobRef): Promise<WhyView | undefined> {
    return found(this.#json(["jobs", ref.submitter, ref.number, "why"]));
  }

  /** Undefined when it has not ended, or never was. */
  receipt(ref: JobRef): Promise<ReceiptView | undefined> {
    return found(this.#json(["jobs", ref.submitter, ref.number, "receipt"]));
  }

  /** Undefined when nobody of that name may submit. */
  submitter(name: string): Promise<SubmitterView | undefined> {
    return found(this.#json(["submitters", name]));
  }

  /** Lines of `events.ndjson`, without their ends. Ends with what there is, or, when it follows, with the fabric or the signal. */
  async *events({ fromTick, follow }: EventQuery, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const answer = await this.#open(["events"], { query: { from: fromTick, follow: follow ? 1 : undefined }, signal });
    let rest = "";
    answer.setEncoding("utf8");
    for await (const text of this.#chunks<string>(answer, signal)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  }

  /** Waits until that block, or a later one, is in force, for as long as the signal lets it. */
  async inForce(block: number, signal: AbortSignal): Promise<InForceView> {
    for (;;) {
      try {
        return await this.#json(["governance", block], { signal });
      } catch (error) {
        if (!(error instanceof FabricError && error.code === "CONTROL_TOO_EARLY")) throw error;
      }
    }
  }

  /** Keeps bytes, at most `payloadLengthMax`, for as long as the world lasts; returns their SHA-256. */
  async putPayload(bytes: Uint8Array): Promise<Hex> {
    if (bytes.length > payloadLengthMax)
      throw new RequestRefusal(
        413,
        `a payload of ${bytes.length} bytes is too large`,
        `Give at most ${payloadLengthMax} bytes, or the digest of what is kept elsewhere`,
      );
    const { digest } = await this.#json<{ digest: Hex }>(["payloads"], { method: "PUT", body: bytes });
    return digest;
  }

  /** Undefined when it was never put there. */
  async payload(digest: Hex): Promise<Uint8Array | undefined> {
    const answer = await found(this.#open(["payloads", digest], {}));
    return answer && new Uint8Array(await this.#whole(answer));
  }

  /** Ends what is open; what waits for an answer gets CONTROL_BROKEN. */
  close(): void {
    this.#agent.destroy();
  }

  /** What /v1 answers has the type that `api.ts` gives it; another answer would be another version. */
  async #json<View>(path: readonly (string | number)[], ask: Ask = {}): Promise<View> {
    const answer = await this.#open(path, ask);
    const value = await this.#value(answer, ask.signal);
    return value as View;
  }

  async #value(answer: IncomingMessage, signal?: AbortSignal): Promise<unknown> {
    const text = (await this.#whole(answer, signal)).toString();
    try {
      return JSON.parse(text);
    } catch {
      throw this.#foreign(`it answered ${answer.statusCode} and no JSON`);
    }
  }

  async #whole(answer: IncomingMessage, signal?: AbortSignal): Promise<Buffer> {
    try {
      return await buffer(answer);
    } catch (cause) {
      signal?.throwIfAborted();
      throw broken(cause);
    }
  }

  /** The answer, when it is a good one. */
  async #open(path: readonly (string | number)[], ask: Ask): Promise<IncomingMessage> {
    const answer = await this.#send(path, ask);
    if (answer.statusCode === 200) return answer;
    const told = toldForm.safeParse(await this.#value(answer, ask.signal));
    if (!told.success) throw this.#foreign(`it answered ${answer.statusCode} without saying why`);
    throw new ControlRefusal(told.data satisfies Told);
  }

  #send(path: readonly (string | number)[], ask: Ask): Promise<IncomingMessage> {
    const { method = "GET", body, query = {}, signal } = ask;
    const words = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) words.set(key, String(value));
    const sent = request({
      socketPath: this.socket,
      agent: this.#agent,
      path: `/v1/${path.map(encodeURIComponent).join("/")}${words.size > 0 ? "?" : ""}${words}`,
      method,
      ...(signal && { signal }),
      ...(body && { headers: { "content-type": "application/octet-stream", "content-length": body.length } }),
    });
    return new Promise((resolve, reject) => {
      let answered = false;
      sent.on("response", (answer) => {
        answered = true;
        resolve(answer);
      });
      sent.on("error", (error) => {
        // Whoever reads the answer gets the error from there.
        if (answered) return;
        if (signal?.aborted) reject(signal.reason);
        // A kept connection may have been ended from the other side while nobody looked.
        else if (sent.reusedSocket && method === "GET") resolve(this.#send(path, ask));
        else reject(this.#unanswered(error));
      });
      sent.end(body);
    });
  }

  #unanswered(error: Error): FabricError {
    const code = "code" in error ? String(error.code) : "";
    if (code.startsWith("HPE_")) return this.#foreign("it does not speak HTTP");
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTSOCK" || code === "ENOTDIR")
      return notRunning(`nobody answers at ${this.socket}`, this.#world, { cause: error });
    if (code === "EACCES") return notRunning(`${this.socket} belongs to somebody else`, undefined, { cause: error });
    if (code === "EAGAIN")
      return new FabricError("CONTROL_BUSY", { what: "too many connect to it at once" }, { cause: error });
    return broken(error);
  }

  async *#frames(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    let pieces: Uint8Array[] = [];
    let length = 0;
    let wanted = lengthBytes;
    for await (const piece of this.#chunks<Buffer>(answer, signal)) {
      pieces.push(piece);
      length += piece.length;
      if (length < wanted) continue;
      let bytes = Buffer.concat(pieces);
      wanted = lengthBytes;
      while (bytes.length >= lengthBytes) {
        wanted = lengthBytes + bytes.readUInt32BE();
        if (wanted > lengthBytes + frameLengthMax.leases)
          throw this.#foreign(`a lease message of ${wanted - lengthBytes} bytes`, answer);
        if (bytes.length < wanted) break;
        // A copy: what is handed on does not change with what follows, nor keep it.
        yield new Uint8Array(bytes.subarray(lengthBytes, wanted));
        bytes = bytes.subarray(wanted);
        wanted = lengthBytes;
      }
      pieces = [bytes];
      length = bytes.length;
    }
  }

  /** The answer as it comes in; ends quietly when the signal fires. */
  async *#chunks<Chunk extends string | Buffer>(
    answer: IncomingMessage,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void, void> {
    try {
      for await (const chunk of answer) yield chunk;
    } catch (cause) {
      if (signal.aborted) return;
      throw broken(cause);
    }
  }

  #foreign(problem: string, answer?: IncomingMessage): FabricError {
    answer?.destroy();
    return new FabricError("CONTROL_FOREIGN", { socket: this.socket, problem });
  }
}

const lengthBytes = 4;

function broken(cause: unknown): FabricError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FabricError("CONTROL_BROKEN", { reason }, { cause });
}

async function found<View>(answer: Promise<View>): Promise<View | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof FabricError && error.code === "CONTROL_NOT_FOUND") return undefined;
    throw error;
  }
}

/** @param world whose orchestrator has ended while the rest of it is there */
export function notRunning(reason: string, world?: string, options?: ErrorOptions): FabricError {
  const advice =
    world === undefined
      ? "Start `fabric up`, or go to the folder where it was started"
      : `Go on with \`fabric resume ${shellWord(world)}\``;
  return new FabricError("FABRIC_NOT_RUNNING", { reason, advice }, options);
}
