import { getBytes, Result } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import type {
  KeyKind,
  NodeParameters,
  NodeStatus,
  Parameters,
  PauseScope,
  ShardParameters,
  SubmitterParameters,
} from "../../fabric/parameters.ts";
import { nameOf } from "../names.ts";
import type { GovernanceEvent } from "./history.ts";

const number = z.bigint().transform(Number);
const name = z.string().transform(nameOf);
const bytes = z.string().transform((hex) => getBytes(hex));
const keyKind = number.transform((kind): KeyKind => (["ed25519", "p256", "secp256k1"] as const)[kind - 1]);
const struct = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (value instanceof Result ? value.toObject() : value), z.object(shape));

const forms = {
  fabric: struct({ tickMs: number, checkpointIntervalTicks: number, heartbeatGrace: number, maxAttempts: number }),
  shard: struct({
    queueBudget: number,
    latencyBudgetMs: number,
    spillThreshold: number,
    spillBatch: number,
    weight: number,
    routes: z.preprocess((value) => (value instanceof Result ? value.toArray() : value), z.array(number)),
  }),
  node: struct({
    nodeId: name,
    shard: number,
    capacity: number,
    maxConcurrency: number,
    heartbeatSeconds: number,
    skills: z.bigint(),
    keyKind,
    key: bytes,
  }),
  submitter: struct({ submitterId: name, keyKind, shards: number, jobsPerTick: number, expiry: number, key: bytes }),
  limits: struct({ shards: number, jobsPerTick: number, expiry: number }),
} as const;

const noPause: PauseScope = { ownerPaused: false, guardianUntil: 0 };

/** What it takes of an event; `block` orders them. */
type EventOfBlock = Pick<GovernanceEvent, "contract" | "name" | "values" | "block" | "transaction">;

/** What the owners govern, made again from the events of the contracts alone, block after block; as proved as they are. */
export class ProvenParameters {
  readonly #events: readonly EventOfBlock[];
  #next = 0;
  #version = 0;
  #retired = false;
  #fabric = { tickMs: 0, checkpointIntervalTicks: 0, heartbeatGrace: 0, maxAttempts: 0 };
  readonly #pauses: PauseScope[] = [noPause];
  readonly #skills: string[] = [];
  readonly #shards: Omit<ShardParameters, "pause">[] = [];
  readonly #nodes: NodeParameters[] = [];
  readonly #submitters: SubmitterParameters[] = [];

  constructor({ events }: { readonly events: readonly EventOfBlock[] }) {
    this.#events = events;
  }

  /**
   * As it stood after a block, which is not before the one asked for last.
   * @throws EVIDENCE_HISTORY when an event is not of the form that its contract gives it
   */
  at(block: number): { readonly version: number; readonly parameters: Parameters } {
    for (; this.#next < this.#events.length && this.#events[this.#next].block <= block; this.#next++) {
      const event = this.#events[this.#next];
      try {
        this.#apply(event);
      } catch (cause) {
        const problem = `its ${event.name} in transaction ${event.transaction} is not of its form`;
        throw new FabricError("EVIDENCE_HISTORY", { contract: event.contract, problem }, { cause });
      }
    }
    const parameters: Parameters = {
      ...this.#fabric,
      retired: this.#retired,
      pause: this.#pauses[0],
      skills: [...this.#skills],
      shards: this.#shards.map((shard, index) => ({ ...shard, pause: this.#pauses[index + 1] ?? noPause })),
      nodes: [...this.#nodes],
      submitters: [...this.#submitters],
    };
    return { version: this.#version, parameters };
  }

  #apply({ contract, name: event, values }: EventOfBlock): void {
    if (contract === "ShardRegistry") this.#applyShards(event, values);
    else if (contract === "SystemPause") this.#applyPause(event, values);
    else if (contract === "NodeRegistry") this.#applyNodes(event, values);
    else if (contract === "SubmitterRegistry") this.#applySubmitters(event, values);
  }

  #applyShards(event: string, values: GovernanceEvent["values"]): void {
    if ("version" in values) this.#version = number.parse(values.version);
    switch (event) {
      case "FabricSet":
        this.#fabric = forms.fabric.parse(values.value);
        return;
      case "ShardRegistered":
        this.#shards.push({ name: name.parse(values.name), retired: false, ...shardOf(values.value) });
        return;
      case "ShardSet": {
        const index = number.parse(values.shard) - 1;
        this.#shards[index] = { ...this.#shards[index], ...shardOf(values.value) };
        return;
      }
      case "ShardRetired": {
        const index = number.parse(values.shard) - 1;
        // The contract empties its routes in the same breath.
        this.#shards[index] = { ...this.#shards[index], retired: true, routes: [] };
      }
    }
  }

  #applyPause(event: string, values: GovernanceEvent["values"]): void {
    if (event === "Retired") this.#retired = true;
    if (event !== "Paused" && event !== "GuardianPaused" && event !== "Resumed") return;
    const scope = number.parse(values.scope);
    const before = this.#pauses[scope] ?? noPause;
    if (event === "Paused") this.#pauses[scope] = { ...before, ownerPaused: true };
    else if (event === "Resumed") this.#pauses[scope] = noPause;
    else this.#pauses[scope] = { ...before, guardianUntil: number.parse(values.until) };
  }

  #applyNodes(event: string, values: GovernanceEvent["values"]): void {
    const index = "index" in values ? number.parse(values.index) - 1 : 0;
    const set = (change: Partial<NodeParameters>) => {
      this.#nodes[index] = { ...this.#nodes[index], ...change };
    };
    const becomes = (status: NodeStatus) => set({ status });
    switch (event) {
      case "SkillAdded":
        this.#skills.push(name.parse(values.name));
        return;
      case "NodeAdmitted": {
        const { nodeId, ...node } = forms.node.parse(values.value);
        this.#nodes[index] = { name: nodeId, status: "admitted", ...node };
        return;
      }
      case "NodeLimited":
        set({ capacity: number.parse(values.capacity), maxConcurrency: number.parse(values.maxConcurrency) });
        return;
      case "NodeDrained":
        becomes("draining");
        return;
      case "NodeUndrained":
        becomes("admitted");
        return;
      case "NodeRemoved":
        becomes("removed");
        return;
      case "NodeKeyRotated":
        set({ keyKind: keyKind.parse(values.keyKind), key: bytes.parse(values.key) });
    }
  }

  #applySubmitters(event: string, values: GovernanceEvent["values"]): void {
    const index = "index" in values ? number.parse(values.index) - 1 : 0;
    const set = (change: Partial<SubmitterParameters>) => {
      this.#submitters[index] = { ...this.#submitters[index], ...change };
    };
    if (event === "SubmitterAdmitted") {
      const { submitterId, ...submitter } = forms.submitter.parse(values.value);
      this.#submitters[index] = { name: submitterId, revoked: false, ...submitter, expiry: clamped(submitter.expiry) };
    } else if (event === "SubmitterLimited") {
      const limits = forms.limits.parse(values.value);
      set({ ...limits, expiry: clamped(limits.expiry) });
    } else if (event === "SubmitterRevoked") set({ revoked: true });
  }
}

/**
 * What a follower puts in force that waits for confirmations: pauses, retirement and revocations count at once, and so
 * are those of the newest block.
 */
export function withNewest(inForce: Parameters, newest: Parameters): Parameters {
  return {
    ...inForce,
    retired: newest.retired,
    pause: newest.pause,
    shards: inForce.shards.map((shard, index) => ({ ...shard, pause: newest.shards[index].pause })),
    nodes: inForce.nodes.map((node, index) => {
      return newest.nodes[index].status === "removed" ? { ...node, status: "removed" } : node;
    }),
    submitters: inForce.submitters.map((submitter, index) => {
      return newest.submitters[index].revoked ? { ...submitter, revoked: true } : submitter;
    }),
  };
}

function shardOf(value: unknown): Omit<ShardParameters, "name" | "retired" | "pause"> {
  const { routes, ...shard } = forms.shard.parse(value);
  return { ...shard, routes: routes.filter((route) => route !== 0) };
}

/** As the reader has it: the journal's numbers end there. */
function clamped(expiry: number): number {
  return Math.min(expiry, Number.MAX_SAFE_INTEGER);
}
