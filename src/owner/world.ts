import { FabricError } from "../errors.ts";
import type { NodeParameters, Parameters, ShardParameters, SubmitterParameters } from "../fabric/parameters.ts";
import { type Chain, type ContractName, type Deployment, readParameters } from "../governance/index.ts";

/** The world that a change is planned for: what is in force at one block. */
export type World = {
  readonly deployment: { readonly contracts: Readonly<Record<ContractName, { readonly address: string }>> };
  readonly parameters: Parameters;
  /** Unix seconds of that block. */
  readonly time: number;
};

/** An entry of one of the lists that the owners govern, with its number from 1. */
export type Numbered<Entry> = Entry & { readonly number: number };

/** What is in force at the newest block. */
export async function readWorld(chain: Chain, deployment: Deployment): Promise<World> {
  const { hash, time } = await chain.latest();
  const { parameters } = await readParameters(chain, deployment, hash);
  return { deployment, parameters, time };
}

/** @throws CHANGE_INVALID when no shard has that name, or it is retired */
export function shardNamed(world: World, change: string, name: string): Numbered<ShardParameters> {
  const { shards } = world.parameters;
  const shard = named("shard", change, shards, name);
  if (!shard.retired) return shard;
  throw new FabricError("CHANGE_INVALID", {
    change,
    problem: `the shard ${name} is retired`,
    right: "Name an active one",
  });
}

export function nodeNamed(world: World, change: string, name: string): Numbered<NodeParameters> {
  return named("node", change, world.parameters.nodes, name);
}

export function submitterNamed(world: World, change: string, name: string): Numbered<SubmitterParameters> {
  return named("submitter", change, world.parameters.submitters, name);
}

function named<Entry extends { readonly name: string }>(
  what: string,
  change: string,
  entries: readonly Entry[],
  name: string,
): Numbered<Entry> {
  const index = entries.findIndex((entry) => entry.name === name);
  if (index >= 0) return { ...entries[index], number: index + 1 };
  const known = entries.map((entry) => entry.name).join(", ");
  throw new FabricError("CHANGE_INVALID", {
    change,
    problem: `there is no ${what} ${name}`,
    right: `Name one of: ${known}`,
  });
}
