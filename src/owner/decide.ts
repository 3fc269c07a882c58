import type { Signer } from "ethers";
import type { Deployment, Mined, Sender } from "../governance/index.ts";
import {
  type Batch,
  batchOf,
  type Call,
  digestOf,
  executeBatch,
  type Lane,
  type Office,
  readOffice,
  signBatch,
} from "./batch.ts";
import { type PlannedChange, planChange } from "./catalogue.ts";
import type { Change } from "./changes.ts";
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
    /** SHA-256 of the sentence, hex. */
    readonly memo: string;
    /** What the owners signed (EIP-712), hex. */
    readonly digest: string;
  } | null;
  /** Addresses. */
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
  return decidePlanned(deciders, planChange(await readWorld(relayer.chain, deployment), change));
}

/** Has a planned change signed, and executes it. @throws REVERTED and its kin, errors of `Sender.send` */
export function decidePlanned(deciders: Deciders, planned: PlannedChange): Promise<OwnerLogEntry> {
  return planned.by === "owners" ? decideByOwners(deciders, planned) : decideByGuardian(deciders.guardian, planned);
}

/** Has calls signed by the owners and executes them: one batch, all of it or nothing. */
export async function decideByOwners(
  { deployment, relayer, owners }: Omit<Deciders, "guardian">,
  {
    change,
    sentence,
    calls,
    lane,
  }: Pick<PlannedChange, "sentence" | "calls" | "lane"> & { readonly change: Change | null },
): Promise<OwnerLogEntry> {
  const office = await readOffice(relayer.chain, deployment);
  const { time } = await relayer.chain.latest();
  const batch = batchOf(office, lane, calls, sentence, time);
  const signatures = await Promise.all((await quorum(office, owners)).map((owner) => signBatch(owner, office, batch)));
  const mined = await executeBatch(relayer, deployment, batch, signatures);
  const signers = signatures.map(({ index }) => office.members[index - 1].address);
  return { change, sentence, calls, batch: described(office, lane, batch), signers, ...placeOf(mined) };
}

async function decideByGuardian(guardian: Sender, { change, sentence, calls }: PlannedChange): Promise<OwnerLogEntry> {
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
    if (owner === undefined || weight >= threshold) continue;
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
