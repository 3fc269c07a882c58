import { getAddress } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import {
  type Block,
  type Chain,
  type ChainEvent,
  contractAt,
  type Deployment,
  governedNames,
  interfaceOf,
  malformed,
  readEvents,
} from "../governance/index.ts";
import type { Call } from "./batch.ts";
import { list, struct } from "./decoding.ts";
import { describeCalls, vocabularyOf } from "./describe.ts";
import { addressName } from "./documents.ts";
import type { Lane } from "./office.ts";
import type { Holders } from "./views/governed.ts";
import { lastChanges, type Touch } from "./views/lastChanges.ts";
import { Signers } from "./views/signers.ts";
import { type Offices, officesKnown, readWorldAt, type World } from "./world.ts";

/** A batch that was announced, and waits. */
export type Coming = {
  readonly lane: Lane;
  /** What the owners signed (EIP-712), hex. */
  readonly digest: string;
  /** What it will do, read from its calls; null when its announcement was not sent to the multisig itself. */
  readonly sentence: string | null;
  readonly signers: readonly string[];
  /** Unix seconds of block time: when it was announced, from and until when it may be run. */
  readonly since: number;
  readonly readyAt: number;
  /** Null where the sentence is. */
  readonly validUntil: number | null;
  readonly block: number;
  readonly transaction: string;
};

/** All that the views of the owners are made of, as the chain had it at one block. */
export type Overview = {
  readonly block: Block;
  readonly world: World;
  readonly offices: Offices;
  readonly holders: Holders;
  /** All there were, in the chain's order. */
  readonly events: readonly ChainEvent[];
  /** Of each value, by `placeOf`, where it was last changed. */
  readonly touches: ReadonlyMap<string, Touch>;
  /** Who sent the transactions that changed a value last, or were a guardian's, and were no batches of the owners. */
  readonly senders: ReadonlyMap<string, { readonly from: string; readonly creates: boolean }>;
  readonly coming: readonly Coming[];
};

/**
 * Reads all that the owners' views show, at the newest block.
 * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED
 */
export async function readOverview(chain: Chain, deployment: Deployment): Promise<Overview> {
  const block = await chain.latest();
  const [world, holders, events] = await Promise.all([
    readWorldAt(chain, deployment, block),
    readHolders(chain, deployment, block.hash),
    readEvents(chain, deployment, block.number),
  ]);
  const offices = officesKnown(world);
  const touches = lastChanges(events, deployment.contracts);
  const [senders, coming] = await Promise.all([
    readSenders(chain, events, touches),
    readComing(chain, world, offices, events),
  ]);
  return { block, world, offices, holders, events, touches, senders, coming };
}

async function readHolders(chain: Chain, { contracts }: Deployment, blockHash: string): Promise<Holders> {
  const read = governedNames.map(async (name) => {
    const contract = contractAt(name, contracts[name].address, chain.at(blockHash));
    const [owner, pending] = await Promise.all([contract.owner(), contract.pendingOwner()]);
    return [name, { owner: addressName(owner), pending: addressName(pending) }] as const;
  });
  // One of each name.
  return Object.fromEntries(await Promise.all(read)) as Holders;
}

async function readSenders(
  chain: Chain,
  events: readonly ChainEvent[],
  touches: Overview["touches"],
): Promise<Overview["senders"]> {
  const own = new Set([
    ...[...touches.values()].flatMap(({ signers, transaction }) => (signers === null ? [transaction] : [])),
    ...events.flatMap(({ name, transaction }) => (name === "GuardianSpent" ? [transaction] : [])),
  ]);
  const senders = new Map<string, { readonly from: string; readonly creates: boolean }>();
  for (const transaction of own) {
    const { from, to } = await transactionAt(chain, transaction);
    senders.set(transaction, { from: getAddress(from), creates: to === null });
  }
  return senders;
}

async function readComing(
  chain: Chain,
  world: World,
  { office }: Offices,
  events: readonly ChainEvent[],
): Promise<Coming[]> {
  const coming: Coming[] = [];
  const signers = new Signers();
  const announced = events.flatMap((event) => {
    signers.follow(event);
    if (event.name !== "Announced") return [];
    const form = announcement.parse(event.values);
    return [{ ...form, signers: signers.named(form.signers), event }];
  });
  const lanes: readonly Lane[] = ["parameters", "membership", "emergency"];
  for (const lane of lanes) {
    const waiting = office.waiting[lane];
    if (waiting === null) continue;
    const found = announced.findLast(({ digest }) => digest.startsWith(waiting.digest));
    if (found === undefined) continue;
    const { digest, readyAt, event } = found;
    const { input } = await transactionAt(chain, event.transaction);
    const batch = announcedIn(input);
    coming.push({
      ...{ lane, digest, signers: found.signers, since: waiting.since, readyAt },
      sentence: batch === null ? null : sentenceOf(batch.calls, world),
      validUntil: batch?.validUntil ?? null,
      ...{ block: event.block, transaction: event.transaction },
    });
  }
  return coming;
}

/** Whoever looks must be told of what waits, and most of all of what cannot be read. */
function sentenceOf(calls: readonly Call[], world: World): string {
  try {
    return describeCalls(calls, vocabularyOf(world));
  } catch (error) {
    if (error instanceof FabricError && error.code === "CALL_UNREADABLE") return error.message;
    throw error;
  }
}

type AnnouncedBatch = { readonly calls: readonly Call[]; readonly validUntil: number };

/** The batch that a transaction to the multisig announces; null when it is none such. */
function announcedIn(input: string): AnnouncedBatch | null {
  try {
    return announceForm.parse(interfaceOf("OwnerMultisig").decodeFunctionData("announce", input)).batch;
  } catch {
    return null;
  }
}

async function transactionAt(chain: Chain, hash: string) {
  const transaction = await chain.rpc("eth_getTransactionByHash", [hash]);
  if (transaction === null) throw malformed("eth_getTransactionByHash", "it lacks one whose logs it has");
  return transactionForm.parse(transaction);
}

const number = z.bigint().transform(Number);
const transactionForm = z.object({ from: z.string(), to: z.string().nullable(), input: z.string() });
const announcement = z.object({ digest: z.string(), signers: number, readyAt: number });
const announceForm = struct({
  batch: struct({ calls: list(struct({ to: z.string(), data: z.string() })), validUntil: number }),
});
