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
      const made = raw === undefined ? await mine(provider, time) : await send(provider, time, [raw]);
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
   * @throws MethodRefused; what Hardhat throws; STORE_FULL and STORE_FAILED, after which it answers nothing any more
   */
  request(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === "eth_sendRawTransaction") return this.#inTurn(() => this.#send(params));
    if (!reads.has(method)) return Promise.reject(new MethodRefused(method));
    return this.#inTurn(() => this.#provider.request({ method, params }));
  }

  /** Makes a block with nothing in it. @throws STORE_FULL, STORE_FAILED */
  mineEmpty(): Promise<void> {
    return this.#inTurn(async () => {
      const time = this.#nextTime();
      const { newest } = await mine(this.#provider, time);
      this.#keep({ time, hash: newest.hash }, newest);
    });
  }

  async #send(params: readonly unknown[]): Promise<unknown> {
    const time = this.#nextTime();
    const { newest, answer } = await send(this.#provider, time, params);
    // A transaction that reverts is answered with an error, and is in a block all the same.
    if (newest.number > this.#newest.number) this.#keep({ time, raw: String(params[0]), hash: newest.hash }, newest);
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
  params: readonly unknown[],
): Promise<Made & { readonly answer: Promise<unknown> }> {
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [time] });
  const answer = provider.request({ method: "eth_sendRawTransaction", params });
  await answer.catch(() => undefined);
  return { newest: await newestOf(provider), answer };
}
