import type { Signer } from "ethers";
import type { Deployment, Mined, Sender } from "../governance/index.ts";
import { announceBatch, cancelBatch, runBatch, signCancellation } from "./announcement.ts";
import { type Batch, batchOf, type Call, digestOf, executeBatch, type OwnerSignature, signBatch } from "./batch.ts";
import { type PlannedChange, planChange } from "./catalogue.ts";
import type { Change } from "./changes.ts";
import { type Lane, memberName, type Office, readOffice } from "./office.ts";
import { readWorld } from "./world.ts";

/** Those who decide at once: practice owners, whose keys are all at hand. */
export type Deciders = {
  readonly deployment: Deployment;
  /** Submits what the owners signed, and pays for it. */
  readonly relayer: Sender;
  /** As many of them sign as the threshold takes, in the order of the constitution. */
  readonly owners: readonly Signer[];
  /** Sends a guardian's own transactions. */
  readonly guardian: Sender;
};

/** One line of `owner-log.json`: what was decided, by whom, and where the chain has it. */
export type OwnerLogEntry = {
  /** What was asked for; null for the founding. */
  readonly change: Change | null;
  readonly sentence: string;
  readonly calls: readonly Call[];
  /** Null for a guardian, who acts alone. */
  readonly batch: {
    readonly lane: Lane;
    readonly seq: number;
    readonly epoch: number;
    readonly validAfter: number;
    readonly validUntil: number;
    /** SHA-256 of the sentence, and of the plan's hash where there is one; hex. */
    readonly memo: string;
    /** What the owners signed (EIP-712), hex. */
    readonly digest: string;
  } | null;
  /** Hash of the plan that the owners signed with the sentence; null or left out where there was none. */
  readonly plan?: string | null;
  /** Addresses; of members that are keys their verifier's, x and y. */
  readonly signers: readonly string[];
  readonly transactionHash: string;
  readonly block: number;
};

/**
 * Plans a change, has it signed, and executes it.
 * @throws CHANGE_INVALID, REVERTED and its kin, errors of `Sender.send`
 */
export async function decide(deciders: Deciders, change: Change): Promise<OwnerLogEntry> {
  const { deployment, relayer } = deciders;
  return decidePlanned(deciders, planChange(await readWorld(relayer.chain, deployment, change), change));
}

/** Has a planned change signed, and executes it. @throws REVERTED and its kin, errors of `Sender.send` */
export function decidePlanned(deciders: Deciders, planned: PlannedChange): Promise<OwnerLogEntry> {
  return planned.by === "owners" ? decideByOwners(deciders, planned) : decideByGuardian(deciders.guardian, planned);
}

/** What the owners sign: a planned change, or the founding. */
export type Decided = Pick<PlannedChange, "sentence" | "calls" | "lane"> & { readonly change: Change | null };

/** Has calls signed by the owners and executes them: one batch, all of it or nothing. */
export async function decideByOwners(deciders: Omit<Deciders, "guardian">, decided: Decided): Promise<OwnerLogEntry> {
  const { deployment, relayer } = deciders;
  const { time } = await relayer.chain.latest();
  const signed = await signedBy(deciders, decided, time);
  const mined = await executeBatch(relayer, deployment, signed.batch, signed.signatures);
  return entryOf(decided, signed, mined);
}

/** A decision that waits: what `runAnnounced` and `cancelAnnounced` need, and what a log says once it was run. */
export type Announced = {
  readonly batch: Batch;
  /** As it will be, but for the transaction. */
  readonly entry: OwnerLogEntry;
  /** First block time at which it may be run, Unix seconds. */
  readonly readyAt: number;
};

/**
 * Has calls signed by the owners that have to wait, and announces them.
 * @param delay as `readDelay` gives it, seconds
 * @throws REVERTED and its kin, errors of `Sender.send`
 */
export async function announce(
  deciders: Omit<Deciders, "guardian">,
  decided: Decided,
  delay: number,
): Promise<Announced> {
  const { deployment, relayer } = deciders;
  const { time } = await relayer.chain.latest();
  // From when it can be run at the earliest, so that all of its time is left then.
  const signed = await signedBy(deciders, decided, time + delay);
  const mined = await announceBatch(relayer, deployment, signed.batch, signed.signatures);
  const since = (await relayer.chain.block(mined.block))?.time ?? time;
  return { batch: signed.batch, entry: entryOf(decided, signed, mined), readyAt: since + delay };
}

/** Runs what was announced and has waited. @throws as `runBatch` */
export async function runAnnounced(
  { deployment, relayer }: Pick<Deciders, "deployment" | "relayer">,
  { batch, entry }: Announced,
): Promise<OwnerLogEntry> {
  return { ...entry, ...placeOf(await runBatch(relayer, deployment, batch)) };
}

/**
 * Cancels what was announced, with as many signatures as the lane takes.
 * @returns what will not be, with those who cancelled it, and where
 * @throws as `cancelBatch`
 */
export async function cancelAnnounced(
  { deployment, relayer, owners }: Omit<Deciders, "guardian">,
  { batch, entry }: Announced,
): Promise<OwnerLogEntry> {
  const office = await readOffice(relayer.chain, deployment);
  const signers = await quorum(office, owners);
  const enough = entry.batch?.lane === "membership" ? signers : signers.slice(0, 1);
  const signatures = await Promise.all(enough.map((owner) => signCancellation(owner, office, batch)));
  const mined = await cancelBatch(relayer, deployment, batch, signatures);
  return { ...entry, signers: signatures.map(({ index }) => memberName(office.members[index - 1])), ...placeOf(mined) };
}

type SignedBatch = {
  readonly office: Office;
  readonly lane: Lane;
  readonly batch: Batch;
  readonly signatures: readonly OwnerSignature[];
};

async function signedBy(
  { deployment, relayer, owners }: Omit<Deciders, "guardian">,
  { calls, sentence, lane }: Decided,
  from: number,
): Promise<SignedBatch> {
  const office = await readOffice(relayer.chain, deployment);
  const batch = batchOf(office, lane, calls, sentence, from);
  const signers = await quorum(office, owners);
  const signatures = await Promise.all(signers.map((owner) => signBatch(owner, office, batch)));
  return { office, lane, batch, signatures };
}

function entryOf(
  { change, sentence, calls }: Decided,
  { office, lane, batch, signatures }: SignedBatch,
  mined: Mined,
): OwnerLogEntry {
  const signers = signatures.map(({ index }) => memberName(office.members[index - 1]));
  return { change, sentence, calls, batch: described(office, lane, batch), signers, ...placeOf(mined) };
}

/** A guardian makes a planned change of its own. @throws REVERTED and its kin, errors of `Sender.send` */
export async function decideByGuardian(
  guardian: Sender,
  { change, sentence, calls }: PlannedChange,
): Promise<OwnerLogEntry> {
  const [{ to, data }] = calls;
  const mined = await guardian.send({ action: "The guardian's call", to, data });
  return { change, sentence, calls, batch: null, signers: [guardian.address], ...placeOf(mined) };
}

/** The owners who sign: the first of the constitution that reach the threshold. */
async function quorum({ members, threshold }: Office, owners: readonly Signer[]): Promise<Signer[]> {
  const byAddress = new Map(await Promise.all(owners.map(async (owner) => [await owner.getAddress(), owner] as const)));
  const chosen: Signer[] = [];
  let weight = 0;
  for (const member of members) {
    const owner = byAddress.get(member.address);
    if (owner === undefined || member.kind !== "account" || weight >= threshold) continue;
    chosen.push(owner);
    weight += member.weight;
  }
  return chosen;
}

function described(office: Office, lane: Lane, batch: Batch): OwnerLogEntry["batch"] {
  const { nonce, epoch, validAfter, validUntil, memo } = batch;
  const seq = Number(nonce & 0xffff_ffff_ffff_ffffn);
  return { lane, seq, epoch: Number(epoch), validAfter, validUntil, memo, digest: digestOf(office, batch) };
}

function placeOf({ hash, block }: Mined): { transactionHash: string; block: number } {
  return { transactionHash: hash, block };
}
