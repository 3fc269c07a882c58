import type { MessageAnswer } from "../../src/control/index.ts";
import type { Genesis } from "../../src/fabric/index.ts";
import {
  type Domains,
  decodeLeaseFrame,
  type LeaseOffer,
  type NodeIdentity,
  type NodeView,
  type SigningKey,
  signNodeMessage,
} from "../../src/nodes/index.ts";
import { Duty } from "../../src/worker/duty.ts";
import type { Agenda } from "./agenda.ts";

/** What a node needs of the world around it. */
export type NodeWorld = {
  readonly agenda: Agenda;
  readonly domains: Domains;
  readonly genesis: Genesis;
  /** The chain as the node reads it now; undefined when it does not answer. */
  readChain(node: number): NodeView | undefined;
  /** Sends a message; `answer` is called once, with undefined when none will come. */
  send(node: number, frame: Uint8Array, answer: (given: MessageAnswer | undefined) => void): void;
  /** Ms that an attempt takes; undefined when it fails at once. */
  durationMs(offer: LeaseOffer): number | undefined;
  latencyMs(node: number): number;
  /** A lease message was taken, by a node that knew this of the chain. */
  took(node: number, epoch: number, view: NodeView): void;
  began(node: number, offer: LeaseOffer): void;
  stopped(node: number, offer: LeaseOffer): void;
};

/** Mark of what a piece of work made: what is in a receipt tells by itself which attempt it came from. */
export function resultOf(node: number, { lease, submitter, number }: LeaseOffer): Uint8Array {
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  view.setUint32(0, node);
  view.setBigUint64(4, BigInt(lease));
  view.setUint32(12, submitter);
  view.setUint32(16, number);
  view.setUint32(28, 1);
  return digest;
}

const reasonableSlackMs = 20;

/** A node as `Worker` runs one, with its real `Duty`, on a clock of its own that is rather fast, or slow. */
export class VirtualNode {
  readonly node: number;
  readonly #world: NodeWorld;
  readonly #key: SigningKey;
  readonly #identity: NodeIdentity;
  /** Its clock: ms of it in one true ms, and how far it is off. */
  readonly #rate: number;
  readonly #offMs: number;
  #duty: Duty | undefined;
  /** Counts the processes of the node: what belongs to an earlier one is nobody's. */
  #life = 0;
  #exchanging = false;
  /** When it looks at the chain again, by its own clock. */
  #lookMs = 0;
  #wakeMs = Number.POSITIVE_INFINITY;
  readonly #jobs = new Map<number, LeaseOffer>();
  /** Lease messages that wait for contact, or for a better reckoning of the tick. */
  #held: { readonly frame: Uint8Array; readonly sinceMs: number; asked: boolean }[] = [];

  constructor(world: NodeWorld, node: number, key: SigningKey, rate: number, offMs: number) {
    this.#world = world;
    this.node = node;
    this.#key = key;
    this.#rate = rate;
    this.#offMs = offMs;
    this.#identity = { node, domains: world.domains, maxLagBlocks: world.genesis.maxLagBlocks };
  }

  get isUp(): boolean {
    return this.#duty !== undefined;
  }

  /** Begins a process. False when the chain does not answer, or does not know the node. */
  boot(): boolean {
    const view = this.#world.readChain(this.node);
    const self = view?.parameters.nodes[this.node - 1];
    if (view === undefined || self === undefined || self.status === "removed") return false;
    const { maxSilentTicks } = this.#world.genesis;
    const timeoutMs = Number.POSITIVE_INFINITY;
    this.#duty = new Duty({ identity: this.#identity, maxSilentTicks, timeoutMs, view, nowMs: this.#localMs });
    this.#turn();
    return true;
  }

  /** Its process ends with all that it runs. */
  crash(): void {
    this.#life++;
    this.#duty = undefined;
    this.#exchanging = false;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    for (const offer of this.#jobs.values()) this.#world.stopped(this.node, offer);
    this.#jobs.clear();
    this.#held = [];
  }

  /** A lease message has come. */
  receive(frame: Uint8Array): void {
    if (this.#duty === undefined) return;
    this.#held.push({ frame, sinceMs: this.#localMs, asked: false });
    this.#turn();
  }

  get #localMs(): number {
    return this.#world.agenda.nowMs * this.#rate + this.#offMs;
  }

  #turn(): void {
    const duty = this.#duty;
    if (duty === undefined) return;
    if (this.#localMs >= this.#lookMs) this.#look(duty);
    if (duty.self === undefined) {
      this.crash();
      return;
    }
    if (this.#held.length > 0) this.#takeHeld(duty);
    const nowMs = this.#localMs;
    const { start, stop } = duty.advance(nowMs);
    for (const { lease } of stop) this.#stop(lease);
    for (const { offer } of start) this.#start(duty, offer);
    if (!this.#exchanging && duty.speakMs() <= nowMs) this.#speak(duty);
    const speakMs = this.#exchanging ? Number.POSITIVE_INFINITY : duty.speakMs();
    this.#wake(Math.min(speakMs, duty.dueMs(), this.#lookMs));
  }

  #look(duty: Duty): void {
    this.#lookMs = this.#localMs + duty.watchMs;
    const view = this.#world.readChain(this.node);
    if (view !== undefined) duty.observe(view, this.#localMs);
  }

  /** As `Worker` does: it waits for contact, and asks again before it believes that a message is too old. */
  #takeHeld(duty: Duty): void {
    const held = this.#held;
    this.#held = [];
    for (const each of held) {
      if (!duty.isInContact(this.#localMs)) {
        this.#held.push(each);
        continue;
      }
      if (this.#localMs - duty.viewMs > duty.tickMs) this.#look(duty);
      const received = duty.receive(each.frame, this.#localMs);
      if (!("refused" in received)) {
        this.#world.took(this.node, decodeLeaseFrame(each.frame).epoch, duty.view);
        continue;
      }
      const isDoubtful = !["malformed", "addressee", "governance", "outOfContact"].includes(received.refused);
      const waits = !each.asked || duty.tickKnownMs < each.sinceMs;
      if (!isDoubtful || !waits || this.#localMs - each.sinceMs > 2 * duty.tickMs) continue;
      this.#look(duty);
      if (!each.asked) duty.ask(each.sinceMs);
      each.asked = true;
      this.#held.push(each);
    }
    if (this.#held.length > 100) this.#held.shift();
  }

  #start(duty: Duty, offer: LeaseOffer): void {
    const life = this.#life;
    this.#jobs.set(offer.lease, offer);
    this.#world.began(this.node, offer);
    const ms = this.#world.durationMs(offer);
    this.#world.agenda.after(ms ?? reasonableSlackMs, () => {
      if (life !== this.#life || !this.#jobs.has(offer.lease)) return;
      this.#jobs.delete(offer.lease);
      // The work has ended, whatever the node makes of it.
      duty.finish(offer.lease, ms === undefined ? null : resultOf(this.node, offer), this.#localMs);
      this.#world.stopped(this.node, offer);
      this.#turn();
    });
  }

  /** What runs is told to stop, and is gone a little later. */
  #stop(lease: number): void {
    const life = this.#life;
    const offer = this.#jobs.get(lease);
    if (offer === undefined) return;
    this.#jobs.delete(lease);
    this.#world.stopped(this.node, offer);
    this.#world.agenda.after(reasonableSlackMs, () => {
      if (life !== this.#life) return;
      this.#duty?.finish(lease, null, this.#localMs);
      this.#turn();
    });
  }

  #speak(duty: Duty): void {
    const life = this.#life;
    const message = duty.compose(this.#localMs, Math.floor(this.#localMs));
    if (message === null) return;
    this.#exchanging = true;
    const { seq, heartbeat, results } = message;
    const said = { node: this.node, seq, heartbeat, latencyMs: this.#world.latencyMs(this.node), results };
    this.#world.send(this.node, signNodeMessage(this.#world.domains, this.#key, said), (answer) => {
      if (life !== this.#life) return;
      this.#exchanging = false;
      if (answer === undefined) duty.unanswered(this.#localMs);
      else duty.answered(answer, this.#localMs);
      this.#turn();
    });
  }

  #wake(localMs: number): void {
    if (!Number.isFinite(localMs)) return;
    const { agenda } = this.#world;
    const atMs = Math.max(agenda.nowMs + 1, Math.ceil((localMs - this.#offMs) / this.#rate));
    if (this.#wakeMs > agenda.nowMs && this.#wakeMs <= atMs) return;
    this.#wakeMs = atMs;
    const life = this.#life;
    agenda.at(atMs, () => {
      if (life === this.#life && this.#wakeMs === atMs) this.#turn();
    });
  }
}
