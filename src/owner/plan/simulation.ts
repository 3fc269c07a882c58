import { toQuantity } from "ethers";
import { FabricError } from "../../errors.ts";
import {
  type Chain,
  ChainRefusal,
  contractNames,
  type Deployment,
  interfaceOf,
  type Log,
  type Mined,
  revertError,
  Sender,
} from "../../governance/index.ts";
import { announceBatch, runBatch } from "../announcement.ts";
import { type Batch, type Call, executeBatch, signBatch } from "../batch.ts";
import { type PlannedChange, planChange } from "../catalogue.ts";
import type { Change, ChangeKind } from "../changes.ts";
import type { Lane, Office } from "../office.ts";
import { readWorld, type World } from "../world.ts";
import type { StandIns } from "./standIn.ts";

// Trials on a fork: a chain of one's own that begins as the real one stands, which is left untouched.

/** What came of a batch on a fork. */
export type Simulation = {
  /** What is in force then. */
  readonly world: World;
  /** What the contracts reported, each in a line. */
  readonly events: readonly string[];
  /** Of all its transactions, with signatures of accounts. */
  readonly gasUsed: number;
};

/** What several changes take, one after the other. */
export type Combined = {
  readonly calls: readonly Call[];
  /** The changes that take all of them back, the last one first; null when one cannot be. */
  readonly undo: readonly Change[] | null;
  /** Why some cannot be taken back, without full stops. */
  readonly lasts: readonly string[];
};

/**
 * Works out changes one after the other, each for the world that the ones before it leave. The fork is left with all but
 * the last of them made.
 * @param world as the fork has it
 * @throws CHANGE_INVALID; REVERTED and its kin when a contract would refuse one
 */
export async function combine(
  fork: Chain,
  deployment: Deployment,
  world: World,
  changes: readonly Change[],
): Promise<Combined> {
  const planned: PlannedChange[] = [];
  let known = world;
  let isFresh = true;
  for (const [index, change] of changes.entries()) {
    for (const call of planned[index - 1]?.calls ?? []) {
      await make(fork, deployment, call);
      isFresh = false;
    }
    const added = isFresh || !additions.has(change.kind) ? null : plannedAsKnown(known, change);
    if (added === null && (!isFresh || change.kind === "rebase")) {
      known = await readWorld(fork, deployment, change);
      isFresh = true;
    }
    planned.push(added ?? planChange(known, change));
  }
  const undos = planned.map(({ undo }) => undo);
  return {
    calls: planned.flatMap(({ calls }) => calls),
    undo: undos.includes(null) ? null : undos.toReversed().flatMap((undo) => undo ?? []),
    lasts: [...new Set(planned.flatMap(({ lasts }) => lasts ?? []))],
  };
}

/**
 * Changes that only add something under a name. What came before them in the same batch matters to them by the names that
 * they refer to: where all are known, the world need not be read anew, which takes a while.
 */
const additions: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  "addSkill",
  "registerShard",
  "admitNode",
  "admitSubmitter",
  "appointGuardian",
]);

/** Null when it refers to something that the world as it was last read does not have. */
function plannedAsKnown(world: World, change: Change): PlannedChange | null {
  try {
    return planChange(world, change);
  } catch (error) {
    if (error instanceof FabricError) return null;
    throw error;
  }
}

/** Makes a call as the multisig, without anybody's signature. */
async function make(fork: Chain, deployment: Deployment, { to, data }: Call): Promise<void> {
  const from = deployment.contracts.OwnerMultisig.address;
  await fork.rpc("hardhat_setBalance", [from, wealth]);
  await fork.rpc("hardhat_impersonateAccount", [from]);
  try {
    await fork.rpc("eth_sendTransaction", [{ from, to, data }]);
  } catch (error) {
    if (!(error instanceof ChainRefusal) || error.data === null) throw error;
    throw revertError("The change", error.data, { cause: error });
  }
}

const wealth = "0x56bc75e2d63100000";

/** Does on the fork what is to be looked at, and takes it back there. */
export async function onFork<Result>(fork: Chain, act: () => Promise<Result>): Promise<Result> {
  const before = await fork.rpc("evm_snapshot", []);
  try {
    return await act();
  } finally {
    await fork.rpc("evm_revert", [before]);
  }
}

/**
 * Has a batch signed by stand-ins for the members and executed through the multisig itself: with its nonce, epoch, time
 * and delay, and everything that may refuse it. The fork is left with it made.
 * @param delay seconds that it waits, 0 to execute it at once
 * @throws REVERTED and its kin
 */
export async function simulate(
  fork: Chain,
  deployment: Deployment,
  { office, keys }: StandIns,
  batch: Batch,
  delay: number,
): Promise<Simulation> {
  const signatures = await Promise.all(keys.slice(0, enough(office)).map((key) => signBatch(key, office, batch)));
  await fork.rpc("hardhat_setBalance", [keys[0].address, wealth]);
  const relayer = new Sender(fork, keys[0], { fees: null, feeMax: null });
  const mined: Mined[] = [];
  if (delay === 0) mined.push(await executeBatch(relayer, deployment, batch, signatures));
  else {
    mined.push(await announceBatch(relayer, deployment, batch, signatures));
    const { time } = await fork.latest();
    await fork.rpc("evm_mine", [toQuantity(Math.max(time + delay, batch.validAfter))]);
    mined.push(await runBatch(relayer, deployment, batch));
  }
  return {
    world: await readWorld(fork, deployment),
    events: mined.flatMap(({ logs }) => logs.flatMap((log) => eventLine(deployment, log))),
    gasUsed: mined.reduce((sum, { gasUsed }) => sum + gasUsed, 0),
  };
}

/** How many members it takes, from the first on. */
function enough({ members, threshold }: Office): number {
  let weight = 0;
  let count = 0;
  for (const member of members) {
    if (weight >= threshold) break;
    weight += member.weight;
    count++;
  }
  return count;
}

/** What the multisig itself reports is left out: it is the same for every batch. */
function eventLine(deployment: Deployment, { address, topics, data }: Log): string[] {
  const contract = contractNames.find((name) => deployment.contracts[name].address.toLowerCase() === address);
  if (contract === undefined) return [`${address} reports ${data}`];
  const event = interfaceOf(contract).parseLog({ topics: [...topics], data });
  if (event === null) return [`${contract} reports ${data}`];
  if (event.name === "Executed" || event.name === "Announced") return [];
  const values = event.args.map((value, index) => `${event.fragment.inputs[index].name} ${plain(value)}`);
  return [`${contract}.${event.name}: ${values.join(", ")}`];
}

function plain(value: unknown): string {
  return Array.isArray(value) ? `(${value.map(plain).join(", ")})` : String(value);
}

/** The lane that a batch of several changes stands in. @throws RangeError for none */
export function laneOfAll(lanes: readonly Lane[]): Lane {
  if (lanes.includes("membership")) return "membership";
  return lanes.every((lane) => lane === "emergency") ? "emergency" : "parameters";
}
