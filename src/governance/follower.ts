import { isDeepStrictEqual } from "node:util";
import { getBytes, hexlify } from "ethers";
import { type ErrorCode, FabricError } from "../errors.ts";
import type { Input, OrderInput } from "../fabric/inputs.ts";
import type { Parameters } from "../fabric/parameters.ts";
import { checkAdmissions } from "./admissions.ts";
import { malformed } from "./answers.ts";
import { type Block, type Chain, ChainRefusal } from "./chain.ts";
import type { Deployment } from "./deployment.ts";
import { practiceChainId } from "./networkNames.ts";
import { markAt, noOrders, type OrderMark, orderInput, ordersBetween } from "./orders.ts";
import { Reader, type Reading } from "./reader.ts";

/** Where to go on from. */
export type Resume = {
  /** Of the block last adopted, 32 bytes. */
  readonly blockHash: Uint8Array;
  /** Number of the last order obeyed. */
  readonly orderIndex: number;
  /** What was in force; undefined when nothing was yet. */
  readonly parameters: Parameters | undefined;
  /** All that were obeyed, from the first. Asked for only when the chain does not have that block any more. */
  readonly obeyed: () => Iterable<OrderInput>;
};

export type FollowerOptions = {
  /** Blocks that must follow a change before it is in force; 0 on chain 31337 only. Pauses and revocations do not wait. */
  readonly confirmations: number;
  readonly resume?: Resume;
  /** What reads the contracts along one line of blocks; a `Reader` unless told. */
  readonly openReader?: () => Pick<Reader, "read">;
};

/** A node that answers nothing, or nonsense, is silent. */
const silences: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["CHAIN_UNREACHABLE", "CHAIN_ANSWER_MALFORMED"]);

/** What is asked of the chain. */
type Blocks = Pick<Chain, "chainId" | "latest" | "block" | "blockOf" | "rpc" | "at">;

/** What was adopted last: the block in force, the newest one seen then, and what they said. */
type Adoption = { readonly inForce: Block; readonly newest: Block; readonly values: Parameters };

/** Turns what happens on the chain into inputs of the machine. When nothing happens, a poll costs one request. */
export class GovernanceFollower {
  readonly #chain: Blocks;
  readonly #deployment: Deployment;
  readonly #options: FollowerOptions;
  readonly #openReader: () => Pick<Reader, "read">;
  #reader: Pick<Reader, "read">;
  #newestReader: Pick<Reader, "read">;
  #adoption: Adoption | null = null;
  /** Whether `resume` still has to be looked up. */
  #fresh = true;
  /** The block of `resume`; null when the chain does not know it. */
  #resumedFrom: Block | null = null;
  #followedOrders: OrderMark | null = null;
  #silence: string | null = null;
  /** Headers seen at the last poll, by hash, so that blocks whose time has not come cost nothing. */
  #headers = new Map<string, Block>();

  /** @throws VALUE_INVALID when confirmations are 0 on a chain that may reorganise */
  constructor(chain: Blocks, deployment: Deployment, options: FollowerOptions) {
    checkConfirmations(chain.chainId, options.confirmations);
    this.#chain = chain;
    this.#deployment = deployment;
    this.#options = options;
    this.#openReader = options.openReader ?? (() => new Reader(chain, deployment));
    this.#reader = this.#openReader();
    this.#newestReader = this.#openReader();
  }

  /** Why the chain gave no answer at the last poll; null when it did. For the operator's log. */
  get silence(): string | null {
    return this.#silence;
  }

  /**
   * Whoever polls has told the machine of a silence by itself, since an answer was long in coming: with the next answer
   * the machine is told that the chain is back, also when it has nothing new to say.
   */
  noteSilence(reason: string): void {
    this.#silence = reason;
  }

  /**
   * What has happened since the last poll, for the next tick: nothing, or the block in force and the orders given up to
   * it, or that the chain is silent.
   * @param notAfter Unix seconds; blocks later than this are not seen yet
   * @throws ADMISSIONS_DIVERGED, ORDERS_DIVERGED when a reorganisation took back what was obeyed
   */
  async poll(notAfter = Number.POSITIVE_INFINITY): Promise<Input[]> {
    try {
      const inputs = await this.#poll(notAfter);
      this.#silence = null;
      return inputs;
    } catch (error) {
      const unanswered = error instanceof FabricError && silences.has(error.code);
      // A block that was replaced between two questions is such a refusal as well: the next poll sees the new one.
      if (!unanswered && !(error instanceof ChainRefusal)) throw error;
      this.#silence = error.message;
      // What was read may belong to a block that will never be adopted.
      this.#forget();
      return [{ kind: "chainSilent" }];
    }
  }

  async #poll(notAfter: number): Promise<Input[]> {
    if (this.#fresh) await this.#pickUp();
    const newest = await this.#newest(notAfter);
    if (newest === null) return [];
    const before = this.#adoption;
    const sameBlock = newest.hash === before?.newest.hash;
    // After a silence the machine is told that the chain is back, also when it has nothing new to say.
    if (sameBlock && this.#silence === null) return [];

    const gone = before !== null && !sameBlock && !(await this.#stillStands(before.newest, newest));
    if (gone) this.#forget();
    const inForce = await this.#inForce(newest);
    if (inForce === null) return [];
    const reading = await this.#read(inForce, newest);
    const { version, parameters } = reading;
    const obeyed = before?.values ?? this.#options.resume?.parameters;
    if (obeyed !== undefined) checkAdmissions(obeyed, parameters);
    const changed = gone || !isDeepStrictEqual(parameters, before?.values);
    const followed = await this.#followed(inForce, newest);
    const since = before === null || gone ? this.#deployment.blocks.first : before.inForce.number + 1;
    const orders = await this.#ordersAfter(followed, reading.orders, { since, to: inForce.number });

    this.#adoption = { inForce, newest, values: parameters };
    this.#followedOrders = reading.orders;
    return [
      {
        kind: "governance",
        version,
        block: inForce.number,
        latest: newest.number,
        hash: getBytes(inForce.hash),
        time: inForce.time,
        values: changed ? parameters : null,
      },
      ...orders.map(orderInput),
    ];
  }

  /** Readers remember nodes and submitters by their registries' versions, which count along one line of blocks only. */
  #forget(): void {
    this.#reader = this.#openReader();
    this.#newestReader = this.#openReader();
  }

  /** Goes on from where another process stopped: what it adopted last is read again, to know what is new. */
  async #pickUp(): Promise<void> {
    const { resume, confirmations } = this.#options;
    if (resume !== undefined) {
      const block = await this.#chain.blockOf(hexlify(resume.blockHash));
      this.#resumedFrom = block;
      // What was in force with confirmations also depended on a newer block, which nobody wrote down.
      const values = block === null || confirmations > 0 ? null : await this.#valuesAt(block);
      if (block !== null && values !== null) this.#adoption = { inForce: block, newest: block, values };
    }
    this.#fresh = false;
  }

  /** Null when the chain has dropped that block, or its state. */
  async #valuesAt(block: Block): Promise<Parameters | null> {
    try {
      return (await this.#reader.read(block.hash)).parameters;
    } catch (error) {
      if (error instanceof ChainRefusal) return null;
      throw error;
    }
  }

  /** The newest block that is not after a time; null when there is none. */
  async #newest(notAfter: number): Promise<Block | null> {
    const headers = new Map<string, Block>();
    let block: Block | null = await this.#chain.latest();
    while (block !== null && block.time > notAfter) {
      const { parentHash, number }: Block = block;
      block = number === 0 ? null : (this.#headers.get(parentHash) ?? (await this.#chain.blockOf(parentHash)));
      if (block !== null) headers.set(block.hash, block);
    }
    this.#headers = headers;
    return block;
  }

  /** Whether a block seen before is still among the ancestors of the newest one. */
  async #stillStands(seen: Block, newest: Block): Promise<boolean> {
    if (newest.parentHash === seen.hash) return true;
    return newest.number > seen.number && (await this.#chain.block(seen.number))?.hash === seen.hash;
  }

  /** The block whose parameters are in force; null when the fabric itself is not confirmed yet. */
  async #inForce(newest: Block): Promise<Block | null> {
    const { confirmations } = this.#options;
    const number = newest.number - confirmations;
    if (number < this.#deployment.blocks.last) return null;
    return confirmations === 0 ? newest : this.#chain.block(number);
  }

  /**
   * Parameters of the block in force; pauses, retirement and revocations of the newest.
   * @throws CHAIN_ANSWER_MALFORMED when the newest lacks what is never taken off the chain: it is no later block of that line
   */
  async #read(inForce: Block, newest: Block): Promise<Reading> {
    const reading = await this.#reader.read(inForce.hash);
    if (inForce.hash === newest.hash) return reading;
    const now = (await this.#newestReader.read(newest.hash)).parameters;
    const { parameters } = reading;
    for (const list of ["shards", "nodes", "submitters"] as const)
      if (now[list].length < parameters[list].length)
        throw malformed("eth_call", `block ${newest.number} has fewer ${list} than block ${inForce.number} before it`);
    return {
      ...reading,
      parameters: {
        ...parameters,
        retired: now.retired,
        pause: now.pause,
        shards: parameters.shards.map((shard, index) => ({ ...shard, pause: now.shards[index].pause })),
        nodes: parameters.nodes.map((node, index) => {
          return now.nodes[index].status === "removed" ? { ...node, status: "removed" } : node;
        }),
        submitters: parameters.submitters.map((submitter, index) => {
          return now.submitters[index].revoked ? { ...submitter, revoked: true } : submitter;
        }),
      },
    };
  }

  /**
   * The orders followed so far; after a restart their hash is worked out from the chain's events.
   * @throws ORDERS_DIVERGED when a reorganisation took away the block last adopted, and an order with it
   */
  async #followed(inForce: Block, newest: Block): Promise<OrderMark> {
    if (this.#followedOrders !== null) return this.#followedOrders;
    const { resume } = this.#options;
    if (resume === undefined || resume.orderIndex === 0) return noOrders;
    const from = this.#resumedFrom;
    const stands = from !== null && (from.hash === newest.hash || (await this.#stillStands(from, newest)));
    const obeyed = stands ? undefined : resume.obeyed();
    return markAt(this.#chain, this.#deployment, resume.orderIndex, inForce.number, obeyed);
  }

  async #ordersAfter(followed: OrderMark, given: OrderMark, blocks: { readonly since: number; readonly to: number }) {
    if (followed.index === given.index && followed.hash === given.hash) return [];
    return ordersBetween(this.#chain, this.#deployment, followed, given, blocks);
  }
}

/** @throws VALUE_INVALID when confirmations are 0 on a chain that may reorganise */
export function checkConfirmations(chainId: number, confirmations: number): void {
  if (confirmations >= 1 || chainId === practiceChainId) return;
  throw new FabricError("VALUE_INVALID", {
    what: "Confirmations",
    problem: `${confirmations} on chain ${chainId}, where blocks may be replaced`,
    right: `Set at least 1; 0 is for the practice chain ${practiceChainId}`,
  });
}
