import type { Effects, Input } from "../fabric/index.ts";
import { assertLaws } from "../fabric/index.ts";
import type { Anchorer, GovernanceFollower } from "../governance/index.ts";
import type { Checkpoint, CheckpointDocument, DurableMachine } from "../journal/index.ts";
import { type Dispatch, domainsOf, type SigningKey } from "../nodes/index.ts";
import { anchorRecord } from "./anchoring.ts";
import { type Arrivals, Edge, type Session } from "./edge.ts";

/** What the orchestrator is told of one tick. */
export type TickRequest = {
  readonly tick: number;
  /** Unix seconds: the start of the tick; later blocks are not seen yet. */
  readonly time: number;
  readonly arrivals: Arrivals;
  /** This is the last tick: end it with a checkpoint. */
  readonly stop: boolean;
};

/** Where a tick can be interrupted from outside, in this order. */
export const tickSteps = ["beforeAppend", "afterAppend", "afterEffects", "afterAnchorSent"] as const;
export type TickStep = (typeof tickSteps)[number];

/** What surrounds the orchestrator. */
export type Surroundings = {
  /** A new epoch has begun: nodes obey its session key from now on. */
  claimed(epoch: number): Promise<void>;
  /** Hands lease messages to the nodes. */
  dispatch(dispatches: readonly Dispatch[]): Promise<void>;
  /** Called at each step of a tick; what it waits for, the tick waits for. */
  reached(step: TickStep, tick: number): Promise<void>;
};

/**
 * One tick after the other: what arrived becomes inputs, inputs become a record on disk, and only then effects leave the
 * process. It holds nothing that a kill could lose.
 */
export class Orchestrator {
  readonly #record: DurableMachine;
  readonly #follower: GovernanceFollower;
  readonly #anchorer: Anchorer;
  readonly #surroundings: Surroundings;
  readonly #session: Session;
  readonly #edge: Edge;
  #newest: Checkpoint | undefined;

  private constructor(
    record: DurableMachine,
    follower: GovernanceFollower,
    anchorer: Anchorer,
    surroundings: Surroundings,
    session: Session,
  ) {
    this.#record = record;
    this.#follower = follower;
    this.#anchorer = anchorer;
    this.#surroundings = surroundings;
    this.#session = session;
    this.#edge = new Edge(domainsOf(record.machine.genesis));
  }

  /**
   * Claims an epoch for `key`, so that every older orchestrator is refused, anchors what the store has and the ledger
   * lacks, and emits the effects of the last tick on record again, since nobody knows whether they had left.
   * @throws FabricError LEDGER_AHEAD and others of `Anchorer.claim`
   */
  static async start(
    record: DurableMachine,
    follower: GovernanceFollower,
    anchorer: Anchorer,
    surroundings: Surroundings,
    key: SigningKey,
  ): Promise<Orchestrator> {
    const stored = [...record.checkpoints()];
    const { epoch } = await anchorer.claim(key.publicKey.bytes, stored.map(anchorRecord));
    await surroundings.claimed(epoch);
    const orchestrator = new Orchestrator(record, follower, anchorer, surroundings, { epoch, key });
    orchestrator.#newest = stored.at(-1);
    const { lastStep } = record.recovery;
    if (lastStep !== undefined) await orchestrator.#emit(lastStep.effects);
    await orchestrator.#anchorWaiting();
    return orchestrator;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /** @throws RangeError before there is one */
  get newestCheckpoint(): CheckpointDocument {
    if (this.#newest === undefined) throw new RangeError("there is no checkpoint yet");
    return this.#newest.document;
  }

  get record(): DurableMachine {
    return this.#record;
  }

  /** Returns when the tick is on record, its leases are handed over, and its checkpoint, if it has one, is anchored. */
  async tick({ tick, time, arrivals, stop }: TickRequest): Promise<void> {
    const { reached } = this.#surroundings;
    const { machine } = this.#record;
    const governance: readonly Input[] = await this.#follower.poll(time);
    const { inputs } = this.#edge.gather(machine, tick, governance, arrivals, stop);
    await reached("beforeAppend", tick);
    this.#record.write(inputs);
    await reached("afterAppend", tick);
    const { effects, checkpoint } = this.#record.apply();
    await this.#emit(effects);
    await reached("afterEffects", tick);
    if (checkpoint === undefined) return;
    this.#newest = checkpoint;
    assertLaws(machine, effects);
    await this.#anchorer.anchor(anchorRecord(checkpoint));
    await reached("afterAnchorSent", tick);
    this.#record.noteAnchored(checkpoint.digest);
  }

  close(): void {
    this.#record.close();
  }

  async #emit(effects: Effects): Promise<void> {
    const { tick, leases } = effects;
    // Good for that tick alone: a drill's nodes are told in the tick itself.
    const sent = { tick, expiryTick: tick };
    const dispatches = this.#edge.dispatch(this.#record.machine, leases, this.#session, sent);
    if (dispatches.length > 0) await this.#surroundings.dispatch(dispatches);
  }

  /** Afterwards the ledger has all that the store has. */
  async #anchorWaiting(): Promise<void> {
    await this.#anchorer.flush();
    const newest = this.#record.unanchored.at(-1);
    if (newest !== undefined) this.#record.noteAnchored(newest.digest);
  }
}
