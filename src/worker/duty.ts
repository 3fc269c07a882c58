import type { MessageAnswer } from "../control/index.ts";
import type { NodeParameters, Result } from "../fabric/index.ts";
import {
  checkLeases,
  heartbeatTicks,
  type LeaseOffer,
  type LeaseRefusal,
  type NodeIdentity,
  type NodeView,
} from "../nodes/index.ts";

/** A lease that was taken. */
export type Work = {
  readonly offer: LeaseOffer;
  /** When the lease is over, by the node's clock. */
  readonly endsMs: number;
};

/** Work that begins. */
export type Begun = Work & {
  /** When it is stopped at the latest. */
  readonly limitMs: number;
};

/** Why work is stopped before it is done. */
export type StopReason = "timeLimit" | "leaseOver" | "silence" | "leaving" | "dismissed";
export type Stop = { readonly lease: number; readonly reason: StopReason };

/** A message to be signed and sent. */
export type Outgoing = {
  readonly seq: number;
  readonly heartbeat: boolean;
  readonly results: readonly Result[];
  readonly sentMs: number;
};

/** What became of the leases of a message; `known`: how many of them the node had taken before. */
export type Received = { readonly refused: LeaseRefusal } | { readonly known: number };

export type DutySetup = {
  readonly identity: NodeIdentity;
  /** Ticks that the node goes on with what it knows of a chain that does not answer. */
  readonly maxSilentTicks: number;
  /** Longest time for one job, ms; the lease may be shorter. */
  readonly timeoutMs: number;
  readonly view: NodeView;
  /** When that view was asked for. */
  readonly nowMs: number;
};

/** Work whose end comes sooner where the fabric counts ahead of the node's clock. */
type Reckoned<Taken extends Work> = { -readonly [Field in keyof Taken]: Taken[Field] } & {
  /** Tick in which the lease is over, unless there is a pause. */
  readonly endTick: number;
};

type Running = Reckoned<Begun> & {
  /** It was told to stop, and what it says does not count any more. */
  stopped: boolean;
};

const firstSeqStep = 1000;
const firstRetryMs = 50;
const longestRetryMs = 1000;
/** Most leases whose numbers are remembered: more than one message can have. */
const knownMax = 2 ** 17;
/** Results wait this part of a tick for others, since a tick takes but one message. */
const gatherTicks = 1 / 50;

/**
 * What a node owes the fabric and may do, as a state machine. It knows no clock, no socket and no process: with
 * everything that happens it is told the time, in ms of a clock that never goes back, and what time has brought is judged
 * before it starts, takes or says anything. So a process that was stopped and woken cannot report, or begin, what is no longer its own.
 *
 * *Silence.* Contact counts from when the newest acknowledged message was sent. After interval × grace without it the
 * fabric is about to give the work to others: all of it stops, and all results are dropped. When contact is back those
 * leases are reported as failed, so that they need not wait for their end. A lease message from before the tick in which the
 * fabric heard the node again is refused: the fabric may have given those leases to others since, and tells of them again where it has not.
 *
 * *Lease's end.* It is reckoned from the tick of the lease message by a clock that is rather too fast, and anew from each tick
 * that the fabric answers with, if that is sooner. The work is stopped and reported as failed; where the fabric's own clock,
 * which stands still in a pause, has not ended the lease, it is given to others at once.
 */
export class Duty {
  readonly #setup: DutySetup;
  #view: NodeView;
  #viewMs: number;
  /** When the present epoch was first asked for. What was answered before may be the tick of one that was replaced. */
  #epochMs = Number.NEGATIVE_INFINITY;
  /** Tick of the newest answer, as of the time its question was sent. */
  #reckoning = unknownTick;
  #contactMs = Number.NEGATIVE_INFINITY;
  /** Tick in which the fabric heard the node last; and in which it did after a silence, or for the first time. */
  #heardTick = Number.NEGATIVE_INFINITY;
  #heardAgainTick = 0;
  #heartbeatMs = Number.NEGATIVE_INFINITY;
  /** A tick known from before this time is not good enough. */
  #askedMs = Number.NEGATIVE_INFINITY;
  /** When the oldest result has waited long enough for others. */
  #gatheredMs = Number.NEGATIVE_INFINITY;
  /** Not to speak earlier than this. */
  #retryMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #seq = 0;
  #seqStep = firstSeqStep;
  /** Leases that were taken, in that order; those up to the number are forgotten, and not taken again. */
  readonly #known = new Set<number>();
  #forgotten = 0;
  /** Taken, and waiting for a slot. */
  #waiting: Reckoned<Work>[] = [];
  readonly #running = new Map<number, Running>();
  /** By lease, until a message that has them is acknowledged. */
  readonly #results = new Map<number, Result>();
  #stops: Stop[] = [];
  #outstanding: Outgoing | null = null;
  #stoppedAll = false;

  constructor(setup: DutySetup) {
    this.#setup = setup;
    this.#view = setup.view;
    this.#viewMs = setup.nowMs;
  }

  get view(): NodeView {
    return this.#view;
  }

  /** When the chain was asked for what is known of it. */
  get viewMs(): number {
    return this.#viewMs;
  }

  /** When the question was sent whose answer the node has its tick from. */
  get tickKnownMs(): number {
    return this.#reckoning.atMs;
  }

  get tickMs(): number {
    return this.#view.parameters.tickMs;
  }

  /** How often the chain is to be read, ms. */
  get watchMs(): number {
    return Math.max(this.tickMs, this.#intervalMs()) / 2;
  }

  /** Jobs that it has taken and not ended. */
  get running(): number {
    return this.#running.size + this.#waiting.length;
  }

  /** All results were heard. */
  get hasSaidAll(): boolean {
    return this.#results.size === 0;
  }

  /** The node as the chain has it; undefined when it was never there, or is removed. */
  get self(): NodeParameters | undefined {
    const self = this.#view.parameters.nodes[this.#setup.identity.node - 1];
    return self?.status === "removed" ? undefined : self;
  }

  isInContact(nowMs: number): boolean {
    return nowMs < this.silenceMs;
  }

  /** When the rule of silence ends all work, unless there is contact before. */
  get silenceMs(): number {
    return this.#contactMs + this.#patienceMs();
  }

  /** The chain as it was when it was asked at `askedMs`. */
  observe(view: NodeView, askedMs: number): void {
    if (view.epoch !== this.#view.epoch) {
      this.#epochMs = askedMs;
      this.#reckoning = unknownTick;
      this.ask(askedMs);
    }
    this.#view = view;
    this.#viewMs = askedMs;
  }

  /** Takes the leases of a message, or refuses it. */
  receive(frame: Uint8Array, nowMs: number): Received {
    if (!this.isInContact(nowMs)) return { refused: "outOfContact" };
    const { identity, maxSilentTicks } = this.#setup;
    // What the owners may have said since, a pause above all, cannot be known.
    if (nowMs - this.#viewMs > maxSilentTicks * this.tickMs) return { refused: "governance" };
    const tick = this.#tickAt(nowMs);
    const checked = checkLeases(frame, identity, tick, this.#view);
    if ("refused" in checked) return checked;
    const { message } = checked;
    if (message.tick < this.#heardAgainTick) return { refused: "outOfContact" };
    const taken = message.leases.filter(({ lease }) => this.#isNew(lease));
    for (const offer of taken) {
      if (this.#stoppedAll) this.#fail(offer.lease);
      else {
        const endTick = message.tick + offer.expiresInTicks;
        const inTimeMs = nowMs + offer.expiresInTicks * this.tickMs;
        this.#waiting.push({ offer, endTick, endsMs: Math.min(inTimeMs, this.#beginMs(endTick)) });
      }
    }
    return { known: message.leases.length - taken.length };
  }

  /** What is to be started and stopped now. What was stopped keeps its slot until `finish`. */
  advance(nowMs: number): { readonly start: readonly Begun[]; readonly stop: readonly Stop[] } {
    this.#pass(nowMs);
    const slots = this.self?.maxConcurrency ?? 0;
    const next = this.#waiting.splice(0, Math.max(0, slots - this.#running.size));
    const start = next.map((work) => ({ ...work, limitMs: Math.min(work.endsMs, nowMs + this.#setup.timeoutMs) }));
    for (const work of start) this.#running.set(work.offer.lease, { ...work, stopped: false });
    const stop = this.#stops;
    this.#stops = [];
    return { start, stop };
  }

  /**
   * Nothing is left of the work on a lease.
   * @param digest of what came out, 32 bytes; null when it failed
   */
  finish(lease: number, digest: Uint8Array | null, nowMs: number): void {
    this.#pass(nowMs);
    const work = this.#running.get(lease);
    if (work === undefined) return;
    this.#running.delete(lease);
    if (this.#results.size === 0) this.#gatheredMs = nowMs + gatherTicks * this.tickMs;
    if (digest === null || work.stopped) this.#fail(lease);
    else this.#results.set(lease, { lease, outcome: "completed", digest });
  }

  /**
   * The next message, if one is due: one at a time, and none before the one before was answered or given up.
   * @param wallMs Unix ms: numbers of messages rise from one process of the node to the next
   */
  compose(nowMs: number, wallMs: number): Outgoing | null {
    this.#pass(nowMs);
    if (nowMs < this.speakMs()) return null;
    const heartbeat = nowMs >= this.#heartbeatDueMs();
    const results = [...this.#results.values()].slice(0, this.self?.maxConcurrency ?? 0);
    this.#seq = Math.max(this.#seq + 1, wallMs);
    this.#outstanding = { seq: this.#seq, heartbeat, results, sentMs: nowMs };
    return this.#outstanding;
  }

  /** The answer to the message that is out. */
  answered(answer: MessageAnswer, nowMs: number): void {
    const sent = this.#outstanding;
    if (sent === null) return;
    this.#outstanding = null;
    if (sent.sentMs >= this.#epochMs) {
      // As of when it was sent: an answer may have lain unread while this process was stopped.
      this.#reckoning = { tick: answer.tick, atMs: sent.sentMs };
      this.#endSooner();
    }
    if (answer.taken) {
      const wasSilent = (answer.tick - this.#heardTick) * this.tickMs > this.#patienceMs();
      // A count that went back is that of another store.
      this.#heardAgainTick = wasSilent ? answer.tick : Math.min(this.#heardAgainTick, answer.tick);
      this.#heardTick = answer.tick;
      this.#contactMs = sent.sentMs;
      if (sent.heartbeat) this.#heartbeatMs = sent.sentMs;
      for (const { lease } of sent.results) this.#results.delete(lease);
      this.#failures = 0;
      this.#seqStep = firstSeqStep;
      this.#retryMs = Number.NEGATIVE_INFINITY;
    } else {
      if (answer.refusal === "replay") {
        this.#seq = Math.min(this.#seq + this.#seqStep, Number.MAX_SAFE_INTEGER - 1);
        this.#seqStep *= 2;
      }
      this.#retryMs = nowMs + this.tickMs;
    }
  }

  /** No answer will come to the message that is out, and nobody knows whether it arrived. */
  unanswered(nowMs: number): void {
    this.#outstanding = null;
    this.#retryMs = nowMs + Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
  }

  /** The tick has to be known anew, from a message sent no earlier than this. */
  ask(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /**
   * Stops what runs, and begins nothing any more; all of it is reported as failed. `dismissed`: nothing is reported, since
   * nobody would hear it.
   */
  stopAll(reason: "leaving" | "dismissed"): void {
    this.#stoppedAll = true;
    for (const work of this.#running.values()) this.#stop(work, reason);
    for (const { offer } of this.#waiting.splice(0)) this.#fail(offer.lease);
    if (reason === "dismissed") this.#results.clear();
  }

  /** When the next message is due, ms; infinite while one is out. */
  speakMs(): number {
    if (this.#outstanding !== null) return Number.POSITIVE_INFINITY;
    const newsMs = this.#results.size > 0 ? this.#gatheredMs : Number.POSITIVE_INFINITY;
    const askedMs = this.#reckoning.atMs < this.#askedMs ? this.#askedMs : Number.POSITIVE_INFINITY;
    return Math.max(this.#retryMs, Math.min(newsMs, askedMs, this.#heartbeatDueMs()));
  }

  /** When work has to stop although nothing happens, ms; infinite when never. */
  dueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    if (this.#hasWork()) dueMs = Math.min(dueMs, this.silenceMs);
    for (const { endsMs } of this.#waiting) dueMs = Math.min(dueMs, endsMs);
    for (const { limitMs, stopped } of this.#running.values()) if (!stopped) dueMs = Math.min(dueMs, limitMs);
    return dueMs;
  }

  /** What time has brought. */
  #pass(nowMs: number): void {
    if (!this.isInContact(nowMs)) {
      for (const work of this.#running.values()) this.#stop(work, "silence");
      for (const { offer } of this.#waiting.splice(0)) this.#fail(offer.lease);
      for (const lease of this.#results.keys()) this.#fail(lease);
    }
    for (const work of this.#running.values())
      if (nowMs >= work.limitMs) this.#stop(work, nowMs >= work.endsMs ? "leaseOver" : "timeLimit");
    this.#waiting = this.#waiting.filter(({ offer, endsMs }) => {
      const isOver = nowMs >= endsMs;
      if (isOver) this.#fail(offer.lease);
      return !isOver;
    });
  }

  /**
   * The fabric's count may run ahead of what the node's clock had of it: it counts the ticks of a downtime by a clock that
   * somebody may have set.
   */
  #endSooner(): void {
    const running = [...this.#running.values()];
    for (const work of [...this.#waiting, ...running]) work.endsMs = Math.min(work.endsMs, this.#beginMs(work.endTick));
    for (const work of running) work.limitMs = Math.min(work.limitMs, work.endsMs);
  }

  /** When a tick begins, as the newest answer has it. */
  #beginMs(tick: number): number {
    return this.#reckoning.atMs + (tick - this.#reckoning.tick) * this.tickMs;
  }

  /** The fabric tells of a lease more than once, and of an older one again that was refused or lost on its way. */
  #isNew(lease: number): boolean {
    if (lease <= this.#forgotten || this.#known.has(lease)) return false;
    this.#known.add(lease);
    const [oldest] = this.#known;
    if (this.#known.size > knownMax && oldest !== undefined) {
      this.#known.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, oldest);
    }
    return true;
  }

  #stop(work: Running, reason: StopReason): void {
    if (work.stopped) return;
    work.stopped = true;
    this.#stops.push({ lease: work.offer.lease, reason });
  }

  #fail(lease: number): void {
    this.#results.set(lease, { lease, outcome: "failed", digest: noDigest });
  }

  #hasWork(): boolean {
    const isRunning = [...this.#running.values()].some(({ stopped }) => !stopped);
    return isRunning || this.#waiting.length > 0;
  }

  /** Rather a tick too far than behind: an answer is counted from when its question was sent. */
  #tickAt(nowMs: number): number {
    return this.#reckoning.tick + Math.floor((nowMs - this.#reckoning.atMs) / this.tickMs);
  }

  /** A tick early, since it takes up to a tick until the fabric counts it; with time for another where the grace is none. */
  #heartbeatDueMs(): number {
    const intervalMs = this.#intervalMs();
    const isStrict = this.#view.parameters.heartbeatGrace === 1;
    return this.#heartbeatMs + (isStrict ? intervalMs / 2 : Math.max(intervalMs - this.tickMs, intervalMs / 2));
  }

  /** How long the fabric may hear nothing of the node before it gives it no more work. */
  #patienceMs(): number {
    return this.#intervalMs() * this.#view.parameters.heartbeatGrace;
  }

  #intervalMs(): number {
    const { self } = this;
    return self === undefined ? this.tickMs : heartbeatTicks(this.#view.parameters, self) * this.tickMs;
  }
}

/** No lease message is young enough for it. */
const unknownTick: { readonly tick: number; readonly atMs: number } = { tick: 0, atMs: Number.NEGATIVE_INFINITY };

/** A failed job has no result. */
const noDigest = new Uint8Array(32);
