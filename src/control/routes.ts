import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { MalformedBytes } from "../fabric/index.ts";
import type { Hex } from "../journal/index.ts";
import { frameLengthMax, peekNodeFrame } from "../nodes/index.ts";
import type { EventQuery, JobQuery, JobRef } from "./api.ts";
import { type Desk, jobsMax, payloadLengthMax } from "./desk.ts";
import type { ControlLimits } from "./limits.ts";
import { RequestRefusal } from "./refusal.ts";

/** A request, as far as its route has to know it. */
export type Asked = {
  /** What stands in the path where the route has `*`. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  /** Fires when nobody waits for the answer any more, or the server closes. */
  readonly signal: AbortSignal;
};

type Method = "GET" | "POST" | "PUT";

/** `answer` gives JSON, or bytes; `stream` writes what there is until the signal fires, and leaves the end to the server. */
export type Route =
  | {
      readonly kind: "answer";
      readonly method: Method;
      readonly path: string;
      /** Most bytes of its body; 0 unless told. */
      readonly bodyBytes?: number;
      readonly answer: (asked: Asked) => Promise<object> | object;
    }
  | {
      readonly kind: "stream";
      readonly method: "GET";
      readonly path: string;
      readonly stream: (asked: Asked, response: ServerResponse) => Promise<void>;
    };

/** What the control socket serves, and what it asks of the desk for it. */
export function routesOf(desk: Desk, limits: ControlLimits): readonly Route[] {
  const waitingOfNode = new Map<number, number>();

  async function message(frame: Uint8Array): Promise<object> {
    const node = senderOf(frame);
    const waiting = waitingOfNode.get(node) ?? 0;
    if (waiting >= limits.waitingOfNode)
      throw new FabricError("CONTROL_BUSY", { what: `${waiting} messages of node ${node} wait already` });
    waitingOfNode.set(node, waiting + 1);
    try {
      return await desk.message(frame);
    } finally {
      const left = (waitingOfNode.get(node) ?? 1) - 1;
      if (left > 0) waitingOfNode.set(node, left);
      else waitingOfNode.delete(node);
    }
  }

  async function inForce(block: number, asked: AbortSignal): Promise<object> {
    const late = AbortSignal.timeout(limits.inForceMs);
    try {
      return await desk.inForce(block, AbortSignal.any([asked, late]));
    } catch (error) {
      if (!late.aborted) throw error;
      throw new FabricError("CONTROL_TOO_EARLY", { block, seconds: limits.inForceMs / 1000 });
    }
  }

  async function leases(node: number, { signal }: Asked, response: ServerResponse): Promise<void> {
    response.setHeader("content-type", "application/octet-stream");
    response.setHeader("fabric-tick", desk.tick);
    const end = desk.listen(node, (frame) => {
      if (response.destroyed || response.writableEnded) return;
      if (response.writableLength > limits.unreadLeaseBytes) {
        response.destroy();
        return;
      }
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      response.cork();
      response.write(length);
      response.write(frame);
      response.uncork();
    });
    signal.addEventListener("abort", end, { once: true });
    response.flushHeaders();
    if (!signal.aborted) await once(signal, "abort");
  }

  async function events(query: EventQuery, { signal }: Asked, response: ServerResponse): Promise<void> {
    response.setHeader("content-type", "application/x-ndjson");
    response.flushHeaders();
    for await (const lines of desk.events(query, signal)) {
      if (signal.aborted) return;
      // Whoever does not read is waited for, and no more is fetched meanwhile.
      if (!response.write(lines)) await once(response, "drain", { signal });
    }
  }

  return [
    { kind: "answer", method: "GET", path: "status", answer: () => desk.status() },
    {
      kind: "answer",
      method: "POST",
      path: "submissions",
      bodyBytes: frameLengthMax.submission,
      answer: ({ body }) => desk.submit(body),
    },
    {
      kind: "answer",
      method: "POST",
      path: "messages",
      bodyBytes: frameLengthMax.nodeMessage,
      answer: ({ body }) => message(body),
    },
    {
      kind: "stream",
      method: "GET",
      path: "nodes/*/leases",
      stream: (asked, response) => leases(numberOf("a node's number", asked.parts[0], 2 ** 32 - 1), asked, response),
    },
    { kind: "answer", method: "GET", path: "jobs", answer: ({ query }) => desk.jobs(jobQueryOf(query)) },
    {
      kind: "answer",
      method: "GET",
      path: "jobs/*/*",
      answer: async ({ parts }) => {
        const ref = jobOf(parts);
        return (await desk.job(ref)) ?? missing(`job ${named(ref)}`);
      },
    },
    {
      kind: "answer",
      method: "GET",
      path: "jobs/*/*/why",
      answer: async ({ parts }) => {
        const ref = jobOf(parts);
        return (await desk.why(ref)) ?? missing(`job ${named(ref)}`);
      },
    },
    {
      kind: "answer",
      method: "GET",
      path: "jobs/*/*/receipt",
      answer: async ({ parts }) => {
        const ref = jobOf(parts);
        return (await desk.receipt(ref)) ?? missing(`receipt of job ${named(ref)}`);
      },
    },
    {
      kind: "answer",
      method: "GET",
      path: "submitters/*",
      answer: ({ parts: [name] }) => desk.submitter(name) ?? missing(`submitter ${name}`),
    },
    {
      kind: "stream",
      method: "GET",
      path: "events",
      stream: (asked, response) => events(eventQueryOf(asked.query), asked, response),
    },
    {
      kind: "answer",
      method: "GET",
      path: "governance/*",
      answer: ({ parts: [block], signal }) => inForce(numberOf("a block", block), signal),
    },
    {
      kind: "answer",
      method: "PUT",
      path: "payloads",
      bodyBytes: payloadLengthMax,
      answer: async ({ body }) => ({ digest: await desk.putPayload(body) }),
    },
    {
      kind: "answer",
      method: "GET",
      path: "payloads/*",
      answer: async ({ parts: [digest] }) =>
        (await desk.payload(digestOf(digest))) ?? missing(`payload ${digest} in this world`),
    },
  ];
}

/** Number in a node's message, which nobody has checked yet; 0 for what is no such message. */
function senderOf(frame: Uint8Array): number {
  try {
    return peekNodeFrame(frame).node;
  } catch (error) {
    if (error instanceof MalformedBytes) return 0;
    throw error;
  }
}

function missing(what: string): never {
  throw new FabricError("CONTROL_NOT_FOUND", { what });
}

function named({ submitter, number }: JobRef): string {
  return `${submitter}/${number}`;
}

function jobOf([submitter, number]: readonly string[]): JobRef {
  return { submitter, number: numberOf("a job's number", number) };
}

const wholeNumber = /^(0|[1-9][0-9]{0,15})$/;

function numberOf(what: string, text: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (wholeNumber.test(text) && number <= most) return number;
  throw new RequestRefusal(400, `${JSON.stringify(text)} is not ${what}`, `Give a whole number from 0 to ${most}`);
}

function digestOf(text: string): Hex {
  if (isDigest(text)) return text;
  throw new RequestRefusal(400, `${JSON.stringify(text)} is no digest`, "Give 0x and 64 lower-case hex digits");
}

function isDigest(text: string): text is Hex {
  return /^0x[0-9a-f]{64}$/.test(text);
}

const count = z.string().regex(wholeNumber, "a whole number is right").transform(Number);
const jobQueryForm = z
  .strictObject({
    submitter: z.string(),
    shard: z.string(),
    state: z.enum(["registered", "delayed", "queued", "running", "parked"]),
    limit: count.refine((limit) => limit >= 1 && limit <= jobsMax, `1 to ${jobsMax} is right`),
  })
  .partial();
const eventQueryForm = z
  .strictObject({
    from: count.refine(Number.isSafeInteger, "a tick is right"),
    follow: z.enum(["0", "1"]).transform((follow) => follow === "1"),
  })
  .partial();

function jobQueryOf(query: URLSearchParams): JobQuery {
  const { submitter, shard, state, limit } = checked(jobQueryForm, query);
  return {
    ...(submitter !== undefined && { submitter }),
    ...(shard !== undefined && { shard }),
    ...(state !== undefined && { state }),
    ...(limit !== undefined && { limit }),
  };
}

function eventQueryOf(query: URLSearchParams): EventQuery {
  const { from, follow } = checked(eventQueryForm, query);
  return { ...(from !== undefined && { fromTick: from }), ...(follow !== undefined && { follow }) };
}

function checked<Form extends z.ZodType>(form: Form, query: URLSearchParams): z.output<Form> {
  const parsed = form.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the query"}: ${message}`);
  throw new RequestRefusal(400, "What is asked for cannot be understood", problems.join("; "));
}
