import {
  type Effects,
  type Input,
  isPausedAt,
  type LawName,
  type Lease,
  type Machine,
  type Parameters,
  violations,
} from "../../src/fabric/index.ts";
import { laws } from "../../src/fabric/laws.ts";
import { heartbeatTicks, type LeaseMessage, type LeaseOffer, type NodeView } from "../../src/nodes/index.ts";

/** What must hold of a whole world, and no machine can see by itself. */
export const worldLaws = {
  jobTakenOnce: "no job is taken in twice",
  acknowledgedEnds: "every job that was acknowledged ends, with one receipt",
  oneReceipt: "no job has two receipts, and the tree has one leaf for each",
  nothingBeforeRecord: "nothing leaves the process before the record that caused it would survive a loss of power",
  nothingLost: "a crash loses nothing that was obeyed",
  sameEffects: "after a crash a lease is the one it was: same job, same node, same attempt",
  sameState: "the state made again from snapshot and journal is the state that was there, bit for bit",
  resultOfLease: "what a receipt says was done, was done under the job's current lease, by the node that had it",
  oneWorker: "for one orchestrator, nobody works on a job while another still does",
  leasesKept:
    "a lease is broken off when its time is over, or its node was silent for too long or is removed, and never before",
  cancelEnds: "a job that the owners cancel has ended with that tick",
  grantsKept: "no job is taken in of a submitter that is revoked, or whose time is over",
  attemptsCounted: "each lease of a job is one attempt more, and no more than the owners allow",
  pausedMeansPaused: "nothing is dispatched in a pause that the journal has from the chain",
  pauseSparesNodes: "no node is called offline that spoke within its time, pauses left out",
  presentEpoch: "a node takes leases of the present epoch only, and of none when it has not read the chain for long",
  anchorsAgree: "the ledger's heads are one chain of the journal's checkpoints, and none has a place twice",
  replaysAlike: "the journal, replayed from its beginning, gives the same state, receipts and checkpoints",
  stopsInOrder: "an orderly stop ends with a checkpoint, and nothing comes after it in that process",
  everythingEnds: "when faults cease, all work ends and all checkpoints are anchored, within the bound",
  noFailure: "no part fails in a way that nobody planned",
} as const;
export type WorldLaw = keyof typeof worldLaws;
export type AnyLaw = WorldLaw | LawName;

export function lawSays(law: AnyLaw): string {
  return { ...laws, ...worldLaws }[law];
}

/** Thrown at the first thing that is wrong. */
export class Broken extends Error {
  override readonly name = "Broken";
  readonly law: AnyLaw;

  constructor(law: AnyLaw, detail: string) {
    super(`${law}: ${lawSays(law)}: ${detail}`);
    this.law = law;
  }
}

type Given = Pick<Lease, "submitter" | "number" | "attempt" | "node">;

function leaseName({ submitter, number, attempt, node }: Given): string {
  return `${submitter}/${number}, attempt ${attempt}, on node ${node}`;
}

type JobPage = {
  attempts: number;
  lease: number;
  node: number;
  /** When its lease is over, by the clock of the shard that gave it. */
  leaseEnd: number;
  shard: number;
  ended: number;
  sinceTick: number;
};

/** Keeps books of what a world's fabric did, by its journal and by what left it, and holds them against the laws. */
export class Books {
  /** Number of the last tick seen; how many were seen. */
  tick = 0;
  ticks = 0;
  recoveries = 0;
  receipts = 0;
  /** Processes that ended in good order. */
  stops = 0;
  staleResults = 0;
  readonly acknowledged = new Set<string>();
  readonly #jobs = new Map<string, JobPage>();
  readonly #offers = new Map<number, string>();
  readonly #working = new Map<string, { readonly node: number; readonly lease: number }>();
  #isStopped = false;
  #leases = 0;
  #values: Parameters | undefined;
  #time = 0;
  #attemptsMax = 0;
  /** By shard, ticks in which it was not paused; by node, that clock when it was heard last. */
  readonly #clocks: number[] = [];
  readonly #heard: number[] = [];
  readonly #lawEvery: number;

  constructor(lawEvery: number) {
    this.#lawEvery = lawEvery;
  }

  isPaused(shard: number): boolean {
    const values = this.#values;
    if (values === undefined) return true;
    const { retired, pause, shards } = values;
    return retired || isPausedAt(pause, this.#time) || isPausedAt(shards[shard - 1].pause, this.#time);
  }

  /** One tick: what the journal has of it, and what the machine made of that. */
  see(inputs: readonly Input[], effects: Effects, machine: Machine): void {
    const { tick } = effects;
    if (tick <= this.tick) throw new Broken("nothingLost", `tick ${tick} after tick ${this.tick}`);
    this.tick = tick;
    this.ticks++;
    this.#hear(inputs);
    const silent = new Set<number>();
    for (const { kind, submitter, number, values } of effects.events) {
      const key = `${submitter}/${number}`;
      switch (kind) {
        case "accepted":
          if (this.#jobs.has(key)) throw new Broken("jobTakenOnce", `job ${key} in tick ${tick}`);
          this.#jobs.set(key, { attempts: 0, lease: 0, node: 0, leaseEnd: 0, shard: 0, ended: 0, sinceTick: tick });
          this.#judgeGrant(submitter, number);
          break;
        case "assigned":
          this.#assigned(key, values);
          break;
        case "nodeOffline":
          this.#offline(values[0], values[1]);
          silent.add(values[0]);
          break;
        case "interrupted":
          this.#interrupted(key, silent);
          break;
        case "resultRefused":
          this.staleResults++;
          break;
      }
    }
    for (const { submitter, number, attempt, expiresInTicks } of effects.leases) {
      const page = this.#page(submitter, number);
      page.leaseEnd = (this.#clocks[page.shard] ?? 0) + expiresInTicks;
      if (attempt !== page.attempts || attempt > this.#attemptsMax)
        throw new Broken("attemptsCounted", `job ${submitter}/${number} has attempt ${attempt} of ${page.attempts}`);
    }
    this.#readReceipts(effects);
    for (const input of inputs)
      if (input.kind === "order" && input.order.type === "cancel") this.#cancelled(input.order);
    this.#judgeStop(inputs, effects);
    if (tick % this.#lawEvery === 0 || effects.checkpoint) this.judge(machine, effects);
  }

  /** After the last record of a process there is none but that of another, which has claimed an epoch of its own. */
  #judgeStop(inputs: readonly Input[], { tick, checkpoint }: Effects): void {
    const claims = inputs.some(({ kind }) => kind === "claimed");
    if (this.#isStopped && !claims) throw new Broken("stopsInOrder", `tick ${tick} after the last one`);
    this.#isStopped = inputs.some(({ kind }) => kind === "stopped");
    if (this.#isStopped && !checkpoint) throw new Broken("stopsInOrder", `tick ${tick} has no checkpoint`);
    if (this.#isStopped) this.stops++;
  }

  /** The machine's own laws. */
  judge(machine: Machine, effects: Effects): void {
    const [found] = violations(machine, effects);
    if (found !== undefined) throw new Broken(found.law, `${found.detail} in tick ${machine.tick}`);
  }

  /** A lease message leaves for its node. */
  dispatched({ leases, tick }: LeaseMessage, node: number, durableTick: number, isLate: boolean): void {
    if (tick > durableTick) throw new Broken("nothingBeforeRecord", `leases of tick ${tick} after tick ${durableTick}`);
    for (const offer of leases) this.leased({ ...offer, node });
    const shard = this.#values?.nodes[node - 1]?.shard;
    if (isLate && shard !== undefined && this.isPaused(shard))
      throw new Broken("pausedMeansPaused", `node ${node} is told of leases again`);
  }

  /** A lease leaves for its node, perhaps not for the first time. */
  leased({ lease, ...given }: Given & { readonly lease: number }): void {
    const name = leaseName(given);
    const before = this.#offers.get(lease);
    if (before === undefined) this.#offers.set(lease, name);
    else if (before !== name) throw new Broken("sameEffects", `lease ${lease} was ${before}, and is ${name}`);
  }

  /** @param isBlind it has not read the chain for longer than it may go on without */
  took(node: number, epoch: number, view: NodeView, isBlind: boolean): void {
    if (epoch !== view.epoch)
      throw new Broken("presentEpoch", `node ${node} took leases of epoch ${epoch} in epoch ${view.epoch}`);
    if (isBlind) throw new Broken("presentEpoch", `node ${node} took leases and has not read the chain for long`);
  }

  began(node: number, { submitter, number, lease, attempt }: LeaseOffer): void {
    // One that has taken this one's place knows nothing of it, and it counts for nothing there.
    if (this.#offers.get(lease) !== leaseName({ submitter, number, attempt, node })) return;
    const key = `${submitter}/${number}`;
    const other = this.#working.get(key);
    const isGone = other !== undefined && this.#values?.nodes[other.node - 1]?.status === "removed";
    if (other !== undefined && other.lease !== lease && !isGone)
      throw new Broken(
        "oneWorker",
        `job ${key}: node ${other.node} has lease ${other.lease}, node ${node} begins lease ${lease}`,
      );
    this.#working.set(key, { node, lease });
  }

  stopped(node: number, { submitter, number, lease }: LeaseOffer): void {
    const key = `${submitter}/${number}`;
    const worker = this.#working.get(key);
    if (worker?.node === node && worker.lease === lease) this.#working.delete(key);
  }

  /** What a node does is not for this fabric any more. */
  leave(node: number): void {
    for (const [key, worker] of this.#working) if (worker.node === node) this.#working.delete(key);
  }

  /** After everything: each job that was acknowledged has ended. */
  close(): void {
    for (const key of this.acknowledged)
      if (this.#jobs.get(key)?.ended !== 1) throw new Broken("acknowledgedEnds", `job ${key} has no receipt`);
    for (const [key, { ended }] of this.#jobs)
      if (ended !== 1) throw new Broken("acknowledgedEnds", `job ${key} was taken in, and has ${ended} receipts`);
  }

  /** The tree of receipts has so many. */
  countLeaves(leaves: number): void {
    if (leaves !== this.receipts) throw new Broken("oneReceipt", `${leaves} leaves for ${this.receipts} receipts`);
  }

  get jobs(): number {
    return this.#jobs.size;
  }

  #page(submitter: number, number: number): JobPage {
    const page = this.#jobs.get(`${submitter}/${number}`);
    if (page === undefined) throw new Broken("jobTakenOnce", `job ${submitter}/${number} was never taken in`);
    return page;
  }

  #hear(inputs: readonly Input[]): void {
    let down = 0;
    for (const input of inputs) {
      if (input.kind === "resumed") down += input.downTicks;
      if (input.kind !== "governance") continue;
      // What was lost before it came into force counts by what was in force then.
      this.#advance(down);
      down = 0;
      this.#time = input.time;
      if (input.values === null) continue;
      this.#values = input.values;
      this.#attemptsMax = Math.max(this.#attemptsMax, input.values.maxAttempts);
    }
    this.#advance(down + 1);
    const nodes = this.#values?.nodes ?? [];
    if (inputs.some(({ kind }) => kind === "resumed"))
      nodes.forEach(({ shard }, index) => {
        this.#heard[index + 1] = (this.#clocks[shard] ?? 0) - 1;
      });
    for (const input of inputs) {
      if (input.kind !== "nodeMessage") continue;
      const shard = nodes[input.node - 1]?.shard ?? 0;
      this.#heard[input.node] = this.#clocks[shard] ?? 0;
    }
  }

  #advance(ticks: number): void {
    const shards = this.#values?.shards.length ?? 0;
    for (let shard = 1; shard <= shards; shard++)
      if (!this.isPaused(shard)) this.#clocks[shard] = (this.#clocks[shard] ?? 0) + ticks;
  }

  #offline(node: number, shard: number): void {
    const values = this.#values;
    const self = values?.nodes[node - 1];
    if (values === undefined || self === undefined) return;
    const age = (this.#clocks[shard] ?? 0) - (this.#heard[node] ?? 0);
    const allowed = heartbeatTicks(values, self) * (values.heartbeatGrace + 1);
    if (age <= allowed)
      throw new Broken("pauseSparesNodes", `node ${node} was heard ${age} ticks ago, ${allowed} are allowed`);
  }

  #assigned(key: string, [shard, node, lease]: readonly [number, number, number]): void {
    const page = this.#jobs.get(key);
    if (page === undefined || page.ended > 0) throw new Broken("oneReceipt", `job ${key} is leased and not alive`);
    if (this.isPaused(shard)) throw new Broken("pausedMeansPaused", `job ${key} in shard ${shard}`);
    if (lease <= this.#leases) throw new Broken("sameEffects", `lease ${lease} is given twice`);
    this.#leases = lease;
    page.attempts++;
    page.lease = lease;
    page.node = node;
    page.shard = shard;
  }

  #interrupted(key: string, silent: ReadonlySet<number>): void {
    const { node, shard, leaseEnd, lease } = this.#jobs.get(key) ?? { node: 0, shard: 0, leaseEnd: 0, lease: 0 };
    const isOver = (this.#clocks[shard] ?? 0) >= leaseEnd;
    if (!isOver && !silent.has(node) && this.#values?.nodes[node - 1]?.status !== "removed")
      throw new Broken("leasesKept", `lease ${lease} of node ${node}, for job ${key}`);
  }

  /** In the tick of the order the job may have been taken in afterwards: then it lives. */
  #cancelled({ submitter, number }: { readonly submitter: number; readonly number: number }): void {
    const page = this.#jobs.get(`${submitter}/${number}`);
    if (page !== undefined && page.ended === 0 && page.sinceTick < this.tick)
      throw new Broken("cancelEnds", `job ${submitter}/${number} lives after tick ${this.tick}`);
  }

  #judgeGrant(submitter: number, number: number): void {
    const grant = this.#values?.submitters[submitter - 1];
    if (grant === undefined || grant.revoked || (grant.expiry !== 0 && this.#time >= grant.expiry))
      throw new Broken("grantsKept", `job ${submitter}/${number} in tick ${this.tick}`);
  }

  #readReceipts({ receipts, tick }: Effects): void {
    for (const { submitter, number, outcome, node, attempts, resultDigest } of receipts) {
      const key = `${submitter}/${number}`;
      const page = this.#page(submitter, number);
      if (++page.ended > 1) throw new Broken("oneReceipt", `job ${key} again in tick ${tick}`);
      this.receipts++;
      if (attempts !== page.attempts) throw new Broken("attemptsCounted", `job ${key} ended with ${attempts}`);
      if (outcome !== "completed") continue;
      const made = new DataView(resultDigest.buffer, resultDigest.byteOffset);
      const by = [made.getUint32(0), made.getBigUint64(4), made.getUint32(12), made.getUint32(16)].join();
      if (node !== page.node || by !== [node, page.lease, submitter, number].join())
        throw new Broken("resultOfLease", `job ${key}, lease ${page.lease} of node ${page.node}: made by ${by}`);
    }
  }
}
