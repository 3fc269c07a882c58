import type { Input, JobsInput, Lease, Machine, NodeMessageInput, Parameters } from "../fabric/index.ts";
import {
  type Admission,
  type Dispatch,
  type Domains,
  dispatch,
  Gate,
  heartbeatTicks,
  type SigningKey,
} from "../nodes/index.ts";

/** What arrived since the tick before, as it arrived: signed frames of submitters and nodes. */
export type Arrivals = { readonly submissions: readonly Uint8Array[]; readonly messages: readonly Uint8Array[] };

/** The inputs of a tick, and what the gate said of each arrival, in their order. */
export type Gathered = {
  readonly inputs: readonly Input[];
  readonly submissions: readonly Admission<JobsInput>[];
  readonly messages: readonly Admission<NodeMessageInput>[];
};

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

export type Sent = { readonly tick: number; readonly expiryTick: number };

/** Where frames become inputs, and leases become frames. */
export class Edge {
  readonly #domains: Domains;
  readonly #gate: Gate;

  constructor(domains: Domains) {
    this.#domains = domains;
    this.#gate = new Gate(this.#domains, { parameters: nobody, lastSeq: () => 0 });
  }

  /** The inputs of a tick: what the chain says, then what passed the gate, then what did not, in numbers. */
  gather(machine: Machine, tick: number, governance: readonly Input[], arrivals: Arrivals, stop = false): Gathered {
    const { nodes } = machine.state;
    const parameters = newestValues(governance) ?? machine.state.parameters ?? nobody;
    this.#gate.openTick({ parameters, lastSeq: (node) => nodes[node]?.lastSeq ?? 0 });
    const submissions = arrivals.submissions.map((frame) => this.#gate.admitSubmission(frame));
    const messages = arrivals.messages.map((frame) => this.#gate.admitNodeMessage(frame));
    const inputs: Input[] = [...governance];
    for (const admission of [...submissions, ...messages]) if ("input" in admission) inputs.push(admission.input);
    inputs.push(...this.#gate.refused());
    if (stop) inputs.push({ kind: "stopped" });
    inputs.push({ kind: "tick", tick });
    return { inputs, submissions, messages };
  }

  /**
   * Leases as one signed message a node, sent in a tick, which nodes may take until another; none for longer than until it
   * may be called offline, which ends its leases: it would begin work that others have by then.
   */
  dispatch(machine: Machine, leases: readonly Lease[], { epoch, key }: Session, sent: Sent): Dispatch[] {
    if (leases.length === 0) return [];
    const header = { epoch, governanceBlock: machine.governance.block, ...sent };
    return dispatch(this.#domains, key, header, leases, (node) => sent.tick + ticksToOffline(machine, node));
  }
}

/** Ticks in which the node is not called offline, though nothing be heard of it. */
function ticksToOffline({ state }: Machine, node: number): number {
  const { parameters, lastHeard } = state.nodes[node];
  if (state.parameters === undefined) return 0;
  const { heartbeatGrace } = state.parameters;
  const silentTicks = state.shards[parameters.shard].clock - lastHeard;
  return Math.max(0, heartbeatTicks(state.parameters, parameters) * (heartbeatGrace + 1) - silentTicks);
}

function newestValues(governance: readonly Input[]): Parameters | undefined {
  for (let i = governance.length - 1; i >= 0; i--) {
    const input = governance[i];
    if (input.kind === "governance" && input.values !== null) return input.values;
  }
  return undefined;
}
