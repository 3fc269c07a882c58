import type { Scenario, Fault as ScenarioFault } from "../config/index.ts";
import type { Genesis, NodeParameters } from "../fabric/index.ts";
import { type Dispatch, domainsOf, type Fault, type NodeView, SimulatedFleet } from "../nodes/index.ts";
import { nodeKey } from "../practice/index.ts";
import type { Play } from "./play.ts";
import { Workload } from "./workload.ts";

/** Simulated nodes report up to this much more than their manifest's latency, drawn from the seed. */
const latencySpreadMs = 15;

type Cue = { readonly node: number; readonly fault: Fault };

const faultOf = {
  silence: "silence",
  lateResult: "lateResult",
  duplicate: "duplicate",
  forge: "forged",
  replay: "replay",
} as const satisfies Record<Exclude<ScenarioFault["kind"], "kill">, Fault>;

/**
 * What surrounds the orchestrator in a drill, but for the chain: submitters, nodes, and what goes wrong with them. It
 * outlives an orchestrator that is killed, and tells the next one the same again.
 */
export class World {
  readonly workload: Workload;
  readonly fleet: SimulatedFleet;
  readonly #cues: ReadonlyMap<number, readonly Cue[]>;
  /** Faults whose time has come and which found nothing to work on yet. */
  #pending: readonly Cue[] = [];
  #tick = 0;

  /**
   * @param view what the nodes read on the chain before the first tick
   * @param domains how messages are signed
   */
  constructor(play: Play, genesis: Genesis, view: NodeView, domains = domainsOf(genesis)) {
    const { scenario, manifest } = play;
    this.workload = new Workload(scenario, manifest, genesis, domains);
    const nodes = manifest.nodes.map(({ id, latencyMs }, index) => {
      return { node: index + 1, key: nodeKey(genesis.seed, id), latencyMs, latencySpreadMs };
    });
    const durationOf = this.workload.durationOf.bind(this.workload);
    this.fleet = new SimulatedFleet({ genesis, domains, nodes, durationOf, view });
    this.#cues = cuesOf(scenario, view.parameters.nodes);
  }

  /** What arrives at the orchestrator in a tick; the last tick may be asked for again. */
  async arrivals(tick: number): Promise<{ submissions: readonly Uint8Array[]; messages: readonly Uint8Array[] }> {
    if (tick > this.#tick) {
      this.#tick = tick;
      const due = [...this.#pending, ...(this.#cues.get(tick) ?? [])];
      this.#pending = due.filter(({ node, fault }) => !this.fleet.inject(node, fault));
    }
    return { submissions: this.workload.frames(tick), messages: await this.fleet.collect(tick) };
  }

  deliver(dispatches: readonly Dispatch[]): Promise<void> {
    return this.fleet.deliver(dispatches);
  }

  /** True when all work has been brought and the time of every fault has come. */
  get isOver(): boolean {
    return this.workload.isOver && this.#tick >= Math.max(0, ...this.#cues.keys());
  }

  /** Faults whose time has come and which have not happened. */
  get faultsLeft(): number {
    return this.#pending.length;
  }
}

function cuesOf(scenario: Scenario, nodes: readonly NodeParameters[]): Map<number, Cue[]> {
  const cues = new Map<number, Cue[]>();
  const add = (tick: number, cue: Cue) => cues.set(tick, [...(cues.get(tick) ?? []), cue]);
  for (const fault of scenario.faults) {
    if (fault.kind === "kill") continue;
    const node = nodes.findIndex(({ name }) => name === fault.node) + 1;
    add(fault.atTick, { node, fault: faultOf[fault.kind] });
    if (fault.kind === "silence" && fault.forTicks > 0) add(fault.atTick + fault.forTicks, { node, fault: "return" });
  }
  return cues;
}
