import { isDeepStrictEqual } from "node:util";
import { type Play, purposeOf } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import type { Parameters } from "../fabric/index.ts";
import { type Batch, ProvenParameters, type VerifiedTransaction } from "../governance/evidence/index.ts";
import {
  type Change,
  differenceFromLog,
  foundingSentence,
  type Member,
  membersEnacted,
  type Office,
  type PlannedChange,
  planChange,
  readExecuted,
  type World,
} from "../owner/index.ts";
import { foundingParameters } from "../practice/index.ts";
import type { OwnerLog, OwnerLogEntry } from "./ownerLog.ts";
import type { Primary } from "./primary.ts";
import type { Proof } from "./proof.ts";
import { plain } from "./text.ts";

/** An entry of the owners' log that is what its transaction did. */
export type Decision = {
  readonly entry: OwnerLogEntry;
  /** Unix seconds of its block. */
  readonly time: number;
  /** What would take it back, planned for the world right after it; null when nothing does. */
  readonly undo: readonly PlannedChange[] | null;
};

/** What the owners and guardians decided; the founding comes first. */
export type Decisions = {
  readonly all: readonly Decision[];
  /** Unix seconds of the block with which the founding was over: from it the drill's ticks are counted. */
  readonly foundedAt: number;
  /** In force after the last block. */
  readonly parameters: Parameters;
};

type Refuse = (problem: string) => never;

/**
 * Holds the owners' log against the chain: every batch and every guardian's pause is in it, in the chain's order, with
 * what its transaction says, signed by members of the constitution; its sentence and calls follow from the change and the
 * parameters before; and the changes are those of the scenario.
 * @throws OWNER_LOG_DIFFERS
 */
export function readDecisions({ ownerLog, drill: { contracts } }: Primary, play: Play, proof: Proof): Decisions {
  const { chain, history } = proof;
  const given = transactionsOf(proof);
  const founding = ownerLog.findIndex(({ change }) => change !== null);
  const founded = founding < 0 ? ownerLog.length : founding;
  const before = new ProvenParameters(history);
  const afterwards = new ProvenParameters(history);
  const deployment = deploymentOf(contracts);
  const office = { chainId: chain.chainId, multisig: contracts.OwnerMultisig };
  const all = ownerLog.map((entry, index): Decision => {
    const refuse: Refuse = refuseEntry(index);
    const { block, sentence, change } = entry;
    const transaction = given[index];
    if (transaction === undefined) refuse(`the chain has ${given.length} decisions in all`);
    const { time } = transaction;
    if (transaction.hash !== entry.transactionHash) refuse(`the chain has transaction ${transaction.hash} there`);
    if (transaction.block !== block) refuse(`its transaction is in block ${transaction.block}`);
    const batch = history.batches.find((found) => found.transaction === transaction.hash);
    if (batch === undefined) checkGuardian(entry, transaction, contracts.SystemPause, refuse);
    else checkBatch(entry, transaction, batch, membersAt(proof, block), office, refuse);
    if (change === null) {
      if (index >= founded) refuse("it has no change, and the founding was over");
      return { entry, time, undo: null };
    }
    const planned = planAgain({ deployment, parameters: before.at(block - 1).parameters, time }, change, refuse);
    if (planned.sentence !== sentence) refuse(`its change says "${planned.sentence}"`);
    if (!isDeepStrictEqual(planned.calls, entry.calls)) refuse("its change takes other calls");
    if (entry.batch !== null && planned.lane !== entry.batch.lane) refuse(`its change goes by ${planned.lane}`);
    if ((planned.by === "owners") !== (entry.batch !== null)) refuse(`its change is one of ${planned.by}`);
    const after = { deployment, parameters: afterwards.at(block).parameters, time };
    return { entry, time, undo: planned.undo?.map((back) => planAgain(after, back, refuse)) ?? null };
  });
  if (given.length > ownerLog.length) refuseEntry(ownerLog.length)(`it is missing: ${given[ownerLog.length].hash}`);
  const last = all[founded - 1];
  if (last === undefined) return refuseEntry(0)("a fabric begins with its founding");
  checkFounding(ownerLog.slice(0, founded), new ProvenParameters(history).at(last.entry.block).parameters, play);
  checkSchedule(all.slice(founded), play, last.time, founded);
  return { all, foundedAt: last.time, parameters: afterwards.at(chain.lastBlock.number).parameters };
}

/** A fabric's addresses, as changes are planned with them. */
export function deploymentOf(contracts: Primary["drill"]["contracts"]): World["deployment"] {
  return {
    contracts: {
      OwnerMultisig: { address: contracts.OwnerMultisig },
      ShardRegistry: { address: contracts.ShardRegistry },
      NodeRegistry: { address: contracts.NodeRegistry },
      SubmitterRegistry: { address: contracts.SubmitterRegistry },
      CheckpointLedger: { address: contracts.CheckpointLedger },
      SystemPause: { address: contracts.SystemPause },
    },
  };
}

/** Transactions that executed a batch, and those of guardians, in the chain's order. */
function transactionsOf({ chain, history }: Proof): readonly VerifiedTransaction[] {
  const hashes = new Set<string>();
  for (const { batch, name, transaction } of history.events)
    if (batch !== null || name === "GuardianSpent") hashes.add(transaction);
  return chain.transactions.filter(({ hash }) => hashes.has(hash));
}

function checkGuardian(entry: OwnerLogEntry, { from, to, data }: VerifiedTransaction, pause: string, refuse: Refuse) {
  if (entry.batch !== null) refuse("a guardian decided it, and no batch");
  const [call] = entry.calls;
  if (entry.calls.length !== 1 || call.data !== data || call.to.toLowerCase() !== to || call.to !== pause)
    refuse("its call is not what the guardian's transaction did");
  if (entry.signers.length !== 1 || entry.signers[0].toLowerCase() !== from) refuse(`${from} sent it`);
}

function checkBatch(
  entry: OwnerLogEntry,
  transaction: VerifiedTransaction,
  batch: Batch,
  members: readonly Member[],
  office: Pick<Office, "chainId" | "multisig">,
  refuse: Refuse,
): void {
  const { to, data } = transaction;
  const executed = to === office.multisig.toLowerCase() ? readExecuted(office, members, data, batch.signers) : null;
  if (executed === null) refuse("its transaction is no call of the owners' multisig");
  const difference = differenceFromLog(entry, executed, batch.digest);
  if (difference !== null) refuse(difference);
}

/** Those in office in a block, by index. */
function membersAt({ history }: Proof, block: number): readonly Member[] {
  const enacted = history.events.findLast((event) => event.name === "Constituted" && event.block < block);
  return enacted === undefined ? [] : membersEnacted(enacted);
}

function planAgain(world: World, change: Change, refuse: Refuse): PlannedChange {
  try {
    return planChange(world, change);
  } catch (error) {
    if (error instanceof FabricError) refuse(`its change cannot be planned: ${error.message.replace(/\.$/, "")}`);
    throw error;
  }
}

/** The founding says what the fabric begins with, and that is what the manifest describes. */
function checkFounding(entries: OwnerLog, parameters: Parameters, play: Play): void {
  const { manifest, seed } = play;
  for (const [index, { sentence }] of entries.entries()) {
    const right = foundingSentence(parameters, index + 1, entries.length, purposeOf(play));
    if (sentence !== right) refuseEntry(index)(`the founding says "${right}"`);
  }
  if (!isDeepStrictEqual(plain(parameters), plain(foundingParameters(manifest, seed))))
    refuseEntry(entries.length - 1)("the fabric that was founded is not that of the manifest and the seed");
}

/** The changes are those of the scenario, each made in the tick before the one it is to be in force at. */
function checkSchedule(decisions: readonly Decision[], play: Play, foundedAt: number, founded: number): void {
  const owners = play.scenario.owners.toSorted((a, b) => a.atTick - b.atTick);
  const tickSeconds = play.manifest.fabric.tickMs / 1000;
  for (const [index, { entry, time }] of decisions.entries()) {
    const refuse: Refuse = refuseEntry(founded + index);
    const due = owners[index];
    if (due === undefined || !isDeepStrictEqual(plain(due.change), plain(entry.change)))
      refuse("the scenario has another change there, or none");
    const start = foundedAt + due.atTick * tickSeconds;
    if (time > start || time <= start - tickSeconds)
      refuse(`the scenario has it in force from tick ${due.atTick} on, and its block is of time ${time}`);
  }
  if (owners.length > decisions.length)
    refuseEntry(founded + decisions.length)(`it is missing, and the scenario has ${owners.length} changes`);
}

function refuseEntry(index: number): Refuse {
  return (problem) => {
    throw new FabricError("OWNER_LOG_DIFFERS", { entry: index + 1, problem });
  };
}
