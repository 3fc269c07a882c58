import type { Effects, Input, Machine, Parameters } from "../fabric/index.ts";
import { type Dispatch, type Domains, dispatch, Gate, type SigningKey } from "../nodes/index.ts";

/** What arrived since the tick before, as it arrived: signed frames of submitters and nodes. */
export type Arrivals = { readonly submissions: readonly Uint8Array[]; readonly messages: readonly Uint8Array[] };

/** Whose word the nodes obey: the ledger's epoch, and the key that was claimed for it. */
export type Session = { readonly epoch: number; readonly key: SigningKey };

const nobody: Parameters = {
  tickMs: 1,
  checkpointIntervalTicks: 1,
  heartbeatGrace: 1,
  maxAttempts: 1,
  retired: false,
  pause: { ownerPaused: false, guardianUntil: 0 },
  skills: [],
  shards: [],
  nodes: [],
  submitters: [],
};

/** Where frames become inputs, and leases become frames. */
export class Edge {
  readonly #domains: Domains;
  readonly #gate: Gate;

  constructor(domains: Domains) {
    this.#domains = domains;
    this.#gate = new Gate(this.#domains, { parameters: nobody, lastSeq: () => 0 });
  }

  /** The inputs of a tick: what the chain says, then what passed the gate, then what did not, in numbers. */
  gather(machine: Machine, tick: number, governance: readonly Input[], arrivals: Arrivals, stop = false): Input[] {
    const { nodes } = machine.state;
    const parameters = newestValues(governance) ?? machine.state.parameters ?? nobody;
    this.#gate.openTick({ parameters, lastSeq: (node) => nodes[node]?.lastSeq ?? 0 });
    const inputs: Input[] = [...governance];
    for (const frame of arrivals.submissions) {
      const admission = this.#gate.admitSubmission(frame);
      if ("input" in admission) inputs.push(admission.input);
    }
    for (const frame of arrivals.messages) {
      const admission = this.#gate.admitNodeMessage(frame);
      if ("input" in admission) inputs.push(admission.input);
    }
    inputs.push(...this.#gate.refused());
    if (stop) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    return inputs;
  }

  /** The leases of a tick as one signed message a node, good for that tick alone. */
  dispatch(machine: Machine, effects: Effects, { epoch, key }: Session): Dispatch[] {
    if (effects.leases.length === 0) return [];
    const { tick } = effects;
    const header = { epoch, tick, governanceBlock: machine.governance.block, expiryTick: tick };
    return dispatch(this.#domains, key, header, effects.leases);
  }
}

function newestValues(governance: readonly Input[]): Parameters | undefined {
  for (let i = governance.length - 1; i >= 0; i--) {
    const input = governance[i];
    if (input.kind === "governance" && input.values !== null) return input.values;
  }
  return undefined;
}
