import type { Dispatch } from "./dispatch.ts";

/**
 * The nodes of a drill, whose ticks come when the drill says so. What passes through are signed frames: a provider carries
 * them, and cannot make them. In real time there is no provider: any process that has a node's key is that node, at the
 * control socket.
 *
 * The order of a tick t is: `collect(t)`, then `deliver` what the machine made of it, then `collect(t + 1)`.
 */
export interface NodeProvider {
  /** To be awaited before anything else. */
  start(): Promise<void>;
  /**
   * Hands lease messages to their nodes, in order. After a crash the dispatches of the last tick come once more: nodes
   * ignore the leases that they know. What cannot be delivered is lost, and found by the heartbeat audit or the lease's end.
   */
  deliver(dispatches: readonly Dispatch[]): Promise<void>;
  /**
   * The frames that nodes have sent since the tick collected before. Asked again for the same tick, it gives the same
   * frames: an orchestrator that was killed before it wrote them down asks once more.
   * @throws FabricError TICK_GONE for a tick before that
   */
  collect(tick: number): Promise<readonly Uint8Array[]>;
  /** Ends all nodes; from then on there is nothing to collect. A second call does nothing. */
  stop(): Promise<void>;
}
