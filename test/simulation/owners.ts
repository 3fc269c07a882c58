import type { OrderInput, Parameters } from "../../src/fabric/index.ts";
import { practiceKey, type SigningKey } from "../../src/nodes/index.ts";
import { type Draft, node, noPause, shard, submitter } from "../fabric/world.ts";
import { chainBeganAt } from "./chain.ts";
import type { Random } from "./random.ts";

export const skillCount = 3;
const everySkill = (1n << BigInt(skillCount)) - 1n;
export const nodesMax = 5;

const keys = new Map<string, SigningKey>();

/** Keys are the same in all worlds: making one takes longer than a tick. */
export function keyOf(name: string): SigningKey {
  let key = keys.get(name);
  if (key === undefined) {
    key = practiceKey(1, name);
    keys.set(name, key);
  }
  return key;
}

export type Founding = {
  readonly tickMs: number;
  readonly submitters: number;
  /** The intervals by which nodes and fabric judge silence stay as they are: who changes them says when. */
  readonly keepsTime: boolean;
};

/** The owners of a world: what they founded, and what they change. */
export class Owners {
  #values: Draft;
  readonly #born: Draft;
  readonly #random: Random;
  readonly #keepsTime: boolean;

  constructor(random: Random, { tickMs, submitters, keepsTime }: Founding) {
    this.#random = random;
    this.#keepsTime = keepsTime;
    this.#values = this.#found(tickMs, submitters);
    this.#born = copyOf(this.#values);
  }

  get values(): Parameters {
    return this.#values;
  }

  /** One decision, at a time of the chain. */
  decide(nowMs: number): Parameters {
    const random = this.#random;
    const values = copyOf(this.#values);
    const { shards, nodes, submitters } = values;
    const place = random.pick(shards);
    const runner = random.pick(nodes);
    const time = chainBeganAt + Math.floor(nowMs / 1000);
    const scope = {
      ownerPaused: random.once(2),
      guardianUntil: random.once(2) ? time + random.between(1, 40) : 0,
    };
    switch (random.below(18)) {
      case 0:
        place.queueBudget = random.below(25);
        break;
      case 1:
        place.latencyBudgetMs = random.between(20, 120);
        break;
      case 2:
        place.weight = random.between(1, 4);
        break;
      case 3:
        place.routes = this.#routes(shards.indexOf(place) + 1, shards.length);
        break;
      case 4:
        place.spillBatch = random.between(1, 6);
        place.spillThreshold = random.below(6);
        break;
      case 5:
        values.pause = scope;
        break;
      case 6:
        place.pause = scope;
        break;
      case 7:
      case 8:
        values.pause = noPause;
        for (const each of shards) each.pause = noPause;
        break;
      case 9:
        if (runner.status !== "removed") runner.status = runner.status === "draining" ? "admitted" : "draining";
        break;
      case 10:
        if (nodes.length < nodesMax) nodes.push(this.#node(nodes.length + 1, 1 + random.below(shards.length)));
        // The first can do everything, and stays: no job waits in vain for ever.
        else if (runner !== nodes[0] && random.once(3)) runner.status = "removed";
        break;
      case 11:
        runner.maxConcurrency = random.between(1, runner.capacity);
        break;
      case 12:
        values.maxAttempts = random.between(1, 5);
        break;
      case 13:
        if (!this.#keepsTime) {
          values.heartbeatGrace = random.between(1, 4);
          runner.heartbeatSeconds = random.between(2, 8);
        }
        break;
      case 14:
        submitters[random.below(submitters.length)].jobsPerTick = random.between(2, 12);
        break;
      case 15:
        values.checkpointIntervalTicks = random.between(5, 30);
        break;
      case 16: {
        const grant = random.pick(submitters);
        grant.revoked = !grant.revoked && random.once(2);
        break;
      }
      case 17: {
        const grant = random.pick(submitters);
        grant.expiry = random.once(3) ? time + random.between(0, 40) : 0;
        break;
      }
    }
    this.#values = values;
    return values;
  }

  /** Everything as it was founded, but for those who are gone for good. */
  mend(): Parameters {
    const { nodes } = this.#values;
    const values = copyOf(this.#born);
    values.nodes = nodes.map((each, index) => {
      const born = this.#born.nodes[index] ?? each;
      return { ...born, status: each.status === "removed" ? "removed" : "admitted" };
    });
    this.#values = values;
    return values;
  }

  order(newestJob: (submitter: number) => number): OrderInput["order"] {
    const random = this.#random;
    const shards = this.#values.shards.length;
    switch (random.below(3)) {
      case 0:
        return { type: "checkpoint" };
      case 1: {
        const by = 1 + random.below(this.#values.submitters.length);
        return { type: "cancel", submitter: by, number: Math.max(1, newestJob(by) - random.below(12)) };
      }
      default:
        return {
          type: "move",
          from: 1 + random.below(shards),
          to: 1 + random.below(shards),
          count: random.between(1, 9),
        };
    }
  }

  #found(tickMs: number, submitterCount: number): Draft {
    const random = this.#random;
    const shardCount = random.between(2, 3);
    const nodeCount = random.between(2, nodesMax - 1);
    return {
      tickMs,
      checkpointIntervalTicks: random.between(10, 36),
      heartbeatGrace: random.between(2, 3),
      maxAttempts: random.between(2, 4),
      retired: false,
      pause: noPause,
      skills: Array.from({ length: skillCount }, (_, index) => `skill ${index}`),
      shards: Array.from({ length: shardCount }, (_, index) => ({
        ...shard(`shard.${index}`, this.#routes(index + 1, shardCount)),
        queueBudget: random.between(4, 20),
        spillThreshold: random.below(4),
        weight: random.between(1, 3),
      })),
      nodes: Array.from({ length: nodeCount }, (_, index) => this.#node(index + 1, 1 + (index % shardCount))),
      submitters: Array.from({ length: submitterCount }, (_, index) => ({
        ...submitter(`submitter.${index}`),
        shards: 2 ** shardCount - 1,
        jobsPerTick: 12,
        key: keyOf(`submitter ${index + 1}`).publicKey.bytes,
      })),
    };
  }

  #node(number: number, place: number): Draft["nodes"][number] {
    const random = this.#random;
    const capacity = random.between(1, 4);
    return node(`node.${number}`, {
      shard: place,
      capacity,
      maxConcurrency: random.between(1, capacity),
      heartbeatSeconds: random.between(3, 6),
      skills: number === 1 ? everySkill : this.#skills(),
      key: keyOf(`node ${number}`).publicKey.bytes,
    });
  }

  /** From everywhere a route leads to the first shard. */
  #routes(from: number, count: number): number[] {
    const others = Array.from({ length: count - 1 }, (_, index) => index + 2).filter(
      (to) => to !== from && this.#random.once(2),
    );
    if (from !== 1) others.splice(this.#random.below(others.length + 1), 0, 1);
    return others;
  }

  #skills(): bigint {
    return (1n << BigInt(this.#random.below(skillCount))) | (1n << BigInt(this.#random.below(skillCount)));
  }
}

/** As deep as the owners change it. */
function copyOf(values: Draft): Draft {
  return {
    ...values,
    shards: values.shards.map((each) => ({ ...each })),
    nodes: values.nodes.map((each) => ({ ...each })),
    submitters: values.submitters.map((each) => ({ ...each })),
  };
}
