import type { CheckpointView, InForceView } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import { assertLaws, type Effects, type Input, type Lease } from "../fabric/index.ts";
import type { Anchorer } from "../governance/index.ts";
import type { Checkpoint, DurableMachine } from "../journal/index.ts";
import { type Dispatch, type Domains, domainsOf, type SigningKey } from "../nodes/index.ts";
import { Anchoring, anchorRecord } from "./anchoring.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Edge, type Session } from "./edge.ts";
import { type Follower, GovernanceWatch } from "./governanceWatch.ts";
import { LeaseDesk } from "./leaseDesk.ts";
import { Reception } from "./reception.ts";

/** How long a node may take to fetch a lease message before it is no longer good. */
const leaseFetchMs = 3000;
/** A loop that was held up for longer did not exist meanwhile: nobody could hear the nodes. */
const heldUpTicks = 3;
const downTicksMax = 2 ** 32 - 1;
/** In ticks that are longer, the chain is asked as often as this. */
const askMs = 2000;
/** How long the end waits for a chain that does not take the last checkpoints. */
const lastAnchorsMs = 10_000;

export type RealTimeSetup = {
  readonly record: DurableMachine;
  readonly follower: Follower;
  readonly anchorer: Pick<Anchorer, "account" | "waiting" | "standing" | "lossOf" | "claim" | "queue" | "flush">;
  /** Signs the leases of this epoch. */
  readonly sessionKey: SigningKey;
  /** When the last record was written, Unix ms; undefined in a new store. */
  readonly lastWrittenMs: number | undefined;
  /** Told after each tick that is on disk, with what it brought about; good until it returns. */
  readonly onTick: (effects: Effects) => void;
  /** A line for the operator. */
  readonly log: (line: string) => void;
  /** That of this computer unless told. */
  readonly clock?: Clock;
  /** How messages are signed; by their senders' keys unless told. */
  readonly domains?: Domains;
};

/**
 * The orchestrator on the clock. No tick waits for the chain: governance comes in between ticks, and anchors go out
 * beside them. What arrives waits for the next tick, and is answered when that is on disk.
 */
export class RealTime {
  readonly reception = new Reception();
  readonly leases: LeaseDesk;
  /** Ticks that passed while no orchestrator ran. */
  readonly downTicks: number;
  readonly #setup: RealTimeSetup;
  readonly #clock: Clock;
  readonly #session: Session;
  readonly #edge: Edge;
  readonly #watch: GovernanceWatch;
  readonly #anchoring: Anchoring;
  readonly #inForce: InForceView[] = [];
  #waiting: { readonly block: number; resolve(view: InForceView): void }[] = [];
  #changedTick: number | null = null;
  #atMs: number;
  #checkpoint: CheckpointView | null = null;
  #anchored: CheckpointView | null = null;
  #failure: unknown;
  /** What the machine has to know of this orchestrator, until it is told. */
  #claimed: readonly Input[];

  private constructor(setup: RealTimeSetup, session: Session, watch: GovernanceWatch, newest: Checkpoint | undefined) {
    const { record, anchorer, lastWrittenMs, log, clock = systemClock } = setup;
    this.#setup = setup;
    this.#clock = clock;
    this.#session = session;
    this.#claimed = [{ kind: "claimed", epoch: session.epoch }];
    this.#watch = watch;
    this.#edge = new Edge(setup.domains ?? domainsOf(record.machine.genesis));
    this.leases = new LeaseDesk((node) => this.#leasesOf(node));
    this.#anchoring = new Anchoring(anchorer, record, {
      ...{ log, clock },
      anchored: (checkpoint) => {
        this.#anchored = viewOf(checkpoint, clock.wallMs());
      },
    });
    this.#atMs = lastWrittenMs ?? clock.wallMs();
    const { tick, state } = record.machine;
    const lostMs = tick === 0 ? 0 : Math.max(0, clock.wallMs() - this.#atMs);
    this.downTicks = Math.min(
      downTicksMax,
      Math.floor(lostMs / (state.parameters?.tickMs ?? Number.POSITIVE_INFINITY)),
    );
    if (newest !== undefined) this.#checkpoint = viewOf(newest, null);
  }

  /**
   * Claims an epoch, so that every older orchestrator is refused, and asks the chain what is in force. An epoch that is on
   * record is not taken again: a reorganisation took its claim back, and whoever claimed it may still believe in it.
   * @throws LEDGER_AHEAD, CHAIN_UNREACHABLE and others of `Anchorer.claim`
   */
  static async start(setup: RealTimeSetup): Promise<RealTime> {
    const { record, anchorer, follower, sessionKey } = setup;
    const stored = [...record.checkpoints()];
    const watch = new GovernanceWatch(follower);
    const claim = () => anchorer.claim(sessionKey.publicKey.bytes, stored.map(anchorRecord));
    let { epoch, anchored } = await claim();
    while (epoch <= record.machine.state.epoch) ({ epoch, anchored } = await claim());
    await watch.ask();
    const orchestrator = new RealTime(setup, { epoch, key: sessionKey }, watch, stored.at(-1));
    const known = stored[anchored - 1];
    if (known !== undefined) {
      record.noteAnchored(known.digest);
      orchestrator.#anchored = viewOf(known, null);
    }
    return orchestrator;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /** What a status tells besides the state of the machine. */
  get facts() {
    return {
      atMs: this.#atMs,
      epoch: this.#session.epoch,
      silence: this.#watch.silence,
      changedTick: this.#changedTick,
      checkpoint: this.#checkpoint,
      anchored: this.#anchored,
      anchorsWaiting: this.#anchoring.waiting,
      isConnected: (node: number) => this.leases.isConnected(node),
    };
  }

  /**
   * Ticks until it is told to stop; the last tick ends with a checkpoint.
   * @returns checkpoints that the chain could not be given in time
   * @throws STORE_FULL, STORE_FAILED, ANCHOR_FENCED, ADMISSIONS_DIVERGED, ORDERS_DIVERGED; whoever waits for an answer then gets none
   */
  async run(stop: AbortSignal): Promise<number> {
    try {
      let downTicks = this.downTicks;
      for (let due = this.#clock.steadyMs(); ; ) {
        const stopping = stop.aborted;
        this.#tick(downTicks, stopping);
        if (stopping) break;
        due += this.#tickMs;
        const late = Math.floor((this.#clock.steadyMs() - due) / this.#tickMs);
        downTicks = late >= heldUpTicks ? late : 0;
        due = Math.max(due, this.#clock.steadyMs());
        await this.#rest(due, stop);
        // News of the chain may have cut a long tick short.
        due = Math.min(due, this.#clock.steadyMs());
      }
      this.reception.close(new FabricError("FABRIC_STOPPING", {}));
      await this.#anchoring.finish(lastAnchorsMs);
      return this.#anchoring.waiting;
    } catch (error) {
      this.reception.close(error);
      throw error;
    }
  }

  /** Resolves when that block, or a later one, is in force. */
  inForce(block: number, signal: AbortSignal): Promise<InForceView> {
    const { governance, tick } = this.#setup.record.machine;
    const known = this.#inForce.find((view) => view.block >= block);
    if (known !== undefined) return Promise.resolve(known);
    if (tick > 0 && governance.block >= block)
      return Promise.resolve({ block: governance.block, version: governance.version, tick });
    return new Promise((resolve, reject) => {
      const waiting = { block, resolve };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason);
      });
    });
  }

  /** Until the next tick is due. In a long one the chain is asked meanwhile, and what it says is not kept waiting. */
  async #rest(due: number, stop: AbortSignal): Promise<void> {
    for (let left = due - this.#clock.steadyMs(); ; left = due - this.#clock.steadyMs()) {
      await this.#clock.sleep(Math.max(0, Math.min(left, askMs)), stop);
      if (left <= askMs || stop.aborted || this.#watch.hasNews) return;
      void this.#watch.ask();
    }
  }

  get #tickMs(): number {
    return this.#setup.record.machine.state.parameters?.tickMs ?? 1000;
  }

  #tick(downTicks: number, stop: boolean): void {
    const { record, onTick } = this.#setup;
    const { machine } = record;
    if (this.#failure !== undefined) throw this.#failure;
    this.#anchoring.tick();
    const tick = machine.tick + 1 + downTicks;
    const resumed: Input[] = downTicks > 0 ? [{ kind: "resumed", downTicks }] : [];
    const due: Input[] = record.isCheckpointDue ? [{ kind: "checkpointDue" }] : [];
    const governance = [...resumed, ...this.#claimed, ...this.#watch.take(), ...due];
    this.#claimed = [];
    const batch = this.reception.take();
    try {
      const gathered = this.#edge.gather(machine, tick, governance, batch.arrivals, stop);
      record.write(gathered.inputs);
      const { effects, checkpoint } = record.apply();
      this.#atMs = this.#clock.wallMs();
      batch.answer(gathered, effects);
      this.leases.deliver(this.#signed(effects.leases));
      // A pause has ended: what it kept back is told now.
      if (effects.events.of("resumed").next().done !== true) this.leases.repeat();
      // What it was told in its silence may have been over by the time that it spoke.
      this.leases.repeat(Array.from(effects.events.of("nodeActive"), ([node]) => node));
      if (checkpoint !== undefined) {
        assertLaws(machine, effects);
        this.#checkpoint = viewOf(checkpoint, this.#atMs);
        this.#anchoring.add(checkpoint);
      }
      this.#noteGovernance(tick, governance);
      onTick(effects);
    } catch (error) {
      batch.refuse(error);
      throw error;
    }
  }

  /** To be sent now. */
  #signed(leases: readonly Lease[]): Dispatch[] {
    const { machine } = this.#setup.record;
    const { tick } = machine;
    const expiryTick = tick + Math.max(1, Math.ceil(leaseFetchMs / this.#tickMs));
    return this.#edge.dispatch(machine, leases, this.#session, { tick, expiryTick });
  }

  /** Nothing is dispatched in a pause: its end has the leases repeated. */
  #leasesOf(node: number): Dispatch[] {
    const { state } = this.#setup.record.machine;
    const shard = state.nodes[node]?.parameters.shard;
    if (shard === undefined || state.isPaused(shard)) return [];
    return this.#signed(this.#setup.record.machine.leasesOf(node));
  }

  #noteGovernance(tick: number, governance: readonly Input[]): void {
    for (const input of governance) {
      if (input.kind !== "governance") continue;
      if (input.values !== null) this.#changedTick = tick;
      const view = { block: input.block, version: input.version, tick };
      // A reorganisation may have brought back an earlier block.
      while ((this.#inForce.at(-1)?.block ?? -1) >= view.block) this.#inForce.pop();
      this.#inForce.push(view);
      if (this.#inForce.length > 256) this.#inForce.shift();
      const served = this.#waiting.filter(({ block }) => block <= view.block);
      this.#waiting = this.#waiting.filter(({ block }) => block > view.block);
      for (const { resolve } of served) resolve(view);
      void this.#checkSession();
    }
  }

  /** With each new block: whether the ledger is still this orchestrator's. */
  async #checkSession(): Promise<void> {
    const { anchorer } = this.#setup;
    const own = this.#session;
    try {
      const standing = await anchorer.standing();
      const { epoch, sessionKey } = standing;
      const isOwn = epoch === own.epoch && Buffer.from(sessionKey).equals(own.key.publicKey.bytes);
      if (isOwn && standing.anchorer === anchorer.account) return;
      const reason = anchorer.lossOf(standing, own.epoch);
      this.#failure ??= new FabricError("ANCHOR_FENCED", { own: own.epoch, current: epoch, reason });
    } catch (error) {
      // A chain that does not answer is found by the next question to it.
      if (!(error instanceof FabricError)) this.#failure ??= error;
    }
  }
}

function viewOf({ document, digest }: Checkpoint, atMs: number | null): CheckpointView {
  return { seq: document.seq, tick: document.tick, digest, atMs };
}
