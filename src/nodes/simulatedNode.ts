import { hash } from "node:crypto";
import { ByteWriter, type NodeParameters, type Parameters, type Result } from "../fabric/index.ts";
import type { SigningKey } from "./keys.ts";
import { checkLeases, type LeaseRefusal, type NodeIdentity, type NodeView } from "./leaseCheck.ts";
import { signNodeMessage } from "./messages.ts";

/** How a simulated node is made. */
export type SimulatedNodeSetup = {
  /** Its number on the chain. */
  readonly node: number;
  readonly key: SigningKey;
  readonly latencyMs: number;
  /** It reports between `latencyMs` and this much more, drawn from the seed for each message. */
  readonly latencySpreadMs: number;
};

/** Ticks that an attempt takes, at least 1. */
export type DurationOf = (submitter: number, number: number, attempt: number) => number;

/** What the node needs of the world around it. */
export type Surroundings = {
  readonly identity: NodeIdentity;
  readonly seed: number;
  readonly durationOf: DurationOf;
  /** Key that forged messages are signed with. */
  readonly forger: SigningKey;
  /** Asks for a call of `finish` and `speak` in that tick. */
  wake(tick: number): void;
  refuse(reason: LeaseRefusal): void;
};

/**
 * What is done to a node from outside. *silence*: it is heard no more, and stops its work when the rule says so;
 * *return*: it is heard again; *lateResult*: it keeps its next result back until the lease has run out; *duplicate*: its
 * newest message arrives twice; *forged*: a message in its name under another key; *replay*: its first message arrives
 * again.
 */
export const faults = ["silence", "return", "lateResult", "duplicate", "forged", "replay"] as const;
export type Fault = (typeof faults)[number];

type Work = {
  readonly lease: number;
  readonly payloadDigest: Uint8Array;
  /** From this tick on a result comes too late: the lease has run out. */
  readonly lateTick: number;
};

/** A node that does its part for real: it checks what it is told, signs what it says, and knows the rule of silence. */
export class SimulatedNode {
  readonly #setup: SimulatedNodeSetup;
  readonly #world: Surroundings;
  #seq = 0;
  #newestLease = 0;
  #nextHeartbeat = 0;
  #lastHeartbeat = 0;
  /** Tick of its newest message, whatever it said. */
  #lastContact = 0;
  #silent = false;
  /** It has stopped its work for want of contact. */
  #stopped = false;
  /** Work by the tick in which it is done. */
  readonly #running = new Map<number, Work[]>();
  /** Work that is done and not reported. */
  #done: Work[] = [];
  /** It will keep its next result back until it is too late. */
  #keepsBack = false;
  #firstFrame: Uint8Array | undefined;
  #newestFrame: Uint8Array | undefined;
  /** Fault messages to be sent. */
  #pending: ("duplicate" | "replay")[] = [];
  #forged = false;

  constructor(setup: SimulatedNodeSetup, world: Surroundings) {
    this.#setup = setup;
    this.#world = world;
  }

  /** Takes the leases of a message, or refuses it. Leases that it knows already are left out one by one. */
  receive(frame: Uint8Array, tick: number, view: NodeView): void {
    const checked = this.#stopped ? outOfContact : checkLeases(frame, this.#world.identity, tick, view);
    if ("refused" in checked) {
      this.#world.refuse(checked.refused);
      return;
    }
    for (const offer of checked.message.leases) {
      // The fabric counts its leases, and its messages to one node keep their order: a number not above the newest is old.
      if (offer.lease <= this.#newestLease) {
        this.#world.refuse("known");
        continue;
      }
      this.#newestLease = offer.lease;
      const duration = this.#world.durationOf(offer.submitter, offer.number, offer.attempt);
      // An attempt that would take longer than its lease is given up by the node itself: there is nothing to report.
      const { lease, payloadDigest, expiresInTicks } = offer;
      if (duration > expiresInTicks) continue;
      this.#run({ lease, payloadDigest, lateTick: tick + expiresInTicks + 1 }, tick + Math.max(1, duration));
    }
  }

  /** The work due in this tick is done. */
  finish(tick: number): void {
    const due = this.#running.get(tick);
    if (due === undefined) return;
    this.#running.delete(tick);
    const [first] = due;
    if (this.#keepsBack && first.lateTick > tick) {
      this.#keepsBack = false;
      due.shift();
      this.#run(first, first.lateTick);
    }
    this.#done = this.#done.concat(due);
  }

  /**
   * Adds to `frames` what arrives in the node's name in this tick: a forger's message, which is quicker, at most one of
   * its own, and repeated ones after it.
   */
  speak(tick: number, view: NodeView, frames: Uint8Array[]): void {
    const own = view.parameters.nodes[this.#setup.node - 1];
    if (own === undefined || own.status === "removed") return;
    if (this.#forged) frames.push(this.#forgedFrame(tick));
    this.#forged = false;
    if (this.#silent) this.#keepRuleOfSilence(tick, view.parameters, own);
    else this.#report(tick, view.parameters, own, frames);
    for (const fault of this.#pending) {
      const frame = fault === "duplicate" ? this.#newestFrame : this.#firstFrame;
      if (frame !== undefined) frames.push(frame);
    }
    this.#pending = [];
  }

  /** False when the fault has nothing to work on: no message yet to repeat; silent already, or not at all. */
  suffer(fault: Fault, tick: number): boolean {
    switch (fault) {
      case "silence":
      case "return":
        if (this.#silent === (fault === "silence")) return false;
        this.#silent = fault === "silence";
        if (fault === "return") {
          this.#stopped = false;
          this.#nextHeartbeat = 0;
        }
        break;
      case "lateResult":
        this.#keepsBack = true;
        break;
      case "duplicate":
      case "replay":
        if (this.#newestFrame === undefined) return false;
        this.#pending.push(fault);
        break;
      case "forged":
        this.#forged = true;
        break;
    }
    this.#world.wake(tick + 1);
    return true;
  }

  #run(work: Work, doneTick: number): void {
    const together = this.#running.get(doneTick);
    if (together !== undefined) together.push(work);
    else {
      this.#running.set(doneTick, [work]);
      this.#world.wake(doneTick);
    }
  }

  #report(tick: number, parameters: Parameters, own: NodeParameters, frames: Uint8Array[]): void {
    const interval = heartbeatTicks(parameters, own);
    // The owners may have made the interval shorter since the last one.
    const heartbeatTick = Math.min(this.#nextHeartbeat, this.#lastHeartbeat + interval);
    const heartbeat = tick >= heartbeatTick;
    if (heartbeat) {
      // The second heartbeat is moved by the node's number, so that many nodes do not all speak in the same ticks.
      const wait = this.#seq === 0 ? 1 + (this.#setup.node % interval) : interval;
      this.#lastHeartbeat = tick;
      this.#nextHeartbeat = tick + wait;
    }
    this.#world.wake(heartbeat ? this.#nextHeartbeat : heartbeatTick);
    if (!heartbeat && this.#done.length === 0) return;
    const results = this.#done.slice(0, own.maxConcurrency).map(resultOf);
    this.#done = this.#done.slice(own.maxConcurrency);
    if (this.#done.length > 0) this.#world.wake(tick + 1);
    const frame = this.#sign(this.#setup.key, ++this.#seq, heartbeat, tick, results);
    this.#lastContact = tick;
    this.#firstFrame ??= frame;
    this.#newestFrame = frame;
    frames.push(frame);
  }

  /** After interval × grace ticks without contact its leases are about to end: it stops before others begin. */
  #keepRuleOfSilence(tick: number, parameters: Parameters, own: NodeParameters): void {
    const stop = this.#lastContact + heartbeatTicks(parameters, own) * parameters.heartbeatGrace;
    if (tick < stop) {
      this.#world.wake(stop);
      return;
    }
    this.#stopped = true;
    this.#done = [];
    this.#running.clear();
  }

  #forgedFrame(tick: number): Uint8Array {
    const stolen = { lease: this.#newestLease, payloadDigest: new Uint8Array(32), lateTick: tick };
    return this.#sign(this.#world.forger, this.#seq + 1, true, tick, [resultOf(stolen)]);
  }

  #sign(key: SigningKey, seq: number, heartbeat: boolean, tick: number, results: readonly Result[]): Uint8Array {
    const { node } = this.#setup;
    const latencyMs = this.#latencyMs(tick);
    return signNodeMessage(this.#world.identity.domains, key, { node, seq, heartbeat, latencyMs, results });
  }

  #latencyMs(tick: number): number {
    const { node, latencyMs, latencySpreadMs } = this.#setup;
    if (latencySpreadMs === 0) return latencyMs;
    const drawn = hash("sha256", new ByteWriter(20).u64(this.#world.seed).u32(node).u64(tick).finish(), "buffer");
    return latencyMs + (drawn.readUInt32BE() % (latencySpreadMs + 1));
  }
}

/** The interval that the owners set for a node, in ticks. */
export function heartbeatTicks(parameters: Parameters, node: NodeParameters): number {
  return Math.max(1, Math.ceil((node.heartbeatSeconds * 1000) / parameters.tickMs));
}

function resultOf({ lease, payloadDigest }: Work): Result {
  // Half the time of a digest that comes as a buffer of its own.
  const digest = Buffer.from(hash("sha256", Buffer.concat([payloadDigest, doneMark]), "binary"), "latin1");
  return { lease, outcome: "completed", digest };
}

const outOfContact = { refused: "outOfContact" } as const;
const doneMark = Buffer.from("done");
