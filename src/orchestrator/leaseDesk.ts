import type { Dispatch } from "../nodes/index.ts";

type Listener = (frame: Uint8Array) => void;

/**
 * Hands lease messages to the nodes that listen. A node that begins to listen is told of every lease it has, so nothing
 * need be kept for one that is away: it passes over what it knows, and takes what was lost on the way.
 */
export class LeaseDesk {
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #leasesOf: (node: number) => readonly Dispatch[];

  /** @param leasesOf a message with every lease that a node has; none when it has none, or may not work now */
  constructor(leasesOf: (node: number) => readonly Dispatch[]) {
    this.#leasesOf = leasesOf;
  }

  isConnected(node: number): boolean {
    return this.#listeners.has(node);
  }

  listen(node: number, listener: Listener): () => void {
    const others = this.#listeners.get(node);
    if (others === undefined) this.#listeners.set(node, new Set([listener]));
    else others.add(listener);
    for (const { frame } of this.#leasesOf(node)) listener(frame);
    return () => {
      const left = this.#listeners.get(node);
      left?.delete(listener);
      if (left?.size === 0) this.#listeners.delete(node);
    };
  }

  deliver(dispatches: readonly Dispatch[]): void {
    for (const { node, frame } of dispatches) for (const listener of this.#listeners.get(node) ?? []) listener(frame);
  }

  /** Tells all who listen, or those of some nodes, of every lease that they have. */
  repeat(nodes: Iterable<number> = this.#listeners.keys()): void {
    for (const node of nodes) this.deliver(this.#leasesOf(node));
  }
}
