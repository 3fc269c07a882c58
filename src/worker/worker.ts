import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { FabricError } from "../errors.ts";
import type { Genesis, Refusal } from "../fabric/index.ts";
import {
  domainsOf,
  type LeaseOffer,
  type LeaseRefusal,
  type NodeIdentity,
  type NodeView,
  type SigningKey,
  signNodeMessage,
} from "../nodes/index.ts";
import { type Begun, Duty, type Outgoing, type StopReason } from "./duty.ts";
import type { NodeLink } from "./link.ts";
import type { Ended, Runner, Task } from "./runner.ts";

/**
 * Whether a job's payload is fetched. *required*: a job whose payload the fabric does not have fails, unless its digest is
 * all zero; *ifThere*: it is done without; *never*: nothing is fetched.
 */
export type PayloadPolicy = "required" | "ifThere" | "never";

export type WorkerSetup = {
  /** Its number on the chain. */
  readonly node: number;
  readonly key: SigningKey;
  readonly genesis: Pick<Genesis, "chainId" | "ledger" | "maxLagBlocks" | "maxSilentTicks">;
  readonly link: NodeLink;
  /** The node's own reading of the chain. */
  readonly chain: { read(): Promise<NodeView> };
  readonly runner: Runner;
  readonly payloads: PayloadPolicy;
  /** Longest time for one job, ms; the lease may be shorter. */
  readonly timeoutMs: number;
  /** What it reports as its latency; measured unless told. */
  readonly latencyMs?: number;
  /** How long running work may go on when the node leaves, ms. */
  readonly leaveMs: number;
  onEvent(event: WorkerEvent): void;
};

/** What happens to one attempt of one job. */
export type JobEvent =
  | { readonly kind: "started"; readonly task: Task }
  | { readonly kind: "ended"; readonly task: Task; readonly ended: Ended; readonly tookMs: number }
  /** `counted`: the fabric took the result; it does not when the lease was over. */
  | {
      readonly kind: "reported";
      readonly lease: number;
      readonly outcome: Ended["outcome"];
      readonly counted: boolean;
      readonly tick: number;
    };

/** What a node's operator may want to know. */
export type WorkerEvent =
  | JobEvent
  | { readonly kind: "contact"; readonly tick: number }
  | { readonly kind: "contactLost"; readonly reason: string }
  /** The rule of silence has stopped so many jobs. */
  | { readonly kind: "silenced"; readonly jobs: number }
  | { readonly kind: "leaseRefused"; readonly reason: LeaseRefusal }
  | { readonly kind: "messageRefused"; readonly reason: Refusal }
  | { readonly kind: "chainSilent"; readonly reason: string }
  | { readonly kind: "chainBack" }
  | { readonly kind: "leaving"; readonly jobs: number };

/** Refusals that may be for want of news: of the chain, or of the tick. */
const doubtful: readonly LeaseRefusal[] = ["epoch", "expired", "notAdmitted", "paused", "signature"];
/** A node that leaves reports this latency, which no shard's budget allows, and so is given nothing new. */
const leavingLatencyMs = 0xffff_ffff;
/** How long the fabric may not know yet what the chain says of this node, ms. */
const patienceMs = 60_000;
/** How long results of the last work may take to be acknowledged, ms, beside two ticks. */
const farewellMs = 2000;
const reconnectMs = { first: 50, longest: 1000 } as const;

/** One node: takes leases over its link, has the work done, and reports. What it may do and when is for `Duty` to say. */
export class Worker {
  readonly #setup: WorkerSetup;
  readonly #identity: NodeIdentity;
  readonly #duty: Duty;
  readonly #jobs = new Map<number, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  readonly #end = new AbortController();
  readonly #waiters = new Set<{ readonly isDone: () => boolean; readonly resolve: () => void }>();
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  #exchanging = false;
  #reading: Promise<void> | null = null;
  #leaving = false;
  /** Why there is no contact; null when there is; undefined before the first. */
  #lost: string | null | undefined;
  #chainSilence: string | null = null;
  /** Since when the fabric does not know the node, although the chain does. */
  #strangerMs: number | null = null;

  private constructor(setup: WorkerSetup, view: NodeView, nowMs: number) {
    const { node, genesis, timeoutMs } = setup;
    const { maxLagBlocks, maxSilentTicks } = genesis;
    this.#setup = setup;
    this.#identity = { node, domains: domainsOf(genesis), maxLagBlocks };
    this.#duty = new Duty({ identity: this.#identity, maxSilentTicks, timeoutMs, view, nowMs });
  }

  /**
   * Reads the chain, and looks whether the key is the node's.
   * @throws CHAIN_UNREACHABLE, NODE_NOT_ADMITTED, NODE_KEY_DIFFERS
   */
  static async open(setup: WorkerSetup): Promise<Worker> {
    const nowMs = performance.now();
    const worker = new Worker(setup, await setup.chain.read(), nowMs);
    worker.#checkSelf();
    return worker;
  }

  /**
   * Works until `leave` aborts: then it asks for nothing new, lets what it has come to its end for a while, and reports. When
   * `quit` aborts it ends at once, without a word.
   * @throws NODE_NOT_ADMITTED, NODE_KEY_DIFFERS, NODE_REFUSED
   */
  async run(leave: AbortSignal, quit?: AbortSignal): Promise<void> {
    const tasks = [this.#listen(), this.#watch()];
    this.#turn();
    const deaf = [onAbort(leave, () => void this.#leave()), quit && onAbort(quit, () => this.#finish())];
    await this.#until(() => false);
    for (const each of deaf) each?.();
    clearTimeout(this.#timer);
    const jobs = [...this.#jobs.values()];
    for (const { abort } of jobs) abort.abort("leaving" satisfies StopReason);
    await Promise.all([...tasks, ...jobs.map(({ ended }) => ended)]);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Does what is due now, and comes back when the next thing is. */
  #turn(): void {
    if (this.#end.signal.aborted) return;
    const nowMs = performance.now();
    const { start, stop } = this.#duty.advance(nowMs);
    const silenced = stop.filter(({ reason }) => reason === "silence").length;
    if (silenced > 0) this.#setup.onEvent({ kind: "silenced", jobs: silenced });
    for (const { lease, reason } of stop) this.#jobs.get(lease)?.abort.abort(reason);
    for (const work of start) this.#start(work);
    if (!this.#exchanging && this.#duty.speakMs() <= nowMs) void this.#exchange();
    for (const waiter of this.#waiters) {
      if (!waiter.isDone()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    const speakMs = this.#exchanging ? Number.POSITIVE_INFINITY : this.#duty.speakMs();
    const waitMs = Math.min(speakMs, this.#duty.dueMs()) - performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), Math.min(Math.max(waitMs, 1), longestTimerMs));
  }

  /** Resolves when it is so, or the node has ended. */
  #until(isDone: () => boolean): Promise<void> {
    if (isDone() || this.#end.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ isDone, resolve }));
  }

  #finish(failure?: unknown): void {
    if (this.#end.signal.aborted) return;
    this.#failure = failure;
    this.#end.abort();
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  async #leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    const duty = this.#duty;
    const { leaveMs, onEvent } = this.#setup;
    onEvent({ kind: "leaving", jobs: duty.running });
    const sinceMs = performance.now();
    duty.ask(sinceMs);
    this.#turn();
    // Until the fabric has heard of it, new work may come.
    const isHeard = () => duty.hasSaidAll && duty.tickKnownMs >= sinceMs;
    await this.#within(
      leaveMs,
      this.#until(() => duty.running === 0 && isHeard()),
    );
    duty.stopAll("leaving");
    this.#turn();
    await this.#until(() => duty.running === 0);
    await this.#within(farewellMs + 2 * duty.tickMs, this.#until(isHeard));
    this.#finish();
  }

  async #listen(): Promise<void> {
    const { link, node } = this.#setup;
    const { signal } = this.#end;
    let waitMs: number = reconnectMs.first;
    while (!signal.aborted) {
      // What it is told of before it was heard could be another's by then, and is refused.
      await this.#until(() => this.#duty.isInContact(performance.now()));
      if (signal.aborted) return;
      const sinceMs = performance.now();
      try {
        const { frames } = await link.leases(node, signal);
        for await (const frame of frames) await this.#take(frame);
      } catch {
        // Messages meet the same trouble, and say so.
      }
      if (performance.now() - sinceMs > reconnectMs.longest) waitMs = reconnectMs.first;
      await this.#pause(waitMs);
      waitMs = Math.min(reconnectMs.longest, waitMs * 2);
    }
  }

  async #take(frame: Uint8Array): Promise<void> {
    const duty = this.#duty;
    const arrivedMs = performance.now();
    await this.#until(() => duty.isInContact(performance.now()));
    if (performance.now() - duty.viewMs > duty.tickMs) await this.#see(arrivedMs);
    let received = duty.receive(frame, performance.now());
    if ("refused" in received && doubtful.includes(received.refused)) {
      const isOld = received.refused === "expired";
      await Promise.all([this.#see(arrivedMs), isOld ? this.#learnTick(arrivedMs) : null]);
      received = duty.receive(frame, performance.now());
      // With an epoch that was not known the tick was not either.
      if (!isOld && "refused" in received && received.refused === "expired") {
        await this.#learnTick(arrivedMs);
        received = duty.receive(frame, performance.now());
      }
    }
    if (this.#end.signal.aborted) return;
    if ("refused" in received) this.#setup.onEvent({ kind: "leaseRefused", reason: received.refused });
    else if (received.known > 0) this.#setup.onEvent({ kind: "leaseRefused", reason: "known" });
    this.#turn();
  }

  async #learnTick(sinceMs: number): Promise<void> {
    this.#duty.ask(sinceMs);
    this.#turn();
    await this.#within(
      2 * this.#duty.tickMs,
      this.#until(() => this.#duty.tickKnownMs >= sinceMs),
    );
  }

  /** Makes sure that the chain was asked since then; waits no longer than a tick. */
  async #see(sinceMs: number): Promise<void> {
    const read = async () => {
      // A reading that is under way may have begun before.
      for (let asked = 0; asked < 2 && this.#duty.viewMs < sinceMs; asked++) await this.#read();
    };
    await this.#within(this.#duty.tickMs, read());
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { chain, onEvent } = this.#setup;
    const askedMs = performance.now();
    try {
      this.#duty.observe(await chain.read(), askedMs);
    } catch (error) {
      const reason = reasonOf(error);
      if (this.#chainSilence === null) onEvent({ kind: "chainSilent", reason });
      this.#chainSilence = reason;
      return;
    }
    if (this.#chainSilence !== null) onEvent({ kind: "chainBack" });
    this.#chainSilence = null;
    try {
      this.#checkSelf();
    } catch (error) {
      this.#dismiss(error);
    }
    this.#turn();
  }

  async #watch(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#pause(this.#duty.watchMs);
      if (!this.#end.signal.aborted) await this.#within(this.#duty.watchMs, this.#read());
    }
  }

  /** Waits, and not beyond the node's end. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
  }

  async #within(ms: number, done: Promise<unknown>): Promise<void> {
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, this.#end.signal]);
    await Promise.race([done, sleep(ms, undefined, { signal }).catch(() => undefined)]);
    enough.abort();
  }

  /** @throws NODE_NOT_ADMITTED, NODE_KEY_DIFFERS */
  #checkSelf(): void {
    const { node, key } = this.#setup;
    const { self } = this.#duty;
    if (self === undefined) throw new FabricError("NODE_NOT_ADMITTED", { node });
    const { kind, bytes } = key.publicKey;
    if (self.keyKind === kind && Buffer.compare(self.key, bytes) === 0) return;
    const registered = `${self.keyKind} ${hex(self.key)}`;
    throw new FabricError("NODE_KEY_DIFFERS", { name: self.name, registered, found: `${kind} ${hex(bytes)}` });
  }

  /** The node may not work any more. */
  #dismiss(error: unknown): void {
    this.#duty.stopAll("dismissed");
    this.#finish(error);
  }

  async #exchange(): Promise<void> {
    const duty = this.#duty;
    this.#exchanging = true;
    let message: Outgoing | null = null;
    try {
      const latencyMs = await this.#latencyMs();
      message = duty.compose(performance.now(), Date.now());
      if (message === null) return;
      const { seq, heartbeat, results } = message;
      const { node, key, link } = this.#setup;
      const said = { node, seq, heartbeat, latencyMs: this.#leaving ? leavingLatencyMs : latencyMs, results };
      const answer = await link.message(signNodeMessage(this.#identity.domains, key, said));
      duty.answered(answer, performance.now());
      if (this.#lost !== null) this.#setup.onEvent({ kind: "contact", tick: answer.tick });
      this.#lost = null;
      if (answer.taken) this.#acknowledge(message, answer.refusedLeases, answer.tick);
      else this.#refused(answer.refusal);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      const reason = reasonOf(error);
      if (this.#lost === null || this.#lost === undefined) this.#setup.onEvent({ kind: "contactLost", reason });
      this.#lost = reason;
      duty.unanswered(performance.now());
    } finally {
      this.#exchanging = false;
      this.#turn();
    }
  }

  #acknowledge({ results }: Outgoing, refused: readonly number[], tick: number): void {
    this.#strangerMs = null;
    this.#setup.runner.countOn?.(this.#duty.silenceMs - performance.now());
    for (const { lease, outcome } of results)
      this.#setup.onEvent({ kind: "reported", lease, outcome, counted: !refused.includes(lease), tick });
  }

  #refused(reason: Refusal): void {
    this.#setup.onEvent({ kind: "messageRefused", reason });
    if (reason === "replay" || reason === "tooMany") return;
    const nowMs = performance.now();
    this.#strangerMs ??= nowMs;
    // The chain may say already what the fabric does not follow yet.
    if (reason === "malformed" || nowMs - this.#strangerMs > patienceMs) {
      this.#dismiss(new FabricError("NODE_REFUSED", { name: this.#duty.self?.name ?? "", reason }));
    } else void this.#read();
  }

  /** How long the control socket takes to answer a question that costs it nothing, ms, rounded up. */
  async #latencyMs(): Promise<number> {
    const { latencyMs, link } = this.#setup;
    if (latencyMs !== undefined) return latencyMs;
    const sinceMs = performance.now();
    await link.payload(`0x${"0".repeat(64)}`);
    return Math.ceil(performance.now() - sinceMs);
  }

  #start(work: Begun): void {
    const abort = new AbortController();
    const ended = this.#perform(work, abort.signal);
    this.#jobs.set(work.offer.lease, { abort, ended });
  }

  async #perform({ offer, limitMs }: Begun, signal: AbortSignal): Promise<void> {
    const { runner, onEvent } = this.#setup;
    const sinceMs = performance.now();
    const task = this.#taskOf(offer, Math.floor(limitMs - sinceMs));
    onEvent({ kind: "started", task });
    let ended: Ended;
    try {
      const payload = await this.#payloadOf(offer, signal);
      ended =
        "reason" in payload ? { outcome: "failed", ...payload } : await runner.run({ ...task, ...payload }, signal);
    } catch (error) {
      // Whatever a runner stumbles over, it is one job's trouble.
      ended = { outcome: "failed", reason: reasonOf(error) };
    }
    const nowMs = performance.now();
    this.#duty.finish(offer.lease, ended.outcome === "completed" ? ended.digest : null, nowMs);
    // What time has brought meanwhile is told to the job before it is forgotten.
    this.#turn();
    this.#jobs.delete(offer.lease);
    if (signal.aborted) ended = { outcome: "failed", reason: stopSentences[stopReasonOf(signal)] };
    onEvent({ kind: "ended", task, ended, tookMs: Math.round(nowMs - sinceMs) });
  }

  #taskOf(offer: LeaseOffer, timeMs: number): Task {
    const { skills, submitters } = this.#duty.view.parameters;
    const { lease, attempt, value, payloadDigest } = offer;
    return {
      job: `${offer.submitter}/${offer.number}`,
      submitter: submitters[offer.submitter - 1]?.name ?? "",
      ...{ lease, attempt, class: offer.class, value, payloadDigest, timeMs },
      skills: skills.filter((_, bit) => (offer.skills >> BigInt(bit)) & 1n),
      payload: nothing,
    };
  }

  async #payloadOf(
    { payloadDigest }: LeaseOffer,
    signal: AbortSignal,
  ): Promise<{ readonly payload: Uint8Array } | { readonly reason: string }> {
    const { payloads } = this.#setup;
    if (payloads === "never" || payloadDigest.every((byte) => byte === 0)) return { payload: nothing };
    const payload = await this.#fetched(hex(payloadDigest), signal);
    if (payload === undefined) {
      if (payloads === "ifThere") return { payload: nothing };
      return { reason: `the fabric has no payload ${hex(payloadDigest)}` };
    }
    if (Buffer.compare(hash("sha256", payload, "buffer"), payloadDigest) === 0) return { payload };
    return { reason: `the payload is not the one that the submitter signed for, ${hex(payloadDigest)}` };
  }

  /** Asked again while the orchestrator is away, as long as there is time. */
  async #fetched(digest: `0x${string}`, signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (let waitMs: number = reconnectMs.first; ; waitMs = Math.min(reconnectMs.longest, waitMs * 2)) {
      try {
        return await unlessAborted(this.#setup.link.payload(digest), signal);
      } catch {
        await sleep(waitMs, undefined, { signal });
      }
    }
  }
}

const nothing = new Uint8Array(0);
const longestTimerMs = 3_600_000;

const stopSentences: Readonly<Record<StopReason, string>> = {
  timeLimit: "it took longer than --timeout allows",
  leaseOver: "its lease is over",
  silence: "the fabric was not heard for too long, and gives the job to others",
  leaving: "the node leaves",
  dismissed: "the node may not work any more",
};

/** Returns what ends the listening. */
function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const deaf = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(deaf);
  });
}

function stopReasonOf(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason;
  const known = Object.keys(stopSentences).find((each): each is StopReason => each === reason);
  return known ?? "leaving";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
