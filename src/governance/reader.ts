import { getBytes } from "ethers";
import type {
  KeyKind,
  NodeParameters,
  NodeStatus,
  Parameters,
  PauseScope,
  ShardParameters,
  SubmitterParameters,
} from "../fabric/parameters.ts";
import type { Chain } from "./chain.ts";
import { contractAt } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { nameOf } from "./names.ts";
import type { OrderMark } from "./orders.ts";

/** What the owners govern, as it stood at one block. */
export type Reading = {
  readonly parameters: Parameters;
  /** `ShardRegistry`'s version. */
  readonly version: number;
  /** The last order given. */
  readonly orders: OrderMark;
};

const pageLength = 200;

type Cached<Entry> = { readonly version: bigint; readonly entries: Entry };

/**
 * Reads the contracts, all at one block. Nodes and submitters are read anew only when their registries' versions moved;
 * so one reader serves one line of blocks: take a new one after a reorganisation.
 */
export class Reader {
  readonly #chain: Pick<Chain, "at">;
  readonly #deployment: Deployment;
  #nodes: Cached<{ readonly nodes: readonly NodeParameters[]; readonly skills: readonly string[] }> | null = null;
  #submitters: Cached<readonly SubmitterParameters[]> | null = null;

  constructor(chain: Pick<Chain, "at">, deployment: Deployment) {
    this.#chain = chain;
    this.#deployment = deployment;
  }

  /**
   * @param blockHash hex; every call is pinned to it
   * @throws CHAIN_REFUSED when the chain does not have that block, or its state, any more
   */
  async read(blockHash: string): Promise<Reading> {
    const [shards, pause, members, submitters] = await Promise.all([
      this.#at("ShardRegistry", blockHash).snapshot(),
      this.#at("SystemPause", blockHash).snapshot(),
      this.#readNodes(blockHash),
      this.#readSubmitters(blockHash),
    ]);
    const scopes = pause.scopes.map(
      ({ ownerPaused, guardianUntil }): PauseScope => ({ ownerPaused, guardianUntil: Number(guardianUntil) }),
    );
    const { fabric } = shards;
    return {
      version: Number(fabric.version),
      orders: { index: Number(shards.orderCount), hash: shards.orderHash },
      parameters: {
        tickMs: Number(fabric.tickMs),
        checkpointIntervalTicks: Number(fabric.checkpointIntervalTicks),
        heartbeatGrace: Number(fabric.heartbeatGrace),
        maxAttempts: Number(fabric.maxAttempts),
        retired: pause.retired,
        pause: scopes[0],
        skills: members.skills,
        shards: shards.shards.map((shard, index): ShardParameters => {
          return {
            name: nameOf(shards.names[index]),
            queueBudget: Number(shard.queueBudget),
            latencyBudgetMs: Number(shard.latencyBudgetMs),
            spillThreshold: Number(shard.spillThreshold),
            spillBatch: Number(shard.spillBatch),
            weight: Number(shard.weight),
            retired: Number(shard.status) === shardRetired,
            routes: shard.routes.map(Number).filter((route) => route !== 0),
            pause: scopes[index + 1],
          };
        }),
        nodes: members.nodes,
        submitters,
      },
    };
  }

  async #readNodes(blockHash: string) {
    const registry = this.#at("NodeRegistry", blockHash);
    const { version, count } = await registry.snapshot();
    if (this.#nodes?.version === version) return this.#nodes.entries;
    const skills = (await registry.skillNames()).map(nameOf);
    const nodes: NodeParameters[] = [];
    for (let from = 1; from <= Number(count); from += pageLength) {
      for (const node of await registry.page(from, pageLength))
        nodes.push({
          name: nameOf(node.nodeId),
          shard: Number(node.shard),
          capacity: Number(node.capacity),
          maxConcurrency: Number(node.maxConcurrency),
          heartbeatSeconds: Number(node.heartbeatSeconds),
          skills: node.skills,
          status: nodeStatusOf(node.status),
          keyKind: keyKindOf(node.keyKind),
          key: getBytes(node.key),
        });
    }
    const entries = { nodes, skills };
    this.#nodes = { version, entries };
    return entries;
  }

  async #readSubmitters(blockHash: string) {
    const registry = this.#at("SubmitterRegistry", blockHash);
    const { version, count } = await registry.snapshot();
    if (this.#submitters?.version === version) return this.#submitters.entries;
    const entries: SubmitterParameters[] = [];
    for (let from = 1; from <= Number(count); from += pageLength) {
      for (const submitter of await registry.page(from, pageLength))
        entries.push({
          name: nameOf(submitter.submitterId),
          shards: Number(submitter.shards),
          jobsPerTick: Number(submitter.jobsPerTick),
          // Later than any clock of ours will show: the journal's numbers end there.
          expiry: Math.min(Number(submitter.expiry), Number.MAX_SAFE_INTEGER),
          revoked: submitter.revoked,
          keyKind: keyKindOf(submitter.keyKind),
          key: getBytes(submitter.key),
        });
    }
    this.#submitters = { version, entries };
    return entries;
  }

  #at<Name extends "ShardRegistry" | "SystemPause" | "NodeRegistry" | "SubmitterRegistry">(name: Name, hash: string) {
    return contractAt(name, this.#deployment.contracts[name].address, this.#chain.at(hash));
  }
}

/** What the owners govern, as it stood at the block of that hash. */
export function readParameters(chain: Chain, deployment: Deployment, blockHash: string): Promise<Reading> {
  return new Reader(chain, deployment).read(blockHash);
}

const shardRetired = 2;

/** The numbers that `keyKind` has in the contracts. */
export const keyKinds = ["ed25519", "p256", "secp256k1"] as const satisfies readonly KeyKind[];
const nodeStatuses = ["admitted", "draining", "removed"] as const satisfies readonly NodeStatus[];

function keyKindOf(number: bigint): KeyKind {
  return entryOf(keyKinds, number);
}

function nodeStatusOf(number: bigint): NodeStatus {
  return entryOf(nodeStatuses, number);
}

function entryOf<Word>(words: readonly Word[], number: bigint): Word {
  const word = words[Number(number) - 1];
  if (word === undefined) throw new RangeError(`the contracts know no number ${number} among ${words.join(", ")}`);
  return word;
}
