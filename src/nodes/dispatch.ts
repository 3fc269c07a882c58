import type { Lease } from "../fabric/index.ts";
import type { SigningKey } from "./keys.ts";
import { type Domains, type LeaseMessage, type LeaseOffer, signLeaseMessage } from "./messages.ts";

/** A lease message on its way to its node. */
export type Dispatch = { readonly node: number; readonly frame: Uint8Array };

/** The leases of one tick as one signed message for each node, by the node's number. */
export function dispatch(
  domains: Domains,
  sessionKey: SigningKey,
  header: Omit<LeaseMessage, "node" | "leases">,
  leases: readonly Lease[],
): Dispatch[] {
  const byNode = new Map<number, LeaseOffer[]>();
  for (const lease of leases) {
    const offers = byNode.get(lease.node);
    if (offers === undefined) byNode.set(lease.node, [lease]);
    else offers.push(lease);
  }
  return [...byNode]
    .sort(([a], [b]) => a - b)
    .map(([node, offers]) => ({
      node,
      frame: signLeaseMessage(domains, sessionKey, { ...header, node, leases: offers }),
    }));
}
