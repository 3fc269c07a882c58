import { ZeroAddress } from "ethers";
import { FabricError } from "../errors.ts";
import type { NodeParameters, Parameters, ShardParameters, SubmitterParameters } from "../fabric/parameters.ts";
import {
  type Block,
  type Chain,
  type ContractName,
  contractAt,
  type Deployment,
  type Head,
  readKeptHead,
  readParameters,
} from "../governance/index.ts";
import type { Change, ChangeKind } from "./changes.ts";
import { addressName, none } from "./documents.ts";
import { invalid } from "./entry.ts";
import { type Office, readOfficeAt } from "./office.ts";

/** The world that a change is planned for: what is in force at one block. */
export type World = {
  readonly deployment: { readonly contracts: Readonly<Record<ContractName, { readonly address: string }>> };
  readonly parameters: Parameters;
  /** Unix seconds of that block. */
  readonly time: number;
  /** Left out where only the parameters are known. */
  readonly offices?: Offices;
  /** The ledger's head that the change names, if the ledger keeps it. */
  readonly head?: Head;
};

/** Who holds which office. Addresses with their checksums; `none` for nobody. */
export type Offices = {
  readonly office: Office;
  readonly anchorer: string;
  readonly marketplace: string;
  readonly guardians: readonly Guardian[];
  /** Longest pause that a guardian may order, in seconds. */
  readonly guardianPauseSecondsMax: number;
};

export type Guardian = {
  readonly address: string;
  /** It has not acted since it was appointed, or armed again. */
  readonly armed: boolean;
};

/** An entry of one of the lists that the owners govern, with its number from 1. */
export type Numbered<Entry> = Entry & { readonly number: number };

/**
 * What is in force at the newest block.
 * @param change that the world is read for: some take more than others
 */
export async function readWorld(chain: Chain, deployment: Deployment, change?: Change): Promise<World> {
  return readWorldAt(chain, deployment, await chain.latest(), change);
}

/** What is in force at a block. */
export async function readWorldAt(
  chain: Chain,
  deployment: Deployment,
  { hash, time }: Pick<Block, "hash" | "time">,
  change?: Change,
): Promise<World> {
  const [{ parameters }, offices, head] = await Promise.all([
    readParameters(chain, deployment, hash),
    readOffices(chain, deployment, hash),
    change?.kind === "rebase" ? readKeptHead(chain, deployment, change.seq, hash) : null,
  ]);
  return { deployment, parameters, time, offices, ...(head === null ? {} : { head }) };
}

async function readOffices(chain: Chain, deployment: Deployment, blockHash: string): Promise<Offices> {
  const { CheckpointLedger, NodeRegistry, SystemPause } = deployment.contracts;
  const at = chain.at(blockHash);
  const pause = contractAt("SystemPause", SystemPause.address, at);
  const [office, [anchorer], marketplace, guardians, limit] = await Promise.all([
    readOfficeAt(chain, deployment, blockHash),
    contractAt("CheckpointLedger", CheckpointLedger.address, at).snapshot(),
    contractAt("NodeRegistry", NodeRegistry.address, at).marketplace(),
    pause.guardians(),
    pause.guardianPauseLimit(),
  ]);
  return {
    office,
    anchorer: addressName(anchorer),
    marketplace: addressName(marketplace),
    guardians: guardians.map(({ account, armed }) => ({ address: account, armed })),
    guardianPauseSecondsMax: Number(limit),
  };
}

/** The address that an account's name stands for, zero for nobody. */
export function addressOf(account: string): string {
  return account === none ? ZeroAddress : account;
}

/** Of a world that was read from a chain, which always has them. */
export function officesKnown({ offices }: World): Offices {
  if (offices === undefined) throw new RangeError("a world was read without its offices");
  return offices;
}

/** @throws CHANGE_INVALID when the world was read without them */
export function officesOf({ offices }: World, change: ChangeKind): Offices {
  if (offices !== undefined) return offices;
  throw invalid(change, "who holds which office is not known here", "Plan it on the chain itself");
}

/** @throws CHANGE_INVALID when there is no such guardian */
export function guardianNamed(world: World, change: ChangeKind, address: string): Guardian {
  const { guardians } = officesOf(world, change);
  const guardian = guardians.find((each) => each.address === address);
  if (guardian !== undefined) return guardian;
  const known = guardians.map((each) => each.address).join(", ");
  throw invalid(change, `${address} is no guardian`, known === "" ? "There is none" : `Name one of: ${known}`);
}

/**
 * @param allow a retired one is named only where it says so
 * @throws CHANGE_INVALID when no shard has that name, or it is retired
 */
export function shardNamed(
  world: World,
  change: ChangeKind,
  name: string,
  allow: { readonly retired?: boolean } = {},
): Numbered<ShardParameters> {
  const shard = named("shard", change, world.parameters.shards, name);
  if (!shard.retired || allow.retired === true) return shard;
  throw invalid(change, `the shard ${name} is retired`, "Name an active one");
}

export function activeShards({ parameters }: World): Numbered<ShardParameters>[] {
  return parameters.shards.flatMap((shard, index) => (shard.retired ? [] : [{ ...shard, number: index + 1 }]));
}

export function nodeNamed(world: World, change: string, name: string): Numbered<NodeParameters> {
  return named("node", change, world.parameters.nodes, name);
}

export function submitterNamed(world: World, change: ChangeKind, name: string): Numbered<SubmitterParameters> {
  return named("submitter", change, world.parameters.submitters, name);
}

/** @throws CHANGE_INVALID when the name was ever given: none is used twice */
export function freeName(
  change: ChangeKind,
  what: string,
  entries: readonly { readonly name: string }[],
  name: string,
): void {
  if (entries.some((entry) => entry.name === name))
    throw invalid(change, `a ${what} has or had the name ${name}`, "Choose another");
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
    right: known === "" ? "There is none" : `Name one of: ${known}`,
  });
}
