import { FabricError } from "../../src/errors.ts";
import { decodeInputs, type Effects, type Genesis } from "../../src/fabric/index.ts";
import { Anchorer, GovernanceFollower } from "../../src/governance/index.ts";
import { DurableMachine } from "../../src/journal/index.ts";
import { type Domains, decodeLeaseFrame, type SigningKey } from "../../src/nodes/index.ts";
import { RealTime } from "../../src/orchestrator/realTime.ts";
import { resumeOf } from "../../src/orchestrator/resume.ts";
import type { Agenda } from "./agenda.ts";
import { type Books, Broken } from "./books.ts";
import { deployment, type VirtualChain } from "./chain.ts";
import type { Disk } from "./disk.ts";
import { Killed, Life } from "./life.ts";
import { accountOn, ChainLine, type LineTrouble, QuickAnchorer } from "./line.ts";
import { compareRecovered } from "./recovered.ts";

export type HostSetup = {
  readonly agenda: Agenda;
  readonly chain: VirtualChain;
  readonly genesis: Genesis;
  readonly domains: Domains;
  readonly books: Books;
  readonly disk: Disk;
  readonly confirmations: number;
  readonly settings: { readonly segmentBytes: number; readonly snapshotTicks: number };
  readonly trouble: LineTrouble;
  /** Anchors go out by a quick stand-in for `Anchorer`. */
  readonly isQuick: boolean;
  /** Steps that the next process lives. */
  lifetime(): number;
  sessionKey(): SigningKey;
  /** How far the computer's clock is off, ms. */
  offMs(): number;
  /** A process is gone: it died, or ended by itself. */
  gone(host: Host): void;
  /** It answers from now on. */
  serves(): void;
  /** After each tick that is on disk. */
  ticked(effects: Effects): void;
  broken(error: unknown): void;
};

/** Ends that a process may come to by itself; it is started again. */
const plannedEnds = ["ANCHOR_FENCED", "CHAIN_UNREACHABLE", "CHAIN_REFUSED", "REVERTED"];

/** A computer with a disk, on which the orchestrator's process runs, dies and is started again. */
export class Host {
  readonly disk: Disk;
  readonly #setup: HostSetup;
  #life: Life | undefined;
  #record: DurableMachine | undefined;
  /** What the process before left in memory: nobody had that in the real world; here it is compared. */
  #remains: DurableMachine | undefined;
  #orchestrator: RealTime | undefined;
  #stop = new AbortController();
  #isRetired = false;
  /** The chain does not answer it. */
  isCutOff = false;

  /** @param remains what another host had in memory, whose disk was copied for this one */
  constructor(setup: HostSetup, remains?: DurableMachine) {
    this.#setup = setup;
    this.disk = setup.disk;
    this.#remains = remains;
  }

  /**
   * Another host takes its place, with a copy of its disk. Its process is stopped, and goes on later as if nothing had been:
   * what it makes of that is in nobody's books.
   */
  retire(): void {
    this.#isRetired = true;
    if (this.#life !== undefined) this.#life.heldUpUntilMs = Number.POSITIVE_INFINITY;
  }

  /** Its process goes on. */
  wake(): void {
    if (this.#life !== undefined) this.#life.heldUpUntilMs = 0;
  }

  /** The orchestrator, while it serves. */
  get orchestrator(): RealTime | undefined {
    return this.#life?.isLive ? this.#orchestrator : undefined;
  }

  get record(): DurableMachine | undefined {
    return this.#record;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  /** Begins a process, which recovers what is on the disk. */
  start(): void {
    const { lifetime, gone, broken } = this.#setup;
    const life = new Life(lifetime(), () => gone(this));
    this.#life = life;
    this.#orchestrator = undefined;
    this.#stop = new AbortController();
    try {
      this.#open(life);
    } catch (error) {
      if (life.isLive || !(error instanceof Killed)) broken(error);
    }
  }

  /** Has the process end in good order, as SIGTERM does; one that is held up hears of it later, and goes on. */
  stop(): void {
    if (this.#life?.heldUpMs(this.#setup.agenda.nowMs) === 0) this.#stop.abort();
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #open(life: Life): void {
    const { agenda, chain, genesis, domains, books, confirmations, settings, trouble, offMs, sessionKey } = this.#setup;
    const lastWrittenMs = this.disk.writtenMs;
    const clock = agenda.clock(
      offMs(),
      () => life.isLive,
      () => life.heldUpMs(agenda.nowMs),
    );
    const isNew = this.#remains === undefined;
    const store = this.disk.open(life);
    const record = new DurableMachine(store, genesis, settings);
    if (!isNew) books.recoveries++;
    compareRecovered(record, this.#remains, this.disk, books);
    this.#record = record;
    this.#remains = record;
    const { machine } = record;
    const isCut = () => this.isCutOff || trouble.isCut();
    const line = new ChainLine(chain, agenda, life, { ...trouble, isCut });
    const resume = resumeOf(machine, store);
    const follower = new GovernanceFollower(line, deployment, { confirmations, ...resume, openReader: () => line });
    const starting = RealTime.start({
      ...{ record, follower, clock, domains },
      anchorer: this.#setup.isQuick ? new QuickAnchorer(line, chain) : new Anchorer(accountOn(line), deployment),
      sessionKey: sessionKey(),
      lastWrittenMs: lastWrittenMs === undefined ? undefined : lastWrittenMs + offMs(),
      onTick: (effects) => {
        if (life.isLive && !this.#isRetired) this.#ticked(record, effects);
      },
      log: () => {},
    });
    starting
      .then((orchestrator) => this.#serve(orchestrator, record, life))
      .then(
        () => life.end(),
        (error: unknown) => this.#ended(life, error),
      );
  }

  async #serve(orchestrator: RealTime, record: DurableMachine, life: Life): Promise<void> {
    this.#orchestrator = orchestrator;
    this.#setup.serves();
    await orchestrator.run(this.#stop.signal);
    if (life.isLive) record.close();
  }

  #ended(life: Life, error: unknown): void {
    if (!life.isLive && error instanceof Killed) return;
    if (error instanceof FabricError && plannedEnds.includes(error.code)) {
      life.end();
      return;
    }
    if (life.isLive) this.#setup.broken(error);
    else if (!(error instanceof Killed)) this.#setup.broken(error);
  }

  #ticked(record: DurableMachine, effects: Effects): void {
    const { books, ticked, broken } = this.#setup;
    try {
      const inputs = decodeInputs(this.disk.newestInputs);
      books.see(inputs, effects, record.machine);
      if (effects.tick > this.disk.durableTick)
        throw new Broken("nothingBeforeRecord", `tick ${effects.tick} is obeyed after tick ${this.disk.durableTick}`);
      ticked(effects);
    } catch (error) {
      broken(error);
    }
  }

  /** Tells a node of its leases, and of all that come; returns what ends that. */
  listen(node: number, tell: (frame: Uint8Array) => void): () => void {
    const { orchestrator, disk } = this;
    const life = this.#life;
    const { books, broken } = this.#setup;
    if (orchestrator === undefined || life === undefined) return () => {};
    const hear = (frame: Uint8Array) => {
      if (!life.isLive) return;
      life.step();
      if (this.#isRetired) {
        tell(frame);
        return;
      }
      try {
        const isLate = orchestrator === this.orchestrator && this.#record?.machine.tick === books.tick;
        books.dispatched(decodeLeaseFrame(frame), node, disk.durableTick, isLate);
      } catch (error) {
        broken(error);
      }
      tell(frame);
    };
    try {
      return orchestrator.leases.listen(node, hear);
    } catch (error) {
      // It died while it told.
      if (!(error instanceof Killed)) throw error;
      return () => {};
    }
  }
}
