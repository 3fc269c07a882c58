import type { MessageAnswer, SubmissionAnswer } from "../../src/control/index.ts";
import { classes, type Genesis, type Job, type Parameters } from "../../src/fabric/index.ts";
import {
  domainsOf,
  heartbeatTicks,
  type LeaseOffer,
  type NodeView,
  signNodeMessage,
  signSubmission,
} from "../../src/nodes/index.ts";
import { Agenda } from "./agenda.ts";
import { Books, Broken } from "./books.ts";
import { type Decided, deployment, quickHead, realHead, type VirtualBlock, VirtualChain } from "./chain.ts";
import { Disk } from "./disk.ts";
import { Host, type HostSetup } from "./host.ts";
import { keyedHash } from "./keyedHash.ts";
import { type NodeWorld, VirtualNode } from "./node.ts";
import { keyOf, nodesMax, Owners, skillCount } from "./owners.ts";
import { Random } from "./random.ts";
import { judgeReplay } from "./replayed.ts";

/** What may go wrong in a world. Each world has some of these, so that each is also met without the others. */
export const faultKinds = [
  "kill",
  "stopped",
  "powerLoss",
  "tornWrite",
  "heldUp",
  "clockSet",
  "dropped",
  "duplicated",
  "delayed",
  "forged",
  "replayed",
  "deafNode",
  "muteNode",
  "nodeCrash",
  "clockSkew",
  "cutStream",
  "ownerChange",
  "order",
  "reorganisation",
  "deepReorganisation",
  "decisionLost",
  "chainCut",
  "chainSlow",
  "answerLost",
  "overrun",
  "takenOver",
  "strayNode",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type WorldOptions = {
  readonly seed: number;
  /** Faults cease early, and more work waits then. */
  readonly liveness?: boolean;
};

export type WorldReport = {
  readonly seed: number;
  readonly ticks: number;
  readonly recoveries: number;
  readonly jobs: number;
  readonly receipts: number;
  readonly staleResults: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Ticks that the work took to end once faults had ceased. */
  readonly drainTicks: number;
};

/** A node whose chain stands still, so that it obeys an orchestrator that another has replaced. */
type Stray = {
  readonly node: number;
  readonly old: Host;
  readonly block: VirtualBlock;
  /** Ends its stream of leases. */
  readonly stop: (() => void) | undefined;
};

const submitterCount = 2;
/** Clocks of nodes run as fast as this, or as slowly. */
const clockRateMax = 1.03;
const genesisLedger = deployment.contracts.CheckpointLedger.address;

/** One fabric with all that surrounds it, played from one seed: the same seed plays the same world again. */
export class World {
  readonly seed: number;
  readonly agenda = new Agenda();
  readonly books: Books;
  readonly #random: Random;
  readonly #liveness: boolean;
  readonly #genesis: Genesis;
  readonly #domains;
  readonly #tickMs: number;
  readonly #owners: Owners;
  readonly #chain: VirtualChain;
  readonly #isQuick: boolean;
  #host: Host;
  /** One that was taken for dead, and was only stopped. */
  #retired: Host | undefined;
  #stray: Stray | undefined;
  readonly #hostSetup: HostSetup;
  readonly #nodes: VirtualNode[] = [];
  readonly #enabled: Readonly<Record<FaultKind, boolean>>;
  readonly faults: Record<FaultKind, number>;
  readonly #streams: (() => void)[] = [];
  /** Until when nothing reaches a node, or comes from it, or it does not reach the chain, ms. */
  readonly #deafUntil: number[] = [];
  readonly #muteUntil: number[] = [];
  #chainCutUntil = 0;
  #confirmations = 0;
  /** When a node read the chain last, ms. */
  readonly #readMs: number[] = [];
  #clockOffMs = 0;
  #calm = false;
  #ticks = 0;
  #failure: unknown;
  #nextNumber: number[] = [1, 1, 1];
  readonly #submitted = new Map<string, Job>();
  readonly #wire: Uint8Array[] = [];

  constructor({ seed, liveness = false }: WorldOptions) {
    this.seed = seed;
    this.#liveness = liveness;
    const random = new Random(seed);
    this.#random = random;
    this.faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
    this.#enabled = Object.fromEntries(faultKinds.map((kind) => [kind, !random.once(3)])) as Record<FaultKind, boolean>;
    this.#genesis = {
      ...{ chainId: 31337, ledger: genesisLedger, seed },
      ...{ maxLagBlocks: random.between(4, 12), maxSilentTicks: random.between(4, 10) },
    };
    this.#domains = domainsOf(this.#genesis, keyedHash);
    this.#tickMs = random.once(4) ? 4000 : 1000;
    this.#owners = new Owners(random, {
      ...{ tickMs: this.#tickMs, submitters: submitterCount, keepsTime: !random.once(4) },
    });
    const { agenda } = this;
    this.#isQuick = !random.once(4);
    this.#chain = new VirtualChain(this.#owners.values, () => agenda.nowMs, this.#isQuick ? quickHead : realHead);
    this.books = new Books(random.between(1, 8));
    this.#hostSetup = this.#setUpHost();
    this.#host = new Host(this.#hostSetup);
    for (let number = 1; number <= nodesMax; number++) this.#nodes[number] = this.#buildNode(number);
  }

  /** The record of the process that runs, and the disk that it is on. */
  get kept(): Pick<Host, "record" | "disk"> {
    return this.#host;
  }

  /** @throws Broken at the first thing that is wrong, and what nobody planned for */
  async run(): Promise<WorldReport> {
    const random = this.#random;
    this.#host.start();
    for (let number = 1; number <= nodesMax; number++) this.#bootNode(number);
    this.#eachTick(() => this.#submit());
    this.#eachTick(() => this.#govern());
    this.#eachTick(() => this.#disturb());
    const stormTicks = this.#liveness ? random.between(20, 90) : random.between(120, 280);
    await this.#play(stormTicks);
    const drainTicks = await this.#drain();
    this.#judge();
    return {
      ...{ seed: this.seed, ticks: this.#ticks, recoveries: this.books.recoveries, jobs: this.books.jobs },
      ...{ receipts: this.books.receipts, staleResults: this.books.staleResults },
      ...{ faults: this.faults, drainTicks },
    };
  }

  async #play(ticks: number): Promise<void> {
    for (let left = ticks; left > 0; left--) {
      await this.agenda.runUntil(this.agenda.nowMs + this.#tickMs);
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Faults cease; returns how many ticks it took until all work had ended and all checkpoints were anchored. */
  async #drain(): Promise<number> {
    this.#calm = true;
    this.#chainCutUntil = 0;
    this.#comeBack();
    this.#chain.mine({ values: this.#owners.mend() });
    for (const node of this.#nodes) if (node !== undefined && !node.isUp) this.#bootNode(node.node);
    // Four attempts with the longest lease (60) and backoff (32), to settle, and what each job that waits may take. How many
    // wait is not known while no process has opened the record.
    const alive = () => this.#host.record?.machine.state.jobs.count ?? 0;
    let [ticks, most] = [0, alive()];
    for (; ticks < 400 + 8 * most; most = Math.max(most, alive())) {
      await this.#play(1);
      ticks++;
      if (this.#isDone()) return ticks;
    }
    throw new Broken("everythingEnds", `after ${ticks} ticks ${alive()} jobs are alive, of ${most}`);
  }

  #isDone(): boolean {
    const { orchestrator, record } = this.#host;
    if (orchestrator === undefined || record === undefined) return false;
    return record.machine.state.jobs.count === 0 && this.#unanswered === 0 && orchestrator.facts.anchorsWaiting === 0;
  }

  /** When all is over: books, ledger and a replay of the whole journal say the same. */
  #judge(): void {
    const { books } = this;
    const { record } = this.#host;
    if (record === undefined) throw new Broken("everythingEnds", "no orchestrator runs");
    books.close();
    books.countLeaves(record.receipts.size);
    this.#judgeAnchors(judgeReplay(record, this.#host.disk.reader));
  }

  #judgeAnchors(digests: readonly string[]): void {
    const places = new Set<string>();
    let head: string | undefined;
    this.#chain.newest.ledger.anchors.forEach((anchor, index) => {
      const { epoch, seq, parent, digest } = anchor;
      const place = `${epoch}/${seq}`;
      if (places.has(place)) throw new Broken("anchorsAgree", `two anchors at ${place}`);
      places.add(place);
      if (head !== undefined && parent !== head) throw new Broken("anchorsAgree", `anchor ${seq} has another parent`);
      if (digest !== digests[index]) throw new Broken("anchorsAgree", `anchor ${seq} is not checkpoint ${index + 1}`);
      head = anchor.head;
    });
  }

  #once(kind: FaultKind, inTimes: number): boolean {
    if (this.#calm || !this.#enabled[kind] || !this.#random.once(inTimes)) return false;
    this.faults[kind]++;
    return true;
  }

  #eachTick(act: () => void): void {
    const again = () => {
      act();
      this.agenda.after(this.#tickMs, again);
    };
    this.agenda.after(this.#random.below(this.#tickMs), again);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #setUpHost(): HostSetup {
    const random = this.#random;
    const { agenda, books } = this;
    const sessionKeys = random.once(2) ? 1 : 8;
    this.#confirmations = this.#enabled.reorganisation ? random.between(1, 4) : 0;
    let started = 0;
    return {
      ...{ agenda, books, chain: this.#chain, genesis: this.#genesis, domains: this.#domains },
      disk: new Disk(random, () => agenda.nowMs),
      isQuick: this.#isQuick,
      confirmations: this.#confirmations,
      settings: { segmentBytes: random.between(1, 6) * 2048, snapshotTicks: random.between(4, 20) },
      trouble: {
        delayMs: () => {
          if (this.#once("chainSlow", 30)) return random.between(1, 6) * this.#tickMs;
          return this.#calm ? 0 : random.below(3) * 20;
        },
        isCut: () => agenda.nowMs < this.#chainCutUntil,
        losesAnswer: () => this.#once("answerLost", 40),
      },
      lifetime: () => this.#lifetime(),
      sessionKey: () => keyOf(`session ${started++ % sessionKeys}`),
      offMs: () => this.#clockOffMs,
      gone: (host) => {
        if (host === this.#host) this.#gone();
      },
      serves: () => {
        const retired = this.#retired;
        this.#retired = undefined;
        if (retired !== undefined) agenda.after(random.below(10 * this.#tickMs), () => retired.wake());
        for (let number = 1; number <= nodesMax; number++) this.#connect(number);
      },
      ticked: () => {
        this.#ticks++;
      },
      broken: (error) => this.#fail(error),
    };
  }

  #lifetime(): number {
    if (this.#calm || !this.#enabled.kill) return Number.POSITIVE_INFINITY;
    const random = this.#random;
    return random.once(4) ? random.between(1, 40) : random.between(20, 500);
  }

  #gone(): void {
    const random = this.#random;
    if (!this.#calm && !this.#host.isStopping) this.faults.kill++;
    if (this.#once("powerLoss", 2) && this.#host.disk.losePower()) this.faults.tornWrite++;
    if (this.#once("clockSet", 12)) this.#clockOffMs += random.between(-3, 3) * this.#tickMs;
    for (const stop of this.#streams) stop?.();
    this.#startAgain();
  }

  /** Whoever was connected is not any more; a process begins after a while. */
  #startAgain(): void {
    const random = this.#random;
    this.#streams.length = 0;
    const pending = this.#pending;
    this.#pending = new Set();
    for (const broken of pending) broken();
    const ms = random.once(6) ? random.below(8 * this.#tickMs) : random.below(this.#tickMs / 2);
    const host = this.#host;
    this.agenda.after(ms, () => host.start());
  }

  /** The process is stopped and taken for dead; another host goes on with a copy of its disk, and then it wakes. */
  #takeOver(): void {
    const { record, disk } = this.#host;
    this.#host.retire();
    this.#retired = this.#host;
    this.#comeBack();
    if (this.#once("strayNode", 1)) this.#goAstray();
    // With its claim, where that is as young: whoever takes its place must not be in the same epoch. Where another was
    // replaced before, that one would be right to go on.
    if (this.faults.takenOver === 1 && this.#once("reorganisation", 1))
      this.#chain.reorganise(
        this.#confirmations,
        () => 0,
        (decided) => decided,
      );
    this.#host = new Host({ ...this.#hostSetup, disk: disk.copy() }, record);
    this.#startAgain();
  }

  /**
   * A node sees no block from now on, nor does the orchestrator that is replaced: it works for that one, and whoever has
   * that one hands the node's messages on to the one that took its place.
   */
  #goAstray(): void {
    const random = this.#random;
    const old = this.#host;
    const node = random.pick(this.#nodes.filter((each) => each?.isUp))?.node;
    if (node === undefined) return;
    old.isCutOff = true;
    const stray = { node, old, block: this.#chain.newest, stop: this.#streams[node] };
    this.#stray = stray;
    this.books.leave(node);
    this.agenda.after(random.between(10, 40) * this.#tickMs, () => {
      if (this.#stray === stray) this.#comeBack();
    });
  }

  /** The node sees the chain again, and so does whom it obeyed. */
  #comeBack(): void {
    const stray = this.#stray;
    if (stray === undefined) return;
    this.#stray = undefined;
    stray.old.isCutOff = false;
    stray.stop?.();
    this.#connect(stray.node);
  }

  /** What waits for an answer of the process that runs. */
  #pending = new Set<() => void>();
  #unanswered = 0;

  // The network.

  /** Sends something to the orchestrator. `answer` is called once; with undefined when the connection broke, or nothing came. */
  #toOrchestrator<Answer extends { readonly tick: number }>(
    ask: () => Promise<Answer> | undefined,
    answer: (given: Answer | undefined) => void,
  ): void {
    const random = this.#random;
    const { agenda } = this;
    if (this.#once("dropped", 25)) {
      agenda.after(3 * this.#tickMs, () => answer(undefined));
      return;
    }
    agenda.after(this.#travelMs(), () => {
      const { life } = this.#host;
      const asked = ask();
      if (asked === undefined || life === undefined) {
        agenda.after(random.below(50), () => answer(undefined));
        return;
      }
      let settled = false;
      const settle = (given: Answer | undefined) => {
        if (settled) return;
        settled = true;
        this.#pending.delete(broken);
        agenda.after(given === undefined ? 0 : this.#travelMs(), () => answer(given));
      };
      const broken = () => settle(undefined);
      this.#pending.add(broken);
      asked.then((given) => {
        if (!life.isLive || settled) return;
        try {
          life.step();
        } catch {
          return;
        }
        if (given.tick > this.#host.disk.durableTick)
          this.#fail(new Broken("nothingBeforeRecord", `an answer of tick ${given.tick}`));
        if (this.#once("dropped", 25)) {
          settled = true;
          this.#pending.delete(broken);
          agenda.after(3 * this.#tickMs, () => answer(undefined));
        } else settle(given);
      }, broken);
    });
  }

  #travelMs(): number {
    const random = this.#random;
    return this.#once("delayed", 15) ? random.below(3 * this.#tickMs) : 10 * random.below(6);
  }

  #keepFrame(frame: Uint8Array): void {
    if (this.#wire.length < 24) this.#wire.push(frame);
    else if (this.#random.once(8)) this.#wire[this.#random.below(24)] = frame;
  }

  // Nodes.

  #buildNode(number: number): VirtualNode {
    const random = this.#random;
    const skew = this.#enabled.clockSkew ? random.between(-30, 30) : 0;
    if (skew !== 0) this.faults.clockSkew++;
    const world: NodeWorld = {
      ...{ agenda: this.agenda, domains: this.#domains, genesis: this.#genesis },
      readChain: (node) => this.#readChain(node),
      send: (node, frame, answer) => this.#fromNode(node, frame, answer),
      durationMs: (offer) => this.#durationMs(offer),
      latencyMs: () => (random.once(30) ? 150 : 10 + number),
      took: (node, epoch, view) => {
        const blindTicks = (this.agenda.nowMs - this.#readMs[node]) / this.#tickMs;
        this.#guard(() => this.books.took(node, epoch, view, blindTicks / clockRateMax > this.#genesis.maxSilentTicks));
      },
      began: (node, offer) => {
        // It works for another than the one whose books are kept.
        if (this.#stray?.node !== node) this.#guard(() => this.books.began(node, offer));
      },
      stopped: (node, offer) => this.books.stopped(node, offer),
    };
    return new VirtualNode(world, number, keyOf(`node ${number}`), 1 + skew / 1000, random.below(100_000));
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #bootNode(number: number): void {
    if (this.#nodes[number].isUp || this.#nodes[number].boot()) {
      this.#connect(number);
      return;
    }
    this.agenda.after(2 * this.#tickMs, () => this.#bootNode(number));
  }

  /** The node's stream of leases, after a while: it is told of all that it has. */
  #connect(number: number): void {
    if (this.#random.once(2)) this.agenda.after(this.#random.below(this.#tickMs), () => this.#listen(number));
    else this.#listen(number);
  }

  #listen(number: number): void {
    const node = this.#nodes[number];
    if (this.#stray?.node === number) return;
    this.#streams[number]?.();
    if (!node.isUp || this.#host.orchestrator === undefined) return;
    this.#streams[number] = this.#host.listen(number, (frame) => {
      if (this.agenda.nowMs < (this.#deafUntil[number] ?? 0) || this.#once("dropped", 25)) return;
      const times = this.#once("duplicated", 20) ? 2 : 1;
      for (let left = times; left > 0; left--) this.agenda.after(this.#travelMs(), () => node.receive(frame));
    });
  }

  #fromNode(number: number, frame: Uint8Array, answer: (given: MessageAnswer | undefined) => void): void {
    const { agenda } = this;
    if (agenda.nowMs < (this.#muteUntil[number] ?? 0)) {
      agenda.after(2 * this.#tickMs, () => answer(undefined));
      return;
    }
    this.#keepFrame(frame);
    if (this.#stray?.node === number) {
      this.#fromStray(this.#stray, frame, answer);
      return;
    }
    const ask = () => this.#host.orchestrator?.reception.message(frame);
    this.#toOrchestrator(ask, (given) => {
      answer(agenda.nowMs < (this.#deafUntil[number] ?? 0) ? undefined : given);
    });
    if (this.#once("duplicated", 20)) this.#toOrchestrator(ask, () => {});
  }

  #fromStray({ old }: Stray, frame: Uint8Array, answer: (given: MessageAnswer | undefined) => void): void {
    const { agenda } = this;
    let settled = false;
    const settle = (given?: MessageAnswer) => {
      if (!settled) answer(given);
      settled = true;
    };
    agenda.after(3 * this.#tickMs, settle);
    old.orchestrator?.reception.message(frame).then(
      (given) => agenda.after(this.#travelMs(), () => settle(given)),
      () => settle(),
    );
    const ignore = () => {};
    agenda.after(this.#travelMs(), () => this.#host.orchestrator?.reception.message(frame).then(ignore, ignore));
  }

  #readChain(node: number): NodeView | undefined {
    const stray = this.#stray?.node === node ? this.#stray : undefined;
    if (!this.#calm && this.agenda.nowMs < this.#chainCutUntil && node % 2 === 1) return undefined;
    this.#readMs[node] = this.agenda.nowMs;
    const { ledger, number, time, values } = stray?.block ?? this.#chain.newest;
    return { epoch: ledger.epoch, sessionKey: ledger.sessionKey, block: number, time, parameters: values };
  }

  #durationMs({ expiresInTicks }: LeaseOffer): number | undefined {
    const random = this.#random;
    if (random.once(15) && !this.#calm) return undefined;
    if (this.#once("overrun", 10)) return (expiresInTicks + random.below(6)) * this.#tickMs;
    return random.once(expiresInTicks > 15 ? 2 : 6)
      ? random.between(1, expiresInTicks * this.#tickMs)
      : random.between(1, 3 * this.#tickMs);
  }

  // Submitters.

  #submit(): void {
    const random = this.#random;
    if (this.#calm) return;
    for (let by = 1; by <= submitterCount; by++) {
      if (!random.once(5)) continue;
      const count = random.once(8) ? random.between(4, 10) : random.between(1, 2);
      const jobs = Array.from({ length: count }, () => this.#job(by));
      this.#bring(by, jobs, 0);
    }
  }

  #bring(by: number, jobs: readonly Job[], tries: number): void {
    const frame = signSubmission(this.#domains, keyOf(`submitter ${by}`), by, jobs);
    this.#keepFrame(frame);
    this.#unanswered++;
    const ask = () => this.#host.orchestrator?.reception.submit(frame);
    this.#toOrchestrator<SubmissionAnswer>(ask, (given) => {
      this.#unanswered--;
      if (given === undefined || (!given.taken && given.refusal === "tooMany")) {
        // Nobody knows whether it came: it is sent again until somebody says so.
        const ms = this.#random.between(1, 2) * this.#tickMs;
        if (tries < 20) {
          this.#unanswered++;
          this.agenda.after(ms, () => {
            this.#unanswered--;
            this.#bring(by, jobs, tries + 1);
          });
        }
        return;
      }
      if (!given.taken) return;
      for (const { number, answer } of given.jobs)
        if (answer === "accepted" || answer === "repeated") this.books.acknowledged.add(`${by}/${number}`);
    });
    if (this.#once("duplicated", 20)) this.#toOrchestrator<SubmissionAnswer>(ask, () => {});
  }

  #job(by: number): Job {
    const random = this.#random;
    const known = random.once(15) ? this.#submitted.get(`${by}/${random.below(this.#nextNumber[by])}`) : undefined;
    if (known !== undefined) return random.once(2) ? known : { ...known, value: known.value + 1 };
    const number = this.#nextNumber[by];
    this.#nextNumber[by] += random.once(20) ? 1 + random.below(300) : 1;
    const skills = random.once(6) ? 0n : 1n << BigInt(random.below(skillCount));
    const job: Job = {
      ...{ number, shard: 1 + random.below(this.#owners.values.shards.length), class: random.pick(classes), skills },
      deadlineTicks: random.once(4) ? random.between(2, 60) : 0,
      budgetTicks: random.once(3) ? random.between(20, 60) : random.between(2, 9),
      value: random.below(100),
      payloadDigest: new Uint8Array(32).fill(number % 256),
    };
    this.#submitted.set(`${by}/${number}`, job);
    return job;
  }

  // Owners and chain.

  #govern(): void {
    const random = this.#random;
    const { nowMs } = this.agenda;
    if (this.#once("ownerChange", 12))
      for (let left = random.once(4) ? 3 : 1; left > 0; left--)
        this.#chain.mine({ values: this.#owners.decide(nowMs) });
    if (this.#once("order", 50)) this.#chain.mine({ orders: [this.#owners.order((by) => this.#nextNumber[by])] });
    if (random.once(8)) this.#chain.mine();
    if (this.#once("reorganisation", 16)) this.#reorganise();
    if (this.#once("chainCut", 60)) this.#chainCutUntil = nowMs + random.between(1, 12) * this.#tickMs;
  }

  /** Deep enough to take back anchors and claims; now and then deeper than the fabric waits before it obeys. */
  #reorganise(): void {
    const random = this.#random;
    const isDeep = this.#once("deepReorganisation", 6);
    const depth = isDeep ? this.#confirmations + random.between(1, 3) : random.between(1, this.#confirmations);
    const { values } = this.#chain.at(Math.max(0, this.#chain.newest.number - depth)) ?? this.#chain.newest;
    this.#chain.reorganise(
      depth,
      (calls) => {
        const kept = random.below(calls.length + 1);
        // A claim that is taken back gives the ledger to the process before, which is right to go on where that is awake.
        const claims = this.faults.takenOver > 0 ? 1 + calls.findLastIndex(({ kind }) => kind === "claim") : 0;
        return Math.max(kept, claims);
      },
      (decided) => {
        if (!this.#once("decisionLost", 2)) return decided;
        return isDeep ? this.#loseParameters(values, decided) : this.#loseDecisions(decided);
      },
    );
  }

  /** Some decisions are in none of the new blocks, others in another order: not where that would take an admission back. */
  #loseDecisions(decided: readonly Decided[]): readonly Decided[] {
    const random = this.#random;
    const left = decided.map((each): Decided => (random.once(2) ? {} : each));
    if (random.once(2)) return left;
    const admitted = left.flatMap(({ values }) => (values === undefined ? [] : [values.nodes.length]));
    return admitted.every((count) => count === admitted[0]) ? left.toReversed() : left;
  }

  /** The same, but for what the fabric refuses to have taken back once it was in force: orders, and who was admitted. */
  #loseParameters(before: Parameters, decided: readonly Decided[]): readonly Decided[] {
    let last = before;
    return decided.map((each) => {
      if (each.values === undefined) return each;
      const { nodes } = each.values;
      last = this.#random.once(2)
        ? each.values
        : { ...last, nodes: [...last.nodes, ...nodes.slice(last.nodes.length)] };
      return { ...each, values: last };
    });
  }

  // Whatever else befalls a world.

  #disturb(): void {
    const random = this.#random;
    const { nowMs } = this.agenda;
    const { orchestrator, life } = this.#host;
    const number = 1 + random.below(nodesMax);
    if (this.#once("deafNode", 60)) this.#deafUntil[number] = nowMs + random.between(1, 20) * this.#tickMs;
    if (this.#once("muteNode", 40)) this.#muteUntil[number] = nowMs + random.between(2, 40) * this.#tickMs;
    if (this.#nodes[number].isUp && this.#once("nodeCrash", 60)) {
      this.#nodes[number].crash();
      this.#streams[number]?.();
      this.agenda.after(this.#outageMs(number), () => this.#bootNode(number));
    }
    if (this.#streams[number] !== undefined && this.#once("cutStream", 40)) this.#connect(number);
    if (life !== undefined && this.#once("heldUp", 80))
      life.heldUpUntilMs = nowMs + random.between(1, 10) * this.#tickMs;
    if (this.#once("stopped", 100)) {
      this.#host.stop();
      return;
    }
    if (orchestrator === undefined) return;
    if (this.#retired === undefined && this.#once("takenOver", 60)) {
      this.#takeOver();
      return;
    }
    const ignore = () => {};
    if (this.#once("replayed", 12) && this.#wire.length > 0) {
      const frame = random.pick(this.#wire);
      const told = frame[0] === 1 ? orchestrator.reception.message(frame) : orchestrator.reception.submit(frame);
      told.then(ignore, ignore);
    }
    if (this.#once("forged", 12)) this.#forge(number);
  }

  /** How long a node that died is away: often about as long as the fabric waits before it gives the node's work to others. */
  #outageMs(number: number): number {
    const random = this.#random;
    const { values } = this.#owners;
    const node = values.nodes[number - 1];
    if (node === undefined || random.once(2)) return random.below(10 * this.#tickMs);
    const intervalMs = heartbeatTicks(values, node) * this.#tickMs;
    return intervalMs * values.heartbeatGrace + random.below(intervalMs + 2 * this.#tickMs);
  }

  #forge(number: number): void {
    const random = this.#random;
    const reception = this.#host.orchestrator?.reception;
    const ignore = () => {};
    if (reception === undefined) return;
    if (random.once(2) && this.#wire.length > 0) {
      const frame = random.pick(this.#wire).slice();
      frame[1 + random.below(frame.length - 1)] ^= 1 << random.below(8);
      const told = frame[0] === 1 ? reception.message(frame) : reception.submit(frame);
      told.then(ignore, ignore);
      return;
    }
    const [stolen] = this.#host.record?.machine.leasesOf(number) ?? [];
    const results = [{ lease: stolen?.lease ?? 1, outcome: "completed", digest: new Uint8Array(32) }] as const;
    const message = { node: number, seq: 2 ** 40, heartbeat: true, latencyMs: 1, results };
    reception.message(signNodeMessage(this.#domains, keyOf("forger"), message)).then(ignore, ignore);
  }
}
