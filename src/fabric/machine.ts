import { Effects, type Lease } from "./effects.ts";
import type { Genesis } from "./genesis.ts";
import type { Input } from "./inputs.ts";
import { jobsOf, leaseOf } from "./lifecycle.ts";
import { deserialise, type Snapshot, serialise } from "./snapshot.ts";
import { type Counters, type GovernanceBlock, State } from "./state.ts";
import { checkpoint } from "./tick/checkpoint.ts";
import { heartbeatAudit } from "./tick/heartbeatAudit.ts";
import { intake } from "./tick/intake.ts";
import { ownerChanges } from "./tick/ownerChanges.ts";
import { recovery } from "./tick/recovery.ts";
import { resumption } from "./tick/resumption.ts";
import { routing } from "./tick/routing.ts";
import { signals } from "./tick/signals.ts";
import { spillover } from "./tick/spillover.ts";

/** Sets of skills that are kept at hand; above, when most are no live job's any more, the state is laid anew. */
const skillSetsMax = 65_536;

/**
 * The deterministic fabric. Two machines given the same inputs hold the same state, bit for bit, on any computer: whole
 * numbers, seeded randomness that is part of the state, and no order that comes from anything but the inputs.
 */
export class Machine {
  #state: State;
  readonly #effects = new Effects();

  /** @param state where it stands; the beginning unless told */
  constructor(genesis: Genesis, state = new State(genesis)) {
    this.#state = state;
  }

  /**
   * The machine that a snapshot was taken of.
   * @throws MalformedBytes when the bytes are no snapshot of this version.
   */
  static restore(snapshot: Snapshot): Machine {
    const state = deserialise(snapshot);
    return new Machine(state.genesis, state);
  }

  get genesis(): Genesis {
    return this.#state.genesis;
  }

  /** Number of the last tick; 0 before the first. */
  get tick(): number {
    return this.#state.tick;
  }

  get counters(): Readonly<Counters> {
    return this.#state.counters;
  }

  get heartbeats(): number {
    return this.#state.transport.heartbeats;
  }

  /** Messages refused before they counted: forged, replayed, malformed, from nobody. */
  get refusedMessages(): number {
    return this.#state.transport.refusedMessages;
  }

  get governance(): GovernanceBlock {
    return this.#state.transport.governance;
  }

  /** To look at, never to change: what rooms next door report on. */
  get state(): State {
    return this.#state;
  }

  /** The leases that a node has now, in the order in which they were given. */
  leasesOf(node: number): Lease[] {
    return this.#state.nodes[node] === undefined
      ? []
      : jobsOf(this.#state, node).map((slot) => leaseOf(this.#state, slot));
  }

  /**
   * Takes the inputs of one tick, the last of which is `tick`, and returns what they brought about. The same object is
   * filled again by the next call.
   * @throws RangeError when the inputs are not those of the tick that is next.
   */
  step(inputs: readonly Input[]): Effects {
    const effects = this.#effects;
    const previousTick = this.#state.tick;
    const tick = tickOf(inputs, previousTick);
    const { skillSets, jobs } = this.#state;
    if (skillSets.length > Math.max(skillSetsMax, 2 * jobs.count)) this.#state = deserialise(this.snapshot());
    const state = this.#state;
    state.tick = tick;
    state.jobs.recycle();
    effects.clear();
    effects.tick = tick;

    resumption(state, inputs, effects);
    ownerChanges(state, inputs, effects);
    signals(state, inputs, effects);
    intake(state, inputs, effects);
    heartbeatAudit(state, effects);
    recovery(state, effects);
    routing(state, effects);
    spillover(state, effects);
    checkpoint(state, inputs, previousTick, effects);
    return effects;
  }

  /** The state in canonical bytes, whatever its layout in memory. */
  snapshot(): Snapshot {
    return serialise(this.#state);
  }
}

/**
 * Number of the tick that the inputs are those of.
 * @throws RangeError unless it is the one after `previous` and the ticks that were lost
 */
export function tickOf(inputs: readonly Input[], previous: number): number {
  let expected = previous + 1;
  for (const input of inputs) if (input.kind === "resumed") expected += input.downTicks;
  const last = inputs.at(-1);
  if (last?.kind !== "tick" || last.tick !== expected || inputs.filter(({ kind }) => kind === "tick").length !== 1)
    throw new RangeError(
      `inputs that end with tick ${last?.kind === "tick" ? last.tick : "nothing"}; tick ${expected} is next`,
    );
  return last.tick;
}
