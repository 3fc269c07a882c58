import type { Lease } from "../fabric/index.ts";
import type { SigningKey } from "./keys.ts";
import { type Domains, type LeaseMessage, type LeaseOffer, signLeaseMessage } from "./messages.ts";

/** A lease message on its way to its node. */
export type Dispatch = { readonly node: number; readonly frame: Uint8Array };

/**
 * The leases of one tick as one signed message for each node, by the node's number.
 * @param lastTickOf last tick in which a node may take them, where that is before the header's
 */
export function dispatch(
  domains: Domains,
  sessionKey: SigningKey,
  header: Omit<LeaseMessage, "node" | "leases">,
  leases: readonly Lease[],
  lastTickOf: (node: number) => number = () => header.expiryTick,
): Dispatch[] {
  const byNode = new Map<number, LeaseOffer[]>();
  for (const lease of leases) {
    const offers = byNode.get(lease.node);
    if (offers === undefined) byNode.set(lease.node, [lease]);
    else offers.push(lease);
  }
  return [...byNode]
    .sort(([a], [b]) => a - b)
    .map(([node, offers]) => {
      const expiryTick = Math.min(header.expiryTick, lastTickOf(node));
      return { node, frame: signLeaseMessage(domains, sessionKey, { ...header, node, expiryTick, leases: offers }) };
    });
}
