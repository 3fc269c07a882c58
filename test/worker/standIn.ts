import assert from "node:assert/strict";
import type { MessageAnswer } from "../../src/control/index.ts";
import type { NodeMessageInput } from "../../src/fabric/index.ts";
import { decodeNodeFrame, dispatch, isSignedInput, type NodeView, type SigningKey } from "../../src/nodes/index.ts";
import type { WorkerSetup } from "../../src/worker/index.ts";
import { type Ended, type NodeLink, type Runner, type Task, Worker, type WorkerEvent } from "../../src/worker/index.ts";
import { domains, genesis, leaseOf, nodeKey, sessionKey, viewWith } from "../nodes/practiceWorld.ts";

/** Things that come one by one, and are waited for. */
class Line<Thing> {
  readonly #things: Thing[] = [];
  readonly #waiting: ((thing: Thing) => void)[] = [];

  put(thing: Thing): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#things.push(thing);
    else first(thing);
  }

  take(): Promise<Thing> {
    const thing = this.#things.shift();
    return thing === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(thing);
  }
}

/** A message of the node that waits for an answer. */
export type Said = {
  readonly message: NodeMessageInput;
  readonly results: readonly string[];
  answer(answer?: Partial<MessageAnswer>): void;
  lose(): void;
};

export type Lease = Parameters<typeof leaseOf>[2] & { readonly lease: number };
export type Telling = { readonly tick?: number; readonly epoch?: number; readonly key?: SigningKey };

/** The fabric from the node's side: a test says what it answers, and when. */
export class StandIn implements NodeLink {
  readonly payloads = new Map<string, Uint8Array>();
  readonly asked: string[] = [];
  readonly #said = new Line<Said>();
  readonly #frames = new Line<Uint8Array | null>();
  tick = 10;
  listeners = 0;
  isDown = false;

  /** The node's next message. */
  said(): Promise<Said> {
    return this.#said.take();
  }

  /** Hears and takes messages until one has results. */
  async results(): Promise<readonly string[]> {
    for (;;) {
      const { results, answer } = await this.said();
      answer();
      if (results.length > 0) return results;
    }
  }

  give(leases: readonly Lease[], { tick = this.tick, epoch = 1, key = sessionKey }: Telling = {}): void {
    const header = { epoch, tick, governanceBlock: 100, expiryTick: tick + 2 };
    const given = leases.map(({ lease, ...changes }) => leaseOf(lease, 1, changes));
    this.#frames.put(dispatch(domains, key, header, given)[0].frame);
  }

  /** Ends the stream that the node listens to. */
  hangUp(): void {
    this.#frames.put(null);
  }

  async leases(_node: number, signal: AbortSignal): Promise<{ frames: AsyncIterable<Uint8Array> }> {
    this.#orDown();
    this.listeners++;
    return { frames: this.#stream(signal) };
  }

  message(frame: Uint8Array): Promise<MessageAnswer> {
    this.#orDown();
    const message = decodeNodeFrame(frame);
    const { publicKey } = nodeKey(1);
    assert.ok(isSignedInput(domains, { keyKind: publicKey.kind, key: publicKey.bytes }, message));
    return new Promise((resolve, reject) => {
      this.#said.put({
        message,
        results: message.results.map(({ lease, outcome }) => `${lease} ${outcome}`),
        answer: (answer) => resolve({ tick: this.tick, taken: true, refusedLeases: [], ...answer } as MessageAnswer),
        lose: () => reject(new Error("the connection broke")),
      });
    });
  }

  async payload(digest: string): Promise<Uint8Array | undefined> {
    this.#orDown();
    if (!/^0x0+$/.test(digest)) this.asked.push(digest);
    return this.payloads.get(digest);
  }

  async *#stream(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const aborted = new Promise<null>((resolve) => signal.addEventListener("abort", () => resolve(null)));
    for (;;) {
      const frame = await Promise.race([this.#frames.take(), aborted]);
      if (frame === null) return;
      yield frame;
    }
  }

  #orDown(): void {
    if (this.isDown) throw new Error("nobody answers");
  }
}

/** A runner whose work ends when a test says so. */
export class ByHand implements Runner {
  readonly #started = new Line<{ readonly task: Task; end(ended: Ended): void; readonly signal: AbortSignal }>();

  started() {
    return this.#started.take();
  }

  run(task: Task, signal: AbortSignal): Promise<Ended> {
    return new Promise((resolve) => {
      const stop = () => resolve({ outcome: "failed", reason: "it was stopped" });
      signal.addEventListener("abort", stop, { once: true });
      this.#started.put({ task, end: resolve, signal });
    });
  }
}

/** A node in this process, at work for a stand-in. */
export class Stage {
  readonly fabric = new StandIn();
  readonly work = new ByHand();
  readonly events: WorkerEvent[] = [];
  readonly leave = new AbortController();
  readonly quit = new AbortController();
  /** What the node reads on the chain; an error when the chain is silent. */
  view: NodeView | Error = viewWith();
  reads = 0;
  running: Promise<void> = Promise.resolve();

  async start(changes: Partial<WorkerSetup> = {}): Promise<void> {
    const worker = await Worker.open({
      ...{ node: 1, key: nodeKey(1), genesis, link: this.fabric, runner: this.work },
      ...{ payloads: "never", timeoutMs: 1e9, leaveMs: 60_000 },
      chain: { read: () => this.#read() },
      onEvent: (event) => this.events.push(event),
      ...changes,
    });
    this.running = worker.run(this.leave.signal, this.quit.signal);
    this.running.catch(() => undefined);
  }

  /** In contact, with nothing said but that. */
  async meet(changes: Partial<WorkerSetup> = {}): Promise<void> {
    await this.start(changes);
    (await this.fabric.said()).answer();
  }

  async end(): Promise<void> {
    this.quit.abort();
    await this.running.catch(() => undefined);
  }

  async #read(): Promise<NodeView> {
    this.reads++;
    if (this.view instanceof Error) throw this.view;
    return this.view;
  }

  /** Resolves when such an event has happened. */
  async saw(kind: WorkerEvent["kind"]): Promise<WorkerEvent> {
    for (;;) {
      const event = this.events.find((each) => each.kind === kind);
      if (event !== undefined) return event;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
