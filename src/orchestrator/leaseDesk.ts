import type { Dispatch } from "../nodes/index.ts";

type Listener = (frame: Uint8Array) => void;
type Kept = { readonly frame: Uint8Array; readonly expiryTick: number };

/** Hands lease messages to the nodes that listen; for one that is away they are kept as long as they are good. */
export class LeaseDesk {
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #kept = new Map<number, Kept[]>();

  isConnected(node: number): boolean {
    return this.#listeners.has(node);
  }

  listen(node: number, listener: Listener): () => void {
    const others = this.#listeners.get(node);
    if (others === undefined) this.#listeners.set(node, new Set([listener]));
    else others.add(listener);
    for (const { frame } of this.#kept.get(node) ?? []) listener(frame);
    this.#kept.delete(node);
    return () => {
      const left = this.#listeners.get(node);
      left?.delete(listener);
      if (left?.size === 0) this.#listeners.delete(node);
    };
  }

  deliver(dispatches: readonly Dispatch[], expiryTick: number): void {
    for (const { node, frame } of dispatches) {
      const listeners = this.#listeners.get(node);
      if (listeners !== undefined) for (const listener of listeners) listener(frame);
      else this.#kept.set(node, [...(this.#kept.get(node) ?? []), { frame, expiryTick }]);
    }
  }

  /** Forgets what nobody may take any more. */
  forget(tick: number): void {
    for (const [node, kept] of this.#kept) {
      const good = kept.filter(({ expiryTick }) => expiryTick >= tick);
      if (good.length > 0) this.#kept.set(node, good);
      else this.#kept.delete(node);
    }
  }
}
