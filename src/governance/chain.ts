import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  type ContractRunner,
  FetchRequest,
  isError,
  type JsonRpcError,
  type JsonRpcPayload,
  JsonRpcProvider,
  type JsonRpcResult,
  Network,
  toQuantity,
} from "ethers";
import { z } from "zod";
import { type ErrorSlots, FabricError } from "../errors.ts";
import { checkAnswer } from "./answers.ts";

/** What a header says that the fabric needs to know. `time` in Unix seconds; hashes are lower-case hex with 0x. */
export type Block = {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly time: number;
};

export type ChainOptions = {
  /** Refuse a chain with another id. */
  readonly chainId?: number;
  /** Refuse a chain whose block 0 has another hash. */
  readonly genesisHash?: string;
  /** Milliseconds to wait for an answer; 10,000 unless told. */
  readonly timeoutMs?: number;
};

/** The chain was reached and would not. `data` is what a call reverted with; null when it was no revert. */
export class ChainRefusal extends FabricError<"CHAIN_REFUSED"> {
  readonly data: string | null;

  constructor(slots: ErrorSlots<"CHAIN_REFUSED">, data: string | null, options?: ErrorOptions) {
    super("CHAIN_REFUSED", slots, options);
    this.data = data;
  }
}

/** Where a node is, for people and logs: a URL may hold a password before the host, and a key of an account behind it. */
export function nodePlace(url: string): string {
  if (!URL.canParse(url)) return "a node";
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** One JSON-RPC endpoint of the chain that governs the fabric. */
export class Chain {
  /** May hold secrets: `place` is for people. */
  readonly url: string;
  readonly chainId: number;
  readonly genesisHash: string;
  /** For ethers' contracts: fresh answers, one request a call, no guessing of the network. */
  readonly provider: JsonRpcProvider;

  private constructor(url: string, chainId: number, genesisHash: string, provider: JsonRpcProvider) {
    this.url = url;
    this.chainId = chainId;
    this.genesisHash = genesisHash;
    this.provider = provider;
  }

  /** Scheme, host and port. */
  get place(): string {
    return nodePlace(this.url);
  }

  /**
   * Connects and looks whether it is the chain that is meant.
   * @throws CHAIN_UNREACHABLE, CHAIN_ANSWER_MALFORMED, CHAIN_ID_WRONG, GENESIS_WRONG
   */
  static async open(url: string, { chainId, genesisHash, timeoutMs = 10_000 }: ChainOptions = {}): Promise<Chain> {
    const first = providerOf(url, chainId ?? 1, timeoutMs);
    let found: number;
    let genesis: Block;
    try {
      found = Number(quantity.parse(await ask(first, url, "eth_chainId", [])));
      if (chainId !== undefined && found !== chainId)
        throw new FabricError("CHAIN_ID_WRONG", { url: nodePlace(url), found, expected: chainId });
      genesis = blockForm.parse(await ask(first, url, "eth_getBlockByNumber", ["0x0", false]));
      if (genesisHash !== undefined && genesis.hash !== genesisHash.toLowerCase())
        throw new FabricError("GENESIS_WRONG", { url: nodePlace(url), found: genesis.hash, expected: genesisHash });
    } finally {
      first.destroy();
    }
    return new Chain(url, found, genesis.hash, providerOf(url, found, timeoutMs));
  }

  /**
   * One JSON-RPC call.
   * @throws CHAIN_UNREACHABLE when nothing answers
   * @throws CHAIN_REFUSED (a `ChainRefusal`) when the answer is an error
   * @throws CHAIN_ANSWER_MALFORMED when it is not of the form that the method has
   */
  rpc(method: string, params: readonly unknown[]): Promise<unknown> {
    return ask(this.provider, this.url, method, params);
  }

  /** A block by number, or the newest; null where there is none of that number. */
  async block(number: number | "latest" = "latest"): Promise<Block | null> {
    const tag = number === "latest" ? number : toQuantity(number);
    return blockForm.nullable().parse(await this.rpc("eth_getBlockByNumber", [tag, false]));
  }

  /** The newest block. */
  async latest(): Promise<Block> {
    return blockForm.parse(await this.rpc("eth_getBlockByNumber", ["latest", false]));
  }

  /** A block by hash, null when the chain does not have it (any more). */
  async blockOf(hash: string): Promise<Block | null> {
    return blockForm.nullable().parse(await this.rpc("eth_getBlockByHash", [hash, false]));
  }

  /** Reads for ethers' contracts, all of them pinned to one block by its hash (EIP-1898): never a mixture of two states. */
  at(blockHash: string): ContractRunner {
    return {
      provider: null,
      call: async ({ to, data }) =>
        text.parse(
          await this.rpc("eth_call", [
            { to, data },
            { blockHash, requireCanonical: true },
          ]),
        ),
    };
  }

  close(): void {
    this.provider.destroy();
  }
}

/**
 * Looks whether a chain goes as far as what was obeyed already. That block may be another one by now, after a
 * reorganisation; where there is none, the chain has lost the end of its past.
 * @throws CHAIN_BEHIND
 */
export async function checkReaches(chain: Chain, block: number): Promise<void> {
  const { number } = await chain.latest();
  if (number < block) throw new FabricError("CHAIN_BEHIND", { url: chain.place, newest: number, obeyed: block });
}

const quantity = z.string().regex(/^0x[0-9a-f]+$/);
const text = z.string();
const blockForm = z
  .object({ number: quantity, hash: quantity, parentHash: quantity, timestamp: quantity })
  .transform(({ number, hash, parentHash, timestamp }): Block => {
    return { number: Number(number), hash, parentHash, time: Number(timestamp) };
  });

/**
 * One connection serves many questions: opening one costs as much as half a question. It is given up after so many
 * milliseconds of silence, before a node would close it.
 */
const reuseMsMost = 3000;

function providerOf(url: string, chainId: number, timeoutMs: number): JsonRpcProvider {
  const request = new FetchRequest(url);
  request.timeout = timeoutMs;
  const reuse = { keepAlive: true, timeout: reuseMsMost };
  const agent = url.startsWith("https:") ? new HttpsAgent(reuse) : new HttpAgent(reuse);
  const getUrl = FetchRequest.createGetUrlFunc({ agent });
  let answeredMs = 0;
  request.getUrlFunc = async (asked, signal) => {
    // A process that was busy all the time has not heard yet that a connection was closed.
    if (performance.now() - answeredMs > reuseMsMost) closeIdle(agent);
    try {
      const answer = await getUrl(asked, signal);
      answeredMs = performance.now();
      return answer;
    } catch (error) {
      // A question that nobody answers in time would hold its connection for ever.
      agent.destroy();
      throw error;
    }
  };
  const network = Network.from(chainId);
  return new DirectProvider(request, network, { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: network });
}

function closeIdle({ freeSockets }: HttpAgent): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Sends each question at once, where ethers' own lets it wait for others that might go with it. */
class DirectProvider extends JsonRpcProvider {
  #questions = 0;

  override async send(method: string, params: unknown[]): Promise<unknown> {
    const payload: JsonRpcPayload = { jsonrpc: "2.0", id: ++this.#questions, method, params };
    const answer = (await this._send(payload)).find(({ id }) => id === payload.id);
    if (answer === undefined) throw new Error("it answered another question");
    if (isRefusal(answer)) throw this.getRpcError(payload, answer);
    return answer.result;
  }
}

function isRefusal(answer: JsonRpcResult | JsonRpcError): answer is JsonRpcError {
  return "error" in answer;
}

async function ask(provider: JsonRpcProvider, url: string, method: string, params: readonly unknown[]) {
  const answer = await answerOf(provider, url, method, params);
  checkAnswer(method, params, answer);
  return answer;
}

async function answerOf(provider: JsonRpcProvider, url: string, method: string, params: readonly unknown[]) {
  const place = nodePlace(url);
  try {
    return await provider.send(method, [...params]);
  } catch (cause) {
    const answer = rpcError.safeParse(cause);
    if (!answer.success) {
      const reason = reasonOf(cause).replaceAll(url, place);
      throw new FabricError("CHAIN_UNREACHABLE", { url: place, reason }, { cause });
    }
    const data = isError(cause, "CALL_EXCEPTION") ? cause.data : null;
    const reason = answer.data.error.message.replace(/\.$/, "").replaceAll(url, place);
    throw new ChainRefusal({ url: place, method, reason }, data, { cause });
  }
}

/** The shapes in which ethers hands on an error that the node answered with. */
const rpcError = z.union([
  z.object({ error: z.object({ message: z.string() }) }),
  z.object({ info: z.object({ error: z.object({ message: z.string() }) }) }).transform(({ info }) => info),
]);

function reasonOf(cause: unknown): string {
  const { code, shortMessage, message } = transportError.parse(cause);
  return shortMessage ?? (message || code) ?? "no reason was given";
}

const transportError = z
  .object({ code: z.string(), shortMessage: z.string(), message: z.string() })
  .partial()
  .catch({});
