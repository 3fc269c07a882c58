import { z } from "zod";
import type { Store } from "../journal/index.ts";
import { type ChainProvider, openPracticeChain } from "./chain.ts";
import { ChainRecord, type RecordedBlock, recordAltered } from "./chainRecord.ts";

/** While a chain has nothing else to do, it makes an empty block this often: a guardian's pause ends by block time. */
export const emptyBlockSeconds = 12;

/** A chain starts so long before it is made, so that its founding, a block a second, is over before now. */
const foundingSeconds = 3600;

/** What can be asked without changing the chain. */
const reads: ReadonlySet<string> = new Set([
  ...["eth_accounts", "eth_blobBaseFee", "eth_blockNumber", "eth_call", "eth_chainId", "eth_coinbase"],
  ...["eth_estimateGas", "eth_feeHistory", "eth_gasPrice", "eth_getBalance", "eth_getBlockByHash"],
  ...["eth_getBlockByNumber", "eth_getBlockTransactionCountByHash", "eth_getBlockTransactionCountByNumber"],
  ...["eth_getCode", "eth_getLogs", "eth_getProof", "eth_getStorageAt", "eth_getTransactionByBlockHashAndIndex"],
  ...["eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByHash", "eth_getTransactionCount"],
  ...["eth_getTransactionReceipt", "eth_maxPriorityFeePerGas", "eth_syncing", "debug_traceCall"],
  ...["debug_traceTransaction", "net_listening", "net_version", "web3_clientVersion", "web3_sha3"],
  ...["hardhat_metadata"],
]);

/** The answer to what a recorded chain does not do, with JSON-RPC's code for it. */
export class MethodRefused extends Error {
  readonly code = -32601;

  constructor(method: string) {
    super(`${method} is not for a practice chain that is recorded: it reads, and takes eth_sendRawTransaction`);
  }
}

/**
 * Most gas of what runs code and is no transaction, and what it has when it asks for more. An endless call of that much
 * keeps the chain busy for a second or two; what an estimate is for has no more gas itself (EIP-7825).
 */
export const gasMax: ReadonlyMap<string, number> = new Map([
  ["eth_call", 2 ** 22],
  ["debug_traceCall", 2 ** 22],
  ["eth_estimateGas", 2 ** 24],
]);

/** The answer to parameters that a call does not have, with JSON-RPC's code for it. */
export class ParametersRefused extends Error {
  readonly code = -32602;
}

/**
 * A practice chain that can be made again from its record. One thing happens after another, and nobody sees a block
 * before it is on disk.
 */
export class RecordedChain {
  readonly #provider: ChainProvider;
  readonly #record: ChainRecord;
  #newest: NewestBlock;
  /** Blocks follow a second apart, long ago, until the fabric is founded. */
  #founding: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  private constructor(provider: ChainProvider, record: ChainRecord, newest: NewestBlock, founding: boolean) {
    this.#provider = provider;
    this.#record = record;
    this.#newest = newest;
    this.#founding = founding;
  }

  /** A new chain, on which a fabric is to be founded. @throws STORE_FULL, STORE_FAILED */
  static async create(store: Store): Promise<RecordedChain> {
    const time = Math.floor(Date.now() / 1000) - foundingSeconds;
    const provider = await openPracticeChain(time);
    const genesis = await newestOf(provider);
    return new RecordedChain(provider, ChainRecord.create(store, genesis), genesis, true);
  }

  /**
   * The chain that the store has the record of, block for block; undefined when it has none.
   * @throws CHAIN_RECORD_ALTERED
   */
  static async open(store: Store): Promise<RecordedChain | undefined> {
    const opened = ChainRecord.open(store);
    if (opened === undefined) return undefined;
    const { record, blocks } = opened;
    const provider = await openPracticeChain(record.genesis.time);
    let newest = await newestOf(provider);
    if (newest.hash !== record.genesis.hash) throw recordAltered(0, `block 0 comes out as ${newest.hash}`);
    for (const [index, { time, raw, hash }] of blocks.entries()) {
      const number = index + 1;
      const made = raw === undefined ? await mine(provider, time) : await send(provider, time, raw);
      newest = made.newest;
      if (newest.hash !== hash) throw recordAltered(number, `block ${number} comes out as ${newest.hash}`);
    }
    return new RecordedChain(provider, record, newest, false);
  }

  /** Its newest block. */
  get newest(): NewestBlock {
    return this.#newest;
  }

  /** The fabric is founded: from now on blocks have the time of the clock. */
  goLive(): void {
    this.#founding = false;
  }

  /**
   * Answers a JSON-RPC call.
   * @param signal whoever asked has gone: what only reads is left out when its turn comes
   * @throws MethodRefused, ParametersRefused; what Hardhat throws; STORE_FULL and STORE_FAILED, after which it answers
   *   nothing any more
   */
  async request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (method === "eth_sendRawTransaction") {
      const raw = rawTransactionOf(params);
      return this.#inTurn(() => this.#send(raw));
    }
    if (!reads.has(method)) throw new MethodRefused(method);
    const asked = { method, params: withinGas(params, gasMax.get(method)) };
    return this.#inTurn(() => {
      signal?.throwIfAborted();
      return this.#provider.request(asked);
    });
  }

  /** Makes a block with nothing in it. @throws STORE_FULL, STORE_FAILED */
  mineEmpty(): Promise<void> {
    return this.#inTurn(async () => {
      const time = this.#nextTime();
      const { newest } = await mine(this.#provider, time);
      this.#keep({ time, hash: newest.hash }, newest);
    });
  }

  async #send(raw: string): Promise<unknown> {
    const time = this.#nextTime();
    const { newest, answer } = await send(this.#provider, time, raw);
    // A transaction that reverts is answered with an error, and is in a block all the same.
    if (newest.number > this.#newest.number) this.#keep({ time, raw, hash: newest.hash }, newest);
    return answer;
  }

  #keep(block: RecordedBlock, newest: NewestBlock): void {
    try {
      this.#record.append(block);
    } catch (error) {
      // The chain has a block that the record lacks: whatever it said now could not be made again.
      this.#failure = error;
      throw error;
    }
    this.#newest = newest;
  }

  #nextTime(): number {
    const { time } = this.#newest;
    return this.#founding ? time + 1 : Math.max(time + 1, Math.floor(Date.now() / 1000));
  }

  #inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const turn = this.#last.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return act();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

const rawForm = z.tuple([z.string().regex(/^0x([0-9a-f]{2})+$/i)]);

/** As the record has it. @throws ParametersRefused for what the chain would take, and the record could not give back */
function rawTransactionOf(params: readonly unknown[]): string {
  const { data } = rawForm.safeParse(params);
  if (data === undefined)
    throw new ParametersRefused("eth_sendRawTransaction takes one signed transaction, 0x and hex");
  return data[0].toLowerCase();
}

const callForm = z.record(z.string(), z.unknown());
const gasForm = z
  .string()
  .regex(/^0x[0-9a-f]+$/i)
  .transform(Number);

/** A call's parameters with as much gas as it asks for, or the most that it gets. */
function withinGas(params: readonly unknown[], most: number | undefined): readonly unknown[] {
  const { data: call } = callForm.safeParse(params[0]);
  if (call === undefined || most === undefined) return params;
  const { data: gas = Number.POSITIVE_INFINITY } = gasForm.safeParse(call.gas);
  return gas <= most ? params : [{ ...call, gas: `0x${most.toString(16)}` }, ...params.slice(1)];
}

type NewestBlock = { readonly number: number; readonly time: number; readonly hash: string };

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(Number);
const blockForm = z
  .object({ number: quantity, timestamp: quantity, hash: z.string() })
  .transform(({ number, timestamp, hash }): NewestBlock => ({ number, time: timestamp, hash }));

async function newestOf(provider: ChainProvider): Promise<NewestBlock> {
  return blockForm.parse(await provider.request({ method: "eth_getBlockByNumber", params: ["latest", false] }));
}

type Made = { readonly newest: NewestBlock };

async function mine(provider: ChainProvider, time: number): Promise<Made> {
  await provider.request({ method: "evm_mine", params: [time] });
  return { newest: await newestOf(provider) };
}

/** What `eth_sendRawTransaction` answers, good or bad, as a promise; and the newest block after it. */
async function send(
  provider: ChainProvider,
  time: number,
  raw: string,
): Promise<Made & { readonly answer: Promise<unknown> }> {
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [time] });
  const answer = provider.request({ method: "eth_sendRawTransaction", params: [raw] });
  await answer.catch(() => undefined);
  return { newest: await newestOf(provider), answer };
}
