import type { ControlClient } from "../control/index.ts";

/** What a node needs of the fabric that it works for: its control socket, from the node's side. */
export interface NodeLink extends Pick<ControlClient, "message" | "payload"> {
  /** Lease messages for a node, as they come; they end, or throw, when the connection does. */
  leases(node: number, signal: AbortSignal): Promise<{ readonly frames: AsyncIterable<Uint8Array> }>;
}
