import { isPausedAt, MalformedBytes, type Parameters } from "../fabric/index.ts";
import { type Domains, decodeLeaseFrame, isSigned, type LeaseMessage } from "./messages.ts";

/** What a node knows of the chain by its own reading, not by what the orchestrator says. */
export type NodeView = {
  /** Epoch of the ledger, and the ed25519 key claimed for it (32 bytes). */
  readonly epoch: number;
  readonly sessionKey: Uint8Array;
  readonly block: number;
  /** Unix seconds of that block. */
  readonly time: number;
  readonly parameters: Parameters;
};

/** Why a node does not do what a lease message says. */
export const leaseRefusals = [
  "malformed",
  "addressee",
  "notAdmitted",
  "epoch",
  "expired",
  "governance",
  "paused",
  "signature",
  "known",
  "outOfContact",
] as const;
export type LeaseRefusal = (typeof leaseRefusals)[number];

/** What does not change in a node's life. */
export type NodeIdentity = {
  readonly node: number;
  readonly domains: Domains;
  /** Blocks that the orchestrator's governance may be behind the node's own. */
  readonly maxLagBlocks: number;
};

/**
 * A node's check of a lease message in `tick`, by the node's own clock: it obeys the present epoch's session key only, and
 * no orchestrator that overlooks a pause or lives by governance of long ago.
 */
export function checkLeases(
  frame: Uint8Array,
  { node, domains, maxLagBlocks }: NodeIdentity,
  tick: number,
  view: NodeView,
): { readonly message: LeaseMessage } | { readonly refused: LeaseRefusal } {
  let message: LeaseMessage;
  try {
    message = decodeLeaseFrame(frame);
  } catch (error) {
    if (error instanceof MalformedBytes) return { refused: "malformed" };
    throw error;
  }
  const own = view.parameters.nodes[node - 1];
  if (message.node !== node) return { refused: "addressee" };
  if (own === undefined || own.status === "removed") return { refused: "notAdmitted" };
  if (message.epoch !== view.epoch) return { refused: "epoch" };
  if (message.expiryTick < tick) return { refused: "expired" };
  if (view.block - message.governanceBlock > maxLagBlocks) return { refused: "governance" };
  if (isStopped(view, own.shard)) return { refused: "paused" };
  if (!isSigned(domains, "leases", { keyKind: "ed25519", key: view.sessionKey }, frame))
    return { refused: "signature" };
  return { message };
}

function isStopped({ parameters, time }: NodeView, shard: number): boolean {
  const scope = parameters.shards[shard - 1];
  if (scope === undefined) return true;
  return parameters.retired || isPausedAt(parameters.pause, time) || isPausedAt(scope.pause, time);
}
