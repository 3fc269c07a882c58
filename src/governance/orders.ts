import { isDeepStrictEqual } from "node:util";
import { AbiCoder, keccak256, toQuantity, ZeroHash } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import type { OrderInput } from "../fabric/inputs.ts";
import type { Chain } from "./chain.ts";
import { interfaceOf } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";

/** How far the owners' orders go: the number of the last one, and the rolling hash over all up to it (hex). */
export type OrderMark = { readonly index: number; readonly hash: string };

/** Before the first order. */
export const noOrders: OrderMark = { index: 0, hash: ZeroHash };

/** The numbers that the kinds of orders have in `ShardRegistry`. */
export const orderKinds = { checkpoint: 1, cancel: 2, move: 3 } as const;

/** An order as the chain has it. */
export type Order = { readonly index: number; readonly kind: number; readonly payload: string };

/** What the orchestrator is told of an order. */
export function orderInput({ index, kind, payload }: Order): OrderInput {
  const words = (types: string[]) => AbiCoder.defaultAbiCoder().decode(types, payload).map(Number);
  switch (kind) {
    case orderKinds.checkpoint:
      return { kind: "order", index, order: { type: "checkpoint" } };
    case orderKinds.cancel: {
      const [submitter, number] = words(["uint32", "uint64"]);
      // No job has a number that a float cannot hold: the largest that it can names none either.
      return {
        kind: "order",
        index,
        order: { type: "cancel", submitter, number: Math.min(number, Number.MAX_SAFE_INTEGER) },
      };
    }
    case orderKinds.move: {
      const [from, to, count] = words(["uint16", "uint16", "uint32"]);
      return { kind: "order", index, order: { type: "move", from, to, count } };
    }
    default:
      throw new RangeError(`the contract lets no order of the kind ${kind} pass`);
  }
}

/**
 * The orders between two marks, from the chain's events.
 * @param followed what was followed so far
 * @param given what the contract says was given in all
 * @param blocks `since` is where to look first; if that does not add up, all blocks up to `to` are looked at
 * @throws ORDERS_DIVERGED when the chain's orders do not continue those that were followed, or do not add up
 */
export async function ordersBetween(
  chain: Pick<Chain, "rpc">,
  deployment: Deployment,
  followed: OrderMark,
  given: OrderMark,
  blocks: { readonly since: number; readonly to: number },
): Promise<Order[]> {
  const recent = (await read(chain, deployment, blocks.since, blocks.to)).filter(({ index }) => index > followed.index);
  const end = fold(followed, recent);
  if (end.index === given.index && end.hash === given.hash) return recent;

  const every = await read(chain, deployment, deployment.blocks.first, blocks.to);
  const past = fold(noOrders, every.slice(0, followed.index));
  if (past.index !== followed.index || past.hash !== followed.hash)
    throw new FabricError("ORDERS_DIVERGED", { index: followed.index, found: past.hash, expected: followed.hash });
  const after = every.slice(followed.index);
  const { index, hash } = fold(followed, after);
  if (index !== given.index || hash !== given.hash)
    throw new FabricError("ORDERS_DIVERGED", { index: given.index, found: hash, expected: given.hash });
  return after;
}

/**
 * The mark up to an order, from all events before it. For one who knows how many were followed, but not their hash.
 * @param obeyed what was followed, from the first; undefined where the chain's past is the one that it was read from
 * @throws ORDERS_DIVERGED when the chain has fewer, or others
 */
export async function markAt(
  chain: Pick<Chain, "rpc">,
  deployment: Deployment,
  index: number,
  toBlock: number,
  obeyed?: Iterable<OrderInput>,
): Promise<OrderMark> {
  const orders = (await read(chain, deployment, deployment.blocks.first, toBlock)).slice(0, index);
  const mark = fold(noOrders, orders);
  if (mark.index !== index) throw new FabricError("ORDERS_DIVERGED", { index, found: "none", expected: "one" });
  for (const expected of obeyed ?? []) {
    const found = orderInput(orders[expected.index - 1]);
    if (isDeepStrictEqual(found, expected)) continue;
    const [has, followed] = [found, expected].map(({ order }) => JSON.stringify(order));
    throw new FabricError("ORDERS_DIVERGED", { index: expected.index, found: has, expected: followed });
  }
  return mark;
}

/** The mark after orders that follow each other without a gap; stops before the first that does not. */
export function fold(from: OrderMark, orders: readonly Order[]): OrderMark {
  let { index, hash } = from;
  for (const order of orders) {
    if (order.index !== index + 1) break;
    index = order.index;
    const words = [hash, index, order.kind, keccak256(order.payload)];
    hash = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint64", "uint8", "bytes32"], words));
  }
  return { index, hash };
}

async function read(
  chain: Pick<Chain, "rpc">,
  deployment: Deployment,
  fromBlock: number,
  toBlock: number,
): Promise<Order[]> {
  const registry = interfaceOf("ShardRegistry");
  const filter = {
    address: deployment.contracts.ShardRegistry.address,
    topics: [registry.getEvent("Ordered").topicHash],
    fromBlock: toQuantity(fromBlock),
    toBlock: toQuantity(toBlock),
  };
  return logsForm.parse(await chain.rpc("eth_getLogs", [filter])).map(({ topics, data }) => {
    const [index, kind, payload] = registry.decodeEventLog("Ordered", data, topics);
    return { index: Number(index), kind: Number(kind), payload: String(payload) };
  });
}

const logsForm = z.array(z.object({ topics: z.array(z.string()), data: z.string() }));
