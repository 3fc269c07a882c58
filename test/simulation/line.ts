import { type ContractRunner, getAddress, getBytes } from "ethers";
import { FabricError } from "../../src/errors.ts";
import { type AnchorRecord, type Block, ChainRefusal, interfaceOf } from "../../src/governance/index.ts";
import type { Mined, TransactionOrder } from "../../src/governance/sender.ts";
import { toHex } from "../../src/journal/index.ts";
import type { Agenda } from "./agenda.ts";
import { type LedgerCall, noHead, refusalOf, type VirtualBlock, type VirtualChain } from "./chain.ts";
import type { Life } from "./life.ts";

const url = "http://virtual";
export const anchorerAccount = getAddress("0x00000000000000000000000000000000000000aa");

/** What may go wrong between an orchestrator and the chain; asked at each question. */
export type LineTrouble = {
  /** Ms until the answer comes. */
  delayMs(): number;
  /** Nobody answers, and nothing was done. */
  isCut(): boolean;
  /** What was asked for is done, and nobody answers. */
  losesAnswer(): boolean;
};

/** An orchestrator's line to the chain, as the follower asks it; one for each life. */
export class ChainLine {
  readonly chainId = 31337;
  readonly #chain: VirtualChain;
  readonly #agenda: Agenda;
  readonly #life: Life;
  readonly #trouble: LineTrouble;

  constructor(chain: VirtualChain, agenda: Agenda, life: Life, trouble: LineTrouble) {
    this.#chain = chain;
    this.#agenda = agenda;
    this.#life = life;
    this.#trouble = trouble;
  }

  latest(): Promise<Block> {
    return this.ask(() => this.#chain.newest);
  }

  block(number: number | "latest" = "latest"): Promise<Block | null> {
    return this.ask(() => (number === "latest" ? this.#chain.newest : (this.#chain.at(number) ?? null)));
  }

  blockOf(hash: string): Promise<Block | null> {
    return this.ask(() => this.#chain.of(hash) ?? null);
  }

  rpc(method: string, [filter]: readonly unknown[]): Promise<unknown> {
    if (method !== "eth_getLogs" || !isFilter(filter)) throw new TypeError(`nobody plays ${method}`);
    const { topics, fromBlock, toBlock } = filter;
    const to = toBlock === "latest" ? Number.MAX_SAFE_INTEGER : Number(toBlock);
    return this.ask(() => this.#chain.logs(topics, Number(fromBlock), to));
  }

  /** The ledger as it stands at a block, for the real `Anchorer`; other contracts are read through `read`. */
  at(blockHash: string): ContractRunner {
    const call = () =>
      this.ask(() => {
        const ledger = this.#chain.of(blockHash)?.ledger;
        if (ledger === undefined) throw new ChainRefusal({ url, method: "eth_call", reason: "unknown block" }, null);
        const { epoch, seq, size, head, sessionKey } = ledger;
        return abi().encodeFunctionResult("snapshot", [anchorerAccount, epoch, seq, size, 0, head, sessionKey]);
      });
    return { provider: null, call };
  }

  /** The values at a block, as a `Reader` reads them. */
  read(hash: string) {
    return this.ask(() => {
      const block = this.#chain.of(hash);
      if (block === undefined) throw new ChainRefusal({ url, method: "eth_call", reason: "unknown block" }, null);
      return { parameters: block.values, version: block.version, orders: block.mark };
    });
  }

  /** Has a call put into the next block. @throws FabricError REVERTED, CHAIN_UNREACHABLE */
  send(call: LedgerCall): Promise<VirtualBlock> {
    return this.ask(() => {
      const reason = refusalOf(this.#chain.newest.ledger, call);
      if (reason !== undefined) throw new FabricError("REVERTED", { action: call.kind, reason, advice: "" });
      return this.#chain.mine({ calls: [call] });
    });
  }

  get #held(): number {
    return this.#life.heldUpMs(this.#agenda.nowMs);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#agenda.after(ms, resolve));
  }

  async ask<Answer>(answer: () => Answer): Promise<Answer> {
    const { delayMs, isCut, losesAnswer } = this.#trouble;
    this.#life.step();
    const ms = delayMs();
    if (ms > 0) await this.#wait(ms);
    for (let held = this.#held; held > 0; held = this.#held) await this.#wait(held);
    if (!this.#life.isLive) return new Promise<never>(() => {});
    if (isCut()) throw unreachable("the line is cut");
    const given = answer();
    // What is done is done, whether or not the one who asked for it lives to hear of it.
    this.#life.step();
    if (losesAnswer()) throw unreachable("the answer was lost");
    return given;
  }
}

/** An account for the real `Anchorer`: what it sends is read as the contract reads it. */
export function accountOn(line: ChainLine) {
  return {
    address: anchorerAccount,
    chain: line,
    send: async ({ data }: TransactionOrder): Promise<Mined> => {
      const { number, hash } = await line.send(callOf(data));
      return { hash, raw: "0x", block: number, blockHash: hash, gasUsed: 0, costWei: 0n, created: null, logs: [] };
    },
  };
}

function callOf(data: string): LedgerCall {
  const call = abi().parseTransaction({ data });
  if (call?.name === "claim") return { kind: "claim", sessionKey: getBytes(call.args[0]) };
  const [epoch, parent, size, root, digest] = abi().decodeFunctionData("anchor", data);
  return { kind: "anchor", epoch: Number(epoch), parent, size: Number(size), root, digest };
}

function abi() {
  return interfaceOf("CheckpointLedger");
}

type Queued = Omit<Extract<LedgerCall, { kind: "anchor" }>, "kind" | "epoch" | "parent">;
type Own = { readonly head: string; readonly record: Queued | null };

/**
 * Anchors as `Anchorer` does, without the encoding of transactions, which would cost more than all the rest of a tick.
 * One world in some has the real one.
 */
export class QuickAnchorer {
  readonly account = anchorerAccount;
  readonly #line: ChainLine;
  readonly #chain: VirtualChain;
  readonly #waiting: Queued[] = [];
  #sessionKey: Uint8Array = new Uint8Array();
  #epoch = 0;
  #seq = 0;
  #heads: Own[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(line: ChainLine, chain: VirtualChain) {
    this.#line = line;
    this.#chain = chain;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  lossOf({ epoch }: { readonly epoch: number }, own: number): string {
    return epoch < own ? "a reorganisation took the claim back" : "another one was started";
  }

  standing() {
    return this.#line.ask(() => standingOf(this.#chain));
  }

  async claim(sessionKey: Uint8Array, stored: readonly AnchorRecord[]) {
    const records = stored.map(queuedOf);
    const { standing: before } = await this.#compare(records);
    await this.#line.send({ kind: "claim", sessionKey });
    const { standing: after, anchored } = await this.#compare(records);
    if (toHex(after.sessionKey) !== toHex(sessionKey)) throw this.#fenced(after, before.epoch + 1);
    const { epoch, seq, head } = after;
    this.#sessionKey = sessionKey;
    this.#epoch = epoch;
    this.#seq = seq;
    this.#heads = [{ head, record: null }];
    this.#waiting.length = 0;
    this.#waiting.push(...records.slice(anchored));
    return { epoch, anchored };
  }

  queue(record: AnchorRecord): void {
    this.#waiting.push(queuedOf(record));
  }

  flush(): Promise<never[]> {
    const flushed = this.#last.then(() => this.#flush());
    this.#last = flushed.catch(() => undefined);
    return flushed;
  }

  async #flush(): Promise<never[]> {
    for (let record = this.#waiting[0]; record !== undefined; record = this.#waiting[0])
      if (await this.#send(record)) this.#waiting.shift();
    return [];
  }

  /** False when others have to be anchored again first. */
  async #send(record: Queued): Promise<boolean> {
    const parent = this.#heads[this.#heads.length - 1].head;
    const call = { kind: "anchor", epoch: this.#epoch, parent, ...record } as const;
    const head = this.#chain.headOf(call, this.#seq + 1);
    try {
      await this.#line.send(call);
    } catch (refusal) {
      if (!(refusal instanceof FabricError) || refusal.code !== "REVERTED") throw refusal;
      const standing = await this.standing();
      const isOwn = standing.epoch === this.#epoch && toHex(standing.sessionKey) === toHex(this.#sessionKey);
      if (!isOwn) throw this.#fenced(standing, this.#epoch);
      if (standing.head !== head) {
        const kept = this.#heads.findIndex((own) => own.head === standing.head) + 1;
        if (kept === 0 || kept === this.#heads.length) throw refusal;
        this.#waiting.unshift(...this.#heads.splice(kept).flatMap((own) => own.record ?? []));
        this.#seq = standing.seq;
        return false;
      }
    }
    this.#seq++;
    this.#heads.push({ head, record });
    return true;
  }

  #fenced({ epoch: current }: { readonly epoch: number }, own: number): FabricError {
    const reason = this.lossOf({ epoch: current }, own);
    return new FabricError("ANCHOR_FENCED", { own, current, reason });
  }

  /** Both are asked at once, so that no reorganisation comes between. */
  async #compare(stored: readonly Queued[]) {
    const { standing, newest } = await this.#line.ask(() => {
      return { standing: standingOf(this.#chain), newest: this.#chain.newest.ledger.anchors.at(-1) };
    });
    if (newest === undefined) return { standing, anchored: 0 };
    const anchored = 1 + stored.findLastIndex(({ digest }) => digest === newest.digest);
    if (anchored === 0) throw new FabricError("LEDGER_AHEAD", { seq: newest.seq, digest: newest.digest });
    return { standing, anchored };
  }
}

export function standingOf(chain: VirtualChain) {
  const { epoch, seq, size, head, sessionKey } = chain.newest.ledger;
  return { anchorer: anchorerAccount, epoch, seq, size, head, sessionKey };
}

function queuedOf({ size, root, digest }: AnchorRecord): Queued {
  return { size, root: toHex(root), digest: toHex(digest) };
}

function unreachable(reason: string): FabricError {
  return new FabricError("CHAIN_UNREACHABLE", { url, reason });
}

type Filter = { readonly topics: readonly (string | null)[]; readonly fromBlock: string; readonly toBlock: string };

function isFilter(value: unknown): value is Filter {
  return typeof value === "object" && value !== null && "topics" in value && "fromBlock" in value;
}

export { noHead };
