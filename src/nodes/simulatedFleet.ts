import { FabricError } from "../errors.ts";
import type { Genesis } from "../fabric/index.ts";
import type { Dispatch } from "./dispatch.ts";
import { practiceKey } from "./keys.ts";
import { type LeaseRefusal, leaseRefusals, type NodeView } from "./leaseCheck.ts";
import type { Domains } from "./messages.ts";
import type { NodeProvider } from "./provider.ts";
import { type DurationOf, type Fault, SimulatedNode, type SimulatedNodeSetup } from "./simulatedNode.ts";

export type FleetSetup = {
  readonly genesis: Genesis;
  readonly domains: Domains;
  readonly nodes: readonly SimulatedNodeSetup[];
  readonly durationOf: DurationOf;
  /** The chain before the first tick. */
  readonly view: NodeView;
};

/** What one node refused of the orchestrator's lease messages: messages, but leases where the reason is `known`. */
export type NodeRefusals = { readonly node: number; readonly reason: LeaseRefusal; readonly count: number };

/**
 * All simulated nodes of a drill. The same setup and the same calls give the same bytes. It outlives an orchestrator that
 * is killed: what it has said in a tick it says again, and what it has been told twice it does once.
 */
export class SimulatedFleet implements NodeProvider {
  readonly #nodes = new Map<number, SimulatedNode>();
  readonly #refusals = new Map<number, Uint32Array>();
  /** Nodes with something to do, by tick: a tick costs only what happens in it. */
  readonly #due = new Map<number, Set<number>>();
  #view: NodeView;
  #collected: { readonly tick: number; readonly frames: readonly Uint8Array[] } = { tick: 0, frames: [] };
  #stopped = false;

  /** The fleet's first tick is any above 0. */
  constructor({ genesis, domains, nodes, durationOf, view }: FleetSetup) {
    this.#view = view;
    const shared = {
      seed: genesis.seed,
      durationOf,
      forger: practiceKey(genesis.seed, "forger"),
    };
    for (const setup of nodes) {
      const { node } = setup;
      const identity = { node, domains, maxLagBlocks: genesis.maxLagBlocks };
      const wake = (tick: number): void => this.#wake(node, tick);
      const refuse = (reason: LeaseRefusal): void => this.#countRefusal(node, reason);
      this.#nodes.set(node, new SimulatedNode(setup, { ...shared, identity, wake, refuse }));
    }
    this.#wakeAll();
  }

  /** What the nodes read on the chain from now on. */
  observe(view: NodeView): void {
    const changed = view.parameters !== this.#view.parameters;
    this.#view = view;
    // Nodes may have been admitted, or their intervals have become shorter.
    if (changed) this.#wakeAll();
  }

  /**
   * Does something to a node, from its next message on. False when the fault has nothing to work on.
   * @throws FabricError NODE_NOT_SIMULATED
   */
  inject(node: number, fault: Fault): boolean {
    const found = this.#nodes.get(node);
    if (found === undefined) {
      const known = [...this.#nodes.keys()].slice(0, 20).join(", ");
      throw new FabricError("NODE_NOT_SIMULATED", { node, known });
    }
    return found.suffer(fault, this.#collected.tick);
  }

  /** By node, then by reason. */
  refusals(): NodeRefusals[] {
    const found: NodeRefusals[] = [];
    for (const [node, counts] of [...this.#refusals].sort(([a], [b]) => a - b))
      leaseRefusals.forEach((reason, index) => {
        const count = counts[index];
        if (count > 0) found.push({ node, reason, count });
      });
    return found;
  }

  async start(): Promise<void> {}

  async deliver(dispatches: readonly Dispatch[]): Promise<void> {
    if (this.#stopped) return;
    for (const { node, frame } of dispatches) this.#nodes.get(node)?.receive(frame, this.#collected.tick, this.#view);
  }

  async collect(tick: number): Promise<readonly Uint8Array[]> {
    if (this.#stopped) return [];
    if (tick < this.#collected.tick) throw new FabricError("TICK_GONE", { asked: tick, newest: this.#collected.tick });
    if (tick > this.#collected.tick) this.#collected = { tick, frames: this.#advance(tick) };
    return this.#collected.frames;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  #advance(tick: number): Uint8Array[] {
    const awake = new Set<number>();
    for (let passed = this.#collected.tick + 1; passed <= tick; passed++) {
      for (const node of this.#due.get(passed) ?? []) {
        this.#nodes.get(node)?.finish(passed);
        awake.add(node);
      }
      this.#due.delete(passed);
    }
    const frames: Uint8Array[] = [];
    // By number: in what order they were woken may differ after a crash.
    for (const node of [...awake].sort((a, b) => a - b)) this.#nodes.get(node)?.speak(tick, this.#view, frames);
    return frames;
  }

  #wake(node: number, tick: number): void {
    const at = Math.max(tick, this.#collected.tick + 1);
    const nodes = this.#due.get(at);
    if (nodes === undefined) this.#due.set(at, new Set([node]));
    else nodes.add(node);
  }

  #wakeAll(): void {
    for (const node of this.#nodes.keys()) this.#wake(node, 0);
  }

  #countRefusal(node: number, reason: LeaseRefusal): void {
    let counts = this.#refusals.get(node);
    if (counts === undefined) {
      counts = new Uint32Array(leaseRefusals.length);
      this.#refusals.set(node, counts);
    }
    counts[leaseRefusals.indexOf(reason)]++;
  }
}
