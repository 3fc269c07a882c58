import { hash } from "node:crypto";
import { AbiCoder, toBeHex } from "ethers";
import type { OrderInput, Parameters } from "../../src/fabric/index.ts";
import { type Deployment, headOf, interfaceOf, orderKinds } from "../../src/governance/index.ts";
import { fold, noOrders, type Order, type OrderMark } from "../../src/governance/orders.ts";
import { fromHex } from "../../src/journal/index.ts";

/** The ledger's state, and what it has anchored, the newest last. */
export type Ledger = {
  readonly epoch: number;
  readonly sessionKey: Uint8Array;
  readonly seq: number;
  readonly size: number;
  readonly head: string;
  readonly anchors: readonly LedgerAnchor[];
};
export type LedgerAnchor = {
  readonly epoch: number;
  readonly seq: number;
  readonly parent: string;
  readonly head: string;
  readonly size: number;
  readonly root: string;
  readonly digest: string;
  readonly block: number;
};

/** What a transaction asks of the ledger. */
export type LedgerCall =
  | { readonly kind: "claim"; readonly sessionKey: Uint8Array }
  | {
      readonly kind: "anchor";
      readonly epoch: number;
      readonly parent: string;
      readonly size: number;
      readonly root: string;
      readonly digest: string;
    };

/** What the owners did in one block. */
export type Decided = { readonly values?: Parameters; readonly orders?: readonly OrderInput["order"][] };
/** What happens in one block. */
type Deeds = Decided & { readonly calls?: readonly LedgerCall[] };

export type VirtualBlock = {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Unix seconds. */
  readonly time: number;
  readonly deeds: Deeds;
  readonly version: number;
  readonly values: Parameters;
  readonly orders: readonly Order[];
  readonly mark: OrderMark;
  readonly ledger: Ledger;
};

export const noHead = `0x${"00".repeat(32)}`;
export const chainBeganAt = 1_700_000_000;

export const deployment: Deployment = {
  format: "planetary-fabric/deployment/v1",
  chainId: 31337,
  genesisHash: noHead,
  blocks: { first: 0, last: 0 },
  contracts: {
    OwnerMultisig: contract(1),
    ShardRegistry: contract(2),
    NodeRegistry: contract(3),
    SubmitterRegistry: contract(4),
    CheckpointLedger: contract(5),
    SystemPause: contract(6),
  },
};

/** A chain in memory: blocks, the owners' values and orders, and the ledger, as the contracts keep them. */
export class VirtualChain {
  /** Every block that ever was, also those that a reorganisation took out. */
  readonly everyBlock = new Map<string, VirtualBlock>();
  #blocks: VirtualBlock[] = [];
  #salt = 0;
  readonly #nowMs: () => number;
  readonly headOf: HeadOf;

  /** @param headOf how the ledger makes a head of an anchor */
  constructor(values: Parameters, nowMs: () => number, headOf: HeadOf) {
    this.#nowMs = nowMs;
    this.headOf = headOf;
    const ledger = { epoch: 0, sessionKey: new Uint8Array(32), seq: 0, size: 0, head: noHead, anchors: [] };
    this.#push({
      ...{ number: 0, parentHash: noHead, time: chainBeganAt, deeds: { values }, version: 1, values },
      ...{ orders: [], mark: noOrders, ledger },
    });
  }

  get newest(): VirtualBlock {
    return this.#blocks[this.#blocks.length - 1];
  }

  at(number: number): VirtualBlock | undefined {
    return this.#blocks[number];
  }

  /** A block of the chain as it is now. */
  of(blockHash: string): VirtualBlock | undefined {
    const block = this.everyBlock.get(blockHash);
    return block !== undefined && this.#blocks[block.number] === block ? block : undefined;
  }

  /** Adds a block. What the ledger refuses of its calls is not in it: see `refusalOf`. */
  mine(deeds: Deeds = {}): VirtualBlock {
    const parent = this.newest;
    const number = parent.number + 1;
    let { ledger, orders, mark } = parent;
    for (const call of deeds.calls ?? [])
      if (refusalOf(ledger, call) === undefined) ledger = ledgerAfter(ledger, call, number, this.headOf);
    if (deeds.orders !== undefined && deeds.orders.length > 0) {
      orders = [...orders, ...deeds.orders.map((order, index) => orderOf(parent.orders.length + 1 + index, order))];
      mark = fold(mark, orders.slice(parent.orders.length));
    }
    return this.#push({
      ...{ number, parentHash: parent.hash, deeds, orders, mark, ledger },
      time: Math.max(parent.time + 1, chainBeganAt + Math.floor(this.#nowMs() / 1000)),
      version: parent.version + (deeds.values === undefined ? 0 : 1),
      values: deeds.values ?? parent.values,
    });
  }

  /**
   * Another line of blocks takes the place of the newest ones. Of the calls to the ledger the first so many are in it again:
   * they are of one account, whose transactions keep their order, and without one there is none after it.
   * @param again what of the owners' decisions is in the new blocks, for each of the old ones
   */
  reorganise(
    depth: number,
    kept: (calls: readonly LedgerCall[]) => number,
    again: (decided: readonly Decided[]) => readonly Decided[],
  ): void {
    const gone = this.#blocks.splice(Math.max(1, this.#blocks.length - depth)).map(({ deeds }) => deeds);
    this.#salt++;
    let left = kept(gone.flatMap(({ calls }) => calls ?? []));
    const decided = again(gone);
    for (const [index, { calls = [] }] of gone.entries()) {
      const { values, orders } = decided[index];
      const told = { ...(values === undefined ? {} : { values }), ...(orders === undefined ? {} : { orders }) };
      this.mine({ ...told, calls: calls.slice(0, left) });
      left = Math.max(0, left - calls.length);
    }
    this.mine();
  }

  /** Logs as `eth_getLogs` answers them. */
  logs(topics: readonly (string | null)[], from: number, to: number): object[] {
    const ordered = interfaceOf("ShardRegistry").getEvent("Ordered").topicHash;
    if (topics[0] !== ordered) return this.#anchorLogs(topics);
    const found: object[] = [];
    for (const block of this.#blocks.slice(from, to + 1)) {
      const before = this.#blocks[block.number - 1]?.orders.length ?? 0;
      for (const order of block.orders.slice(before)) found.push(orderLog(order, block.number));
    }
    return found;
  }

  #anchorLogs(topics: readonly (string | null)[]): object[] {
    const found: object[] = [];
    for (const anchor of this.newest.ledger.anchors) {
      if (toBeHex(anchor.seq, 32) !== topics[2]) continue;
      const { epoch, seq, parent, head, size, root, digest } = anchor;
      const abi = interfaceOf("CheckpointLedger");
      const log = abi.encodeEventLog("Anchored", [epoch, seq, parent, head, size, root, digest]);
      found.push({ ...log, blockNumber: toBeHex(anchor.block), transactionHash: head });
    }
    return found;
  }

  #push(content: Omit<VirtualBlock, "hash">): VirtualBlock {
    const { parentHash, number, time } = content;
    const block = { ...content, hash: hashOf(`block ${parentHash} ${number} ${time} ${this.#salt}`) };
    this.#blocks.push(block);
    this.everyBlock.set(block.hash, block);
    return block;
  }
}

/** Why the ledger does not take a call: the contract's own checks. */
export function refusalOf(ledger: Ledger, call: LedgerCall): string | undefined {
  if (call.kind === "claim") return undefined;
  if (call.epoch !== ledger.epoch) return "CheckpointLedger_WrongEpoch";
  if (call.parent !== ledger.head) return "CheckpointLedger_WrongParent";
  return call.size < ledger.size ? "CheckpointLedger_SizeOutOfBounds" : undefined;
}

export type HeadOf = (call: Extract<LedgerCall, { kind: "anchor" }>, seq: number) => string;

/** A head that is quickly made. */
export const quickHead: HeadOf = ({ epoch, parent, size, root, digest }, seq) =>
  hashOf(`head ${epoch} ${seq} ${parent} ${size} ${root} ${digest}`);

/** The contract's own. */
export const realHead: HeadOf = ({ root, digest, ...call }, seq) =>
  headOf(deployment.chainId, deployment.contracts.CheckpointLedger.address, {
    ...{ ...call, seq },
    ...{ root: fromHex(root), digest: fromHex(digest) },
  });

function ledgerAfter(ledger: Ledger, call: LedgerCall, block: number, makeHead: HeadOf): Ledger {
  if (call.kind === "claim") return { ...ledger, epoch: ledger.epoch + 1, sessionKey: call.sessionKey };
  const seq = ledger.seq + 1;
  const { epoch, parent, size, root, digest } = call;
  const head = makeHead(call, seq);
  const anchors = [...ledger.anchors, { epoch, seq, parent, head, size, root, digest, block }];
  return { ...ledger, seq, size, head, anchors };
}

const orderLogs = new Map<string, object>();

function orderLog(order: Order, block: number): object {
  const key = `${order.index} ${order.kind} ${order.payload}`;
  let log = orderLogs.get(key);
  if (log === undefined) {
    const { index, kind, payload } = order;
    log = interfaceOf("ShardRegistry").encodeEventLog("Ordered", [index, kind, payload, noHead]);
    orderLogs.set(key, log);
  }
  return { ...log, blockNumber: toBeHex(block), transactionHash: noHead };
}

function orderOf(index: number, order: OrderInput["order"]): Order {
  const words = (types: string[], values: number[]) => AbiCoder.defaultAbiCoder().encode(types, values);
  switch (order.type) {
    case "checkpoint":
      return { index, kind: orderKinds.checkpoint, payload: "0x" };
    case "cancel":
      return { index, kind: orderKinds.cancel, payload: words(["uint32", "uint64"], [order.submitter, order.number]) };
    case "move": {
      const { from, to, count } = order;
      return { index, kind: orderKinds.move, payload: words(["uint16", "uint16", "uint32"], [from, to, count]) };
    }
  }
}

function hashOf(text: string): string {
  return `0x${hash("sha256", text)}`;
}

function contract(number: number) {
  return { address: `0x${number.toString(16).padStart(40, "0")}`, codeHash: noHead };
}
